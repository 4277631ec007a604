"""The tallies of all subjects: true in the store, held in memory while they are in use."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

import msgspec

from smppproxy.state.sanctions.rules import Policy
from smppproxy.state.sanctions.subjects import Subject, parsed
from smppproxy.state.sanctions.tally import Tally
from smppproxy.state.store import Cursor, Store

HELD: Final = 10_000
"""Tallies in memory; the rest wait in the store. One without recipients takes some 7 KB, a full one 90 KB; recipients
are few but for subjects that are being sanctioned, so 10,000 are some 100 MB and can never be more than 900."""


class Counters:
    """A cache of tallies that is written back as a whole, in the transaction of whoever changed them."""

    def __init__(self, store: Store, policy: Policy, *, held: int = HELD) -> None:
        self._store = store
        self._held = held
        self._policy = policy
        self._tallies: OrderedDict[Subject, Tally] = OrderedDict()
        self._changed: set[Subject] = set()
        self._due: set[Subject] = set()
        # Beside 0 (not due) and 1 (due), ``due`` may say which node is asking its rules about a subject.
        self._token = secrets.randbelow(1 << 62) + 2 if store.shared else 1
        self._taken: set[Subject] = set()

    def fit(self, policy: Policy) -> None:
        """Count for other rules from now on; what was not written is forgotten."""
        self._policy = policy
        self.forget()

    def __getitem__(self, subject: Subject) -> Tally:
        """Return a subject's tally, to be read."""
        tally = self._tallies.get(subject)
        if tally is None:
            tally = self._tallies[subject] = self._loaded(subject)
        self._tallies.move_to_end(subject)
        return tally

    def changing(self, subject: Subject, *, due: bool) -> Tally:
        """Return a subject's tally, to be changed; ``due``: the rules have to be asked about it."""
        self._changed.add(subject)
        if due:
            self._due.add(subject)
        return self[subject]

    def save(self, cursor: Cursor) -> None:
        """Write what changed. Call :meth:`saved` once the transaction is over, or :meth:`forget` when it failed."""
        cursor.executemany(
            "INSERT INTO sanction_counters (subject, seen, due, counts, recipients) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (subject) DO UPDATE SET seen = excluded.seen, counts = excluded.counts, "
            "due = CASE WHEN excluded.due = 1 THEN 1 ELSE sanction_counters.due END, recipients = excluded.recipients",
            [
                (str(subject), int(tally.seen), int(subject in self._due), *tally.packed())
                for subject in self._changed
                if (tally := self._tallies[subject])
            ],
        )

    def saved(self) -> None:
        """What changed is durable; memory is brought back to its bound."""
        self._changed.clear()
        self._due.clear()
        while len(self._tallies) > self._held:
            self._tallies.popitem(last=False)

    def forget(self) -> None:
        """Forget what was not written: the store is the truth."""
        self._tallies.clear()
        self._changed.clear()
        self._due.clear()

    def due(self) -> list[Subject]:
        """Return the subjects the rules have to be asked about.

        Where other nodes count too, these are ours from now on until :meth:`decided`; what is counted meanwhile makes
        a subject due once more.
        """
        found = [parsed(row[0]) for row in self._store.query(_DUE)]
        if not self._store.shared:
            return found
        if found:
            with self._store.transaction() as cursor:
                cursor.execute(_DUE)
                found = [parsed(row[0]) for row in cursor.fetchall()]
                self._mark(cursor, found, self._token, only=1)
        self._taken.update(found)
        return sorted(self._taken)

    def decided(self, cursor: Cursor, subjects: Collection[Subject], again: Collection[Subject] = ()) -> None:
        """The rules were asked about these; about those of ``again`` they have to be asked once more."""
        self._mark(cursor, [each for each in subjects if each not in again], 0, only=self._token)
        if self._store.shared:
            self._mark(cursor, again, 1, only=self._token)
            self._taken.difference_update(subjects)

    def stand_in(self, cursor: Cursor) -> None:
        """Let the rules be asked about what another node has taken: it may have died. Asking twice does no harm."""
        cursor.execute("UPDATE sanction_counters SET due = 1 WHERE due > 1 AND due <> ?", (self._token,))

    def _mark(self, cursor: Cursor, subjects: Collection[Subject], due: int, *, only: int) -> None:
        cursor.executemany(
            "UPDATE sanction_counters SET due = ? WHERE subject = ? AND due = ?",
            [(due, str(each), only) for each in subjects],
        )

    def drop(self, cursor: Cursor, line: float) -> None:
        """Delete tallies not touched since an instant of the time line."""
        cursor.execute("DELETE FROM sanction_counters WHERE seen < ? AND due = 0", (int(line),))

    def _loaded(self, subject: Subject) -> Tally:
        rows = self._store.query(
            "SELECT seen, counts, recipients FROM sanction_counters WHERE subject = ?", (str(subject),)
        )
        tally = Tally.unpacked(*rows[0]) if rows else Tally()
        tally.fit(self._policy.gauges(subject.kind))
        return tally


_DUE: Final = "SELECT subject FROM sanction_counters WHERE due = 1 ORDER BY subject"


def mark_due(cursor: Cursor, subject: str) -> None:
    """Let the rules be asked about a subject, though nothing new was counted."""
    nothing = msgspec.msgpack.encode(())
    cursor.execute(
        "INSERT INTO sanction_counters (subject, seen, due, counts, recipients) VALUES (?, 0, 1, ?, ?) "
        "ON CONFLICT (subject) DO UPDATE SET due = 1",
        (subject, nothing, nothing),
    )
