"""The short way of paired sessions: plain requests whose codes are known to be sound, and plain answers to them.

What a read costs beside its messages is what narrow windows and half loads pay for. The steps that desk, inquiry,
carriage and closing take for such a read are taken here one after the other, each where they would take it and under
the conditions under which nothing else is to be done. Any other read is left to them, untouched: they are the
reference, and one test holds both ways to the same outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smppproxy.relay.ticket import Cause, Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp.kernel import Frame, keep, refusals, sieve

if TYPE_CHECKING:
    from smppproxy.relay.account import Account
    from smppproxy.relay.carriage import Carriage
    from smppproxy.relay.desk import Desk
    from smppproxy.relay.inquiry import Inquiry
    from smppproxy.relay.links import Carrier, Link, Reseller
    from smppproxy.relay.ports import Recorder


class Express:
    """Both methods return the octets that the other end of the pair is to be sent now, and nothing else is to be done.

    None: the read is not for this way, and nothing was touched.
    """

    __slots__ = ("_carriage", "_desk", "_dirty", "_inquiry", "_recorder")

    def __init__(
        self, desk: Desk, inquiry: Inquiry, carriage: Carriage, dirty: dict[Link, None], recorder: Recorder | None
    ) -> None:
        self._desk = desk
        self._inquiry = inquiry
        self._carriage = carriage
        self._dirty = dirty
        self._recorder = recorder

    def requests(self, reseller: Reseller, account: Account, frames: list[Ticket]) -> bytes | None:
        """Send the requests of a read on, all of one kind."""
        carrier, desk, plan = reseller.carrier, self._desk, account.plan
        if carrier is None or carrier.gone or not carrier.bound or carrier.ending or carrier in self._dirty:
            return None
        gate, sanctions, code = desk.gate, desk.sanctions, plan.code
        if gate.rules or gate.text is not None or desk.asks or desk.draining or self._inquiry.plan is not None:
            return None
        if plan.rate or code.extras or code.rewrites or sanctions.account(account.name) is not None:
            return None
        messages = sanctions.messages
        if messages is not None and messages.follow():
            return None
        arriving = len(frames)
        in_flight = reseller.in_flight + arriving
        if in_flight > plan.window:
            return None
        _, values, others = sieve(frames, c.SUBMIT_SM, code.tag)
        if others or not plan.rule.verdicts(plan.allowed).sound.issuperset(values):
            return None
        first = carrier.session.consecutive(arriving)
        if not first:
            return None
        octets = carrier.window.send_on(first, frames, carrier.spends)
        if carrier.keeps:
            keep(frames)
        desk.count.taken += arriving
        reseller.in_flight = in_flight
        if in_flight > reseller.peak:
            reseller.peak = in_flight
        return octets

    def answers(self, carrier: Carrier, frames: list[Frame]) -> bytes | None:
        """Hand the answers of a read back, each of which matches a request that has nothing to say but its code."""
        reseller = carrier.reseller
        if reseller is None or reseller.gone or carrier.noted or reseller in self._dirty:
            return None
        account, session = reseller.account, reseller.session
        if account is None or session.closing or session.peer_unbound or session.unbound:
            return None
        handed = carrier.window.hand_back(frames)
        if handed is None:
            return None
        tickets, notes, codings, octets = handed
        statuses = refusals(frames)
        if statuses:
            carrier.upstream.refused(statuses)
        desk = self._desk
        self._carriage.recent.add(account.name, octets, notes, codings)
        desk.count.closed[Cause.ANSWERED] += len(tickets)
        reseller.in_flight -= len(tickets)
        if desk.feed is not None:
            desk.feed.answered(reseller, notes)
        if self._recorder is not None:
            self._recorder.answered(reseller, tickets, frames)
        return octets
