"""Binds and unbinds: who may come in, how an upstream link is opened for whom, and how everybody leaves."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable

import msgspec

from filters.contract import Reason
from smppproxy.relay.account import Account
from smppproxy.relay.carriage import Carriage
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.relay.ticket import Cause
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits
from smppproxy.smpp.states import BIND_RESPONSES, BIND_STATES

#: The bind requests by the name the configuration uses.
BINDS = {"transmitter": c.BIND_TRANSMITTER, "receiver": c.BIND_RECEIVER, "transceiver": c.BIND_TRANSCEIVER}

#: What we call ourselves in the answer to a bind that ends here (pooled mode).
OUR_SYSTEM_ID = b"smppproxy"

#: Peers of an older interface_version know no TLVs, so the answer to their bind has none (SMPP 3.4 section 3.4).
FIRST_WITH_TLVS = 0x34

#: Binds that may fail on one connection before it is closed.
ATTEMPTS = 3


class Dial(msgspec.Struct):
    """An order to the owner of the sockets: connect this link, not before ``at`` (monotonic seconds)."""

    carrier: Carrier
    at: float


class Check(msgspec.Struct):
    """An order to verify a password where that takes long; the answer comes back through ``House.verified``."""

    reseller: Reseller
    verify: Callable[[bytes], bool]
    password: bytes


class Doors:
    """Lets resellers in and out and keeps the upstream links. Its trays: ``to_dial``, ``to_check``, ``released``."""

    __slots__ = (
        *("_attempts", "_carriage", "_chance", "_dirty", "_limits", "accounts", "closing_down", "plan"),
        *("refused_binds", "released", "to_check", "to_dial", "upstreams"),
    )

    def __init__(
        self,
        plan: Plan,
        limits: Limits,
        upstreams: dict[str, Upstream],
        carriage: Carriage,
        dirty: dict[Link, None],
        chance: random.Random,
    ) -> None:
        self.plan = plan
        self.accounts: dict[bytes, Account] = {}
        self.upstreams = upstreams
        self.to_dial: list[Dial] = []
        self.to_check: list[Check] = []
        self.released: list[str] = []  # accounts whose last bind is gone
        self.refused_binds = 0
        self.closing_down = False
        self._limits = limits
        self._carriage = carriage
        self._dirty = dirty
        self._chance = chance
        self._attempts: dict[Reseller, int] = {}

    # ------------------------------------------------------------ resellers

    def knock(self, reseller: Reseller, frame: Frame, now: float) -> None:
        """A bind request: check the account, then bind here (pooled) or dial the carrier (paired)."""
        reseller.bind = frame
        try:
            pdu = codec.decode(frame.raw)
        except RemoteError as error:
            self.refuse(reseller, error.command_status, now)
            return
        plan = self.plan.accounts.get(pdu.fields["system_id"])
        if plan is None or self.closing_down or not _comes_from(plan, reseller.peer):
            self.refuse(reseller, c.ESME_RBINDFAIL, now)
            return
        reseller.account = self._account(plan, now)
        if plan.verify is None:
            self.admit(reseller, now)
        elif plan.slow_verify:
            self.to_check.append(Check(reseller, plan.verify, pdu.fields["password"]))
        else:
            self.verified(reseller, plan.verify(pdu.fields["password"]), now)

    def verified(self, reseller: Reseller, ok: bool, now: float) -> None:
        """The password was checked."""
        if reseller.gone or reseller.bind is None:
            return
        if ok:
            self.admit(reseller, now)
        else:
            self.refuse(reseller, c.ESME_RBINDFAIL, now)

    def _account(self, plan: AccountPlan, now: float) -> Account:
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
            self.refuse(reseller, c.ESME_RBINDFAIL, now)
            return
        account.binds.append(reseller)
        upstream = self.upstreams[account.plan.upstream]
        if upstream.plan.paired:
            carrier = Carrier(upstream, self._limits, account.plan.window, now, reseller)
            reseller.carrier = carrier
            upstream.carriers.append(carrier)
            self.to_dial.append(Dial(carrier, now))
            return
        reseller.bind = None
        reseller.session.bound(BIND_STATES[frame.command_id])
        version = codec.decode(frame.raw).fields["interface_version"]
        tlvs = [(c.TAG_SC_INTERFACE_VERSION, b"\x34")] if version >= FIRST_WITH_TLVS else []
        answer = Pdu(frame.command_id | c.RESPONSE_BIT, 0, frame.sequence_number, {"system_id": OUR_SYSTEM_ID}, tlvs)
        reseller.say(codec.encode(answer))
        self._dirty[reseller] = None

    def refuse(self, reseller: Reseller, status: int, now: float) -> None:
        """Refuse a bind in our own name. The connection stays for another try, but not for many."""
        frame = reseller.bind
        if frame is None:
            return
        self.refused_binds += 1
        self._leave_account(reseller)
        reseller.bind = None
        reseller.answer(frame.command_id, status, frame.sequence_number)
        self._dirty[reseller] = None
        reseller.session.bind_refused(now)
        attempts = self._attempts[reseller] = self._attempts.get(reseller, 0) + 1
        if attempts >= ATTEMPTS:
            reseller.session.close("too many binds failed")

    def _leave_account(self, reseller: Reseller) -> None:
        account = reseller.account
        if account is None:
            return
        reseller.account = None if reseller.bind is not None else account
        if reseller in account.binds:
            account.binds.remove(reseller)
            if not account.binds:
                self.released.append(account.name)

    def reseller_gone(self, reseller: Reseller, now: float) -> None:
        """The reseller's connection is gone: its paired link goes too."""
        self._attempts.pop(reseller, None)
        reseller.bind = None
        self._leave_account(reseller)
        carrier = reseller.carrier
        if carrier is not None and not carrier.gone:
            self._carriage.abandon(carrier, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            self.dismiss(carrier, now)

    def dismiss(self, carrier: Carrier, now: float, within: float | None = None) -> None:
        """Unbind an upstream link, or close it where it is not bound."""
        if carrier.gone:
            return
        if carrier.bound and not carrier.session.closing:
            carrier.session.unbind(now, within)
        else:
            carrier.session.close("no longer needed")
        self._dirty[carrier] = None

    def part(self, reseller: Reseller, now: float, within: float | None = None) -> None:
        """Unbind a reseller, or close it where it is not bound."""
        if not reseller.gone:
            reseller.session.unbind(now, within)
            self._dirty[reseller] = None

    # ------------------------------------------------------------ carriers

    def pooled(self, upstream: Upstream, now: float) -> None:
        """Keep as many shared links as the plan says."""
        missing = upstream.plan.binds - len(upstream.carriers)
        for _ in range(max(0, missing)):
            self._dial_shared(upstream, now, now)
        for carrier in upstream.carriers[upstream.plan.binds :] if missing < 0 else ():
            self.dismiss(carrier, now)

    def _dial_shared(self, upstream: Upstream, now: float, at: float) -> None:
        carrier = Carrier(upstream, self._limits, upstream.plan.window, now, None)
        upstream.carriers.append(carrier)
        self.to_dial.append(Dial(carrier, at))

    def connected(self, carrier: Carrier, now: float) -> None:
        """The TCP connection stands: bind."""
        reseller = carrier.reseller
        if carrier.session.closing or self.closing_down:
            carrier.session.close("no longer needed")
            self._dirty[carrier] = None
            return
        carrier.bind_sequence = carrier.session.next_sequence()
        if reseller is not None:
            if reseller.gone or reseller.bind is None:
                self.dismiss(carrier, now)
                return
            carrier.send(reseller.bind, carrier.bind_sequence)
            carrier.session.bind_sent(BIND_STATES[reseller.bind.command_id], now)
        else:
            carrier.say(codec.encode(_our_bind(carrier.upstream.plan, carrier.bind_sequence)))
            carrier.session.bind_sent(BIND_STATES[BINDS[carrier.upstream.plan.bind]], now)
        self._dirty[carrier] = None

    def bind_answered(self, carrier: Carrier, frame: Frame, now: float) -> None:
        """The SMSC answered our bind, or the bind we passed on. Its status reaches the reseller unchanged."""
        ok = frame.command_status == c.ESME_ROK
        carrier.bound = ok and frame.command_id in BIND_RESPONSES
        upstream = carrier.upstream
        reseller = carrier.reseller
        if reseller is None:
            upstream.attempted = True
            if carrier.bound:
                upstream.backoff.reset()
            else:
                carrier.session.close(f"the SMSC refused our bind with 0x{frame.command_status:02X}")
                self._dirty[carrier] = None
            return
        bind = reseller.bind
        if reseller.gone or bind is None:
            self.dismiss(carrier, now)
            return
        if carrier.bound:
            reseller.bind = None
            reseller.session.bound(BIND_STATES[bind.command_id])
        else:
            self.refused_binds += 1
            self._leave_account(reseller)
            reseller.bind = None
            reseller.carrier = None
            reseller.session.bind_refused(now)
            carrier.reseller = None
            carrier.session.close("the SMSC refused the bind")
            self._dirty[carrier] = None
        reseller.send(frame, bind.sequence_number)
        self._dirty[reseller] = None

    def carrier_gone(self, carrier: Carrier, now: float) -> None:
        """An upstream link is gone, or could not be dialled."""
        upstream = carrier.upstream
        if carrier in upstream.carriers:
            upstream.carriers.remove(carrier)
        self._carriage.lost(carrier)
        reseller = carrier.reseller
        if reseller is not None:
            self._widow(reseller, now)
        elif upstream.plan.paired or self.closing_down:
            return
        else:
            upstream.attempted = True
            if len(upstream.carriers) < upstream.plan.binds and self.upstreams.get(upstream.plan.name) is upstream:
                self._dial_shared(upstream, now, now + upstream.backoff.next())

    def _widow(self, reseller: Reseller, now: float) -> None:
        """A paired reseller lost its carrier: a waiting bind is refused, a bound session ends."""
        if reseller.gone:
            return
        reseller.carrier = None
        if reseller.bind is not None:
            self.refuse(reseller, c.ESME_RSYSERR, now)
        elif not reseller.session.peer_unbound:
            self.part(reseller, now)


def _our_bind(plan: UpstreamPlan, sequence: int) -> Pdu:
    fields = {
        "system_id": plan.system_id,
        "password": plan.password,
        "system_type": plan.system_type,
        "interface_version": FIRST_WITH_TLVS,
        "addr_ton": 0,
        "addr_npi": 0,
        "address_range": b"",
    }
    return Pdu(BINDS[plan.bind], 0, sequence, fields)


def _comes_from(plan: AccountPlan, peer: str) -> bool:
    if not plan.networks:
        return True
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in plan.networks)
