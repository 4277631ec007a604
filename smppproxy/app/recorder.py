"""Writes the trace: one row for each closed request and recipient, in batches, to the worker's spool."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from filters.code import CodeRule
from filters.contract import Action, Reason
from filters.policy import TEMPORARY
from filters.text.memo import Memo
from smppproxy.app.settings import Settings
from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Cause, Judgement, Note, Ticket, code_in
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import SmeAddress
from smppproxy.state.hashes import fingerprints
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import Spool
from smppproxy.state.trace import FIELDS
from smppproxy.state.trace import FINGERPRINT as FINGERPRINT
from smppproxy.state.trace import fingerprint as fingerprint

if TYPE_CHECKING:
    from smppproxy.app.text_spool import TextSpool

_code: Final = attrgetter("code")
_key: Final = attrgetter("key")
_label: Final = attrgetter("label")
_score: Final = attrgetter("score")

#: Texts whose fingerprints are remembered, some 400 octets each.
_FINGERPRINTS: Final = 4096


#: Codes whose spelling is remembered, for each rule; some 150 octets each.
_SPELLED: Final = 4096

#: Rules whose codes are remembered; there is one for each distinct configuration of an account.
_RULES: Final = 64

#: What is done to a message whose text is kept: it is refused for good.
_KEPT: Final = frozenset({Action.REFUSE.value, Action.SWALLOW.value})

_UNJUDGED: Final = Judgement()


def _packed(*values: Any) -> bytes:
    """Values that stand side by side in a row, as they stand there: at most fifteen."""
    return msgspec.msgpack.encode(values)[1:]


#: The same of what a whole batch has in common: some few for each account and upstream.
_common: Final = lru_cache(1024)(_packed)


class _Codes(dict[bytes | None, bytes]):
    """Codes as they stand in a row. A country has about a thousand; whatever a peer sends, it stays small."""

    __slots__ = ("_rule",)

    def __init__(self, rule: CodeRule) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: bytes | None) -> bytes:
        if len(self) >= _SPELLED:
            self.clear()
        written = self[code] = _packed(self._rule.trimmed(code))
        return written


# What every row of a plain request has: as many values as a TraceRow, and in the middle action, reason, observed.
_HEAD: Final = msgspec.msgpack.encode([None] * len(FIELDS))[: -len(FIELDS)]
_FORWARDED: Final = _packed(Action.FORWARD.value, "", "")
_FORWARDED_UNJUDGED: Final = _packed(b"") + _FORWARDED + _packed("", 0.0)  # text before them; label, score behind them


def open_recorder(settings: Settings, worker: int, model: str) -> Recorder:
    """Begin the trace of a worker. Raises StoreError, OSError."""
    trace = settings.trace
    spool = Spool(
        settings.proxy.state_path / "spool",
        worker,
        time.time(),
        limit_bytes=trace.spool_limit,
        file_limit=trace.part_size,
        file_age=trace.part_age,
    )
    texts = None
    if trace.texts != "none":
        from smppproxy.app.text_spool import open_texts  # brings a cipher's megabytes, for those who keep texts only

        texts = open_texts(settings, worker)
    return Recorder(spool, Pseudonymiser.load(settings.proxy.state_path), worker, model, texts)


class Recorder:
    """A :class:`smppproxy.relay.ports.Recorder` over a spool. :meth:`begin` is called at the beginning of each turn."""

    def __init__(
        self, spool: Spool, pseudonym: Pseudonymiser, worker: int, model: str = "", texts: TextSpool | None = None
    ) -> None:
        """``model`` is the version of the text model in use, "" for none; ``texts`` keeps those that are refused."""
        self.spool = spool
        self.texts = texts
        self.model = model
        self.candidate: Callable[[str], str] | None = None  # the model that judges an account in its place, or ""
        self._pseudonym = pseudonym
        self._codes: dict[CodeRule, _Codes] = {}
        self._known: Memo[bytes, bytes] = Memo(_FINGERPRINTS)
        self.begin(time.monotonic(), time.time())
        # Unique over workers and restarts, short enough for a person to read out.
        self._prefix = b"%x%x-" % (int(time.time() * 1000), worker)
        self._number = 0
        self._rows: list[tuple[Any, ...]] = []

    def begin(self, now: float, unix: float) -> None:
        """A turn begins: it is ``now`` on the loop's clock and ``unix`` in Unix time, which somebody may have set."""
        self._now = now
        self._offset = unix - now

    def name(self) -> str:
        """Return a new trace id."""
        self._number += 1
        return f"{self._prefix.decode()}{self._number:x}"

    def answered(self, reseller: Reseller, tickets: list[Ticket], frames: list[Frame]) -> None:
        """Keep the rows of plain requests and their answers: columns first, so that no row costs a Python step."""
        account, carrier = reseller.account, reseller.carrier
        if account is None:
            return
        notes = kernel.notes(tickets)
        kinds = set(map(type, notes))
        judged = Judgement in kinds
        if not judged:
            codes, said_of = notes, []
        elif len(kinds) == 1:  # as nearly always
            codes, said_of = list(map(_code, notes)), notes
        else:
            codes = list(map(code_in, notes))
            said_of = [note if isinstance(note, Judgement) else _UNJUDGED for note in notes]
        upstream = carrier.upstream.plan.name if carrier is not None else ""
        cells: list[kernel.Cell] = [
            _HEAD,
            ("received", self._offset),
            ("numbered", self._prefix, self._number + 1),
            _common(account.name, upstream, c.SUBMIT_SM),
            ("known", self._codes_of(account.plan.rule), codes),
            ("request", "source_addr"),
            ("binaries", self._pseudonym.many(kernel.strings(tickets, "destination_addr"))),
        ]
        if judged:
            cells += (
                ("binaries", self._fingerprints(list(map(_key, said_of)))),
                _FORWARDED,
                ("texts", list(map(_label, said_of))),
                ("floats", list(map(_score, said_of))),
            )
        else:
            cells.append(_FORWARDED_UNJUDGED)
        cells += (
            ("status",),
            ("answer", "message_id"),
            ("lasted", self._now),
            _common(account.plan.route, "", self.model_of(account.name) if judged else ""),
        )
        self._number += len(tickets)
        self._hand_over()
        self.spool.write_encoded(kernel.rows(cells, tickets, frames), len(tickets))

    def model_of(self, account: str) -> str:
        """The version of the model that judges an account's texts."""
        return (self.candidate(account) if self.candidate is not None else "") or self.model

    def _codes_of(self, rule: CodeRule) -> _Codes:
        """How the codes of a rule's accounts are written."""
        codes = self._codes.get(rule)
        if codes is None:
            if len(self._codes) >= _RULES:
                self._codes.clear()
            codes = self._codes[rule] = _Codes(rule)
        return codes

    def _fingerprints(self, keys: list[bytes]) -> list[bytes]:
        """What stands for texts; of bulk traffic it is known."""
        known = self._known
        if not known.awake():
            return fingerprints(keys)
        found = known.get_many(keys)
        places = [place for place, told in enumerate(found) if told is None]
        if places:
            new = [keys[place] for place in places]
            made = fingerprints(new)
            known.put_many(new, made)
            for place, told in zip(places, made, strict=True):
                found[place] = told
        return found  # type: ignore[return-value]  # none is None any more

    def closed(self, ticket: Ticket, cause: Cause, reason: Reason | None, status: int, frame: Frame | None) -> None:
        """Keep the row of one request, or one row for each of its recipients."""
        account = ticket.link.account
        if account is None:
            return
        plain = ticket.note if isinstance(ticket.note, Judgement) else None
        note = ticket.note if isinstance(ticket.note, Note) else Note(code_in(ticket.note))
        facts = note.facts
        segment, label, score, text, observed = "", "", 0.0, b"", ""
        if plain is not None:
            label, score, text = plain.label, plain.score, fingerprint(plain.key)
        if facts is not None:
            observed = ",".join(finding.reason.value for finding in facts.findings if not finding.enforce)
            if facts.judgement is not None:
                label, score, text = facts.judgement.label, facts.judgement.score, fingerprint(facts.judgement.key)
            if facts.whole is not None and facts.number:
                segment = f"{facts.number}/{facts.whole.total}"
        elif note.finding is not None and not note.finding.enforce:
            observed = note.finding.reason.value
        recipients, outcomes = _recipients(ticket, frame)
        ours = {sme.addr for sme in note.refused}
        common = (ticket.received + self._offset, note.trace_id or self.name(), account.name)
        sent = (
            _upstream(ticket, cause, reason, frame) if note.action not in (Action.SWALLOW, Action.QUARANTINE) else "",
            ticket.command_id,
            account.plan.rule.trimmed(note.code),
            ticket.source_addr.decode("latin-1"),
        )
        action = _action(cause, reason)
        if note.action is not None and (note.action is not Action.REWRITE or action == Action.FORWARD):
            action = note.action.value
        why = reason.value if reason is not None else ""
        if action == Action.REWRITE and not why and note.finding is not None:
            why = note.finding.reason.value
        if self.texts is not None and action in _KEPT and facts is not None and facts.message.texts:
            self.texts.keep(common[0], common[1], text, facts.message.texts[0])
        refused = (
            next((f.reason.value for f in facts.findings if f.enforce and f.recipients), "")
            if facts is not None
            else ""
        )
        for number, recipient in zip(recipients, self._pseudonym.many(recipients), strict=True):
            told = outcomes.get(number, status)
            self._rows.append(
                (
                    *common,
                    *sent,
                    recipient,
                    text,
                    Action.REFUSE.value if number in ours else action,
                    refused if number in ours else why,
                    observed,
                    label,
                    score,
                    told,
                    frame.message_id.decode("latin-1") if frame is not None and number not in ours else "",
                    self._now - ticket.received,
                    account.plan.route,
                    segment,
                    self.model_of(account.name) if label else "",
                )
            )

    def flush(self, unix: float) -> None:
        """Hand the rows of this turn to the spool, which writes them when it is time."""
        self._hand_over()
        self.spool.flush(unix)
        if self.texts is not None:
            self.texts.flush(unix)

    def _hand_over(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            self.spool.write(rows)


def _recipients(ticket: Ticket, frame: Frame | None) -> tuple[tuple[bytes, ...], Mapping[bytes, int]]:
    """Whom a request names, and the statuses of those a submit_multi_resp names apart."""
    if ticket.command_id != c.SUBMIT_MULTI:
        return (ticket.destination_addr,), {}
    outcomes: dict[bytes, int] = {}
    try:
        if frame is not None and frame.command_id == c.SUBMIT_MULTI_RESP:
            outcomes = {sme.addr: sme.error for sme in codec.decode(frame.raw).fields.get("unsuccess_sme", ())}
        destinations = codec.decode(ticket.raw).fields["dest_addresses"]
    except RemoteError:  # what cannot be read was refused for that
        return (b"",), outcomes
    named = tuple(each.addr if isinstance(each, SmeAddress) else each.name for each in destinations)
    return named or (b"",), outcomes


def _upstream(ticket: Ticket, cause: Cause, reason: Reason | None, frame: Frame | None) -> str:
    """The upstream that had, or may have had, the request."""
    if frame is not None and frame.link is not None:
        return str(frame.link.upstream.plan.name)
    if frame is not None or cause is Cause.TIMEOUT or (cause is Cause.LINK_LOST and reason is Reason.UPSTREAM_LOST):
        return str(ticket.link.account.plan.upstream)
    return ""


def _action(cause: Cause, reason: Reason | None) -> str:
    if cause in (Cause.GATE, Cause.TEXT) or reason is Reason.UPSTREAM_ABSENT:
        return (Action.THROTTLE if reason in TEMPORARY else Action.REFUSE).value
    return Action.FORWARD.value  # answered, or the carrier may have it: its answer did not come, or came to nobody
