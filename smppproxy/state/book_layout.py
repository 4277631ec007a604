"""How the books are laid out: one named database of the file for each kind of thing the rules ask for.

=============  =============================================  ======================================================
database       key                                            value (msgpack)
=============  =============================================  ======================================================
``codes``      the code                                       :class:`CodeRow`
``senders``    the number in canonical form                   :class:`SenderRow`
``hosts`` …    what a list holds; one database a kind         :class:`ListRow`
``patterns``   name of the list, ``/``, id of the pattern     :class:`PatternRow`
``moments``    instant (8 octets, big-endian), mark, key      empty; when a date alone changes what an entry is worth;
                                                              :data:`UNDATED` tells which senders are under sanction
``meta``       ``head``                                       :class:`Meta`: the ledger's head the books stand for
``meta``       ``patterns``, ``clusters``                     the same of the last change of that table
=============  =============================================  ======================================================
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

import msgspec

from filters.ports import CodeState, PatternKind, SenderState
from smppproxy.state.codes import Code
from smppproxy.state.senders import Sender

FILE: Final = "books.lmdb"
FORMAT: Final = 5  # of the layout above; books of another are rebuilt
LIMIT: Final = 1 << 36  # octets the books may grow to; a million codes take some 100 MB
KEY_LIMIT: Final = 256  # octets of a key; LMDB takes 511, and moments put some before it

META: Final = b"meta"
MOMENTS: Final = b"moments"
HEAD: Final = b"head"
UNDATED: Final = 1 << 62
"""The instant at which those stand that are to be found without a search: it lies ahead for ever."""

encode: Final = msgspec.msgpack.Encoder().encode


class CodeRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A code."""

    state: CodeState
    owner: str
    valid_from: int | None
    valid_until: int | None
    owner_id: str = ""
    registered_at: int = 0
    rate: float = 0.0
    rate_until: int | None = None


class SenderRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A sender; see :class:`smppproxy.state.senders.Sender`."""

    state: SenderState
    registered: bool
    codes: tuple[str, ...]
    accounts: tuple[str, ...]
    valid_from: int | None
    valid_until: int | None
    state_until: int | None


class ListRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of a list."""

    source: str
    reason: str
    expires: float | None


class PatternRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pattern."""

    kind: PatternKind
    text: str
    reason: str
    expires: int | None


class Meta(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A head of the ledger."""

    format: int
    revision: int
    hash: bytes


code_row: Final = msgspec.msgpack.Decoder(CodeRow).decode
sender_row: Final = msgspec.msgpack.Decoder(SenderRow).decode
list_row: Final = msgspec.msgpack.Decoder(ListRow).decode
pattern_row: Final = msgspec.msgpack.Decoder(PatternRow).decode
meta_row: Final = msgspec.msgpack.Decoder(Meta).decode

Instants = tuple[int | None, ...]


class Table(msgspec.Struct, frozen=True):
    """One named database: how what the store holds is written, and when it changes by itself."""

    name: bytes
    row: Callable[[Any], Any]  # the record of the store as row
    decode: Callable[[bytes], Any]
    instants: Callable[[Any], Instants]  # of a row: when it comes to be worth something else
    mark: bytes = b""  # what its moments put before the key, so that those of two tables never meet


def key_of(key: str) -> bytes:
    """Return the key of a database: the text itself, or its hash where that is too long."""
    octets = key.encode()
    return octets if len(octets) <= KEY_LIMIT else b"\0" + blake2b(octets, digest_size=32).digest()


def encoded_meta(revision: int, digest: bytes) -> bytes:
    """Return the value of ``meta``."""
    return encode(Meta(FORMAT, revision, digest))


def _code(record: Code | CodeRow) -> CodeRow:
    return CodeRow(
        record.state, record.owner, record.valid_from, record.valid_until,
        record.owner_id, record.registered_at, record.rate, record.rate_until,
    )  # fmt: skip


def _sender(record: Sender | SenderRow) -> SenderRow:
    if isinstance(record, SenderRow):
        return record
    return SenderRow(
        record.state, record.registered, record.codes, record.accounts,
        record.valid_from, record.valid_until, record.state_until,
    )  # fmt: skip


def _as_it_is(row: Any) -> Any:
    return row


def _expires(row: Any) -> Instants:
    return (None if row.expires is None else int(row.expires),)


def _of_sender(row: SenderRow) -> Instants:
    blocked = row.state is SenderState.SUSPENDED or row.state is SenderState.BLACKLISTED
    return row.valid_from, row.valid_until, row.state_until, UNDATED if blocked else None


def _none(row: Any) -> Instants:
    return ()  # whoever asks looks at ``expires``


_SANCTIONS: Final = {
    "account_sanction": (b"accounts", b"\0a"),
    "owner_sanction": (b"owners", b"\0o"),
    "text_cluster": (b"clusters", b"\0t"),
    "host_sanction": (b"struckhosts", b"\0h"),
}
SANCTIONS: Final = frozenset(_SANCTIONS)
"""Lists of sanctions: an entry ends by itself, and whoever remembered it has to hear of that."""

CODES: Final = Table(b"codes", _code, code_row, attrgetter("valid_from", "valid_until", "rate_until"))
SENDERS: Final = Table(b"senders", _sender, sender_row, _of_sender, b"\0s")
PATTERNS: Final = Table(b"patterns", _as_it_is, pattern_row, lambda row: (row.expires,), b"\0p")
LISTS: Final = {
    "host": Table(b"hosts", _as_it_is, list_row, _none),
    "url": Table(b"urls", _as_it_is, list_row, _none),
    "recipient_optout": Table(b"optouts", _as_it_is, list_row, _none),
    "sender_blacklist": Table(b"blacklist", _as_it_is, list_row, _none),
    **{kind: Table(name, _as_it_is, list_row, _expires, mark) for kind, (name, mark) in _SANCTIONS.items()},
}
CLUSTERS: Final = LISTS["text_cluster"]
MARKED: Final = (PATTERNS, CLUSTERS)
"""Tables that are read as a whole: ``meta`` tells when one changed last."""

TABLES: Final = (CODES, SENDERS, PATTERNS, *LISTS.values())
