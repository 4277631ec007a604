"""Messages that were held and are now sent after all: each takes the road of any other request from the door on.

What stands in the client's place is a :class:`Drawer`: the carrier's answer goes into it, for the client had its
answer long ago. A released message is a request like any other to the law: taken, in flight, closed once.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import msgspec

from filters.contract import Reason
from filters.exemptions import NEVER
from smppproxy.relay import intake
from smppproxy.relay.account import Account
from smppproxy.relay.carriage import Carriage
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Carrier, Reseller
from smppproxy.relay.plan import AccountPlan, Plan
from smppproxy.relay.ticket import Note, Ticket
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.session import Limits


class Fate(Enum):
    """What came of a message that was to be sent."""

    ANSWERED = "answered"  # the carrier's own answer, good or bad
    UNKNOWN = "unknown"  # the carrier may or may not have it
    NOT_SENT = "not_sent"  # no way to the carrier just now
    BARRED = "barred"  # turned away at the door


#: Gets the fate, the carrier's command_status and message_id, and words for people.
Tell = Callable[[Fate, int, str, str], None]


class Order(msgspec.Struct, gc=False):
    """A message to be sent."""

    account: str
    pdu: bytes
    message_id: str  # ours, under which the client knows it
    trace_id: str
    tell: Tell


class Drawer(Reseller):
    """Where the answer to one released message goes."""

    __slots__ = ("_tell",)

    def __init__(self, limits: Limits, account: Account, carrier: Carrier | None, order: Order, now: float) -> None:
        super().__init__(limits, "", 0, 1, now)
        self.account = account
        self.carrier = carrier
        self.alias = order.message_id
        self.next_check = 0.0  # nothing is ever written to it: nobody has to look at its timers
        self._tell = order.tell

    def send(self, frame: Frame, sequence: int) -> None:
        """The carrier has answered."""
        self._tell(Fate.ANSWERED, frame.command_status, frame.message_id.decode("latin-1"), "")

    def answer(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        """Nobody has: the link is lost, time is up, or the queue to the carrier was full."""
        account = self.account
        if account is not None and status == account.plan.statuses[Reason.OVERLOADED]:
            self._tell(Fate.NOT_SENT, status, "", "the queue to the SMSC is full")
        else:
            self._tell(Fate.UNKNOWN, status, "", "no answer; the SMSC may or may not have it")


class Releases:
    """Sends what is released. ``limits`` are those of sessions."""

    __slots__ = ("_account_of", "_carriage", "_desk", "_limits", "_upstreams", "plan")

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        carriage: Carriage,
        upstreams: dict[str, Upstream],
        account_of: Callable[[AccountPlan, float], Account],
        limits: Limits,
    ) -> None:
        self.plan = plan
        self._desk = desk
        self._carriage = carriage
        self._upstreams = upstreams
        self._account_of = account_of
        self._limits = limits

    def send(self, order: Order, now: float) -> None:
        """Send a message, or say at once why not. Its fate is told once. A sanction made since it was held counts."""
        desk = self._desk
        account_plan = self.plan.accounts.get(order.account.encode("latin-1", "replace"))
        if account_plan is None:
            order.tell(Fate.BARRED, 0, "", f"the account {order.account} is no longer listed")
            return
        account = self._account_of(account_plan, now)
        frames, used, fault = kernel.cut(order.pdu, max(len(order.pdu), 16))
        if desk.draining or fault or used != len(order.pdu) or len(frames) != 1:
            fate = Fate.NOT_SENT if desk.draining else Fate.BARRED
            order.tell(fate, 0, "", "the proxy is stopping" if desk.draining else "what was kept is no whole PDU")
            return
        code = intake.code_value(frames[0].tlv_once(account_plan.code.tag)) or account_plan.code.inject or None
        sanction = desk.asked(account_plan.rule, account_plan.rule, code, account_plan.allowed)
        against = desk.sanctions.account(account.name)
        if against is not None and against.refuses:
            order.tell(Fate.BARRED, 0, "", f"{Reason.ACCOUNT_SANCTIONED.value}: the account is {against.participle}")
            return
        if sanction is not None and sanction.enforce and sanction.reason in NEVER:
            order.tell(Fate.BARRED, 0, "", f"{sanction.reason.value}: {sanction.evidence}".rstrip(": "))
            return
        found = desk.against(frames[0], account)
        if found is not None:
            order.tell(Fate.BARRED, 0, "", f"{found.reason.value}: {found.evidence}".rstrip(": "))
            return
        upstream = self._upstreams.get(account_plan.upstream)
        carrier = _own_carrier(account) if upstream is not None and upstream.plan.paired else None
        if upstream is None or (carrier is None if upstream.plan.paired else not upstream.usable):
            paired = upstream is not None and upstream.plan.paired
            order.tell(Fate.NOT_SENT, 0, "", "the account is not bound here" if paired else "no link to the SMSC")
            return
        drawer = Drawer(self._limits, account, carrier, order, now)
        ticket: Ticket = kernel.cut(order.pdu, len(order.pdu), drawer, now)[0][0]
        ticket.note = Note(code, trace_id=order.trace_id)
        desk.count.taken += 1
        drawer.in_flight = 1
        passed: list[Ticket] = []
        desk.carry_on(ticket, passed)
        self._carriage.send(drawer, passed)  # a person has decided: nobody else is asked


def _own_carrier(account: Account) -> Carrier | None:
    """A link to the carrier of one of the account's own sessions, paired mode."""
    for reseller in account.binds:
        carrier = reseller.carrier
        leaves = reseller.gone or reseller.ending or reseller.session.peer_unbound
        if carrier is not None and not leaves and not carrier.gone and Upstream.transmits(carrier):
            return carrier
    return None
