"""Shared links of pooled upstreams: dialled, bound in our own name, dialled again, or opened by an outbind."""

from __future__ import annotations

import random

import msgspec

from smppproxy.relay.links import Carrier, Link
from smppproxy.relay.outbind import LINKS
from smppproxy.relay.plan import UpstreamPlan
from smppproxy.relay.upstream import Backoff, Upstream
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits
from smppproxy.smpp.states import BIND_STATES

#: The bind requests by the name the configuration uses.
BINDS = {"transmitter": c.BIND_TRANSMITTER, "receiver": c.BIND_RECEIVER, "transceiver": c.BIND_TRANSCEIVER}

#: Peers of an older interface_version know no TLVs, so the answer to their bind has none (SMPP 3.4 section 3.4).
FIRST_WITH_TLVS = 0x34


class Dial(msgspec.Struct):
    """An order to the owner of the sockets: connect this link, not before ``at`` (monotonic seconds)."""

    carrier: Carrier
    at: float


class Pool:
    """Keeps as many shared links as the plan says. ``to_dial`` is a tray, filled for paired links too."""

    __slots__ = ("_chance", "_dirty", "limits", "to_dial")

    def __init__(self, limits: Limits, dirty: dict[Link, None], chance: random.Random) -> None:
        self.limits = limits
        self.to_dial: list[Dial] = []
        self._dirty = dirty
        self._chance = chance

    def fill(self, upstream: Upstream, now: float) -> None:
        """Dial what is missing, let go what is too much; those that are not bound go first."""
        own = [carrier for carrier in upstream.carriers if not (carrier.by_outbind or carrier.ending)]
        for _ in range(upstream.plan.binds - len(own)):
            self._dial(upstream, Backoff(self._chance), now, now)
        for carrier in sorted(own, key=lambda carrier: not carrier.bound)[upstream.plan.binds :]:
            self.dismiss(carrier, now)
        for carrier in upstream.carriers:
            carrier.window.limit = upstream.plan.window

    def _dial(self, upstream: Upstream, backoff: Backoff, now: float, at: float) -> None:
        carrier = Carrier(upstream, self.limits, upstream.plan.window, now, None)
        carrier.backoff = backoff
        upstream.carriers.append(carrier)
        self.to_dial.append(Dial(carrier, at))

    def dial_again(self, carrier: Carrier, now: float) -> None:
        """A shared link is gone, or could not be connected: its successor comes after a while."""
        upstream = carrier.upstream
        upstream.attempted = True
        own = sum(not (other.by_outbind or other.ending) for other in upstream.carriers)
        if own < upstream.plan.binds and not carrier.by_outbind:
            backoff = carrier.backoff if carrier.backoff is not None else Backoff(self._chance)
            self._dial(upstream, backoff, now, now + backoff.next())

    def bind(self, carrier: Carrier, command: int, now: float) -> None:
        """Bind in our own name."""
        plan = carrier.upstream.plan
        carrier.bind_sequence = carrier.session.next_sequence()
        carrier.say(codec.encode(_our_bind(plan, command, carrier.bind_sequence)))
        carrier.session.bind_sent(BIND_STATES[command], now)
        self._dirty[carrier] = None

    def bind_answered(self, carrier: Carrier, status: int) -> None:
        """The SMSC answered our bind."""
        carrier.upstream.attempted = True
        if not carrier.bound:
            carrier.session.close(f"the SMSC refused our bind with 0x{status:02X}")
            self._dirty[carrier] = None
        elif carrier.backoff is not None:
            carrier.backoff.reset()

    def invited(self, upstream: Upstream, now: float) -> Carrier | None:
        """The SMSC sent an outbind: make its connection a link; None where it has enough of them."""
        if sum(carrier.by_outbind for carrier in upstream.carriers) >= LINKS:
            return None
        carrier = Carrier(upstream, self.limits, upstream.plan.window, now, None)
        carrier.by_outbind = True
        upstream.carriers.append(carrier)
        return carrier

    def dismiss(self, carrier: Carrier, now: float, within: float | None = None) -> None:
        """Unbind an upstream link, or close it where it is not bound."""
        if carrier.gone:
            return
        carrier.parting = True
        if carrier.bound and not carrier.session.closing:
            carrier.session.unbind(now, within)
        else:
            carrier.session.close("no longer needed")
        self._dirty[carrier] = None


def _our_bind(plan: UpstreamPlan, command: int, sequence: int) -> Pdu:
    fields = {
        "system_id": plan.system_id,
        "password": plan.password,
        "system_type": plan.system_type,
        "interface_version": FIRST_WITH_TLVS,
        "addr_ton": 0,
        "addr_npi": 0,
        "address_range": b"",
    }
    return Pdu(command, 0, sequence, fields)
