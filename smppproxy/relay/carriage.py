"""The carrier's side: hands requests to a link with credit, keeps those that wait for it, takes the answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import cast

from filters.contract import Reason
from smppproxy.relay.account import Account
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import Routes
from smppproxy.relay.recent import Recent
from smppproxy.relay.ticket import Cause, Note, Route, Ticket, code_in
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.receipts import message_id_spellings

#: Answers to these name a message that later requests and receipts can refer to.
_NAMES_A_MESSAGE = frozenset({c.SUBMIT_SM, c.DATA_SM, c.SUBMIT_MULTI, c.BROADCAST_SM})


class Carriage:
    """Forwards tickets and closes them with what the carrier says, or with what becomes of the link."""

    __slots__ = (*("_dirty", "_routes", "_upstreams", "desk", "late_answers", "limits", "recent", "strays"),)

    def __init__(
        self, upstreams: dict[str, Upstream], limits: RelayLimits, dirty: dict[Link, None], routes: Routes | None
    ) -> None:
        self.desk: Desk | None = None
        self.strays = 0  # responses that matched nothing
        self.late_answers = 0  # responses to requests that were answered with a timeout already
        self._upstreams = upstreams
        self.limits = limits
        self._dirty = dirty
        self._routes = routes
        self.recent = Recent(limits.recent)

    # ------------------------------------------------------------ requests

    def send(self, reseller: Reseller, tickets: Sequence[Ticket], plain: bool = False) -> None:
        """Send decided requests of one reseller on; ``plain`` as in :meth:`Carrier.open`."""
        carrier = reseller.carrier
        if carrier is not None:
            if carrier.gone or carrier.ending or not carrier.bound:
                self._close_all(tickets, Cause.LINK_LOST, Reason.UPSTREAM_LOST)
            else:
                carrier.open(tickets, plain)
                self._dirty[carrier] = None
            return
        account = reseller.account
        upstream = self._upstreams.get(account.plan.upstream) if account is not None else None
        if upstream is None or upstream.plan.paired or not upstream.usable:
            # paired: its own link is gone, and the others are other resellers'
            self._close_all(tickets, Cause.LINK_LOST, Reason.UPSTREAM_ABSENT)
            return
        if upstream.waiting:
            self._queue(upstream, tickets)
            return
        self._queue(upstream, self._spread(upstream, tickets, plain))

    def _spread(self, upstream: Upstream, tickets: Sequence[Ticket], plain: bool) -> Sequence[Ticket]:
        """Deal tickets out to the shared links that have credit; return those for which there is none."""
        while tickets:
            carrier = upstream.roomiest()
            if carrier is None:
                break
            share = min(carrier.window.free, max(1, len(tickets) // len(upstream.carriers)))
            carrier.open(tickets[:share], plain)
            self._dirty[carrier] = None
            tickets = tickets[share:]
        return tickets

    def _queue(self, upstream: Upstream, tickets: Sequence[Ticket]) -> None:
        room = self.limits.queue - len(upstream.waiting)
        upstream.waiting.extend(tickets[:room])
        self._close_all(tickets[room:], Cause.GATE, Reason.OVERLOADED)

    def pump(self, upstream: Upstream) -> None:
        """Give waiting requests the credit that has become free."""
        waiting = upstream.waiting
        while waiting:
            carrier = upstream.roomiest()
            if carrier is None:
                return
            some: list[Ticket] = []
            free = carrier.window.free
            while waiting and len(some) < free:
                ticket = waiting.popleft()
                if ticket.link.gone:
                    self._close_all([ticket], Cause.RESELLER_GONE, Reason.RESELLER_GONE)
                else:
                    some.append(ticket)
            if some:
                carrier.open(some, plain=False)
                self._dirty[carrier] = None

    # ------------------------------------------------------------ answers

    def answered(self, carrier: Carrier, frames: list[Frame], unix: float) -> None:
        """Take the carrier's responses of one read. ``unix`` is Unix time in seconds."""
        desk = self.desk
        if desk is None:
            return
        rows = carrier.window.close_many(frames)
        statuses = kernel.refusals(frames)
        if statuses:
            carrier.upstream.refused(statuses)
        reseller = carrier.reseller
        if reseller is not None and reseller.account is not None:
            plain = [ticket is not None and not isinstance(ticket.note, Note) for ticket in rows]
            some = list(compress(frames, plain))
            if some:
                self._answered_plainly(desk, reseller, reseller.account, some, list(compress(rows, plain)))
            odd = [not each for each in plain]
            frames, rows = list(compress(frames, odd)), list(compress(rows, odd))
        for frame, ticket in zip(frames, rows, strict=True):
            if ticket is None:
                self._stray(carrier, frame, unix)
                continue
            if isinstance(ticket.note, Note):
                carrier.noted -= 1
            if frame.command_status == c.ESME_ROK:
                self._remember(carrier, _route(ticket), frame, unix)
            desk.answered(ticket, frame)
        if carrier.upstream.waiting:
            self.pump(carrier.upstream)

    def _answered_plainly(
        self, desk: Desk, reseller: Reseller, account: Account, frames: list[Frame], rows: list[Ticket | None]
    ) -> None:
        """Answers to requests of one reseller that have nothing to say but their code: no step for each."""
        tickets = cast("list[Ticket]", rows)
        notes, sequences, codings = kernel.columns(tickets)
        octets = kernel.gather(frames, sequences)
        self.recent.add(account.name, octets, notes, codings)
        desk.answered_plainly(reseller, tickets, frames, notes, octets)

    def _remember(self, carrier: Carrier, route: Route | None, frame: Frame, unix: float) -> None:
        """Note whose message the carrier has just named, and what a replace_sm of it inherits."""
        if route is None or not frame.message_id:
            return
        if carrier.reseller is not None and not route.alias:
            self.recent.add(route.account, frame.raw, (route,))
        elif self._routes is not None:
            self._routes.remember(carrier.upstream.plan.name, frame.message_id.decode("latin-1"), route, unix)

    def _stray(self, carrier: Carrier, frame: Frame, unix: float) -> None:
        """A response that matches nothing is dropped; one that only came too late still names its message."""
        route = carrier.late.pop(frame.sequence_number, None)
        if route is None:
            self.strays += 1
            return
        self.late_answers += 1
        if frame.command_status == c.ESME_ROK:
            self._remember(carrier, route, frame, unix)

    def paired(self, upstream: str) -> bool:
        """Whether each reseller has a link of its own to the upstream."""
        known = self._upstreams.get(upstream)
        return known is not None and known.plan.paired

    def message(self, account: str, upstream: str, message_id: bytes, paired: bool) -> Route | None:
        """What is known of an accepted message: its owner, code and data_coding. None: nothing."""
        if not paired:
            spellings = message_id_spellings(message_id.decode("latin-1"))
            return self._routes.find(upstream, spellings) if self._routes is not None else None
        return self.recent.find(account, message_id)

    # ------------------------------------------------------------ ends

    def lost(self, carrier: Carrier) -> None:
        """The link broke: what was in flight on it has an unknown outcome and is answered 0x08."""
        carrier.noted = 0
        self._close_all(carrier.window.drain(), Cause.LINK_LOST, Reason.UPSTREAM_LOST)
        upstream = carrier.upstream
        if upstream.waiting and not upstream.usable:
            self.give_up(upstream, Cause.LINK_LOST)

    def expire(self, carrier: Carrier, now: float) -> None:
        """Answer what the carrier did not answer in time; the slot is free, the link stays."""
        for sequence, ticket in carrier.window.expired_items(now - carrier.upstream.plan.response_timeout):
            if isinstance(ticket.note, Note):
                carrier.noted -= 1
            route = _route(ticket)
            if route is not None:
                carrier.remember_late(sequence, route)
            self._timed_out(ticket, carrier.upstream)
        if carrier.upstream.waiting:
            self.expire_waiting(carrier.upstream, now)
            self.pump(carrier.upstream)

    def _timed_out(self, ticket: Ticket, upstream: Upstream) -> None:
        """Answer with the upstream's ``timeout_status`` where it was changed; else the account's own table speaks."""
        status = upstream.plan.timeout_status
        if self.desk is not None:
            own = status if status != c.ESME_RSYSERR else None
            self.desk.close(ticket, Cause.TIMEOUT, Reason.RESPONSE_TIMEOUT, status=own)

    def expire_waiting(self, upstream: Upstream, now: float) -> None:
        """Answer what waited for credit as long as an answer may take."""
        before = now - upstream.plan.response_timeout
        while upstream.waiting and upstream.waiting[0].received < before:
            self._timed_out(upstream.waiting.popleft(), upstream)

    def give_up(self, upstream: Upstream, cause: Cause) -> None:
        """Answer everything that waits for credit."""
        waiting = list(upstream.waiting)
        upstream.waiting.clear()
        self._close_all(waiting, cause, Reason.UPSTREAM_LOST)

    def abandon(self, carrier: Carrier, cause: Cause, reason: Reason) -> None:
        """Close everything open on a link, for instance because its reseller is gone."""
        carrier.noted = 0
        self._close_all(carrier.window.drain(), cause, reason)

    def _close_all(self, tickets: Sequence[Ticket], cause: Cause, reason: Reason) -> None:
        desk = self.desk
        if desk is None:
            return
        for ticket in tickets:
            if ticket.link.gone and cause is not Cause.RESELLER_GONE:
                desk.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            else:
                desk.close(ticket, cause, reason)


def _route(ticket: Ticket) -> Route | None:
    """What later requests and receipts about the message must know; None where the request makes no message."""
    account = ticket.link.account
    if account is None or ticket.command_id not in _NAMES_A_MESSAGE:
        return None
    note = ticket.note
    facts = note.facts if isinstance(note, Note) else None
    coding = facts.data_coding if facts is not None else ticket.data_coding  # outlives its octets
    return Route(account.name, code_in(note), coding, ticket.link.alias)
