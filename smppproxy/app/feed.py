"""Tells the sanctions what a worker sees: each text that something was found against, and how much is sent at all.

On the data path rows are only noted. What takes longer, such as the links of a text and which texts it is like, is done
between two turns of the loop, some texts at a time; it is remembered, because bulk senders repeat themselves.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from filters.contract import Finding, Reason
from filters.link import SIGNAL
from smppproxy.app.recorder import fingerprint
from smppproxy.app.slices import sliced
from smppproxy.relay.account import Account
from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Cause, Facts, Judgement, Late, Note, Ticket, code_in
from smppproxy.smpp import constants as c
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.verdicts import VerdictRow, VolumeRow

if TYPE_CHECKING:
    from smppproxy.app.looker import Looker

#: What counts for a sanction, whatever its class: the rules of the sanctions choose among them.
SANCTIONABLE: Final = frozenset(
    {
        Reason.TEXT_GAMBLING,
        Reason.TEXT_LOAN,
        Reason.TEXT_DRUG,
        Reason.TEXT_ADULT,
        Reason.TEXT_INVESTMENT,
        Reason.TEXT_SMISHING,
        Reason.TEXT_SPAM,
        Reason.LINK_REFUSED,
    }
)

VOLUME_INTERVAL: Final = 0.2  # s between two reports of how much was sent
VOLUMES_AT_ONCE: Final = 256  # codes told of between two turns: half a millisecond
LOOKS_AT_ONCE: Final = 8  # texts looked at between two turns: each takes some 100 µs, so less than a millisecond
WAITING: Final = 4096  # verdicts that wait for a look; beyond it they are told without cluster and host
NOTES_AT_ONCE: Final = 1024  # requests counted in one go: for few of them the call costs more than the counting
FEW: Final = 3  # codes that are counted one after the other rather than all at once, which costs four times as much
REMEMBERED: Final = 4096  # texts whose looks are remembered; some 400 octets each

#: Requests that ask for a text to be carried.
_CARRIES_TEXT: Final = frozenset({c.SUBMIT_SM, c.DATA_SM, c.SUBMIT_MULTI, c.BROADCAST_SM, c.REPLACE_SM})
#: What closes a request that its sender had a right to: what the gate sends away for its code or rate is no traffic,
#: and must not make the share of what was bad look small.
_TRAFFIC: Final = frozenset({Cause.ANSWERED, Cause.TEXT, Cause.TIMEOUT, Cause.LINK_LOST})
_REFUSALS: Final = frozenset({Cause.GATE, Cause.TEXT})

_code: Final = attrgetter("code")


class Spool(Protocol):
    """Where rows are left; see :class:`smppproxy.state.verdicts.VerdictSpool`."""

    def put(self, verdicts: Iterable[VerdictRow], volumes: Iterable[VolumeRow] = ()) -> None:
        """Take rows."""
        ...

    def flush(self, now: float) -> None:
        """Write what waits, where it is time."""
        ...

    def close(self, now: float) -> None:
        """Write what waits."""
        ...


class _Look(NamedTuple):
    text: bytes
    cluster: bytes
    host: str


class Feed:
    """A :class:`smppproxy.relay.ports.Feed`. :meth:`begin` and :meth:`flush` are called once each turn."""

    def __init__(
        self,
        spool: Spool,
        pseudonym: Pseudonymiser,
        model: Callable[[str], str],
        name: Callable[[], str] | None = None,
        *,
        aside: Executor | None = None,
    ) -> None:
        """``model`` tells the version of the model that judges an account's texts; ``name`` gives trace ids, None where
        no trace is kept. ``aside`` makes what looks at texts, which takes a tenth of a second; rows wait for it."""
        self.spool = spool
        self.found = 0  # texts that something was found against
        self._pseudonym = pseudonym
        self._model = model
        self._name = name
        self._notes: dict[Account, list[Any]] = {}  # of requests not counted yet
        self._counts: dict[Account, Counter[bytes | None]] = {}
        self._to_tell: deque[tuple[Account, list[tuple[bytes | None, int]]]] = deque()
        self._waiting: deque[tuple[VerdictRow, tuple[str, ...], bytes]] = deque()
        self._looks: dict[bytes, _Look] = {}
        self._looker: Looker | None = None
        self._making: Future[Looker] | None = None
        self._aside = aside
        self._ending = False
        self._counted = 0.0
        self._offset = 0.0

    def prepare(self) -> None:
        """Make what looks at texts now, before anybody waits: a tenth of a second, and 3 MB beside a judge."""
        self._looker = _looker()

    def begin(self, now: float, unix: float) -> None:
        """A turn begins: it is ``now`` on the loop's clock and ``unix`` in Unix time."""
        self._offset = unix - now

    # ------------------------------------------------------------ on the data path

    def answered(self, reseller: Reseller, notes: list[Any]) -> None:
        """Count requests of one reseller that have nothing to say but their code: all at once, no step for each."""
        account = reseller.account
        if account is None:
            return
        known = self._notes.get(account)
        if known is None:
            self._notes[account] = list(notes)
            return
        known += notes
        if len(known) >= NOTES_AT_ONCE:
            self._notes[account] = []
            self._reckon(account, known)

    def closed(self, ticket: Ticket, cause: Cause) -> None:
        """Count a request; keep a row where something was found against its text that is not known yet."""
        account, note = ticket.link.account, ticket.note
        if account is None or ticket.command_id not in _CARRIES_TEXT:
            return
        facts = note.facts if isinstance(note, Note) else None
        found = False
        if facts is not None and facts.findings:
            finding = _worst(facts.findings)
            if finding is not None:
                found = True
                self._keep(ticket, note, facts, finding, finding.enforce and cause in _REFUSALS)
        if (found or cause in _TRAFFIC) and (facts is None or facts.number <= 1):
            self._count(account)[code_in(note)] += 1

    def late(self, late: Late, judgement: Judgement) -> None:
        """Keep a row for a text that was found bad after its request had gone; late comers of it are known then."""
        finding = judgement.finding
        if finding is None or finding.reason not in SANCTIONABLE or (late.whole is not None and late.whole.told):
            return
        if late.whole is not None:
            late.whole.told = True
        at, recipient = late.received + self._offset, self._hashed(late.recipient)
        self._wait(
            VerdictRow(
                at, late.trace_id, late.account, late.code, late.sender, recipient, b"", b"", "",
                finding.reason.value, judgement.label, finding.score, self._model(late.account), finding.rule,
                finding.enforce, False, late.route, late.recipients,
            ),
            late.texts,
            judgement.key,
        )  # fmt: skip

    def _keep(self, ticket: Ticket, note: Note, facts: Facts, finding: Finding, refused: bool) -> None:
        whole, message, judgement = facts.whole, facts.message, facts.judgement
        if whole is not None:
            if whole.told:
                return
            whole.told = True
        if not note.trace_id and self._name is not None:
            note.trace_id = self._name()  # the trace's row has the same
        judged = judgement is not None and finding.rule == "text"
        self._wait(
            VerdictRow(
                ticket.received + self._offset, note.trace_id, message.account, message.code, message.sender,
                self._hashed(message.recipients[0].encode("latin-1") if message.recipients else b""), b"", b"", "",
                finding.reason.value, judgement.label if judgement is not None else "", finding.score,
                self._model(message.account) if judged else "", finding.rule, finding.enforce, refused, message.route,
                len(message.recipients),
            ),
            message.texts if whole is None else whole.readings(),
            judgement.key if judgement is not None else b"",
        )  # fmt: skip

    def _wait(self, row: VerdictRow, texts: tuple[str, ...], key: bytes) -> None:
        self.found += 1
        if len(self._waiting) >= WAITING:
            self.spool.put((self._waiting.popleft()[0],))
        self._waiting.append((row, texts, key))

    def _hashed(self, recipient: bytes) -> bytes:
        return self._pseudonym.many((recipient,))[0]

    def _count(self, account: Account) -> Counter[bytes | None]:
        counted = self._counts.get(account)
        if counted is None:
            counted = self._counts[account] = Counter()
        return counted

    # ------------------------------------------------------------ between two turns

    def flush(self, unix: float) -> None:
        """Hand rows to the spool, which writes them when it is time. ``unix`` is Unix seconds."""
        if self._waiting:
            self._look_at(LOOKS_AT_ONCE)
        if (self._notes or self._counts) and not 0 <= unix - self._counted < VOLUME_INTERVAL:
            self._counted = unix
            self._add_up()
        if self._to_tell:
            self.spool.put((), self._volumes(unix, VOLUMES_AT_ONCE))
        self.spool.flush(unix)

    @property
    def behind(self) -> bool:
        """Whether the next :meth:`flush` has work that the last one left."""
        return bool(self._to_tell)

    def close(self, unix: float) -> None:
        """Write all there is."""
        self._ending = True
        self._look_at(WAITING)
        self._add_up()
        while self._to_tell:
            self.spool.put((), self._volumes(unix, VOLUMES_AT_ONCE))
        self.spool.close(unix)

    def _reckon(self, account: Account, notes: list[Any]) -> None:
        counted = self._count(account)
        try:
            codes = set(notes)
        except TypeError:  # judged ones among them: what they say is no key
            notes = list(map(_code if set(map(type, notes)) == {Judgement} else code_in, notes))
            codes = set(notes)
        if len(codes) <= FEW:
            for code in codes:
                counted[code] += notes.count(code)
        else:
            counted.update(notes)

    def _add_up(self) -> None:
        """What was sent since the last time is to be told."""
        noted, self._notes = self._notes, {}
        for account, notes in noted.items():
            self._reckon(account, notes)
        counts, self._counts = self._counts, {}
        self._to_tell.extend((account, list(counted.items())) for account, counted in counts.items())

    def _volumes(self, unix: float, most: int) -> list[VolumeRow]:
        """Rows of some codes: a thousand at once would hold the loop for two milliseconds."""
        rows: list[VolumeRow] = []
        while self._to_tell and most > 0:
            account, counted = self._to_tell[0]
            some = counted[-most:]
            del counted[-most:]
            most -= len(some)
            if not counted:
                self._to_tell.popleft()
            plan, name = account.plan, account.name
            known, trimmed = plan.rule.verdicts(plan.allowed), plan.rule.trimmed  # it remembers how codes are read
            sent: dict[str, int] = {}
            for code, number in some:
                verdict = known.get(code)
                text = verdict[0] if verdict is not None else trimmed(code)
                sent[text] = sent.get(text, 0) + number
            rows += map(VolumeRow._make, zip(repeat(unix), repeat(name), sent, sent.values(), strict=False))
        return rows

    def _look_at(self, most: int) -> None:
        """Complete rows that wait, until so many texts were looked at that are not remembered."""
        looker = self._found_looker() if self._waiting else None
        if looker is None:
            return
        rows: list[VerdictRow] = []
        while self._waiting and most > 0:
            row, texts, key = self._waiting.popleft()
            if not key and texts:
                key = looker.key(texts[0])
            look = self._looks.get(key)
            if look is None:
                most -= 1
                if len(self._looks) >= REMEMBERED:
                    self._looks.clear()
                look = self._looks[key] = _Look(fingerprint(key), looker.cluster(key), looker.host(texts))
            rows.append(row._replace(text=look.text, cluster=look.cluster, host=look.host))
        if rows:
            self.spool.put(rows)

    def _found_looker(self) -> Looker | None:
        """Who looks at texts; None while it is still being made."""
        if self._looker is None:
            if self._making is None and self._aside is not None:
                self._making = self._aside.submit(_looker)
            if self._making is None:
                self._looker = _looker()
            elif self._ending or self._making.done():
                self._looker = self._making.result()
        return self._looker


def _looker() -> Looker:
    with sliced():
        from smppproxy.app.looker import Looker  # public suffixes and what reads them

        looker = Looker()
        looker.warm()
    return looker


def _worst(findings: Iterable[Finding]) -> Finding | None:
    """The finding a text is known by: one that is enforced before one that is not, the judge's before a rule's."""
    worst = None
    for finding in findings:
        counts = finding.reason in SANCTIONABLE and not (finding.rule == "link" and finding.score <= SIGNAL)
        if counts and (worst is None or _weight(finding) > _weight(worst)):
            worst = finding
    return worst


def _weight(finding: Finding) -> tuple[bool, bool, float]:
    return finding.enforce, finding.rule == "text", finding.score
