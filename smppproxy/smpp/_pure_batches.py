"""What is done to many Frames at once. A part of :mod:`smppproxy.smpp._pure`."""

from __future__ import annotations

from operator import attrgetter
from struct import Struct
from struct import error as StructError  # noqa: N812 (a class, whatever the module calls it)
from typing import Any, Final, TypeVar

from smppproxy.smpp._pure_frame import Frame
from smppproxy.smpp.constants import (
    HEADER_OCTETS,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_MSG_REF_NUM,
    TAG_SAR_SEGMENT_SEQNUM,
    TAG_SAR_TOTAL_SEGMENTS,
)
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.walker import Walk

Row = TypeVar("Row")

_HEADER: Final = Struct(">IIII")
_PUT_U32: Final = Struct(">I").pack_into
_octets_of: Final = attrgetter("_data")

_STRINGS: Final = frozenset(
    {
        *("service_type", "source_addr", "destination_addr", "schedule_delivery_time", "validity_period"),
        *("short_message", "message_id"),
    }
)
_SPENT: Final = Walk({}, 0, 0, 0, 0, "")
_UDHI: Final = 0x40  # the bit of esm_class that announces a user data header
_OF_SEGMENTS: Final = frozenset({TAG_SAR_MSG_REF_NUM, TAG_SAR_TOTAL_SEGMENTS, TAG_SAR_SEGMENT_SEQNUM})


def sieve(frames: list[Frame], command_id: int, tag: int) -> tuple[list[Frame], list[bytes | None], list[Frame]]:
    """The plain requests of a batch: ``(frames, values, others)``.

    Plain is a request with this ``command_id``, a sound body, a text of its own in short_message or in one
    message_payload (not in both; no user data header, no SAR TLV) and the TLV ``tag`` once at most. Its value stands
    in ``values`` and in the frame's ``note``, None where the TLV is absent. Everything else is left to a closer look,
    in ``others``.
    """
    plain: list[Frame] = []
    values: list[bytes | None] = []
    others: list[Frame] = []
    for frame in frames:
        odd = frame.fault or frame.command_id != command_id or frame.esm_class & _UDHI
        found: bytes | None = None
        elsewhere = not frame.short_message
        for seen, value in () if odd else frame.tlvs():
            if seen == TAG_MESSAGE_PAYLOAD:
                odd = not (elsewhere and value) or seen == tag
                elsewhere = False  # there is one text
            elif seen in _OF_SEGMENTS or (seen == tag and found is not None):
                odd = True
            if odd:
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


def send_on(rows: dict[int, Any], frames: list[Frame], first: int, spend: bool = False) -> bytes:
    """Open a row for each frame, itself, under the numbers from ``first`` on; the frames joined under these numbers.

    ``spend`` is as with :func:`gather`. Raises LocalMisuse, and opens none, for a number that is open or too large.
    """
    numbers = range(first, first + len(frames))
    if numbers and not 0 <= numbers[0] <= numbers[-1] <= 0xFFFFFFFF:
        raise LocalMisuse("send_on: the sequence_numbers end at 0xFFFFFFFF")
    for number in numbers:
        if number in rows:
            raise LocalMisuse(f"sequence_number {number} is still waiting for its answer")
    joined = gather(frames, list(numbers), spend)
    rows.update(zip(numbers, frames, strict=True))
    return joined


def hand_back(rows: dict[int, Any], answers: list[Frame]) -> tuple[list[Frame], list[Any], bytes, bytes] | None:
    """Take from ``rows`` the request each answer names: ``(requests, notes, data_codings, octets)``.

    The octets are the answers joined, each under its request's sequence_number. None, and nothing taken, where an
    answer matches nothing that is a Frame, where two match the same, or where one was spent.
    """
    numbers = [answer.sequence_number for answer in answers]
    taken = [row for row in map(rows.get, numbers) if isinstance(row, Frame)]
    if not len(set(numbers)) == len(numbers) == len(taken) or not all(map(_octets_of, answers)):
        return None
    for number in numbers:
        del rows[number]
    notes, theirs, codings = columns(taken)
    return taken, notes, codings, gather(answers, theirs)


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


def strings(frames: list[Frame], field: str) -> list[bytes]:
    """One string field of each frame, as octets. Raises LocalMisuse for a field that is none."""
    if field not in _STRINGS:
        raise LocalMisuse(f"strings: {field!r} is no string field of a Frame")
    return [getattr(frame, field) for frame in frames]


def plain_texts(frames: list[Frame], alphabets: bytes, common: bytes, room: int) -> tuple[list[str], int]:
    """The texts of the first frames, and their size: one for each letter of a text of ASCII, two for that of another.

    A frame's text is its short_message, or where that is empty its first message_payload.
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
        octets = frame.short_message or frame.tlv(TAG_MESSAGE_PAYLOAD) or b""
        text = _plain_text(octets, alphabets[frame.data_coding], common)
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


def refusals(frames: list[Frame]) -> list[int]:
    """The command_status of each frame whose is not 0: mostly there is none."""
    return [frame.command_status for frame in frames if frame.command_status]


def columns(frames: list[Frame]) -> tuple[list[Any], list[int], bytes]:
    """The notes, the sequence_numbers and the data_codings of the frames."""
    return (
        [frame.note for frame in frames],
        [frame.sequence_number for frame in frames],
        bytes(frame.data_coding for frame in frames),
    )


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
