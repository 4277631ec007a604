"""From a file to :class:`Settings`, or to every fault in it at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from filters.contract import Mode
from smppproxy.app.settings import faults
from smppproxy.app.settings.accounts import Account, in_both
from smppproxy.app.settings.checks import CHECKS, Readable
from smppproxy.app.settings.faults import Fault, Found, Hurts, SettingsError, Warn, did_you_mean
from smppproxy.app.settings.judgement import Filters
from smppproxy.app.settings.policy import PolicyTable, QuarantineSection
from smppproxy.app.settings.positions import lines_of, nearest_line
from smppproxy.app.settings.process import Admin, Logs, Proxy, Stats, Trace
from smppproxy.app.settings.references import References
from smppproxy.app.settings.root import Settings
from smppproxy.app.settings.sanctions import SanctionSettings
from smppproxy.app.settings.translate import validate
from smppproxy.app.settings.wires import Listener, Upstream

LONGEST: Final = 64 << 20  # octets; 100,000 accounts take some 30 MB

#: How many codes the registry of these settings holds; None where it cannot be told.
CodesHeld = Callable[[Settings], int | None]
#: Names of the accounts in the store of these settings; None where it cannot be read.
AccountsHeld = Callable[[Settings], Collection[str] | None]

_TABLES: Final[dict[str, type[BaseModel]]] = {
    "proxy": Proxy, "filters": Filters, "admin": Admin, "logs": Logs, "trace": Trace,
    "stats": Stats, "policy": PolicyTable, "quarantine": QuarantineSection,
    "sanctions": SanctionSettings,
}  # fmt: skip
_ARRAYS: Final[dict[str, type[BaseModel]]] = {"listeners": Listener, "upstreams": Upstream, "accounts": Account}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without faults, and what it warns of."""

    settings: Settings
    warnings: tuple[Warn, ...]
    path: Path


def load(
    path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    codes_held: CodesHeld | None = None,
    accounts_held: AccountsHeld | None = None,
) -> Loaded:
    """Read a configuration file. Raises :class:`SettingsError` with every fault, in the order of the file."""
    path = Path(path)
    try:
        octets = path.read_bytes()
        if len(octets) > LONGEST:
            raise SettingsError([Fault(str(path), 0, "", f"{len(octets)} octets", "a file of at most 64 MiB")])
        text = octets.decode("utf-8-sig")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError([Fault(str(path), 0, "", why, "a configuration file that can be read")]) from None
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise SettingsError([Fault(str(path), line, "", "other octets", "UTF-8 text")]) from None
    return parse(text, path, environment=environment, codes_held=codes_held, accounts_held=accounts_held)


def parse(
    text: str,
    path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    codes_held: CodesHeld | None = None,
    accounts_held: AccountsHeld | None = None,
) -> Loaded:
    """As :func:`load` for text at hand; ``path`` names it in messages, its folder is where relative paths begin."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_syntax_fault(text, path, str(error))]) from None
    except RecursionError:
        raise SettingsError([Fault(str(path), 0, "", "", "values nested less deeply")]) from None
    references = References(path.absolute().parent, os.environ if environment is None else environment)
    reader = _Reader(path, references.resolve(written), references)
    settings = reader.read()
    if settings is not None and accounts_held is not None:
        reader.meet(settings, accounts_held(settings))
    lines = lines_of(text)
    if settings is None or reader.found:
        raise SettingsError(_placed(path, lines, reader.found, references.written))
    code = settings.filters.code
    if codes_held is not None and code.mode is Mode.ENFORCE and code.registry and codes_held(settings) == 0:
        why = "is enforce and the registry holds no code: every message will be refused"
        how = "`smppproxy codes add CODE -c FILE`, or `smppproxy codes import`"
        reader.hurts.append(Hurts(("filters", "code", "mode"), why, how))
    warnings = [
        Warn(str(path), nearest_line(lines, one.path), faults.dotted(one.path), one.message, one.suggestion)
        for one in reader.hurts
    ]
    return Loaded(settings, tuple(sorted(warnings, key=lambda one: one.line)), path)


def pack(settings: Settings) -> bytes:
    """Write settings as octets for a child process. They hold secrets: never log or store them."""
    return settings.model_dump_json(context={"reveal": True}).encode()


def unpack(octets: bytes) -> Settings:
    """Read what :func:`pack` wrote."""
    return Settings.model_validate_json(octets)


class _Reader:
    """Validates piece by piece, so that one faulty table hides nothing about the others."""

    def __init__(self, path: Path, tree: dict[str, Any], references: References) -> None:
        self.tree = tree
        self.found: list[Found] = list(references.found)
        self.hurts: list[Hurts] = []
        self.unresolved = frozenset(one.path for one in references.found)
        self.context = {"folder": path.absolute().parent}

    def read(self) -> Settings | None:
        self.refuse_unknown_tables()
        pieces = {name: self.table(name, model) for name, model in _TABLES.items()}
        rows = {name: self.array(name, model) for name, model in _ARRAYS.items()}
        readable = Readable(
            proxy=pieces["proxy"] or Proxy(),
            filters=pieces["filters"] or Filters(),
            policy=pieces["policy"] or PolicyTable(),
            sanctions=pieces["sanctions"] or SanctionSettings(),
            listeners=rows["listeners"],
            upstreams=rows["upstreams"],
            accounts=rows["accounts"],
            tree=self.tree,
            unresolved=self.unresolved,
        )
        for check in CHECKS:
            for one in check(readable):
                (self.found if isinstance(one, Found) else self.hurts).append(one)  # type: ignore[arg-type]
        if self.found:
            return None
        return Settings.model_validate(pieces | {name: tuple(row for _, row in found) for name, found in rows.items()})

    def meet(self, settings: Settings, held: Collection[str] | None) -> None:
        """Look at the accounts of the store beside those of the file."""
        if held is None:
            why = "the store cannot be read: what stands in it was not looked at"
            self.hurts.append(Hurts(("proxy", "database"), why, "`smppproxy codes list` says why"))
        elif held:
            self.hurts = [each for each in self.hurts if each.path != ("accounts",)]  # there are some after all
        self.found += in_both(settings.accounts, held or ())

    def table(self, name: str, model: type[BaseModel]) -> Any:
        built, found = validate(model, self.tree.get(name, {}), (name,), self.context)
        self.found += found
        return built

    def array(self, name: str, model: type[BaseModel]) -> list[tuple[int, Any]]:
        rows = self.tree.get(name, [])
        if not isinstance(rows, list):
            self.found.append(Found((name,), f"an array of tables, [[{name}]]", f"write [[{name}]]", rows))
            return []
        built = []
        for at, row in enumerate(rows):
            one, found = validate(model, row, (name, at), self.context)
            self.found += found
            if one is not None:
                built.append((at, one))
        return built

    def refuse_unknown_tables(self) -> None:
        known = [*_TABLES, *_ARRAYS]
        for name in self.tree.keys() - set(known):
            near = did_you_mean(name, known) or "known here: " + ", ".join(known)
            self.found.append(Found((name,), "a known section", near, self.tree[name]))


def _placed(
    path: Path, lines: dict[faults.Path, int], found: list[Found], written: dict[faults.Path, str]
) -> list[Fault]:
    placed: dict[faults.Path, Fault] = {}
    for one in found:
        value = ""
        if one.path in written:
            value = f'"{written[one.path]}"'
        elif one.has_value and one.value is not None:
            value = faults.show(one.value, one.path, one.suggestion)
        line = nearest_line(lines, one.path)
        fault = Fault(str(path), line, faults.dotted(one.path), value, one.expected, one.suggestion)
        placed.setdefault(one.path, fault)
    return sorted(placed.values(), key=lambda fault: fault.line)


def _syntax_fault(text: str, path: Path, message: str) -> Fault:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    what = message[: place.start()].strip() if place else message.replace("(at end of document)", "").strip()
    line = int(place[1]) if place else text.count("\n") + 1
    column = f" at column {place[2]}" if place else " at the end"
    return Fault(str(path), line, "", "", f"sound TOML{column}: {what[:1].lower()}{what[1:]}")
