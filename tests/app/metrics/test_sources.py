from __future__ import annotations

from types import SimpleNamespace

import pytest

from filters.contract import Reason
from filters.gate import Gate
from filters.policy import Policy
from smppproxy.app.metrics import Metrics, render, sources
from smppproxy.relay.house import House
from smppproxy.relay.knock import Refusal
from smppproxy.relay.plan import Plan, UpstreamPlan
from smppproxy.relay.ticket import Cause
from smppproxy.relay.upstream import OTHER_STATUSES
from smppproxy.smpp.session import Limits


@pytest.fixture
def house() -> House:
    plan = Plan(accounts={}, upstreams={"smsc": UpstreamPlan("smsc")})
    return House(plan, Gate((), None, Policy()), None, Limits(), clock=lambda: 0.0)


def collected(collector: sources.Collector) -> dict[str, dict[tuple[str, ...], float]]:
    metrics = Metrics()
    metrics.collect(collector)
    return {name: {tuple(labels): value for labels, value in rows} for name, rows in metrics.snapshot().items()}


def test_the_law_of_the_house_can_be_read(house):
    count = house.desk.count
    count.taken = 7
    count.closed[Cause.ANSWERED] = 4
    count.closed[Cause.GATE] = 2
    count.reasons[Reason.CODE_MISSING] = 2
    seen = collected(sources.of_house(house))
    assert seen["requests_total"] == {(): 7}
    assert seen["requests_in_flight"] == {(): 1}
    assert sum(seen["closed_total"].values()) == 6
    assert seen["closed_total"].keys() == {(cause.value,) for cause in Cause}
    assert seen["reasons_total"] == {("code_missing",): 2}


def test_sessions_and_upstreams(house):
    house.arrived("192.0.2.1", 0, 0.0)
    seen = collected(sources.of_house(house))
    assert seen["sessions"] == {("reseller",): 1, ("upstream",): 0}
    assert seen["upstream_links"] == {("smsc",): 0}
    assert seen["upstream_waiting"] == {("smsc",): 0}


def test_what_the_smsc_refuses_and_binds_that_failed(house):
    house.upstreams["smsc"].refusals.update({0x58: 3, 0x450: 1, OTHER_STATUSES: 2})
    house.doors.refused[Refusal.NO_ACCOUNT] = 4
    seen = collected(sources.of_house(house))
    assert seen["upstream_refusals_total"] == {("smsc", "0x58"): 3, ("smsc", "0x450"): 1, ("smsc", "other"): 2}
    assert seen["binds_refused_total"][("no_account",)] == 4
    assert seen["binds_refused_total"].keys() == {(why.value,) for why in Refusal}


def test_a_spool_and_a_process():
    spool = SimpleNamespace(rows_written=3, rows_lost=1, files_lost=0, pending=2)
    assert collected(sources.of_spool(spool))["trace_rows_total"] == {(): 3}
    seen = collected(sources.of_process(SimpleNamespace(dropped=2)))
    assert seen["memory_octets"][()] > 1 << 20
    assert seen["cpu_seconds_total"][()] > 0
    assert seen["log_lines_lost_total"] == {(): 2}
    assert list(seen["build_info"].values()) == [1]


def test_all_of_it_can_be_exposed(house):
    metrics = Metrics()
    metrics.collect(sources.of_house(house))
    metrics.collect(sources.of_process(SimpleNamespace(dropped=0)))
    text = render([metrics.snapshot(), metrics.snapshot()])
    assert 'smppproxy_closed_total{cause="answered"} 0.0' in text
