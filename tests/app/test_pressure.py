"""Who fills a buffer is not read from until there is room, and who never reads is disconnected."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from smppproxy.app.pressure import Pressure
from smppproxy.net.wire import Wire
from smppproxy.relay.links import Carrier, Reseller
from smppproxy.smpp.session import Limits


class FakeWire(Wire):
    """Notes what is asked of it."""

    def __init__(self, owner) -> None:
        self.owner = owner
        self.reasons = set()
        self.aborted = False

    def pause(self, reason) -> None:
        self.reasons.add(reason)

    def resume(self, reason) -> bool:
        self.reasons.discard(reason)
        return not self.reasons

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def house():
    return SimpleNamespace(resellers=[], resume=lambda link, now: link.session.resume(now))


def reseller(house, upstream="smsc"):
    made = Reseller(Limits(inactivity=5.0), "192.0.2.1", 0, 10, 0.0)
    made.account = SimpleNamespace(plan=SimpleNamespace(upstream=upstream))
    made.wire = FakeWire(made)
    house.resellers.append(made)
    return made


def carrier(of=None, upstream="smsc"):
    made = Carrier(SimpleNamespace(plan=SimpleNamespace(name=upstream), traced=False), Limits(), 10, 0.0, of)
    made.wire = FakeWire(made)
    return made


def test_a_reseller_that_does_not_read_silences_itself(house):
    one, two = reseller(house), reseller(house)
    pressure = Pressure(house)
    pressure.wire_full(one.wire, True, 1.0)
    assert one.wire.reasons == {one}
    assert two.wire.reasons == set()
    pressure.wire_full(one.wire, False, 2.0)
    assert one.wire.reasons == set()


def test_a_paired_carrier_silences_its_reseller_only(house):
    one, two = reseller(house), reseller(house)
    link = carrier(of=one)
    pressure = Pressure(house)
    pressure.wire_full(link.wire, True, 1.0)
    assert (len(one.wire.reasons), len(two.wire.reasons)) == (1, 0)
    pressure.gone(link, 2.0)
    assert one.wire.reasons == set()


def test_a_shared_carrier_silences_all_who_feed_it_also_those_who_bind_later(house):
    one, other = reseller(house), reseller(house, "other")
    link = carrier()
    pressure = Pressure(house)
    pressure.wire_full(link.wire, True, 1.0)
    late = reseller(house)
    pressure.tick(1.1, 30.0)
    assert one.wire.reasons == late.wire.reasons == {link}
    assert other.wire.reasons == set()
    pressure.wire_full(link.wire, False, 2.0)
    assert one.wire.reasons == late.wire.reasons == set()


def test_clocks_rest_until_the_last_who_silences_has_room(house):
    one = reseller(house)
    first, second = carrier(), carrier()
    pressure = Pressure(house)
    pressure.wire_full(first.wire, True, 1.0)
    pressure.wire_full(second.wire, True, 1.0)
    one.wire.pause("somebody else")
    pressure.wire_full(first.wire, False, 2.0)
    assert one.session._timers._paused
    pressure.wire_full(second.wire, False, 3.0)
    assert not one.session._timers._paused  # whoever else pauses the wire has reasons of his own
    assert one.wire.reasons == {"somebody else"}


def test_who_never_reads_is_disconnected_and_nobody_else(house):
    one, two = reseller(house), reseller(house)
    link = carrier(of=two)
    pressure = Pressure(house)
    pressure.wire_full(one.wire, True, 1.0)
    pressure.wire_full(link.wire, True, 5.0)
    with capture_logs() as logs:
        pressure.tick(31.5, 30.0)
    assert one.wire.aborted
    assert not link.wire.aborted
    assert [line["side"] for line in logs] == ["reseller"]
    with capture_logs() as logs:
        pressure.tick(35.5, 30.0)
    assert link.wire.aborted
    assert not two.wire.aborted
    assert [line["side"] for line in logs] == ["upstream"]


def test_a_wire_without_a_link_presses_nobody(house):
    one = reseller(house)
    Pressure(house).wire_full(FakeWire(None), True, 1.0)
    assert one.wire.reasons == set()
