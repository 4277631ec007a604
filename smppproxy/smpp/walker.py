"""Reads a body by its layout, in pure Python: the engine of ``_pure.Frame`` and of ``codec.decode``.

Two readers of the same table. The fast one is a regular expression compiled per layout, with a group per field, which
reads a whole submit_sm in one call and makes no object of a field until it is asked for; the crawler goes field by
field, for the bodies no regular expression describes (counted lists) and for saying what is wrong with those the fast
one rejects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Any, Final, NamedTuple

from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import DistributionList, SmeAddress, UnsuccessSme
from smppproxy.smpp.tables import ADDRESS_OCTETS, LAYOUTS, Field, Kind, Layout

TLV_HEADER: Final = Struct(">HH")
_U32: Final = Struct(">I")

#: Fields by name. One-octet integers are one octet of bytes; short_message is read by its place in the Walk instead.
Found = re.Match[bytes] | dict[str, Any]

_ADDRESS: Final = Field("address", Kind.CSTRING, ADDRESS_OCTETS, c.ESME_RINVDSTADR)
_DL_NAME: Final = Field("dl_name", Kind.CSTRING, ADDRESS_OCTETS, c.ESME_RINVDLNAME)


class Walk(NamedTuple):
    """What a body holds and where: offsets into the octets it was read from.

    A field the command does not have raises LookupError when it is looked up in ``found``. With a ``fault``,
    ``field`` is the broken one: the TLV stream leaves the rest readable, any other leaves nothing.
    """

    found: Found
    text_start: int  # where short_message begins; it ends where the TLVs begin
    tlv_start: int
    tlv_stop: int  # the end of the last whole TLV
    fault: int
    field: str


class _Broken(Exception):  # noqa: N818 (never leaves this module)
    def __init__(self, field: str, fault: int) -> None:
        super().__init__(field)
        self.field = field
        self.fault = fault


def _truncated(field: str) -> _Broken:
    return _Broken(field, c.ESME_RINVMSGLEN)


class _Cursor:
    """Walks forward through one body, field by field."""

    __slots__ = ("at", "data", "stop")

    def __init__(self, data: bytes, at: int, stop: int) -> None:
        self.data = data
        self.at = at
        self.stop = stop

    def octets(self, count: int, field: str) -> bytes:
        after = self.at + count
        if after > self.stop:
            raise _truncated(field)
        value = self.data[self.at : after]
        self.at = after
        return value

    def octet(self, field: str) -> int:
        return self.octets(1, field)[0]

    def string(self, field: Field) -> bytes:
        at = self.at
        if at >= self.stop:
            raise _truncated(field.name)
        end = self.data.find(b"\0", at, min(at + field.limit, self.stop))
        if end < 0:
            raise _Broken(field.name, field.fault)
        self.at = end + 1
        return self.data[at:end]

    def destinations(self, field: Field) -> list[SmeAddress | DistributionList]:
        count = self.octet("number_of_dests")
        if not 1 <= count <= field.limit:
            raise _Broken("number_of_dests", field.fault)
        found: list[SmeAddress | DistributionList] = []
        for _ in range(count):
            flag = self.octet("dest_flag")
            if flag == 1:
                ton, npi = self.octets(2, "dest_address")
                found.append(SmeAddress(ton, npi, self.string(_ADDRESS)))
            elif flag == 2:
                found.append(DistributionList(self.string(_DL_NAME)))
            else:
                raise _Broken("dest_flag", c.ESME_RINVDESTFLAG)
        return found

    def unsuccess(self, field: Field) -> list[UnsuccessSme]:
        found = []
        for _ in range(self.octet("no_unsuccess")):
            ton, npi = self.octets(2, field.name)
            addr = self.string(_ADDRESS)
            found.append(UnsuccessSme(ton, npi, addr, _U32.unpack(self.octets(4, field.name))[0]))
        return found


_READ: Final[dict[Kind, Callable[[_Cursor, Field], Any]]] = {
    Kind.OCTET: lambda cursor, field: cursor.octets(1, field.name),
    Kind.CSTRING: _Cursor.string,
    Kind.SHORT_MESSAGE: lambda cursor, field: cursor.octets(cursor.octet("sm_length"), field.name),
    Kind.DESTINATIONS: _Cursor.destinations,
    Kind.UNSUCCESS: _Cursor.unsuccess,
}


def _crawl(layout: Layout, data: bytes, at: int, stop: int) -> tuple[dict[str, Any], int]:
    cursor = _Cursor(data, at, stop)
    values = {field.name: _READ[field.kind](cursor, field) for field in layout.fields}
    return values, cursor.at


class _Compiled(NamedTuple):
    layout: Layout
    match: Callable[[bytes, int, int], re.Match[bytes] | None] | None
    has_text: bool


def _compile(layout: Layout) -> _Compiled:
    """The fast reader of a layout. The group of short_message is its length; ``walk`` steps over the text itself."""
    pattern = b""
    kinds = {field.kind for field in layout.fields}
    for field in layout.fields:
        # possessive: no octet of a string is ever looked at twice
        octets = b"[^\\0]{0,%d}+" % (field.limit - 1) if field.kind is Kind.CSTRING else b"."
        pattern += b"(?P<%s>%s)" % (field.name.encode(), octets) + (b"\\0" if field.kind is Kind.CSTRING else b"")
    countable = kinds <= {Kind.OCTET, Kind.CSTRING, Kind.SHORT_MESSAGE}
    match = re.compile(pattern, re.DOTALL).match if countable else None
    return _Compiled(layout, match, Kind.SHORT_MESSAGE in kinds)


_sound = partial(tuple.__new__, Walk)  # what Walk(…) comes to, at a quarter of its price
_COMPILED: Final = {command: _compile(layout) for command, layout in LAYOUTS.items()}


def walk(command_id: int, data: bytes, at: int, stop: int) -> Walk:
    """Read the body ``data[at:stop]`` of a command. Never raises; an unknown command has nothing to read."""
    compiled = _COMPILED.get(command_id)
    if compiled is None or (at == stop and (compiled.layout.is_response or not compiled.layout.fields)):
        return Walk({}, stop, stop, stop, 0, "")
    found: Found
    match = compiled.match(data, at, stop) if compiled.match else None
    if match is not None:
        found = match
        text = at = match.end()
        if compiled.has_text:
            at += data[at - 1]
            if at > stop:
                return Walk({}, stop, stop, stop, c.ESME_RINVMSGLEN, "short_message")
    else:
        try:
            found, at = _crawl(compiled.layout, data, at, stop)
        except _Broken as broken:
            return Walk({}, stop, stop, stop, broken.fault, broken.field)
        text = at - len(found.get("short_message", b""))
    tlv_start = tlv_stop = at
    while at + 4 <= stop:
        at += 4 + (data[at + 2] << 8 | data[at + 3])
        if at > stop:
            break
        tlv_stop = at
    if at != stop:
        return Walk(found, text, tlv_start, tlv_stop, c.ESME_RINVOPTPARSTREAM, "TLV stream")
    return _sound((found, text, tlv_start, tlv_stop, 0, ""))


def read_tlvs(data: bytes, at: int, stop: int) -> list[tuple[int, bytes]]:
    """The TLVs of ``data[at:stop]``, which :func:`walk` has found to be whole, in order."""
    tlvs: list[tuple[int, bytes]] = []
    while at < stop:
        tag, length = TLV_HEADER.unpack_from(data, at)
        at += 4 + length
        tlvs.append((tag, data[at - length : at]))
    return tlvs
