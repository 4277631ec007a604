"""The kernel in pure Python: the reference of what a Frame means, and the fallback where no compiler was at hand.

``_kernel.pyx`` is its compiled twin; one test suite holds both to the same answers, faults included.
"""

from __future__ import annotations

from operator import attrgetter
from struct import Struct
from struct import error as StructError  # noqa: N812 (a class, whatever the module calls it)
from typing import Any, Final, TypeVar

from smppproxy.smpp.constants import (
    COMMANDS,
    HEADER_OCTETS,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_MSG_REF_NUM,
    TAG_SAR_SEGMENT_SEQNUM,
    TAG_SAR_TOTAL_SEGMENTS,
)
from smppproxy.smpp.differing import DIFFERING, Differing
from smppproxy.smpp.errors import LocalMisuse
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
_octets_of = attrgetter("_data")

_STRINGS: Final = frozenset(
    {
        *("service_type", "source_addr", "destination_addr", "schedule_delivery_time", "validity_period"),
        *("short_message", "message_id"),
    }
)
_SPENT: Final = Walk({}, 0, 0, 0, 0, "")
_UDHI: Final = 0x40  # the bit of esm_class that announces a user data header
_TEXT_ELSEWHERE: Final = frozenset(
    {TAG_MESSAGE_PAYLOAD, TAG_SAR_MSG_REF_NUM, TAG_SAR_TOTAL_SEGMENTS, TAG_SAR_SEGMENT_SEQNUM}
)


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


def sieve(frames: list[Frame], command_id: int, tag: int) -> tuple[list[Frame], list[bytes | None], list[Frame]]:
    """The plain requests of a batch: ``(frames, values, others)``.

    Plain is a request with this ``command_id``, a sound body, a text of its own in short_message (no user data
    header, no message_payload, no SAR TLV) and the TLV ``tag`` once at most. Its value stands in ``values`` and in
    the frame's ``note``, None where the TLV is absent. Everything else is left to a closer look, in ``others``.
    """
    plain: list[Frame] = []
    values: list[bytes | None] = []
    others: list[Frame] = []
    for frame in frames:
        odd = frame.fault or frame.command_id != command_id or frame.esm_class & _UDHI
        found: bytes | None = None
        for seen, value in () if odd else frame.tlvs():
            if seen in _TEXT_ELSEWHERE or (seen == tag and found is not None):
                odd = True
                break
            if seen == tag:
                found = value
        if odd:
            others.append(frame)
            continue
        frame.note = found
        plain.append(frame)
        values.append(found)
    return plain, values, others


def uniform(frames: list[Frame]) -> int:
    """The command_id that all frames of a read have; 0 where they differ, or where there are none."""
    commands = {frame.command_id for frame in frames}
    return commands.pop() if len(commands) == 1 else 0


def close_rows(rows: dict[int, Row], answers: list[Frame]) -> list[Row | None]:
    """Take from ``rows`` what each answer's sequence_number names; None for an answer that matches nothing."""
    return [rows.pop(frame.sequence_number, None) for frame in answers]


def _spent(frame: Frame) -> Walk:
    """What is left of a body whose octets are let go."""
    coding = frame.data_coding if frame._walk is not None else 0
    return Walk({"data_coding": bytes((coding,))}, 0, 0, 0, 0, "") if coding else _SPENT


def gather(frames: list[Frame], sequence_numbers: list[int], spend: bool = False) -> bytes:
    """The frames joined, each octet as received but for its sequence_number. Raises LocalMisuse.

    With ``spend`` the frames let go of their octets: the header's numbers, ``note`` and
    a ``data_coding`` that was read stay, the rest of the body reads as empty.
    """
    joined = bytearray()
    if not all(map(_octets_of, frames)):
        raise LocalMisuse("gather: a frame was spent already; its octets are gone")
    try:
        for frame, sequence_number in zip(frames, sequence_numbers, strict=True):
            at = len(joined)
            joined += frame._data[frame._start : frame._stop]
            _PUT_U32(joined, at + 12, sequence_number)
    except (StructError, ValueError) as error:
        raise LocalMisuse("gather: one sequence_number of 0 to 0xFFFFFFFF is needed for each frame") from error
    for frame in frames if spend else ():
        frame._walk = _spent(frame)
        frame._data = b""
    return bytes(joined)


def keep(frames: list[Frame]) -> None:
    """Each frame keeps a copy of its own octets and lets go of the read that brought it, however long it lives."""
    for frame in frames:
        if frame._data:
            frame._data = frame._data[frame._start : frame._stop]
            frame._start, frame._stop = 0, frame.length
            frame._walk = None


def texts(frames: list[Frame], field: str) -> list[str]:
    """One string field of each frame (``source_addr``, ``message_id``, ...) as text, an octet a character.

    Raises LocalMisuse for a field that is none.
    """
    if field not in _STRINGS:
        raise LocalMisuse(f"texts: {field!r} is no string field of a Frame")
    return [getattr(frame, field).decode("latin-1") for frame in frames]


def plain_texts(frames: list[Frame], alphabets: bytes, common: bytes, room: int) -> tuple[list[str], int]:
    """The texts of the first frames, and their size: one for each letter of a text of ASCII, two for that of another.

    It ends before the first text that has no room, and before one that needs a closer look: it has a header or may be
    read in several ways, or the frame's note is more than octets. ``alphabets`` tells by data_coding: 1 UCS2, 2 one
    that has what ``common`` marks where ASCII has it, 0 other. Raises LocalMisuse for a table that has not 256 octets.
    """
    if len(alphabets) != 256 or len(common) != 256:
        raise LocalMisuse("plain_texts: both tables need 256 octets")
    found: list[str] = []
    size = 0
    for frame in frames:
        if frame.note is not None and type(frame.note) is not bytes:
            break
        text = _plain_text(frame.short_message, alphabets[frame.data_coding], common)
        if text is None:
            break
        length = len(text) if text.isascii() else 2 * len(text)
        if size + length > room:
            break
        size += length
        found.append(text)
    return found, size


def _plain_text(octets: bytes, alphabet: int, common: bytes) -> str | None:
    if not octets:
        return None
    if alphabet == 1 and octets.count(0) * 16 >= len(octets) and octets[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return octets.decode("utf-16-be")
        except UnicodeDecodeError:
            return None
    if alphabet == 2 and all(common[octet] for octet in octets):
        return octets.decode("latin-1")
    return None


def by_link(frames: list[Frame]) -> dict[Any, list[Frame]]:
    """The frames of each link, in their order; the links in that of their first frame."""
    found: dict[Any, list[Frame]] = {}
    for frame in frames:
        found.setdefault(frame.link, []).append(frame)
    return found


def notes(frames: list[Frame]) -> list[Any]:
    """The note of each frame."""
    return [frame.note for frame in frames]


def headers(command_id: int, statuses: list[int], sequence_numbers: list[int]) -> bytes:
    """Header-only PDUs joined, 16 octets each. Raises LocalMisuse."""
    pack = _HEADER.pack
    try:
        pairs = zip(statuses, sequence_numbers, strict=True)
        return b"".join([pack(HEADER_OCTETS, command_id, status, number) for status, number in pairs])
    except (StructError, ValueError) as error:
        raise LocalMisuse(
            "headers: command_id, each command_status and its sequence_number must be 0 to 0xFFFFFFFF, "
            "and there must be as many of one as of the other"
        ) from error
