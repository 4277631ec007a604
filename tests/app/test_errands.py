"""Deliveries for other workers: asked for account by account, remembered where found, answered whatever happens."""

from __future__ import annotations

import asyncio
import base64
import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from smppproxy.app import errands, rpc
from smppproxy.app.errands import Errands
from smppproxy.app.tasks import Tasks
from smppproxy.net.dial import Target
from smppproxy.net.wire import Pump
from smppproxy.relay.delivery import Elsewhere
from smppproxy.relay.doors import Check, Dial

DELIVER = bytes.fromhex("00000010 00000005 00000000 00000007")


class Scene:
    """A house that notes what comes back, and siblings that answer as told."""

    def __init__(self, monkeypatch, siblings=2):
        self.told = []
        self.asked = []
        self.answers = {}
        self.lost = []
        self.verified = []
        self.connected = []
        self.failed = []
        self.gate = asyncio.Event()
        self.gate.set()
        doors = SimpleNamespace(to_dial=[], to_check=[], knocks=[])
        deliveries = SimpleNamespace(
            elsewhere=[], taken_over=lambda item, status: self.told.append((item.sequence, status))
        )
        self.house = SimpleNamespace(
            doors=doors,
            deliveries=deliveries,
            elsewhere=deliveries.elsewhere,
            turned=[],
            limits=SimpleNamespace(deliver_timeout=10.0, deliveries=3),
            verified=lambda reseller, ok, now: self.verified.append((reseller, ok)),
            connected=lambda carrier, now: self.connected.append(carrier),
        )
        self.tasks = Tasks(self.failed.append)
        paths = {n + 1: Path(f"worker-{n + 1}.sock") for n in range(siblings)}
        self.pump = Pump(lambda: None, lambda wire, full: None)
        self.errands = Errands(self.house, self.pump, self.tasks, random.Random(1), paths, self.lost.append)
        monkeypatch.setattr(errands.rpc, "ask", self._ask)

    async def _ask(self, path, request, within):
        self.asked.append((path.stem, request["account"], len(request["pdus"])))
        await self.gate.wait()
        answer = self.answers.get((path.stem, request["account"]), [None] * len(request["pdus"]))
        if isinstance(answer, Exception):
            raise answer
        return {"ok": True, "statuses": answer}

    def deliver(self, account, *sequences):
        self.house.elsewhere = self.house.deliveries.elsewhere = [
            Elsewhere(account, DELIVER, None, sequence, 5, ("smsc", b"key")) for sequence in sequences
        ]
        self.errands.run()
        self.house.elsewhere = self.house.deliveries.elsewhere

    async def done(self):
        while self.tasks._tasks:
            await asyncio.gather(*self.tasks._tasks, return_exceptions=True)


@pytest.fixture
def scene(monkeypatch):
    return lambda **options: Scene(monkeypatch, **options)


async def test_the_sibling_that_has_the_account_answers(scene):
    s = scene()
    s.answers["worker-2", "one"] = [0, 0x45]
    s.deliver("one", 1, 2)
    await s.done()
    assert s.told == [(1, 0), (2, 0x45)]
    assert sorted(s.asked) == [("worker-1", "one", 2), ("worker-2", "one", 2)]


async def test_where_it_was_found_is_asked_first_and_alone(scene):
    s = scene()
    s.answers["worker-2", "one"] = [0]
    s.deliver("one", 1)
    await s.done()
    s.asked.clear()
    s.deliver("one", 2)
    await s.done()
    assert s.asked == [("worker-2", "one", 1)]
    s.answers = {("worker-1", "one"): [0]}  # it has moved
    s.deliver("one", 3)
    await s.done()
    assert s.told == [(1, 0), (2, 0), (3, 0)]


@pytest.mark.parametrize("fault", [OSError("gone"), TimeoutError(), rpc.RpcError("gone", "no answer"), None])
async def test_nobody_has_it_or_says_so(scene, fault):
    s = scene()
    if fault is not None:
        s.answers = {("worker-1", "one"): fault, ("worker-2", "one"): fault}
    s.deliver("one", 1)
    await s.done()
    assert s.told == [(1, None)]
    assert s.failed == []


@pytest.mark.parametrize("statuses", [[0, 0], "0", ["0"], None])
async def test_an_answer_that_makes_no_sense_counts_as_none(scene, statuses):
    s = scene()
    s.answers["worker-1", "one"] = statuses
    s.deliver("one", 1)
    await s.done()
    assert s.told == [(1, None)]


async def test_a_slow_account_has_one_question_open_and_no_more_than_its_bound_waiting(scene):
    s = scene(siblings=1)
    s.answers["worker-1", "slow"] = [0]
    s.answers["worker-1", "quick"] = [0]
    s.gate.clear()
    s.deliver("slow", 1)
    await asyncio.sleep(0)
    s.answers["worker-1", "slow"] = [0]
    s.deliver("slow", 2, 3, 4, 5)
    assert s.told == [(5, 0x64)]
    s.deliver("quick", 6)
    for _ in range(5):
        await asyncio.sleep(0)
    assert s.asked == [("worker-1", "slow", 1), ("worker-1", "quick", 1)]
    s.gate.set()
    await s.done()
    assert s.asked[-1] == ("worker-1", "slow", 3)
    assert {sequence for sequence, _ in s.told} == {1, 2, 3, 4, 5, 6}


# ---------------------------------------------------------------- asked by a sibling


async def test_a_sibling_is_told_what_each_reseller_answered(scene):
    s = scene()
    takers = []

    def take_over(account, frame, answer, now):
        assert (account, frame.raw) == ("one", DELIVER)
        takers.append(answer)
        return len(takers) != 2

    s.house.deliveries.take_over = take_over
    pdu = base64.b64encode(DELIVER).decode()
    asked = asyncio.ensure_future(s.errands.deliver({"account": "one", "pdus": [pdu, pdu, pdu]}))
    await asyncio.sleep(0)
    takers[2](0x45)
    takers[0](0)
    takers[0](0x64)  # too late to matter
    assert await asked == {"ok": True, "statuses": [0, None, 0x45]}


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"account": 1, "pdus": []},
        {"account": "one", "pdus": "x"},
        {"account": "one", "pdus": ["?"]},
        {"account": "one", "pdus": [5]},
        {"account": "one", "pdus": [base64.b64encode(DELIVER[:12]).decode()]},
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_whole(scene, request_):
    with pytest.raises(rpc.RpcError):
        await scene().errands.deliver(request_)


# ---------------------------------------------------------------- dialling and passwords


def carrier(name="smsc"):
    upstream = SimpleNamespace(plan=SimpleNamespace(name=name))
    return SimpleNamespace(upstream=upstream, session=SimpleNamespace(closing=False), gone=False, wire=None)


async def dial_it(s, one):
    s.house.doors.to_dial = [Dial(one, 0.0)]
    s.errands.run()
    await s.done()


async def test_a_link_gets_its_wire_when_it_is_connected(scene):
    s = scene()
    one = carrier()
    serving = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    s.errands.targets = {"smsc": Target((serving.sockets[0].getsockname(),))}
    await dial_it(s, one)
    assert s.connected == [one]
    assert one.wire.owner is one
    one.wire.abort()
    serving.close()
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_link_that_cannot_be_dialled_is_lost(scene, monkeypatch):
    s = scene()
    nowhere, unknown, unwanted, broken = carrier(), carrier("unknown"), carrier(), carrier("broken")
    unwanted.session.closing = True
    s.errands.targets = {"smsc": Target(()), "broken": None}
    for each in (nowhere, unknown, unwanted):
        await dial_it(s, each)
    assert s.lost == [nowhere, unknown, unwanted]
    s.errands.targets = {"broken": SimpleNamespace(order=lambda chance: 1 / 0)}
    await dial_it(s, broken)
    assert s.lost[-1] is broken
    assert isinstance(s.failed[0], ZeroDivisionError)


@pytest.mark.parametrize("answer", [True, False, None])
async def test_a_password_is_verified_and_answered_whatever_happens(scene, answer):
    s = scene()

    def verify(password):
        if answer is None:
            raise MemoryError("scrypt")
        return answer

    s.house.doors.to_check = [Check(None, verify, b"secret")]
    s.errands.run()
    await s.done()
    assert s.verified == [(None, bool(answer))]
    assert len(s.failed) == (answer is None)
