"""Signed lists out and in: candidates to the regulator, the verified list back, each serial once and in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from smppproxy.state import list_store
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, RowFault
from smppproxy.state.exchange.candidates import CRITERION, LEAST_VERDICTS, candidates
from smppproxy.state.exchange.keys import SigningKey
from smppproxy.state.exchange.signed_file import (
    FAULTS_SHOWN,
    Entry,
    Header,
    Signed,
    instant_of,
    open_sealed,
    seal,
    written,
)  # fmt: skip
from smppproxy.state.exchange.trust import Serial, Trust, put
from smppproxy.state.ledger import Draft
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind, shown_key
from smppproxy.state.lists import ListOutcome, ListRegistry, subject_of
from smppproxy.state.registry import Progress
from smppproxy.state.stats.periods import add_months
from smppproxy.state.store import Cursor

MONTHS: Final = 3  # how long a number is blocked where the file does not say; what the regulator does
STEPS: Final = 3  # of taking a file: proven, read, brought
AHEAD: Final = 3600  # s a file may be issued in our future: clocks differ, by more somebody's is wrong

#: Kinds that mean the same to another operator; keyed hashes and sanctions of our own accounts do not.
SHARED: Final = frozenset({ListKind.HOST, ListKind.URL, ListKind.SENDER_BLACKLIST, ListKind.PATTERN})


class Sealed(msgspec.Struct, frozen=True):
    """A file that was made. ``left_out``: senders a list cannot hold, such as names."""

    text: str
    header: Header
    entries: int
    met: int  # candidates that reached the criterion
    left_out: int


class Taken(msgspec.Struct, frozen=True):
    """What a file did, or with a dry run would do. ``news`` is False where its serial was taken before."""

    outcome: ListOutcome
    header: Header
    key: str  # the name of the key it is signed with
    before: int  # the serial before it, 0 for none
    news: bool
    skipped: int  # entries of the file whose time is over


class Exchange:
    """Runs in the process that holds the control lock."""

    def __init__(self, lists: ListRegistry, trust: Trust, state_dir: Path, clock: Callable[[], float]) -> None:
        self.trust = trust
        self.state_dir = state_dir
        self._lists = lists
        self._clock = clock

    def new_key(self, *, who: str, why: str = "", replace: bool = False) -> SigningKey:
        """Make the key we sign with. Raises ConflictError (there is one), StateError."""
        key = SigningKey.create(self.state_dir, replace=replace)
        self.trust.record_key("key.replace" if replace else "key.new", key.public, who=who, why=why)
        return key

    def offered(
        self, name: str, *, criterion: int = CRITERION, least_verdicts: int = LEAST_VERDICTS
    ) -> tuple[list[Entry], int]:
        """Return the candidates a list would go out with. Raises NotFoundError, InputError (no list of senders)."""
        record = self._lists.show(name)
        if record.kind is not ListKind.SENDER_BLACKLIST:
            raise InputError(f"list {name} holds {record.kind}; candidates are senders, of a list of sender_blacklist")
        store = self._lists.store
        return candidates(
            store, self._lists.keys.reader(record.kind), list_store.entries(store, record),
            criterion=criterion, least_verdicts=least_verdicts,
        )  # fmt: skip

    def export(
        self,
        name: str,
        issuer: str,
        *,
        who: str,
        why: str = "",
        offer: bool = False,
        criterion: int = CRITERION,
        least_verdicts: int = LEAST_VERDICTS,
        expires: int | None = None,
    ) -> Sealed:
        """Make the next file of a list; with ``offer`` it holds candidates with evidence, else the list itself.

        Raises NotFoundError (no list, no key), InputError.
        """
        for what, text in (("who", who), ("why", why), ("issuer", issuer)):
            if wrong := check_text(what, text):
                raise InputError(wrong)
        record = self._lists.show(name)
        if record.kind not in SHARED:
            raise InputError(f"list {name} holds {record.kind}, which means nothing to others; it cannot be signed")
        key = SigningKey.load(self.state_dir)
        now = int(self._clock())
        left_out = 0
        if offer:
            entries, left_out = self.offered(name, criterion=criterion, least_verdicts=least_verdicts)
        else:
            entries = [
                Entry(entry=shown_key(record.kind, each), reason=item.reason, source=item.source,
                      expires="" if item.expires is None else written(item.expires))
                for each, item in list_store.entries(self._lists.store, record)
                if item.expires is None or item.expires > now
            ]  # fmt: skip
        if not entries:
            raise InputError("there is nothing to send: " + ("no candidate" if offer else f"list {name} is empty"))
        last = self.trust.last(name, "out")
        end = in_three_months(now) if expires is None else expires
        if end <= now:
            raise InputError("the file would expire before it is made")
        header = Header(
            holds="candidates" if offer else "verified", list=name, kind=record.kind,
            serial=last.serial + 1 if last is not None else 1, issued=written(now), expires=written(end),
            issuer=issuer, key=key.id, criterion=criterion if offer else 0, entries=len(entries),
        )  # fmt: skip
        octets = seal(header, entries, key.sign)
        signed = open_sealed(octets, lambda _: key.public)  # what we send must be what others can read
        serial = self._serial(signed, "out", who)
        content = {"serial": header.serial, "entries": len(entries), "holds": header.holds, "digest": signed.digest}
        self.trust.record(serial, Draft("list.sign", subject_of(name), content, why))
        met = sum(1 for entry in entries if entry.evidence is not None and entry.evidence.criterion)
        return Sealed(octets.decode(), header, len(entries), met, left_out)

    def take(
        self,
        name: str,
        octets: bytes,
        *,
        who: str,
        why: str = "",
        dry_run: bool = False,
        again: bool = False,
        progress: Progress | None = None,
    ) -> Taken:
        """Make a verified list the content of ours, all or nothing.

        ``again`` takes the serial in force once more, such as after a roll-back. Raises InputError, NotFoundError,
        ConflictError (a key nobody trusts, an old serial, another content under a serial).
        """
        record = self._lists.show(name)
        tell = progress or (lambda done, total: None)
        tell(0, STEPS)
        signed = open_sealed(octets, self.trust.public_of)
        tell(1, STEPS)
        header = signed.header
        key = self.trust.find(header.key)
        if key.lists and name not in key.lists:
            raise ConflictError(f"the key {key.name} may sign {', '.join(key.lists)} and not {name}")
        if (header.list, header.kind) != (name, record.kind):
            raise ConflictError(
                f"the file is of list {header.list} ({header.kind}), ours is {name} ({record.kind}); name the right one"
            )
        if header.holds != "verified":
            raise InputError("the file holds candidates, which nobody verified yet: they must not block anybody")
        end = self._checked_times(header)
        before = self.trust.last(name, "in")
        news = self._is_news(signed, before)
        wanted, skipped = self._items(signed, record.kind, end, key.name)
        tell(2, STEPS)
        if not news and not again:
            unchanged = ListOutcome(name, record.version, 0, 0, 0, len(wanted), record.entries, dry_run)
            return Taken(unchanged, header, key.name, header.serial, False, skipped)
        serial = self._serial(signed, "in", who)
        content = {"serial": header.serial, "key": key.name, "issued": header.issued, "digest": signed.digest}
        draft = Draft("list.take", subject_of(name), content, why)

        def beside(cursor: Cursor) -> Draft:
            put(cursor, serial)
            return draft

        outcome = self._lists.bring(
            name, wanted, who=who, why=why, digest=signed.digest, dry_run=dry_run, beside=beside
        )  # fmt: skip
        if outcome.version == record.version and not dry_run and news:
            self.trust.record(serial, draft)  # the list says so already
        return Taken(outcome, header, key.name, before.serial if before is not None else 0, news, skipped)

    def _checked_times(self, header: Header) -> int:
        now = int(self._clock())
        issued, end = instant_of(header.issued, "issued"), instant_of(header.expires, "expires")
        if issued > now + AHEAD:
            raise InputError(f"the file is issued {header.issued}, which is to come: a clock is wrong, ours or theirs")
        if end <= now:
            raise InputError(
                f"the file expired on {header.expires}; ask {header.issuer or 'its issuer'} for a newer one"
            )
        return end

    def _is_news(self, signed: Signed, before: Serial | None) -> bool:
        """Whether the serial is a new one. Raises ConflictError: it goes back, or stands for another content."""
        number = signed.header.serial
        if before is None or number > before.serial:
            return True
        if number < before.serial:
            raise ConflictError(
                f"the file has the serial {number}, and {before.serial} was taken already: an old list must not come "
                "back; to undo the newer one say `lists rollback`"
            )
        if signed.digest != before.digest:
            raise ConflictError(
                f"the serial {number} was taken already with another content; its issuer has to say why"
            )
        return False

    def _items(self, signed: Signed, kind: ListKind, end: int, source: str) -> tuple[dict[str, Item], int]:
        read, now = self._lists.keys.reader(kind), int(self._clock())
        wanted: dict[str, Item] = {}
        faults, count, skipped = [], 0, 0
        for number, entry in enumerate(signed.entries, start=2):
            try:
                key = read(entry.entry)
                expires = instant_of(entry.expires, "expires") if entry.expires else end
                item = Item(entry.source or source, entry.reason, expires)
                if wrong := check_text("source", item.source) or check_text("reason", item.reason):
                    raise InputError(wrong)
                if wanted.get(key, item) != item:
                    raise InputError("an earlier row says otherwise of the same entry")
            except (ValueError, InputError) as error:
                count += 1
                if count <= FAULTS_SHOWN:
                    faults.append(RowFault(number, "entry", entry.entry[:80], str(error)))
                continue
            if expires <= now:
                skipped += 1
            else:
                wanted[key] = item
        if count:
            raise InputError(f"{count} rows are wrong; nothing was changed", tuple(faults))
        return wanted, skipped

    def _serial(self, signed: Signed, direction: str, who: str) -> Serial:
        header = signed.header
        return Serial(
            header.list, direction, header.serial, signed.digest, header.key, header.entries, self.trust.millis(), who
        )


def in_three_months(now: int) -> int:
    """Return the same time of day three months on (UTC), Unix seconds."""
    at = datetime.fromtimestamp(now, UTC)
    day = add_months(at.date(), MONTHS)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int((midnight + timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)).timestamp())
