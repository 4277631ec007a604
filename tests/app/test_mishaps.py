"""The safety net: what nobody expected is told now and then, and requests that were lost are accounted for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from smppproxy.app import mishaps
from smppproxy.app.mishaps import Mishaps
from smppproxy.relay.links import Carrier, Reseller
from smppproxy.relay.ticket import Cause, Count
from smppproxy.smpp import kernel
from smppproxy.smpp.session import Limits

ENQUIRE_LINK = bytes.fromhex("00000010 00000015 00000000 00000001")


@pytest.fixture
def house():
    """One upstream with one link, and nothing open."""
    upstream = SimpleNamespace(plan=SimpleNamespace(name="smsc"), traced=False, waiting=[], carriers=[])
    link = Carrier(upstream, Limits(), 10, 0.0, None)
    upstream.carriers.append(link)
    return SimpleNamespace(
        resellers=set(),
        carriers={link},
        upstreams={"smsc": upstream},
        doors=SimpleNamespace(accounts={}),
        desk=SimpleNamespace(count=Count(), quarantine=[]),
        trays=(SimpleNamespace(decided=[]), SimpleNamespace(decided=[])),
    )


def reseller(house, open_requests):
    made = Reseller(Limits(), "192.0.2.1", 0, 10, 0.0)
    made.in_flight = open_requests
    house.desk.count.taken += open_requests
    house.resellers.add(made)
    return made


def ticket(link):
    frames, _, _ = kernel.cut(ENQUIRE_LINK, 16, link, 0.0)
    return frames[0]


def test_what_is_open_somewhere_is_not_lost(house):
    one = reseller(house, 6)
    (link,) = house.carriers
    link.window.open(1, ticket(one))
    house.upstreams["smsc"].waiting.append(ticket(one))
    house.doors.accounts[b"one"] = SimpleNamespace(texts=[ticket(one)])
    house.desk.quarantine.append(SimpleNamespace(ticket=ticket(one)))
    house.trays[1].decided.append(ticket(one))
    one.held = 1
    assert Mishaps(house).bereft(link) == []
    assert house.desk.count.in_flight == 6


def test_what_is_nowhere_is_closed_and_its_resellers_named(house):
    one, two = reseller(house, 3), reseller(house, 1)
    (link,) = house.carriers
    link.window.open(1, ticket(one))
    link.window.open(2, ticket(two))
    assert Mishaps(house).bereft(link) == [one]
    assert one.in_flight == 1
    assert house.desk.count.in_flight == 2
    assert house.desk.count.closed[Cause.RESELLER_GONE] == 2


def test_a_reseller_that_has_gone_is_looked_at_where_it_happened(house):
    one = reseller(house, 2)
    house.resellers.clear()
    assert Mishaps(house).bereft(one) == [one]
    assert house.desk.count.in_flight == 0


def test_a_place_is_logged_once_in_a_while_and_counted_always(house, monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(mishaps.time, "monotonic", lambda: clock.now)
    net = Mishaps(house)
    with capture_logs() as logs:
        for _ in range(5):
            net.tell("read", ValueError("odd"), account="one")
        net.tell("write", ValueError("odd"))
        clock.now += mishaps.LOG_INTERVAL
        net.tell("read", ValueError("odd"), account="one")
    assert [(line["where"], line["not_told"]) for line in logs] == [("read", 0), ("write", 0), ("read", 4)]
    assert logs[0]["account"] == "one"
    assert net.count == 7
