"""The log tells who bound, who was refused and why, and who left; nobody can flood it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from smppproxy.app.knocks import REFUSALS_TOLD, Knocks, tell_closed
from smppproxy.relay.knock import Knock, Refusal
from smppproxy.relay.links import Carrier, Reseller
from smppproxy.smpp import constants as c
from smppproxy.smpp.session import Limits
from smppproxy.smpp.states import State

IN = Knock("bank", "192.0.2.1", c.BIND_RECEIVER, 0)
OUT = Knock("bnak", "192.0.2.1", c.BIND_TRANSCEIVER, 0x0D, Refusal.NO_ACCOUNT)


def test_who_came_in_and_who_did_not():
    with capture_logs() as logs:
        Knocks().tell([IN, OUT], 100.0)
    assert logs == [
        {"event": "bound", "log_level": "info", "account": "bank", "peer": "192.0.2.1", "bind": "receiver"},
        {
            "event": "bind_refused",
            "log_level": "warning",
            "account": "bnak",
            "peer": "192.0.2.1",
            "bind": "transceiver",
            "status": "0x0D",
            "reason": "no_account",
        },
    ]


def test_a_flood_of_refusals_is_counted_and_told_in_one_line():
    knocks = Knocks()
    with capture_logs() as logs:
        knocks.tell([OUT] * (REFUSALS_TOLD + 5), 100.0)
        knocks.tell([OUT, IN], 100.5)
        assert [line["event"] for line in logs] == ["bind_refused"] * REFUSALS_TOLD + ["bound"]
        knocks.tell([], 101.0)
        knocks.tell([OUT], 101.1)
    assert logs[-2] == {"event": "bind_refusals_not_told", "log_level": "warning", "refusals": 6}
    assert logs[-1]["event"] == "bind_refused"


@pytest.fixture
def shared():
    """A link to the SMSC that accounts share."""
    upstream = SimpleNamespace(plan=SimpleNamespace(name="smsc"), traced=False)
    return Carrier(upstream, Limits(), 10, 0.0, None)


def closed(link):
    with capture_logs() as logs:
        tell_closed(link)
    return [{key: value for key, value in line.items() if value != ""} for line in logs]


def test_a_shared_link_that_is_lost_is_a_warning_and_one_we_let_go_is_not(shared):
    shared.session.close("the SMSC refused our bind with 0x0E")
    reason = "the SMSC refused our bind with 0x0E"
    assert closed(shared) == [{"event": "upstream_lost", "log_level": "warning", "upstream": "smsc", "reason": reason}]
    shared.parting = True
    assert closed(shared) == [
        {"event": "link_closed", "log_level": "info", "side": "upstream", "account": "smsc", "reason": reason}
    ]


def test_a_reseller_that_left_is_told_of_with_its_address_and_a_stranger_is_not():
    reseller = Reseller(Limits(), "192.0.2.1", 0, 10, 0.0)
    assert closed(reseller) == []
    reseller.session.state = State.BOUND_TRX
    [line] = closed(reseller)
    assert (line["side"], line["peer"], line["reason"]) == ("reseller", "192.0.2.1", "connection lost")
