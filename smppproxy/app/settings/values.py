"""The kinds of value a configuration holds, each with what a person is told when it does not fit.

A validator raises through :func:`refuse`; the loader turns that into a fault with file and line.
Numbers and switches are strict where they are written in the file (``"4"`` is no number) and lenient
where they come from the environment or a file, which hold text only (:class:`Resolved`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    SerializationInfo,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from filters.contract import Mode

Network = IPv4Network | IPv6Network


class Section(BaseModel):
    """A table of the configuration: no key beyond those named, unchangeable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class Resolved(str):
    """Text that came through ``env:`` or ``file:``: the only kind that may stand for a number, a switch or a list."""

    __slots__ = ()


def option(default: Any, about: str, *, unit: str = "", restart: bool = False, as_hex: bool = False) -> Any:
    """Declare a key: default (``...`` = must be given), what it does, its unit, whether a change needs a restart."""
    extra: dict[str, Any] = {}
    if unit:
        extra["x-unit"] = unit
    if restart:
        extra["x-restart"] = True
    if as_hex:
        extra["x-hex"] = True
    return Field(default, description=about, json_schema_extra=extra or None, validate_default=default is not ...)


def refuse(expected: str, suggestion: str = "") -> NoReturn:
    """Refuse a value: say what was expected and, where it can be told, what to write instead."""
    raise PydanticCustomError("smppproxy", "expected {expected}", {"expected": expected, "suggestion": suggestion})


# ---- plain kinds -------------------------------------------------------------------------------------------------


def _whole(value: Any) -> Any:
    if isinstance(value, Resolved):
        try:
            return int(value.replace("_", ""), 0)
        except ValueError:
            refuse("a whole number")
    if isinstance(value, str):
        bare = re.fullmatch(r"\s*([+-]?(?:\d+|0x[0-9a-fA-F]+))\s*", value)
        refuse("a whole number", f"write {bare[1]} without quotes" if bare else "")
    if isinstance(value, bool) or not isinstance(value, int):
        refuse("a whole number")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, Resolved):
        try:
            return float(value)
        except ValueError:
            refuse("a number")
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse("a number")
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, Resolved) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        quoted = str(value).lower()
        refuse("true or false", f"write {quoted} without quotes" if quoted in {"true", "false"} else "")
    return value


def _items(value: Any) -> Any:
    if isinstance(value, Resolved):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    if isinstance(value, str):
        refuse("a list", f'write ["{value}"]')
    return value


def _modes(value: Any) -> Any:
    if value is False:  # YAML habits: off without quotes is no TOML, but false is
        refuse('"off", "observe" or "enforce"', 'write "off"')
    return str(value) if isinstance(value, Resolved) else value


ModeValue = Annotated[Mode, BeforeValidator(_modes)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Items = BeforeValidator(_items)
Texts = Annotated[tuple[str, ...], Items]

Count = Annotated[Whole, Field(ge=1, le=1 << 31)]
CountOrNone = Annotated[Whole, Field(ge=0, le=1 << 31)]  # 0 has a meaning of its own, told beside the key
Seconds = Annotated[Number, Field(ge=0, le=31_536_000)]
Duration = Annotated[Number, Field(gt=0, le=31_536_000)]
Hours = Annotated[Number, Field(ge=-12, le=14)]  # from UTC; the widest there are
Octets = Annotated[Whole, Field(ge=4096, le=1 << 50)]
Length = Annotated[Whole, Field(ge=0, le=255)]

#: A vendor TLV may sit anywhere; SMPP 3.4 s. 5.3.2 gives 0x1400 to 0x3FFF to vendors.
Tag = Annotated[Whole, Field(ge=1, le=0xFFFF)]
CommandStatus = Annotated[Whole, Field(ge=1, le=0xFFFFFFFF)]
Share = Annotated[Number, Field(ge=0, le=1)]


def _c_octet(most: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            octets = value.encode("latin-1")
        except UnicodeEncodeError:
            refuse("letters, digits and signs of Latin-1 (a C-octet string of SMPP)")
        if not octets or len(octets) > most or b"\0" in octets:
            refuse(f"1 to {most} octets without NUL")
        return value

    return check


#: SMPP 3.4 grants 15 octets and a NUL; carriers grant more to each other, so the file may.
SystemId = Annotated[str, AfterValidator(_c_octet(64))]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


def _reveal(value: SecretStr, info: SerializationInfo) -> str:
    reveal = isinstance(info.context, dict) and info.context.get("reveal")
    return value.get_secret_value() if reveal else "**********"


Secret = Annotated[SecretStr, PlainSerializer(_reveal, return_type=str)]


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        refuse(f"a regular expression ({error})")
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


def _database(value: str) -> str:
    schemes = ("postgresql://", "postgres://")
    if value and not value.startswith(schemes):
        refuse('"" or "postgresql://user:password@host:port/name"')
    if value and "/" not in value.partition("://")[2].partition("?")[0]:
        refuse("a URL that names a database", "add /name behind the host")
    return value


#: Where the store is. It may hold a password and is never shown.
DatabaseUrl = Annotated[str, AfterValidator(_database)]

# ---- addresses, networks, paths ----------------------------------------------------------------------------------


class Address(NamedTuple):
    """A host (name or IP address, without brackets) and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%a-z]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})")


def parse_address(value: Any) -> Address:
    """Read ``host:port`` or ``[IPv6]:port``."""
    if isinstance(value, Address):
        return value
    expected = '"host:port", for IPv6 "[::1]:port"'
    if not isinstance(value, str):
        refuse(expected)
    match = _ADDRESS.fullmatch(value.strip())
    if match is None:
        if value.count(":") > 1 and not value.startswith("["):
            host, _, port = value.rpartition(":")
            refuse(expected, f'write "[{host}]:{port}"')
        if value.isdecimal():
            refuse(expected, f'write "0.0.0.0:{value}"')
        if re.fullmatch(r"[A-Za-z0-9._-]+", value):
            refuse(expected, f'write "{value}:2775"')
        refuse(expected)
    if int(match["port"]) > 65535:
        refuse("a port from 0 to 65535")
    return Address(match["six"] or match["host"], int(match["port"]))


_ADDRESS_SCHEMA = {"type": "string", "pattern": r"^.+:\d{1,5}$"}
AddressValue = Annotated[
    Address, PlainValidator(parse_address), PlainSerializer(str, return_type=str), WithJsonSchema(_ADDRESS_SCHEMA)
]


def _addresses(value: Any) -> tuple[Address, ...]:
    if isinstance(value, str):
        value = value.split(",") if isinstance(value, Resolved) else [value]
    if not isinstance(value, list | tuple) or not value:
        refuse('"host:port" or a list of them')
    return tuple(parse_address(item) for item in value)


def _show_addresses(value: tuple[Address, ...]) -> list[str]:
    return [str(item) for item in value]


Addresses = Annotated[
    tuple[Address, ...],
    PlainValidator(_addresses),
    PlainSerializer(_show_addresses, return_type=list[str]),
    WithJsonSchema({"anyOf": [_ADDRESS_SCHEMA, {"type": "array", "items": _ADDRESS_SCHEMA, "minItems": 1}]}),
]


def _network(value: Any) -> Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str):
        refuse('an IP network such as "192.0.2.0/24"')
    try:
        return ip_network(value)
    except ValueError:
        pass
    try:
        meant = ip_network(value, strict=False)
    except ValueError:
        refuse('an IP network such as "192.0.2.0/24"')
    refuse("an IP network whose host bits are zero", f'write "{meant}"')


NetworkValue = Annotated[
    Network, PlainValidator(_network), PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"})
]
Networks = Annotated[tuple[NetworkValue, ...], Items]


def _below(value: Any, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        refuse("a path")
    if value.startswith("-----BEGIN"):
        refuse("the path of a file, not what stands in it", "leave out the leading file:")
    folder = info.context.get("folder") if isinstance(info.context, dict) else None
    return (folder or Path()) / Path(value).expanduser()


def _below_or_none(value: Any, info: ValidationInfo) -> Path | None:
    return None if value is None or value == "" else _below(value, info)


_PATH_SCHEMA = WithJsonSchema({"type": "string"})
#: Relative paths are taken from the folder of the configuration file.
FilePath = Annotated[Path, PlainValidator(_below), PlainSerializer(str, return_type=str), _PATH_SCHEMA]
FilePathOrNone = Annotated[
    Path | None,
    PlainValidator(_below_or_none),
    PlainSerializer(lambda value: "" if value is None else str(value), return_type=str),
    _PATH_SCHEMA,
]
