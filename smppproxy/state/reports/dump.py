"""The regulator's dump: records between ``[(KISA:SOL)]`` and ``[(KISA:EOL)]``, their fields parted by ``[(KISA)]``.

Two times in either order, the label, the text, which may span lines, and a tail that names the channel; after the tail
some files have one more separator. A line in front of the first record is a head. A file that was cut off ends in half
a record, which is told as such. No field holds a number of anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from smppproxy.state.reports.record import BadRowError, Reject, Report, cell_of, text_of, times_of

BEGIN: Final = b"[(KISA:SOL)]"
END: Final = b"[(KISA:EOL)]"
BETWEEN: Final = "[(KISA)]"

READ: Final = 1 << 20  # octets of one read
RECORD_LIMIT: Final = 1 << 18  # octets of a record; the longest message has 64 KiB
SHOWN: Final = 200  # characters of a record that is told as wrong

_LONG: Final = f"a record has {RECORD_LIMIT} octets at most"
ENCODINGS: Final = ("utf-8", "cp949")


def is_dump(head: bytes) -> bool:
    """Whether a file that begins like this is a dump."""
    return BEGIN in head or BETWEEN.encode() in head


def read(file: BinaryIO) -> Iterator[Report | Reject]:
    """Yield what a dump holds, record by record. Never raises for what the file holds; OSError where it ends."""
    line = 1
    for number, (record, lines, fault) in enumerate(_records(file)):
        at, line = line, line + lines
        lost, found, body = record.rpartition(BEGIN)
        if found and lost.strip() and (number or BEGIN in lost):
            yield Reject(at, "the record has no end; the next one begins inside it", _shown(lost))
        at += lost.count(b"\n") if found else 0
        if fault:
            yield Reject(at, fault, _shown(body))
        elif found:
            yield _report(at, body)
        elif record.strip():
            yield Reject(at, f"a record begins with {BEGIN.decode()}", _shown(record))


def _report(place: int, body: bytes) -> Report | Reject:
    text = _decoded(body)
    if text is None:
        return Reject(place, "neither UTF-8 nor CP949", _shown(body))
    fields = text.split(BETWEEN)
    if len(fields) < 4:
        return Reject(
            place, f"two times, a label and a text are expected, these are {len(fields)} fields", text[:SHOWN]
        )
    if len(fields) > 5 and not fields[-1].strip():
        fields.pop()  # the separator that only some files have
    tail = fields.pop() if len(fields) > 4 else ""
    one, other, label, *parts = fields
    try:
        received, reported = times_of(one, other)
    except BadRowError as error:
        return Reject(place, str(error), text[:SHOWN])
    said = text_of(BETWEEN.join(parts))
    return Report(place, received, reported, cell_of(label), cell_of(tail), "", "", "", "", said)


def _records(file: BinaryIO) -> Iterator[tuple[bytes, int, str]]:
    """Yield (octets up to an END, line ends among them, what is wrong with them). Bounded, whatever comes."""
    held, beginning, lines = b"", b"", 0  # of a record too long to be one, its beginning and the lines left out
    while octets := file.read(READ):
        *whole, held = (held + octets).split(END)
        for record in whole:
            long = bool(beginning) or len(record) > RECORD_LIMIT
            yield beginning or record, lines + record.count(b"\n"), _LONG if long else ""
            beginning, lines = b"", 0
        if len(held) > RECORD_LIMIT:
            beginning = beginning or held[:RECORD_LIMIT]
            left = held[: 1 - len(END)]
            lines, held = lines + left.count(b"\n"), held[len(left) :]
    if beginning or held.strip():
        yield beginning or held, lines, "the file ends inside this record: it was cut off"


def _decoded(octets: bytes) -> str | None:
    for encoding in ENCODINGS:
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _shown(octets: bytes) -> str:
    return octets[: SHOWN * 2].decode("utf-8", "replace").strip()[:SHOWN]
