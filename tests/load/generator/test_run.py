"""Whole runs of every engine against the simulator."""

from __future__ import annotations

from collections import Counter

import pytest

from smppproxy.load.generator import Codes, Plan, generate, report
from smppproxy.load.smsc import Answer, Arrival, Behaviour, SmscSimulator

SUBMIT = 0x04
ENGINES = ["native", "aiosmpplib", "smpplib"]
CODES = (b"301150232", b"301150233")


def plan_for(smsc: SmscSimulator, **options: object) -> Plan:
    return Plan(**({"host": "127.0.0.1", "port": smsc.port, "messages": 60, "sessions": 2, "window": 5} | options))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [0.0, 2000.0])
async def test_everything_sent_arrives_unchanged(engine, rate):
    async with SmscSimulator() as smsc:
        plan = plan_for(smsc, engine=engine, rate=rate, codes=Codes(values=CODES), system_id="esme%d")
        tally = await generate(plan)
        assert not tally.failed, report.to_text(plan, tally)
        assert (tally.sent, tally.answered, tally.bound) == (60, 60, 2)
        assert tally.checksum == smsc.received.checksum
        assert smsc.received.submits == 60
        assert {arrival.link.system_id for arrival in smsc.received.of(SUBMIT)} == {"esme0", "esme1"}
        assert {arrival.frame.tlv(0x1400) for arrival in smsc.received.of(SUBMIT)} == set(CODES)
        assert smsc.received.lost == 0
        row = report.to_dict(plan, tally)
        assert row["ok"]
        assert row["latency_us"]["max"] > 0


def judge(arrival: Arrival) -> int | None:
    """A gate in ten lines, for the mix."""
    if arrival.frame.command_id != SUBMIT:
        return None
    value = arrival.frame.tlv(0x1400)
    if value is None:
        return 0xC3
    if len(value) != 9:
        return 0xC2
    return 0 if value in CODES else 0xC4


async def test_mix_of_codes_is_answered_as_expected():
    shares = {"valid": 0.5, "list": 0.1, "missing": 0.1, "wrong": 0.1, "short": 0.1, "unknown": 0.1}
    async with SmscSimulator(respond=judge) as smsc:
        plan = plan_for(smsc, messages=500, codes=Codes(values=CODES, shares=shares), seed=4)
        tally = await generate(plan)
        assert not tally.failed
        kinds = report.to_dict(plan, tally)["kinds"]
        assert {kind: row["statuses"].keys() - {"0x00"} for kind, row in kinds.items()} == {
            "valid": set(),
            "list": set(),
            "missing": {"0xc3"},
            "wrong": {"0xc4"},
            "short": {"0xc2"},
            "unknown": {"0xc4"},
        }
        assert kinds["valid"]["answered"] > 150


@pytest.mark.parametrize("engine", ENGINES)
async def test_unexpected_statuses_fail_the_run(engine):
    async with SmscSimulator(Behaviour(error_every=10, error_status=0x0A)) as smsc:
        plan = plan_for(smsc, engine=engine)
        tally = await generate(plan)
        assert (tally.unexpected, tally.unanswered, tally.failed) == (6, 0, True)
        assert "UNEXPECTED" in report.to_text(plan, tally)
        allowed = await generate(plan_for(smsc, engine=engine, expect={"plain": None}))
        assert not allowed.failed


@pytest.mark.parametrize("engine", ENGINES)
async def test_dropped_answers_free_their_slots_and_fail_the_run(engine):
    async with SmscSimulator(Behaviour(drop_every=20)) as smsc:
        tally = await generate(plan_for(smsc, engine=engine, response_timeout=2.0))
        assert tally.failed
        assert tally.answered + tally.unanswered == 60
        assert tally.unanswered >= 3  # 2 s may be short for an answer on a busy machine


@pytest.mark.parametrize("engine", ENGINES)
async def test_refused_binds_are_counted(engine):
    async with SmscSimulator(Behaviour(password="other")) as smsc:
        tally = await generate(plan_for(smsc, engine=engine))
        assert (tally.bind_errors, tally.bound, tally.failed) == (Counter({0x0E: 2}), 0, True)


@pytest.mark.parametrize("engine", ENGINES)
async def test_nobody_listening_is_reported(engine, unused_port):
    plan = Plan(host="127.0.0.1", port=unused_port, messages=1, engine=engine, connect_timeout=0.5)
    tally = await generate(plan)
    assert (tally.connect_errors, tally.failed) == (1, True)
    assert report.to_dict(plan, tally)["notes"]


async def test_a_lost_link_loses_what_was_in_flight():
    def respond(arrival: Arrival) -> Answer | None:
        if arrival.frame.command_id == SUBMIT and arrival.link.submits == 3:
            return Answer(raw=b"", close=True)
        return None

    async with SmscSimulator(respond=respond) as smsc:
        tally = await generate(plan_for(smsc, sessions=1, window=4))
        assert (tally.disconnects, tally.failed) == (1, True)
        assert tally.lost >= 1
        assert tally.sent == tally.answered + tally.lost


@pytest.mark.parametrize("engine", ENGINES)
async def test_receipts_are_waited_for(engine):
    async with SmscSimulator(Behaviour(receipts=True)) as smsc:
        tally = await generate(plan_for(smsc, engine=engine, messages=20, registered_delivery=1, linger=60.0))
        assert tally.answered == 20
        if engine == "native":
            assert (tally.receipts, smsc.received.deliver_answers[0]) == (20, 20)


async def test_seconds_end_a_run():
    async with SmscSimulator(keep=False) as smsc:
        tally = await generate(plan_for(smsc, messages=0, seconds=1.0, warm_up=0.5))
        assert not tally.failed
        assert 0 < tally.counted < tally.answered


async def test_poisson_and_spin():
    async with SmscSimulator() as smsc:
        tally = await generate(plan_for(smsc, rate=3000.0, poisson=True, spin=True))
        assert not tally.failed
        assert tally.lateness.count == 60


async def test_sequence_numbers_wrap(monkeypatch):
    from smppproxy.load import wire

    monkeypatch.setattr(wire, "SEQUENCE_LAST", 25)
    async with SmscSimulator() as smsc:
        tally = await generate(plan_for(smsc, sessions=1, window=7))
        assert not tally.failed
        numbers = [arrival.frame.sequence_number for arrival in smsc.received.pdus]
        assert numbers[:26] == [*range(1, 26), 1]
