"""One PDU of a read, and how a read is cut into them. A part of :mod:`smppproxy.smpp._pure`."""

from __future__ import annotations

from struct import Struct
from typing import Any, Final, TypeVar

from smppproxy.smpp.constants import (
    COMMANDS,
    HEADER_OCTETS,
)
from smppproxy.smpp.differing import DIFFERING, Differing
from smppproxy.smpp.walker import TLV_HEADER, Walk, read_tlvs, walk

Row = TypeVar("Row")

NAME: Final = "pure"

_HEADER: Final = Struct(">IIII")
_U32: Final = Struct(">I")
_PUT_U32: Final = _U32.pack_into
_TLV: Final = TLV_HEADER.unpack_from


class Frame:
    """One PDU as it lies in the read that brought it. The body is walked when a field is first asked for.

    Reading never raises: ``fault`` says whether the body can be trusted (the table is in ``tables.py``). A broken
    mandatory part leaves every field empty; a broken TLV stream leaves the fields and the TLVs before the break.
    Fields a command does not have read as 0 or b"". A Frame keeps the whole read alive while it lives, unless it
    was spent (:func:`gather`).

    ``link`` and ``received`` say where it came from and when, as :func:`cut` was told; ``note`` is for the owner's use.
    """

    __slots__ = (
        *("_data", "_start", "_stop", "_walk", "command_id", "command_status", "length", "link", "note"),
        *("received", "sequence_number"),
    )

    command_id: int
    command_status: int
    sequence_number: int
    length: int
    link: Any
    received: float
    note: Any
    _data: bytes
    _start: int
    _stop: int
    _walk: Walk | None

    def __new__(cls) -> Frame:
        """Frames come from :func:`cut` alone."""
        raise TypeError("a Frame is made by cut(), from octets")

    def __repr__(self) -> str:
        name = COMMANDS.get(self.command_id, f"0x{self.command_id:08X}")
        return f"<{name} {self.length} octets, status 0x{self.command_status:02X}, sequence {self.sequence_number}>"

    @property
    def raw(self) -> bytes:
        """The octets of this PDU."""
        return self._data[self._start : self._stop]

    @property
    def body(self) -> bytes:
        """The octets after the header."""
        return self._data[self._start + HEADER_OCTETS : self._stop]

    def _walked(self) -> Walk:
        self._walk = found = walk(self.command_id, self._data, self._start + HEADER_OCTETS, self._stop)
        return found

    def _octet(self, name: str) -> int:
        try:
            return (self._walk or self._walked()).found[name][0]
        except LookupError:
            return 0

    def _octets(self, name: str) -> bytes:
        try:
            return (self._walk or self._walked()).found[name]
        except LookupError:
            return b""

    @property
    def fault(self) -> int:
        """0 when the body is sound, else the command_status to answer."""
        return (self._walk or self._walked()).fault

    @property
    def service_type(self) -> bytes:
        return self._octets("service_type")

    @property
    def source_addr_ton(self) -> int:
        return self._octet("source_addr_ton")

    @property
    def source_addr_npi(self) -> int:
        return self._octet("source_addr_npi")

    @property
    def source_addr(self) -> bytes:
        return self._octets("source_addr")

    @property
    def dest_addr_ton(self) -> int:
        return self._octet("dest_addr_ton")

    @property
    def dest_addr_npi(self) -> int:
        return self._octet("dest_addr_npi")

    @property
    def destination_addr(self) -> bytes:
        return self._octets("destination_addr")

    @property
    def esm_class(self) -> int:
        return self._octet("esm_class")

    @property
    def protocol_id(self) -> int:
        return self._octet("protocol_id")

    @property
    def priority_flag(self) -> int:
        return self._octet("priority_flag")

    @property
    def schedule_delivery_time(self) -> bytes:
        return self._octets("schedule_delivery_time")

    @property
    def validity_period(self) -> bytes:
        return self._octets("validity_period")

    @property
    def registered_delivery(self) -> int:
        return self._octet("registered_delivery")

    @property
    def replace_if_present_flag(self) -> int:
        return self._octet("replace_if_present_flag")

    @property
    def data_coding(self) -> int:
        return self._octet("data_coding")

    @property
    def sm_default_msg_id(self) -> int:
        return self._octet("sm_default_msg_id")

    @property
    def short_message(self) -> bytes:
        found = self._walk or self._walked()
        return self._data[found.text_start : found.tlv_start]

    @property
    def message_id(self) -> bytes:
        return self._octets("message_id")

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first TLV with this tag, None where there is none."""
        _, _, at, stop, _, _ = self._walk or self._walked()
        data = self._data
        while at < stop:
            found, length = _TLV(data, at)
            at += 4 + length
            if found == tag:
                return data[at - length : at]
        return None

    def tlv_once(self, tag: int) -> bytes | Differing | None:
        """As :meth:`tlv`, but DIFFERING when the tag occurs again with another value."""
        _, _, at, stop, _, _ = self._walk or self._walked()
        data = self._data
        first: bytes | None = None
        while at < stop:
            found, length = _TLV(data, at)
            at += 4 + length
            if found == tag:
                value = data[at - length : at]
                if first is None:
                    first = value
                elif first != value:
                    return DIFFERING
        return first

    def tlvs(self) -> list[tuple[int, bytes]]:
        """Every TLV in order, duplicates included."""
        found = self._walk or self._walked()
        return read_tlvs(self._data, found.tlv_start, found.tlv_stop)


_new_frame = object.__new__


def cut(data: bytes, max_pdu: int, link: Any = None, received: float = 0.0) -> tuple[list[Frame], int, int]:
    """All whole frames of a read: ``(frames, octets used, fault)``.

    ``fault`` is 0, or the impossible command_length (under 16 or over ``max_pdu``) at ``used``: the frames before it
    are good, nothing after it can be trusted. An impossible length of 0 is reported as -1, to be told from no fault.
    An incomplete tail is left alone: ``used < len(data)``. The length of an incomplete frame is judged as soon as its
    four octets are there, so a peer cannot make us wait for a PDU that would be refused.
    """
    frames: list[Frame] = []
    append = frames.append
    unpack = _HEADER.unpack_from
    at, end = 0, len(data)
    while at + HEADER_OCTETS <= end:
        length, command_id, command_status, sequence_number = unpack(data, at)
        if not HEADER_OCTETS <= length <= max_pdu:
            return frames, at, length or -1
        stop = at + length
        if stop > end:
            return frames, at, 0
        frame = _new_frame(Frame)
        frame._data = data
        frame._start = at
        frame._stop = stop
        frame._walk = None
        frame.link = link
        frame.received = received
        frame.note = None
        frame.length = length
        frame.command_id = command_id
        frame.command_status = command_status
        frame.sequence_number = sequence_number
        append(frame)
        at = stop
    if at + 4 <= end:
        (length,) = _U32.unpack_from(data, at)
        if not HEADER_OCTETS <= length <= max_pdu:
            return frames, at, length or -1
    return frames, at, 0
