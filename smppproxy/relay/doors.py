"""Binds and unbinds: who may come in, how an upstream link is opened for whom, and how everybody leaves."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from filters.contract import Reason
from smppproxy.relay.account import Account
from smppproxy.relay.carriage import Carriage
from smppproxy.relay.knock import Knock, Refusal, claimed
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.outbind import comes_from
from smppproxy.relay.plan import AccountPlan, Plan
from smppproxy.relay.pool import BINDS, FIRST_WITH_TLVS, Dial, Pool
from smppproxy.relay.ticket import Cause
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.states import BIND_RESPONSES, BIND_STATES, BOUND, State

__all__ = ["ATTEMPTS", "OUR_SYSTEM_ID", "Check", "Dial", "Doors"]

#: What we call ourselves in the answer to a bind that ends here (pooled mode).
OUR_SYSTEM_ID = b"smppproxy"

#: Binds that may fail on one connection before it is closed.
ATTEMPTS = 3


class Check(msgspec.Struct):
    """An order to verify a password where that takes long; the answer comes back through ``House.verified``."""

    reseller: Reseller
    verify: Callable[[bytes], bool]
    password: bytes


class Doors:
    """Lets resellers in and out and keeps the upstream links.

    Its trays: ``to_dial``, ``to_check``, ``released``, ``knocks``.
    """

    __slots__ = (
        *("_attempts", "_carriage", "_dirty", "_doubts", "accounts", "closing_down", "knocks", "plan", "pool"),
        *("refused", "released", "to_check", "upstreams"),
    )

    def __init__(
        self,
        plan: Plan,
        upstreams: dict[str, Upstream],
        carriage: Carriage,
        dirty: dict[Link, None],
        pool: Pool,
    ) -> None:
        self.plan = plan
        self.accounts: dict[bytes, Account] = {}
        self.upstreams = upstreams
        self.pool = pool
        self.to_check: list[Check] = []
        self.released: list[str] = []  # accounts whose last bind is gone
        self.knocks: list[Knock] = []  # binds that were answered, to be told to the operator
        self.refused: dict[Refusal, int] = dict.fromkeys(Refusal, 0)
        self.closing_down = False
        self._carriage = carriage
        self._dirty = dirty
        self._attempts: dict[Reseller, int] = {}
        self._doubts: dict[Reseller, Refusal] = {}  # why a bind is refused once a password was checked for show

    @property
    def to_dial(self) -> list[Dial]:
        """Upstream links to be connected."""
        return self.pool.to_dial

    @to_dial.setter
    def to_dial(self, orders: list[Dial]) -> None:
        self.pool.to_dial = orders

    # ------------------------------------------------------------ resellers

    def knock(self, reseller: Reseller, frame: Frame, now: float) -> None:
        """A bind request: check the account, then bind here (pooled) or dial the carrier (paired)."""
        reseller.bind = frame
        try:
            pdu = codec.decode(frame.raw)
        except RemoteError as error:
            self.refuse(reseller, error.command_status, Refusal.MALFORMED, now)
            return
        if self.closing_down:
            self.refuse(reseller, c.ESME_RSYSERR, Refusal.STOPPING, now)
            return
        reseller.knows_tlvs = pdu.fields["interface_version"] >= FIRST_WITH_TLVS
        password = pdu.fields["password"]
        plan = self.plan.accounts.get(pdu.fields["system_id"])
        if plan is None:
            self._deny(reseller, password, Refusal.NO_ACCOUNT, now)
            return
        reseller.account = self.account_of(plan, now)
        reseller.account.knocking.add(reseller)
        if plan.networks and not comes_from(plan.networks, reseller.peer):
            self._deny(reseller, password, Refusal.ADDRESS_NOT_ALLOWED, now)
        elif plan.verify is None:
            self.admit(reseller, now)
        elif plan.slow_verify:
            self.to_check.append(Check(reseller, plan.verify, password))
        elif plan.verify(password):
            self.admit(reseller, now)
        else:
            self._deny(reseller, password, Refusal.WRONG_PASSWORD, now)

    def _deny(self, reseller: Reseller, password: bytes, why: Refusal, now: float) -> None:
        """Refuse one who is not let in. Where passwords are slow to verify this takes as long: a quick answer would
        tell that there is no such account."""
        slow = next((plan.verify for plan in self.plan.accounts.values() if plan.slow_verify and plan.verify), None)
        if slow is None:
            self.refuse(reseller, c.ESME_RBINDFAIL, why, now)
        else:
            self._doubts[reseller] = why
            self.to_check.append(Check(reseller, _never(slow), password))

    def verified(self, reseller: Reseller, ok: bool, now: float) -> None:
        """The password was checked."""
        why = self._doubts.pop(reseller, Refusal.WRONG_PASSWORD)
        if reseller.gone or reseller.bind is None:
            return
        account = reseller.account
        if not ok:
            self.refuse(reseller, c.ESME_RBINDFAIL, why, now)
        elif account is None or account.plan.system_id not in self.plan.accounts:
            self.refuse(reseller, c.ESME_RBINDFAIL, Refusal.NO_ACCOUNT, now)
        elif self.closing_down:
            self.refuse(reseller, c.ESME_RSYSERR, Refusal.STOPPING, now)
        else:
            self.admit(reseller, now)

    def account_of(self, plan: AccountPlan, now: float) -> Account:
        """The account at work, begun where it is not."""
        account = self.accounts.get(plan.system_id)
        if account is None:
            account = self.accounts[plan.system_id] = Account(plan, now)
        return account

    def admit(self, reseller: Reseller, now: float) -> None:
        """The account is who it says it is."""
        account, frame = reseller.account, reseller.bind
        if account is None or frame is None:
            return
        if len(account.binds) >= account.plan.max_binds:
            self.refuse(reseller, c.ESME_RBINDFAIL, Refusal.TOO_MANY_BINDS, now)
            return
        account.knocking.discard(reseller)
        account.binds.append(reseller)
        upstream = self.upstreams[account.plan.upstream]
        if upstream.plan.paired:
            carrier = Carrier(upstream, self.pool.limits, account.plan.window, now, reseller)
            reseller.carrier = carrier
            upstream.carriers.append(carrier)
            self.to_dial.append(Dial(carrier, now))
            return
        reseller.bind = None
        self._let_in(reseller, frame)
        tlvs = [(c.TAG_SC_INTERFACE_VERSION, b"\x34")] if reseller.knows_tlvs else []
        answer = Pdu(frame.command_id | c.RESPONSE_BIT, 0, frame.sequence_number, {"system_id": OUR_SYSTEM_ID}, tlvs)
        reseller.say(codec.encode(answer))
        self._dirty[reseller] = None

    def _let_in(self, reseller: Reseller, bind: Frame) -> None:
        reseller.session.bound(BIND_STATES[bind.command_id])
        self._attempts.pop(reseller, None)
        self._told(reseller, bind, c.ESME_ROK)

    def _told(self, reseller: Reseller, bind: Frame, status: int, why: Refusal | None = None) -> None:
        # A bind that was passed on has let go of its octets, but then the account is known.
        name = reseller.account.name if reseller.account is not None else claimed(bind)
        self.knocks.append(Knock(name, reseller.peer, bind.command_id, status, why))

    def refuse(self, reseller: Reseller, status: int, why: Refusal, now: float) -> None:
        """Refuse a bind in our own name. The connection stays for another try, but not for many."""
        frame = reseller.bind
        if frame is None:
            return
        reseller.answer(frame.command_id, status, frame.sequence_number)
        self._failed(reseller, frame, status, why, now)

    def _failed(self, reseller: Reseller, bind: Frame, status: int, why: Refusal, now: float) -> None:
        self.refused[why] += 1
        self._told(reseller, bind, status, why)
        self._leave_account(reseller)
        reseller.bind = None
        reseller.session.bind_refused(now)
        self._dirty[reseller] = None
        attempts = self._attempts[reseller] = self._attempts.get(reseller, 0) + 1
        if attempts >= ATTEMPTS:
            reseller.session.close("too many binds failed")

    def _leave_account(self, reseller: Reseller) -> None:
        account = reseller.account
        if account is None:
            return
        if reseller.bind is not None:
            reseller.account = None
        account.knocking.discard(reseller)
        if reseller in account.binds:
            account.binds.remove(reseller)
        if not (account.binds or account.knocking):
            self.released.append(account.name)

    def reseller_gone(self, reseller: Reseller, now: float) -> None:
        """The reseller's connection is gone: its paired link goes too."""
        self._attempts.pop(reseller, None)
        self._doubts.pop(reseller, None)
        self._leave_account(reseller)
        reseller.bind = None
        carrier = reseller.carrier
        if carrier is not None and not carrier.gone:
            self._carriage.abandon(carrier, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            self.pool.dismiss(carrier, now)

    def part(self, reseller: Reseller, now: float, within: float | None = None) -> None:
        """Unbind a reseller. One that waits for the answer to its bind is refused, one that is not bound closed."""
        if reseller.gone:
            return
        if reseller.parting:
            if within is not None:  # whoever asked first may have had more time
                reseller.session.unbind(now, within)
            return
        reseller.parting = True
        self._dirty[reseller] = None
        if reseller.bind is not None:
            self.refuse(reseller, c.ESME_RSYSERR, Refusal.STOPPING if self.closing_down else Refusal.NO_ACCOUNT, now)
        session = reseller.session
        if session.state in BOUND:
            session.unbind(now, within)
        elif session.state is not State.UNBOUND:  # else it unbinds already, and ends with its last answer
            session.close("not bound: there is nothing to unbind")

    # ------------------------------------------------------------ carriers

    def connected(self, carrier: Carrier, now: float) -> None:
        """The TCP connection stands: bind."""
        reseller = carrier.reseller
        if carrier.ending or self.closing_down:
            self.pool.dismiss(carrier, now)
        elif reseller is None:
            self.pool.bind(carrier, BINDS[carrier.upstream.plan.bind], now)
        elif reseller.gone or reseller.bind is None:
            self.pool.dismiss(carrier, now)
        else:
            carrier.bind_sequence = carrier.session.next_sequence()
            carrier.send(reseller.bind, carrier.bind_sequence)
            carrier.session.bind_sent(BIND_STATES[reseller.bind.command_id], now)
            self._dirty[carrier] = None

    def bind_answered(self, carrier: Carrier, frame: Frame, now: float) -> None:
        """The SMSC answered our bind, or the bind we passed on. Its status reaches the reseller unchanged."""
        carrier.bound = frame.command_status == c.ESME_ROK and frame.command_id in BIND_RESPONSES
        reseller = carrier.reseller
        if reseller is None:
            self.pool.bind_answered(carrier, frame.command_status)
            if carrier.bound:
                self._carriage.pump(carrier.upstream)
            return
        bind = reseller.bind
        if reseller.gone or bind is None:
            self.pool.dismiss(carrier, now)
            return
        reseller.send(frame, bind.sequence_number)
        self._dirty[reseller] = None
        if carrier.bound:
            reseller.bind = None
            self._let_in(reseller, bind)
            return
        self._failed(reseller, bind, frame.command_status, Refusal.SMSC_REFUSED, now)
        reseller.carrier = carrier.reseller = None
        carrier.session.close(f"the SMSC refused the bind with 0x{frame.command_status:02X}")
        self._dirty[carrier] = None

    def carrier_gone(self, carrier: Carrier, now: float) -> None:
        """An upstream link is gone, or could not be dialled."""
        upstream = carrier.upstream
        if carrier in upstream.carriers:
            upstream.carriers.remove(carrier)
        self._carriage.lost(carrier)
        reseller = carrier.reseller
        if reseller is not None:
            self._widow(reseller, now)
        elif not self.closing_down and self.upstreams.get(upstream.plan.name) is upstream:
            self.pool.dial_again(carrier, now)

    def _widow(self, reseller: Reseller, now: float) -> None:
        """A paired reseller lost its carrier: a waiting bind is refused, a bound session ends."""
        if reseller.gone:
            return
        reseller.carrier = None
        if reseller.bind is not None:
            self.refuse(reseller, c.ESME_RSYSERR, Refusal.SMSC_AWAY, now)
        else:
            self.part(reseller, now)


def _never(verify: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    """A check that takes as long as ``verify`` and always fails."""

    def check(password: bytes) -> bool:
        verify(password)
        return False

    return check
