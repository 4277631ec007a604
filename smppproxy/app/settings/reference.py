"""``docs/reference/configuration.md`` and the JSON schema, both made from the models.

``python -m smppproxy.app.settings.reference > docs/reference/configuration.md`` writes the page.
"""

from __future__ import annotations

import datetime
import inspect
import json
import sys
import types
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from smppproxy.app.settings.accounts import Account, Statuses
from smppproxy.app.settings.inquiry import InquiryFilter
from smppproxy.app.settings.judgement import PRESETS, AccountCode, CodeFilter, ExtraCode, TextFilter
from smppproxy.app.settings.policy import ExemptionRow, PolicyTable, QuarantineSection
from smppproxy.app.settings.process import Admin, Limits, Logs, Proxy, Stats, Timers, Trace
from smppproxy.app.settings.root import Settings
from smppproxy.app.settings.rules import (
    AdvertFilter,
    BlocklistFilter,
    DestinationFilter,
    GuestRule,
    LinkFilter,
    SenderFilter,
    VolumeFilter,
    VolumeLimit,
    ZoneFilter,
)
from smppproxy.app.settings.sanctions import RULES, SanctionRule, SanctionSettings
from smppproxy.app.settings.values import Address
from smppproxy.app.settings.wires import Listener, ListenerTls, Upstream, UpstreamTls

#: Every table a person can write, in the order of the page.
TABLES: Final[dict[str, type[BaseModel]]] = {
    "[proxy]": Proxy,
    "[proxy.timers]": Timers,
    "[proxy.limits]": Limits,
    "[[listeners]]": Listener,
    "[[listeners]] tls": ListenerTls,
    "[[upstreams]]": Upstream,
    "[[upstreams]] tls": UpstreamTls,
    "[[accounts]]": Account,
    "[[accounts]] statuses": Statuses,
    "[[accounts]] code": AccountCode,
    "[filters.code]": CodeFilter,
    "[[filters.code.extra]]": ExtraCode,
    "[filters.sender]": SenderFilter,
    "[filters.destination]": DestinationFilter,
    "[filters.destination.international]": ZoneFilter,
    "[filters.link]": LinkFilter,
    "[filters.blocklist]": BlocklistFilter,
    "[filters.volume]": VolumeFilter,
    "[[filters.volume.limit]]": VolumeLimit,
    "[filters.advert]": AdvertFilter,
    "[filters.inquiry]": InquiryFilter,
    "[filters.rules.NAME]": GuestRule,
    "[filters.text]": TextFilter,
    "[policy]": PolicyTable,
    "[[policy.exempt]]": ExemptionRow,
    "[quarantine]": QuarantineSection,
    "[sanctions]": SanctionSettings,
    "[[sanctions.rules]]": SanctionRule,
    "[admin]": Admin,
    "[logs]": Logs,
    "[trace]": Trace,
    "[stats]": Stats,
}

_INTRODUCTION: Final = """\
# Configuration

<!-- Made from the models; do not edit. python -m smppproxy.app.settings.reference -->

One TOML file, given with `-c FILE` or in `SMPPPROXY_CONFIG`. `smppproxy check -c FILE` tells every fault at once,
`smppproxy check --schema` prints a JSON schema for editors. Ready files are in `examples/`.

- Any value may be `"env:NAME"` (an environment variable) or `"file:/path"` (what stands in a file, such as a mounted
  secret); a list is then written with commas.
- A key this page does not know is a fault, and so is a section of a filter this version does not have.
- Relative paths (`state_dir`, certificates, `file:`) begin at the folder of the configuration file, whatever folder
  the program was started in.
- A changed file is read again while the proxy runs. A faulty one is refused whole and the old one runs on. Keys marked
  *restart* keep their old value until the next start.
- Times are seconds, sizes are octets.
"""


def markdown() -> str:
    """Return the reference page."""
    parts = [_INTRODUCTION]
    for name, model in TABLES.items():
        parts.append(_table(name, model))
        if model is CodeFilter:
            parts.append(_presets())
        if model is SanctionRule:
            parts.append(_default_rules())
    return "\n".join(parts)


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration."""
    made = Settings.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "smppproxy configuration"
    for table in (made, *made["$defs"].values()):
        properties = table.get("properties", {})
        for name, value in properties.items():
            if "$ref" not in value and value.get("type") not in {"string", "object"}:
                properties[name] = {"anyOf": [value, {"type": "string", "pattern": "^(env|file):"}]}
    return made


def _table(name: str, model: type[BaseModel]) -> str:
    about = (inspect.getdoc(model) or "").replace("``", "`").partition(": ")[2]
    about = about[:1].upper() + about[1:]
    rows = [_row(key, field) for key, field in model.model_fields.items()]
    header = "| key | value | default | what it does |\n|---|---|---|---|\n"
    return f"## `{name}`\n\n{about}\n\n{header}" + "\n".join(rows) + "\n"


def _row(key: str, field: FieldInfo) -> str:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    about = field.description or ""
    unit = f" ({extra['x-unit']})" if "x-unit" in extra else ""
    if extra.get("x-restart"):
        about += " *(restart)*"
    default = "**needed**" if field.is_required() else f"`{_default(field)}`"
    cells = (f"`{key}`", _kind(field.annotation) + unit, default, about)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=False)
    if value is None or value is PydanticUndefined:
        return "not set"
    if isinstance(value, BaseModel):
        return "{}"
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return "see below"
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-hex"):
        return f"0x{value:02X}"
    return _toml(value)


def _toml(value: Any) -> str:
    if isinstance(value, Enum):
        return json.dumps(value.value)
    if isinstance(value, tuple) and not isinstance(value, Address):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, Address | Path):
        return json.dumps(str(value))
    return json.dumps(value, ensure_ascii=False)


def _kind(kind: Any) -> str:
    """Name a type in the words of TOML."""
    if kind == tuple[Address, ...]:
        return "address or list of them"
    if kind is Statuses:
        return "name or table"
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return ", ".join(f"`{json.dumps(item)}`" for item in inner)
    if origin in {Union, types.UnionType}:
        names = dict.fromkeys(_kind(item) for item in inner if item is not type(None))
        return " or ".join(names)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"table of {_kind(inner[1])}"
    if isinstance(kind, type):
        if issubclass(kind, Enum):
            return ", ".join(f"`{json.dumps(item.value)}`" for item in kind)
        if issubclass(kind, BaseModel):
            return "table"
        return _NAMES.get(kind, "text")
    return "text"


_NAMES: Final[dict[type, str]] = {
    bool: "true, false",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "secret text",
    Path: "path",
    Address: "address",
    datetime.datetime: "date",
}


def _presets() -> str:
    lines = ["Presets:", "", "| preset | tag | length | format | encoding | extra |", "|---|---|---|---|---|---|"]
    for name, values in PRESETS.items():
        tag = "must be given" if values["tag"] is None else f"0x{values['tag']:04X}"
        extra = ", ".join(f"{item['name']} 0x{item['tag']:04X}" for item in values.get("extra", ())) or "none"
        cells = (f"`{name}`", tag, str(values["length"] or "any"), f"`{values['format']}`", values["encoding"], extra)
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "No public source names the tag of the Korean code; 0x1400, the first of the vendor range, is a placeholder",
        "for the one your carrier gives you. Carriers in India differ on which of 0x1400 and 0x1401 is which.",
    ]
    return "\n".join(lines) + "\n"


def _default_rules() -> str:
    lines = ["Where no rule is given, these are in force; all of them only propose:", "", "```toml fragment"]
    for rule in RULES:
        lines += ["[[sanctions.rules]]", *(f"{name} = {_toml(value)}" for name, value in rule.items()), ""]
    return "\n".join([*lines[:-1], "```"]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
