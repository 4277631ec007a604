"""The relay's front door: octets and events in, octets and orders out, for all links of one worker.

The owner of the sockets calls the inputs (``arrived``, ``sent``, ``connected``, ``gone``, ``tick``, ``judge``) and
then empties the trays: ``dirty`` (links with something to write or to close), ``to_dial``, ``to_check``,
``released``, ``elsewhere`` and ``turned`` (connections that turned out to be an SMSC's). Time is an argument:
``now`` is monotonic, in seconds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import groupby
from typing import Final

from filters.contract import Reason
from filters.gate import Gate, TextRule
from smppproxy.relay import outbind, reloading
from smppproxy.relay.account import Account
from smppproxy.relay.canary import Canary
from smppproxy.relay.carriage import Carriage
from smppproxy.relay.delivery import HANDED_ON, Deliveries
from smppproxy.relay.desk import CARRIES_TEXT, Desk
from smppproxy.relay.doors import Doors
from smppproxy.relay.express import Express
from smppproxy.relay.inquiry import Inquiry
from smppproxy.relay.judging import Judging
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.operations import Operations
from smppproxy.relay.plan import Plan
from smppproxy.relay.pool import Pool
from smppproxy.relay.ports import Judge, Recorder, Routes
from smppproxy.relay.release import Releases
from smppproxy.relay.ticket import Cause
from smppproxy.relay.timetable import Timetable
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.session import Limits
from smppproxy.smpp.states import BIND_RESPONSES, BIND_STATES, BOUND

#: What an SMSC answers a reseller's request with.
_ANSWERS: Final = frozenset(command for command in c.COMMANDS if command & c.RESPONSE_BIT) - BIND_RESPONSES


class House:
    """All that one worker relays."""

    def __init__(
        self,
        plan: Plan,
        gate: Gate,
        judge: Judge | None,
        session_limits: Limits,
        *,
        clock: Callable[[], float],
        routes: Routes | None = None,
        recorder: Recorder | None = None,
        chance: random.Random | None = None,
        siblings: bool = False,
        timer: Callable[[], float] | None = None,
    ) -> None:
        """``clock`` gives Unix time in seconds, ``timer`` that of the processor, for the judge to go by; ``siblings``
        says that other workers may hold an account's binds."""
        self.plan = plan
        self.limits = plan.limits
        self.session_limits = session_limits
        self.dirty: dict[Link, None] = {}
        self.resellers: set[Reseller] = set()
        self.carriers: set[Carrier] = set()
        self.turned: list[tuple[Reseller, Carrier]] = []
        self.turned_away = 0  # connections closed for want of room
        self._clock = clock
        self._chance = chance if chance is not None else random.Random()
        self._timetable = Timetable()
        self.traced = recorder is not None
        self.upstreams: dict[str, Upstream] = {
            name: Upstream(upstream, self.traced) for name, upstream in plan.upstreams.items()
        }
        self.carriage = Carriage(self.upstreams, plan.limits, self.dirty, routes)
        self.judging = Judging(gate, judge, plan.limits, timer=timer)
        self.canary: Canary | None = None
        self.inquiry = Inquiry(self.carriage.send)
        self.desk = Desk(gate, plan.limits, self.dirty, self.inquiry.send, self.judging.park, clock, recorder)
        self.judging.traced = recorder is not None
        self.carriage.desk = self.judging.desk = self.inquiry.desk = self.desk
        self.inquiry.follow(plan.inquiry)
        self._express = Express(self.desk, self.inquiry, self.carriage, self.dirty, recorder)
        self.pool = Pool(session_limits, self.dirty, self._chance)
        self.doors = Doors(plan, self.upstreams, self.carriage, self.dirty, self.pool)
        self.operations = Operations(self.desk, self.carriage)
        self.releases = Releases(plan, self.desk, self.carriage, self.upstreams, self.doors.account_of, session_limits)
        self.deliveries = Deliveries(self.doors.accounts, plan.limits, self.dirty, routes, siblings)
        self.deliveries.plan(plan)
        self.patience = reloading.patience(plan)

    # ------------------------------------------------------------ trays

    @property
    def elsewhere(self) -> list:  # type: ignore[type-arg]
        """Deliveries for accounts that other workers may hold."""
        return self.deliveries.elsewhere

    # ------------------------------------------------------------ resellers

    def arrived(self, peer: str, listener: int, now: float) -> Reseller | None:
        """A reseller connected from the address ``peer``. None: there is no room, close the connection."""
        if len(self.resellers) >= self.limits.max_sessions or self.doors.closing_down:
            self.turned_away += 1
            return None
        reseller = Reseller(self.session_limits, peer, listener, self.limits.deliveries, now)
        self.resellers.add(reseller)
        self._timetable.add(reseller, reseller.session.due())
        return reseller

    def sent(self, link: Link, data: bytes, now: float) -> bytes | None:
        """A link's peer sent octets. Returned are those that go to its ``pair`` at once, where they are all there is
        to do; else None, and what is to be done is on the trays."""
        self.inquiry.now = now
        session = link.session
        if isinstance(link, Reseller):
            if link.first is not None:
                data = self._first_octets(link, data, now)
                if link.gone:
                    return None
            elif link.became is not None:
                return self.sent(link.became, data, now)
            frames = session.receive(data, now)
            account = link.account
            if session.plain in CARRIES_TEXT and account is not None:
                octets = self._express.requests(link, account, frames)
                if octets is None:
                    self.desk.take(link, account, frames, now)
                return octets  # a plain read changes nothing that is looked at below
            if frames:
                self._from_reseller(link, frames, now)
            self._after_reseller(link, now)
        elif isinstance(link, Carrier):
            frames = session.receive(data, now)
            if session.plain in _ANSWERS and link.bound:
                octets = self._express.answers(link, frames)
                if octets is None:
                    self.carriage.answered(link, frames, self._clock())
                return octets
            if frames:
                self._from_carrier(link, frames, now)
            self._after_carrier(link, now)
        due = session.due()
        if due < link.next_check:
            self._timetable.add(link, due)
        return None

    def _from_reseller(self, reseller: Reseller, frames: list[Frame], now: float) -> None:
        reseller.reading = True
        for carries_text, some in groupby(frames, key=lambda frame: frame.command_id in CARRIES_TEXT):
            for frame in () if carries_text else some:
                self._other_request(reseller, frame, now)
            if carries_text and reseller.account is not None:
                self.desk.take(reseller, reseller.account, list(some), now)
        reseller.reading = False

    def _other_request(self, reseller: Reseller, frame: Frame, now: float) -> None:
        command = frame.command_id
        if command in BIND_STATES:
            self.doors.knock(reseller, frame, now)
        elif command & c.RESPONSE_BIT:
            self.deliveries.answered(reseller, frame)
        elif reseller.account is not None:
            self.operations.take(reseller, reseller.account, frame, now)

    def _after_reseller(self, reseller: Reseller, now: float) -> None:
        session = reseller.session
        if not session.closing:
            self.desk.let_go(reseller)
        if session.out or session.closing:
            self.dirty[reseller] = None

    def _first_octets(self, reseller: Reseller, data: bytes, now: float) -> bytes:
        """The beginning of a connection: an outbind makes it the SMSC's. Returns what the session is to receive."""
        first = reseller.first if reseller.first is not None else bytearray()
        first += data
        invited = any(upstream.plan.takes_outbind for upstream in self.upstreams.values())
        if not invited or not outbind.may_be_outbind(first):
            reseller.first = None
            return bytes(first)
        if outbind.whole(first):
            reseller.first = None
            self._outbind(reseller, bytes(first), now)
        return b""

    def _outbind(self, reseller: Reseller, octets: bytes, now: float) -> None:
        frames, _, _ = kernel.cut(octets, outbind.OUTBIND_LIMIT)
        upstream = None
        if not self.doors.closing_down:
            upstream = outbind.asked_by(self.upstreams.values(), reseller.peer, frames[0])
        carrier = self.pool.invited(upstream, now) if upstream is not None else None
        if carrier is None:
            reseller.session.close("an outbind of nobody we know")
            return
        carrier.wire = reseller.wire
        reseller.became = carrier
        self.gone(reseller, now)
        self.carriers.add(carrier)
        self.turned.append((reseller, carrier))
        self.sent(carrier, octets, now)

    def verified(self, reseller: Reseller, ok: bool, now: float) -> None:
        """A password of the tray ``to_check`` was verified."""
        self.doors.verified(reseller, ok, now)

    # ------------------------------------------------------------ carriers

    def connected(self, carrier: Carrier, now: float) -> None:
        """A link of the tray ``to_dial`` is connected."""
        if carrier.gone:  # nobody waits for it any more: the owner closes it
            self.dirty[carrier] = None
            return
        self.carriers.add(carrier)
        self.doors.connected(carrier, now)
        self._timetable.add(carrier, carrier.session.due())

    def _from_carrier(self, carrier: Carrier, frames: list[Frame], now: float) -> None:
        for answers, some in groupby(frames, key=lambda frame: frame.command_id in _ANSWERS):
            if answers and carrier.bound:
                self.carriage.answered(carrier, list(some), self._clock())
                continue
            for frame in some:
                if frame.command_id in HANDED_ON:
                    self.deliveries.arrived(carrier, frame, now)
                elif frame.command_id == c.OUTBIND:
                    self.pool.bind(carrier, c.BIND_RECEIVER, now)
                elif not carrier.bound and frame.sequence_number != carrier.bind_sequence:
                    self.carriage.strays += 1
                elif not carrier.bound:  # a bind's answer, or the generic_nack of an SMSC that knows no such bind
                    self.doors.bind_answered(carrier, frame, now)

    def _after_carrier(self, carrier: Carrier, now: float) -> None:
        session = carrier.session
        if (session.peer_unbound or session.unbound) and not session.closing:
            session.close("the SMSC unbound" if session.peer_unbound else "unbound")
        if session.out or session.closing:
            self.dirty[carrier] = None

    # ------------------------------------------------------------ ends

    def gone(self, link: Link, now: float) -> None:
        """A connection is gone, or an upstream could not be connected."""
        if link.gone:
            if isinstance(link, Reseller) and link.became is not None:
                self.gone(link.became, now)
            return
        link.gone = True
        link.session.closed()
        self.dirty.pop(link, None)
        if isinstance(link, Reseller):
            self.resellers.discard(link)
            self.doors.reseller_gone(link, now)
            self.deliveries.reseller_gone(link)
        elif isinstance(link, Carrier):
            self.carriers.discard(link)
            self.doors.carrier_gone(link, now)

    # ------------------------------------------------------------ time

    def start(self, now: float) -> None:
        """Begin: put the shared links on the tray ``to_dial``."""
        for upstream in self.upstreams.values():
            if not upstream.plan.paired:
                self.pool.fill(upstream, now)

    def judge(self, now: float, spent: float = 0.0) -> bool:
        """Judge one chunk of texts. Returns whether more is waiting: call again on the next turn of the loop.

        ``spent`` is how long chunks before it have held the loop in this turn, s.
        """
        self.inquiry.now = now
        return (self.judging if self.canary is None else self.canary).run(now, spent)

    @property
    def hold(self) -> float:
        """How long judging may hold the loop in one turn, s."""
        judge = self.judging.judge
        return judge.hold if judge is not None else 0.0

    @property
    def to_judge(self) -> bool:
        """Whether texts wait for a judge."""
        return self.judging.waiting if self.canary is None else self.canary.waiting

    @property
    def trays(self) -> tuple[Judging, ...]:
        """The judge's trays: one, and while a canary is on another."""
        return (self.judging,) if self.canary is None else (self.judging, self.canary.candidate)

    def try_out(self, judge: Judge, rule: TextRule, chosen: Callable[[str], bool]) -> None:
        """From now on judge the texts of the accounts that are ``chosen`` by name by another model than the rest."""
        self.try_no_more()
        self.canary = Canary(self.judging, judge, rule, chosen, self.doors.accounts.values())
        self.desk.divert(self.canary.park)

    def try_no_more(self) -> None:
        """Judge all accounts alike again; what waits for the other model goes to the one in use."""
        if self.canary is not None:
            self.desk.divert(self.judging.park)
            self.canary.close(self.doors.accounts.values())
            self.canary = None

    def watch(self, link: Link, now: float) -> None:
        """Called for every link that was written to: one with something open is looked at soon."""
        if link.next_check > now + self.patience:
            self._timetable.add(link, now + self.patience)

    def resume(self, link: Link, now: float) -> None:
        """A link is read from again. While it was not, its timers rested, and nobody may have looked at it since."""
        link.session.resume(now)
        self._timetable.add(link, link.session.due())

    def tick(self, now: float) -> None:
        """Let time act: call about ten times a second."""
        self.inquiry.sweep(now)
        for link in self._timetable.due(now):
            link.session.tick(now)
            open_rows = False
            if isinstance(link, Carrier):
                self.carriage.expire(link, now)
                open_rows = bool(len(link.window))
                self._after_carrier(link, now)
            elif isinstance(link, Reseller):
                self.deliveries.expire(link, now)
                open_rows = bool(len(link.deliveries))
                self._after_reseller(link, now)
            due = link.session.due()
            self._timetable.add(link, min(due, now + self.patience) if open_rows else due)
        for upstream in self.upstreams.values():
            if upstream.waiting:
                self.carriage.expire_waiting(upstream, now)
        self.deliveries.sweep(now)
        self.desk.sweep(now)
        if self.desk.quarantine:
            self.desk.expire_held(now - self.limits.quarantine_wait)

    # ------------------------------------------------------------ change and end

    def reload(self, plan: Plan, gate: Gate, judge: Judge | None, now: float, sessions: Limits | None = None) -> None:
        """Follow a new plan; ``sessions`` are the timers of sessions to come. Sessions stay; those of accounts that are
        no longer listed are unbound."""
        reloading.follow(self, plan, gate, judge, now, sessions)

    def drain(self) -> None:
        """Refuse new binds and new requests; what is in flight goes on."""
        self.desk.draining = True
        self.doors.closing_down = True
        self.desk.let_on(float("inf"))

    def farewell(self, now: float, within: float) -> None:
        """Unbind both sides; an unbind unanswered ``within`` seconds is closed. What is still open is answered 0x08."""
        self.drain()
        self.try_no_more()
        self.judging.abandon(Cause.SHUTDOWN, Reason.UPSTREAM_LOST)
        self.inquiry.abandon(Cause.SHUTDOWN, Reason.UPSTREAM_LOST)
        self.desk.abandon_held()
        for upstream in self.upstreams.values():
            self.carriage.give_up(upstream, Cause.SHUTDOWN)
        for carrier in list(self.carriers):
            self.carriage.abandon(carrier, Cause.SHUTDOWN, Reason.UPSTREAM_LOST)
        for reseller in list(self.resellers):
            self.doors.part(reseller, now, within)
        for carrier in list(self.carriers):
            self.pool.dismiss(carrier, now, within)
        for link in (*self.resellers, *self.carriers):
            self._timetable.add(link, link.session.due())

    @property
    def bound(self) -> int:
        """Reseller sessions that are bound."""
        return sum(reseller.session.state in BOUND for reseller in self.resellers)

    def account(self, name: bytes) -> Account | None:
        """An account at work, None where it has not bound yet."""
        return self.doors.accounts.get(name)
