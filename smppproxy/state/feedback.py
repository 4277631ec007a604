"""Feedback: what people and authorities said of texts, kept with where it comes from, for the next model.

Of each text every verdict is kept, and one is in force: that of the highest authority, of equals the latest said.
Texts lie sealed in the store; they are found by the fingerprint of their normalised form, which their trace rows
have too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b, sha256
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.feedback_rows import Authority, Said
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.sealed import Sealer
from smppproxy.state.store import Cursor

SUBJECT: Final = "feedback"  # in the ledger
FINGERPRINT: Final = 16  # octets, as in the trace
SHOWN: Final = 200  # contradictions listed one by one; all are counted
_CONTEXT: Final = b"feedback text\0"
_COLUMNS: Final = "id, fingerprint, text, label, subclass, lang, authority, source, who, why, at, imported_at"

Progress = Callable[[int, int], None]


class Verdict(msgspec.Struct, frozen=True):
    """One verdict as it is stored; instants are Unix milliseconds. ``effective``: it is the one in force."""

    id: int
    fingerprint: str  # hex
    text: str
    label: str
    subclass: str
    lang: str
    authority: Authority
    source: str
    who: str
    why: str
    at: int
    imported_at: int
    effective: bool = False

    @property
    def weight(self) -> tuple[int, int, int]:
        """What decides which of several is in force: authority, when it was said, when we heard of it."""
        return self.authority.rank, self.at, self.id


class Contradiction(msgspec.Struct, frozen=True):
    """Two verdicts on one text. ``holds`` says which label is in force after the import."""

    line: int
    fingerprint: str
    says: str
    by: str  # authority and who
    known: str
    known_by: str
    holds: str


class Outcome(msgspec.Struct, frozen=True):
    """What an import did, or with ``dry_run`` would do."""

    added: int
    repeated: int  # said before, word for word by the same authority
    contradicted: int
    dry_run: bool
    labels: dict[str, int]  # of what was added
    contradictions: tuple[Contradiction, ...]  # the first two hundred


class FeedbackRegistry:
    """The one writer of the feedback."""

    def __init__(
        self, publisher: Publisher, sealer: Callable[[], Sealer], *, clock: Callable[[], float] = time.time
    ) -> None:
        """``sealer`` is asked for when a text is sealed or opened."""
        self._publisher = publisher
        self._sealer = sealer
        self._clock = clock

    def take(
        self,
        rows: Iterable[Said],
        *,
        who: str,
        why: str = "",
        dry_run: bool = False,
        digest: str = "",
        progress: Progress | None = None,
    ) -> Outcome:
        """Add verdicts, all or nothing; those that were said before are left out.

        ``digest`` names the file for the ledger. Durable and in the ledger on return. Raises StoreError, BooksError.
        """
        now = int(self._clock() * 1000)
        known = self._in_force()
        seen = {self._identity(row) for row in self._rows("")}
        added: list[tuple[bytes, Said]] = []
        labels: dict[str, int] = {}
        contradictions: list[Contradiction] = []
        repeated = contradicted = 0
        listed = list(rows)
        for number, row in enumerate(listed, 1):
            if progress is not None and number % 1000 == 0:
                progress(number, len(listed))
            row = msgspec.structs.replace(row, at=row.at or now, who=row.who or who)
            key = fingerprint(row.text)
            identity = key, row.label, row.subclass, row.authority, row.who, row.source
            if identity in seen:
                repeated += 1
                continue
            seen.add(identity)
            before = known.get(key)
            stands = before is not None and (before.authority.rank, before.at) > (row.authority.rank, row.at)
            if before is not None and before.label != row.label:
                contradicted += 1
                if len(contradictions) < SHOWN:
                    holds = before.label if stands else row.label
                    contradictions.append(_contradiction(row, key, before, holds))
            if not stands:
                known[key] = row
            added.append((key, row))
            labels[row.label] = labels.get(row.label, 0) + 1
        if added and not dry_run:
            content = {"added": len(added), "labels": labels, "contradicted": contradicted, "sha256": digest}
            content |= {"sources": sorted({row.source for _, row in added})[:20]}
            self._write(added, Draft("feedback.import", SUBJECT, content, why), who, now)
        return Outcome(len(added), repeated, contradicted, dry_run, labels, tuple(contradictions))

    def page(
        self, *, label: str = "", source: str = "", fingerprint: str = "", after: int = 0, limit: int = 1000
    ) -> list[Verdict]:
        """Return verdicts in the order they came, filtered. Raises InputError, StoreError."""
        where: list[str] = ["id > ?"]
        parameters: list[Any] = [after]
        for column, value in (("label", label), ("source", source)):
            if value:
                where.append(f"{column} = ?")
                parameters.append(value)
        if fingerprint:
            where.append("fingerprint = ?")
            parameters.append(_octets(fingerprint))
        found = list(self._rows(f"WHERE {' AND '.join(where)} ORDER BY id LIMIT ?", (*parameters, limit)))
        marks = ", ".join("?" * len({row[1] for row in found}))
        others = self._rows(f"WHERE fingerprint IN ({marks})", tuple({row[1] for row in found})) if found else ()
        force = _strongest(others)
        opener = self._sealer() if found else None
        return [self._verdict(row, opener, row[0] in force) for row in found]

    def everything(self) -> list[Verdict]:
        """Return all verdicts, in the order they came. Raises StoreError."""
        rows = list(self._rows("ORDER BY id"))
        force = _strongest(rows)
        opener = self._sealer() if rows else None
        return [self._verdict(row, opener, row[0] in force) for row in rows]

    def remove(self, *, fingerprint: str = "", source: str = "", who: str, why: str = "") -> int:
        """Take verdicts out: of a text, of a source, or both together; return how many.

        The ledger keeps that they were there. Raises InputError, NotFoundError, StoreError, BooksError.
        """
        if not (fingerprint or source):
            raise InputError("name what to remove: a fingerprint, a source, or both")
        given = {"fingerprint": _octets(fingerprint) if fingerprint else None, "source": source or None}
        named = {column: value for column, value in given.items() if value is not None}
        where, parameters = " AND ".join(f"{column} = ?" for column in named), list(named.values())
        [(many,)] = self._publisher.store.query(f"SELECT count(*) FROM feedback WHERE {where}", parameters)
        if not many:
            raise NotFoundError("no feedback is like that; `smppproxy model feedback list` shows what there is")
        content = {"removed": many, "fingerprint": fingerprint, "source": source}

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            cursor.execute(f"DELETE FROM feedback WHERE {where}", parameters)
            draft = Draft("feedback.remove", SUBJECT, content, why)
            return ledger.append(cursor, [draft], who=who, at=int(self._clock() * 1000)), ()

        self._publisher.commit(CODES, write)
        return int(many)

    def _write(self, added: list[tuple[bytes, Said]], draft: Draft, who: str, now: int) -> None:
        sealer = self._sealer()

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            names = _COLUMNS.removeprefix("id, ")
            cursor.executemany(
                f"INSERT INTO feedback ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_stored(key, row, sealer, now) for key, row in added],
            )
            return ledger.append(cursor, [draft], who=who, at=now), ()

        self._publisher.commit(CODES, write)

    def _rows(self, rest: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield from self._publisher.store.stream(f"SELECT {_COLUMNS} FROM feedback {rest}", parameters)

    def _in_force(self) -> dict[bytes, Said | Verdict]:
        """The verdicts in force by text, without the texts."""
        found: dict[bytes, Said | Verdict] = {}
        for row in self._rows(""):
            verdict = self._verdict(row, None, True)
            before = found.get(row[1])
            if not isinstance(before, Verdict) or before.weight < verdict.weight:
                found[bytes(row[1])] = verdict
        return found

    @staticmethod
    def _identity(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return bytes(row[1]), row[3], row[4], row[6], row[8], row[7]

    @staticmethod
    def _verdict(row: tuple[Any, ...], sealer: Sealer | None, effective: bool) -> Verdict:
        key = bytes(row[1])
        text = sealer.open(bytes(row[2]), sealed_in(key)).decode("utf-8", "surrogatepass") if sealer is not None else ""
        number, _, _, label, subclass, lang, authority, source, who, why, at, imported_at = row
        said = label, subclass, lang, Authority(authority), source, who, why, at, imported_at
        return Verdict(number, key.hex(), text, *said, effective)


def fingerprint(text: str) -> bytes:
    """Return what stands for a text, 16 octets: the same for all spellings the model cannot tell apart."""
    from filters.text.normalise import prepare  # a tenth of a second, for those alone who give feedback

    return blake2b(prepare(text).key, digest_size=FINGERPRINT).digest()


def digest_of(verdicts: Iterable[Verdict]) -> str:
    """Return the SHA-256 of a training set: the same verdicts, in whatever order they came, have the same."""
    lines = sorted(f"{each.fingerprint}\t{each.label}\t{each.subclass}\t{each.text}" for each in verdicts)
    return sha256("\0".join(lines).encode()).hexdigest()


def sealed_in(fingerprint: bytes) -> bytes:
    """What a text is sealed with beside the key."""
    return _CONTEXT + bytes(fingerprint)


def _stored(key: bytes, row: Said, sealer: Sealer, now: int) -> tuple[Any, ...]:
    sealed = sealer.seal(row.text.encode("utf-8", "surrogatepass"), sealed_in(key))
    said = row.label, row.subclass, row.lang, row.authority.value, row.source, row.who, row.why, row.at
    return key, sealed, *said, now


def _strongest(rows: Iterable[tuple[Any, ...]]) -> set[int]:
    """The ids of the verdicts in force."""
    best: dict[bytes, tuple[int, int, int]] = {}
    for row in rows:
        weight = Authority(row[6]).rank, row[10], row[0]
        best[bytes(row[1])] = max(best.get(bytes(row[1]), weight), weight)
    return {weight[2] for weight in best.values()}


def _contradiction(row: Said, key: bytes, before: Said | Verdict, holds: str) -> Contradiction:
    by, known_by = (f"{each.authority.value} {each.who}".strip() for each in (row, before))
    return Contradiction(row.line, key.hex(), row.label, by, before.label, known_by, holds)


def _octets(fingerprint: str) -> bytes:
    try:
        octets = bytes.fromhex(fingerprint)
    except ValueError:
        octets = b""
    if len(octets) != FINGERPRINT:
        raise InputError(f"fingerprint {fingerprint[:40]!r}: {2 * FINGERPRINT} hexadecimal digits are expected")
    return octets
