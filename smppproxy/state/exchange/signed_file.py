"""The file of a signed list: JSON lines, UTF-8, LF. Its content has one spelling only, so its octets can be signed.

The first line is the header, then one line an entry, then a line with the Ed25519 signature over all octets before
it. Nothing of a file is believed before its signature holds, but for the id of the key to ask it with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from smppproxy.state.codes import TEXT_LIMIT
from smppproxy.state.errors import InputError, RowFault
from smppproxy.state.exchange.keys import is_signed

FORMAT: Final = "smppproxy-list/1"
SIZE_LIMIT: Final = 1 << 28  # octets; a million entries with evidence are some 250 MB
FAULTS_SHOWN: Final = 100

_SIGNATURE: Final = re.compile(rb'\{"signature":"([0-9a-f]{128})"\}\n').fullmatch
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z").fullmatch

Text = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT)]
Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says of itself. Instants are written ``2027-01-31T00:00:00Z``."""

    format: Literal["smppproxy-list/1"] = FORMAT
    holds: Literal["verified", "candidates"]
    list: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    serial: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
    issued: str
    expires: str  # the end of entries that name none of their own; nobody takes the file after it
    issuer: Text
    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    criterion: Number = 0  # reports in a day that make a number a candidate
    entries: Number


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What speaks against a sender. ``criterion``: it reached the header's number of reports in a day."""

    criterion: bool = False
    reports: Number = 0
    reports_in_a_day: Number = 0
    day: Annotated[str, msgspec.Meta(max_length=10)] = ""
    days: Number = 0
    reporters: Number = 0
    texts: Number = 0
    category: Text = ""
    verdicts: Number = 0
    verdicts_refused: Number = 0
    recipients: Number = 0
    sanction: Text = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line: a number, host, … as ``lists export`` writes it."""

    entry: Annotated[str, msgspec.Meta(min_length=1, max_length=2100)]
    reason: Text = ""
    source: Text = ""
    expires: str = ""
    evidence: Evidence | None = None


class Signed(NamedTuple):
    """A file whose signature holds. ``digest`` is the SHA-256 of all its octets, hex."""

    header: Header
    entries: list[Entry]
    digest: str


_header: Final = msgspec.json.Decoder(Header)
_entry: Final = msgspec.json.Decoder(Entry)


def seal(header: Header, entries: Iterable[Entry], sign: Callable[[bytes], bytes]) -> bytes:
    """Return the octets of a file. ``header.entries`` is filled in."""
    lines = [msgspec.json.encode(entry) for entry in entries]
    first = msgspec.json.encode(msgspec.structs.replace(header, entries=len(lines)))
    body = b"\n".join([first, *lines]) + b"\n"
    return body + b'{"signature":"' + sign(body).hex().encode() + b'"}\n'


def open_sealed(octets: bytes, public_of: Callable[[str], bytes]) -> Signed:
    """Return what a file holds. ``public_of`` gives the trusted key of an id, or raises StateError.

    Raises InputError: no such file, cut short, altered, not in its one spelling, or with faulty rows (each named).
    """
    body, signature = _parted(octets)
    first, _, rest = body.partition(b"\n")
    try:
        header = _header.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"the first line is no header of a list in the format {FORMAT}: {error}") from None
    if not is_signed(public_of(header.key), signature, body):
        raise InputError(
            "the signature does not hold: the file was altered, or signed with another key; nothing was changed"
            + ("; its line ends were changed to CRLF: transfer it as binary" if b"\r\n" in octets else "")
        )
    return Signed(header, _entries(header, first, rest), sha256(octets).hexdigest())


def instant_of(text: str, what: str) -> int:
    """Return Unix seconds. Raises InputError; there is one spelling."""
    try:
        if not _INSTANT(text):
            raise ValueError
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise InputError(f"{what} {text!r}: an instant such as 2027-01-31T00:00:00Z is expected") from None


def written(at: float) -> str:
    """Return an instant (Unix seconds) as a file has it."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parted(octets: bytes) -> tuple[bytes, bytes]:
    """Return what is signed, and the signature."""
    if len(octets) > SIZE_LIMIT:
        raise InputError(f"the file has more than {SIZE_LIMIT >> 20} MiB; a signed list is smaller")
    if octets.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\0" in octets[:100]:
        raise InputError("the file was saved in another encoding: UTF-8 without a byte order mark is expected; "
                         "take it as it was sent")  # fmt: skip
    if not octets.startswith(b'{"format":"'):
        raise InputError("this is no signed list: its first line begins with {\"format\":; for CSV, hosts files and "
                         "plain text leave out --signed")  # fmt: skip
    start = octets.rfind(b"\n", 0, -1) + 1
    match = _SIGNATURE(octets[start:])
    if match is None or not start:
        raise InputError("the file is cut short or was edited: its last line is not its signature; fetch it again")
    return octets[:start], bytes.fromhex(match[1].decode())


def _entries(header: Header, first: bytes, rest: bytes) -> list[Entry]:
    if msgspec.json.encode(header) != first:
        raise InputError("the header is not written in the one way it can be; the issuer's program is at fault")
    lines = rest.split(b"\n")[:-1]
    if len(lines) != header.entries:
        raise InputError(f"{header.entries} entries are announced and {len(lines)} are there; nothing was changed")
    found, faults, count = [], [], 0
    for number, line in enumerate(lines, start=2):
        try:
            entry = _entry.decode(line)
            fault = "" if msgspec.json.encode(entry) == line else "not written in the one way it can be"
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            fault = str(error)
        if not fault:
            found.append(entry)
            continue
        count += 1
        if count <= FAULTS_SHOWN:
            faults.append(RowFault(number, "", line[:80].decode(errors="replace"), fault))
    if count:
        raise InputError(f"{count} rows are wrong; nothing was changed", tuple(faults))
    return found
