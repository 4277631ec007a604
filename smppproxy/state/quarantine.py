"""The quarantine in the store: messages held for a person, what was decided about each, and what came of it.

A message goes from ``held`` by a person's word to ``releasing`` or ``dropped``, by time to ``expired``. One that is
``releasing`` becomes ``sending``, durably, before a worker is asked to send it: should the worker die over it, nobody
knows whether the carrier has it, and it is ``unknown`` until a person decides. So no message is sent twice unasked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.ledger import Draft
from smppproxy.state.publishing import Publisher
from smppproxy.state.quarantine_files import Fate, HeldMessage, Outcome, Usage
from smppproxy.state.store import Cursor

#: Statuses after which a released message is tried again: RSYSERR, RMSGQFUL, RTHROTTLED.
AGAIN: Final = frozenset({0x08, 0x14, 0x58})
RETRY_FIRST, RETRY_LAST = 1_000, 30_000  # ms between attempts, doubled each time
RECEIPT_ATTEMPTS: Final = 2_000  # then a receipt is given up: more than half a day of an account that does not bind

#: States in which a message is still to be decided about or sent.
OPEN: Final = ("held", "releasing", "sending", "unknown")

_COLUMNS: Final = (
    "message_id, text_id, state, at, expires_at, account, code, sender, recipients, operation, segment, reason, rule, "
    "evidence, score, trace_id, registered, size, changed_at, who, why, due_at, attempts, told, status, carrier_id, "
    "receipt"
)
_MARKS: Final = "(" + ", ".join("?" * 20) + ")"


class Message(msgspec.Struct, frozen=True):
    """A row without its PDU. Instants are Unix milliseconds."""

    message_id: str
    text_id: str
    state: str
    at: int
    expires_at: int
    account: str
    code: str
    sender: str
    recipients: int
    operation: int
    segment: str
    reason: str
    rule: str
    evidence: str
    score: float
    trace_id: str
    registered: int
    size: int
    changed_at: int
    who: str
    why: str
    due_at: int
    attempts: int
    told: str
    status: int
    carrier_id: str
    receipt: str


def _any(sealed: bytes) -> bool:
    """Where one node has the store to itself, every PDU is its own."""
    return True


class Quarantine:
    """The one writer of the table. Times of the outside are Unix seconds."""

    def __init__(self, publisher: Publisher, *, clock: Callable[[], float] = time.time) -> None:
        self._publisher = publisher
        self._store = publisher.store
        self._clock = clock

    # ------------------------------------------------------------ reading

    def show(self, message_id: str) -> tuple[Message, bytes | None]:
        """Return a message and its sealed PDU, None where that is no longer kept. Raises NotFoundError."""
        rows = self._store.query(f"SELECT {_COLUMNS}, pdu FROM quarantine WHERE message_id = ?", (message_id,))
        if not rows:
            raise NotFoundError(f"no message {message_id!r} is or was in quarantine; `quarantine list` shows them")
        return Message(*rows[0][:-1]), rows[0][-1]

    def noted_read(self, message_id: str, *, who: str, why: str) -> None:
        """Write into the ledger that somebody read a message: it is personal data."""

        def write(cursor: Cursor) -> tuple[ledger.Head, Changes]:
            draft = Draft("quarantine.read", message_id, {}, why)
            return ledger.append(cursor, [draft], who=who, at=self._now()), ()

        self._publisher.commit(CODES, write)

    def page(
        self, *, state: str = "", account: str = "", code: str = "", reason: str = "", after: str = "", limit: int = 100
    ) -> list[Message]:
        """Return messages in the order they came in, those after the message ``after``."""
        where: list[str] = ["1 = 1"]
        given: list[Any] = []
        for name, value in (("state", state), ("account", account), ("code", code), ("reason", reason)):
            if value:
                where.append(f"{name} = ?")
                given.append(value)
        if after:
            last, _ = self.show(after)
            where.append("(at > ? OR (at = ? AND message_id > ?))")
            given += [last.at, last.at, after]
        sql = f"SELECT {_COLUMNS} FROM quarantine WHERE {' AND '.join(where)} ORDER BY at, message_id LIMIT ?"
        return [Message(*row) for row in self._store.query(sql, (*given, limit))]

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state there is one of."""
        rows = self._store.query("SELECT state, count(*) FROM quarantine GROUP BY state ORDER BY state")
        return {str(state): int(number) for state, number in rows}

    def usage(self) -> Usage:
        """Return how much is held and not yet decided about or sent."""
        marks = ", ".join("?" * len(OPEN))
        sql = f"SELECT count(*), coalesce(sum(size), 0) FROM quarantine WHERE state IN ({marks})"
        [(messages, octets)] = self._store.query(sql, OPEN)
        return Usage(int(messages), int(octets))

    # ------------------------------------------------------------ from the workers

    def take_in(self, messages: Sequence[HeldMessage], hold: float) -> None:
        """Take messages in; those that are there already stay. ``hold`` is seconds until they expire."""
        now = self._now()
        rows = []
        for each in messages:
            at = int(each.at * 1000)
            rows.append(
                (each.message_id, each.text_id, "held", at, at + int(hold * 1000), each.account, each.code, each.sender,
                 each.recipients, each.operation, each.segment, each.reason, each.rule, each.evidence, each.score,
                 each.trace_id, each.registered, each.size, each.pdu, now)
            )  # fmt: skip
        columns = _COLUMNS.partition(", changed_at")[0] + ", pdu, changed_at"
        with self._store.transaction() as cursor:
            sql = f"INSERT INTO quarantine ({columns}) VALUES {_MARKS} ON CONFLICT (message_id) DO NOTHING"
            cursor.executemany(sql, rows)

    def settle(self, outcomes: Iterable[Outcome]) -> None:
        """Note what came of messages that were sent; one that is not ``sending`` has been told of before."""
        now = self._now()
        with self._store.transaction() as cursor:
            for each in outcomes:
                cursor.execute(
                    "SELECT attempts, expires_at FROM quarantine WHERE message_id = ? AND state IN (?, ?)",
                    (each.message_id, "sending", "unknown"),
                )
                row = cursor.fetchone()
                if row is not None:
                    self._settle(cursor, each, int(row[0]), int(row[1]), now)

    def _settle(self, cursor: Cursor, outcome: Outcome, attempts: int, expires_at: int, now: int) -> None:
        answered = outcome.fate is Fate.ANSWERED
        again = outcome.fate is Fate.NOT_SENT or (answered and outcome.status in AGAIN)
        due, keep = 0, True
        if again and now < expires_at:
            state = "releasing"
            due = now + min(RETRY_FIRST << min(attempts, 20), RETRY_LAST)
        elif again or outcome.fate is Fate.BARRED:
            state = "held"
        elif answered:
            state, keep = "released" if outcome.status == 0 else "refused", False
        else:
            state = "unknown"
        pdu = "" if keep else ", pdu = NULL"
        cursor.execute(
            f"UPDATE quarantine SET state = ?, due_at = ?, status = ?, carrier_id = ?, told = ?, changed_at = ?{pdu} "
            "WHERE message_id = ?",
            (state, due, outcome.status, outcome.carrier_id, outcome.told, now, outcome.message_id),
        )

    # ------------------------------------------------------------ a person's word

    def release(self, message_ids: Sequence[str], *, who: str, why: str, again: bool = False) -> list[Message]:
        """Have messages sent, with the other held segments of their texts; return all of them.

        ``again`` also those whose fate is unknown. Durable and in the ledger on return. Raises NotFoundError,
        InputError for one that cannot be released any more; then none is.
        """
        states = ("held", "unknown") if again else ("held",)
        hint = " with --again, where it may be sent twice" if not again else ""
        return self._decide(message_ids, "releasing", states, who, why, hint, receipts=False)

    def drop(self, message_ids: Sequence[str], *, who: str, why: str, receipts: bool = True) -> list[Message]:
        """Have messages never sent, with the other held segments of their texts; as :meth:`release`.

        ``receipts``: tell the clients that asked for a receipt.
        """
        return self._decide(message_ids, "dropped", ("held", "unknown"), who, why, "", receipts=receipts)

    def _decide(
        self,
        message_ids: Sequence[str],
        state: str,
        states: Sequence[str],
        who: str,
        why: str,
        hint: str,
        *,
        receipts: bool,
    ) -> list[Message]:
        texts: dict[str, None] = {}
        for message_id in message_ids:
            message, _ = self.show(message_id)
            if message.state not in states:
                raise InputError(
                    f"{message_id} is {message.state}: only messages that are {' or '.join(states)} can be "
                    f"{'released' if state == 'releasing' else state}{hint if message.state == 'unknown' else ''}"
                )
            texts[message.text_id] = None
        chosen = [m for text in texts for m in self._of_text(text) if m.state in states]
        now = self._now()
        verb = "quarantine.release" if state == "releasing" else "quarantine.drop"

        def write(cursor: Cursor) -> tuple[ledger.Head, Changes] | None:
            if not chosen:
                return None
            for each in chosen:
                receipt = "due" if receipts and _wants_receipt(each.registered) else ""
                kept = "" if receipt or state == "releasing" else ", pdu = NULL"
                cursor.execute(
                    "UPDATE quarantine SET state = ?, who = ?, why = ?, changed_at = ?, due_at = ?, attempts = 0, "
                    f"told = '', receipt = ?{kept} WHERE message_id = ?",
                    (state, who, why, now, now, receipt, each.message_id),
                )
            drafts = [Draft(verb, each.message_id, _evidence(each), why) for each in chosen]
            return ledger.append(cursor, drafts, who=who, at=now), ()

        self._publisher.commit(CODES, write)
        return [self.show(each.message_id)[0] for each in chosen]

    def _of_text(self, text_id: str) -> list[Message]:
        sql = f"SELECT {_COLUMNS} FROM quarantine WHERE text_id = ? ORDER BY at, message_id"
        return [Message(*row) for row in self._store.query(sql, (text_id,))]

    # ------------------------------------------------------------ the keeper's turns

    def due(self, limit: int, ours: Callable[[bytes], bool] = _any) -> list[tuple[Message, bytes]]:
        """Return messages to be sent now, and mark them as being sent, durably, before anybody sends them.

        ``ours`` says which sealed PDUs this node can open; the others are other nodes' affair.
        """
        now = self._now()
        sql = f"SELECT {_COLUMNS}, pdu FROM quarantine WHERE state = ? AND due_at <= ? ORDER BY due_at, at LIMIT ?"
        found = self._store.query(sql, ("releasing", now, limit))
        rows = [(Message(*row[:-1]), bytes(row[-1])) for row in found if ours(bytes(row[-1]))]
        if rows:
            with self._store.transaction() as cursor:
                cursor.executemany(
                    "UPDATE quarantine SET state = 'sending', attempts = attempts + 1, changed_at = ? "
                    "WHERE message_id = ?",
                    [(now, message.message_id) for message, _ in rows],
                )
        return rows

    def lost(self, within: float) -> int:
        """Say of messages that were being sent, and of which nothing was heard ``within`` seconds, that it is unknown
        what became of them. Returns how many."""
        now = self._now()
        with self._store.transaction() as cursor:
            cursor.execute(
                "SELECT message_id FROM quarantine WHERE state = ? AND changed_at < ?",
                ("sending", now - int(within * 1000)),
            )
            found = [str(row[0]) for row in cursor.fetchall()]
            cursor.executemany(
                "UPDATE quarantine SET state = 'unknown', told = ?, changed_at = ? WHERE message_id = ?",
                [("no answer; the SMSC may or may not have it", now, each) for each in found],
            )
        return len(found)

    def expire(self, receipts: bool) -> int:
        """Expire what nobody decided about, or what found no way to the carrier, in time. Returns how many."""
        now = self._now()
        with self._store.transaction() as cursor:
            cursor.execute(
                "SELECT message_id, registered FROM quarantine WHERE state IN (?, ?) AND expires_at <= ?",
                ("held", "releasing", now),
            )
            found = [(str(row[0]), receipts and _wants_receipt(int(row[1]))) for row in cursor.fetchall()]
            for message_id, receipt in found:
                cursor.execute(
                    "UPDATE quarantine SET state = 'expired', changed_at = ?, due_at = ?, attempts = 0, receipt = ?"
                    + ("" if receipt else ", pdu = NULL")
                    + " WHERE message_id = ?",
                    (now, now, "due" if receipt else "", message_id),
                )
        return len(found)

    def receipts_due(self, limit: int, ours: Callable[[bytes], bool] = _any) -> list[tuple[Message, bytes]]:
        """Return messages whose clients are to be told now that they will not be sent; ``ours`` as in :meth:`due`."""
        sql = f"SELECT {_COLUMNS}, pdu FROM quarantine WHERE receipt = ? AND due_at <= ? ORDER BY due_at LIMIT ?"
        found = self._store.query(sql, ("due", self._now(), limit))
        return [(Message(*row[:-1]), bytes(row[-1])) for row in found if ours(bytes(row[-1]))]

    def receipt_done(self, message: Message, delivered: bool) -> None:
        """Note whether a client took its receipt; one that did not is tried again, for a while."""
        now = self._now()
        attempts = message.attempts + 1
        state = "sent" if delivered else "given_up" if attempts >= RECEIPT_ATTEMPTS else "due"
        done = ", pdu = NULL" if state != "due" else ""
        with self._store.transaction() as cursor:
            cursor.execute(
                f"UPDATE quarantine SET receipt = ?, attempts = ?, due_at = ?{done} WHERE message_id = ?",
                (state, attempts, now + min(RETRY_FIRST << min(attempts, 20), RETRY_LAST), message.message_id),
            )

    def forget(self, retention: float) -> int:
        """Delete what was finished more than ``retention`` seconds ago. Returns how many."""
        before = self._now() - int(retention * 1000)
        marks = ", ".join("?" * len(OPEN))
        where = f"state NOT IN ({marks}) AND receipt <> ? AND changed_at < ?"
        [(count,)] = self._store.query(f"SELECT count(*) FROM quarantine WHERE {where}", (*OPEN, "due", before))
        if count:
            with self._store.transaction() as cursor:
                cursor.execute(f"DELETE FROM quarantine WHERE {where}", (*OPEN, "due", before))
        return int(count)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _wants_receipt(registered: int) -> bool:
    """Whether a client asked to be told of a failure (SMPP 3.4 section 5.2.17: 1 any outcome, 2 failure)."""
    return registered & 3 in (1, 2)


def _evidence(message: Message) -> dict[str, Any]:
    told = msgspec.to_builtins(message)
    names = ("text_id", "state", "account", "code", "sender", "reason", "rule", "evidence", "score", "trace_id")
    return {name: told[name] for name in names}
