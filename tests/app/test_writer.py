"""Answers that wait for the disk: in order, none before its row is durable, none lost but with its session."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import Any

import pytest

from smppproxy.app.writer import Durable, Writer
from smppproxy.net.wire import Wire
from smppproxy.relay.links import Carrier, Reseller
from smppproxy.relay.plan import UpstreamPlan
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp.session import Limits
from smppproxy.state.spool import Spool, read_spool
from smppproxy.state.trace import FIELDS

ROW = tuple(b"" if name in ("recipient", "text") else 0 if name == "operation" else "" for name in FIELDS)


class Line(Wire):
    """A wire that writes down what is done with it."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self, grace: float) -> None:
        self.done.append(("close", grace))

    def abort(self) -> None:
        self.done.append("abort")

    def pause(self, reason: object) -> None:
        self.done.append("pause")

    def resume(self, reason: object) -> bool:
        return False


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path, 0, 100.0, file_limit=4096)
    made.durable = True
    yield made
    made.close(200.0)


async def synced(durable: Durable) -> None:
    for _ in range(1_000_000):
        if not durable.busy:
            return
        await asyncio.sleep(0)
    pytest.fail("never synced")


def rows(tmp_path) -> int:
    return sum(len(list(read_spool(path))) for path in tmp_path.iterdir())


def test_an_answer_leaves_after_its_row(spool, tmp_path, monkeypatch):
    async def run():
        durable, line = Durable(spool, asyncio.get_running_loop()), Line()
        seen = []
        real = os.fsync
        monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(list(line.done)), real(fd)))
        spool.write([ROW])
        durable.put(line, b"one", None)
        durable.turn(100.0)
        assert line.done == []
        assert rows(tmp_path) == 1
        spool.write([ROW])
        durable.put(line, b"two", None)
        durable.put(line, b"three", 0.5)
        durable.turn(100.1)  # one sync at a time: these share the next one
        await synced(durable)
        assert line.done == [b"one", b"twothree", ("close", 0.5)]
        assert seen[0] == []
        assert seen[-1] == [b"one"]
        assert durable.syncs == 2
        durable.close()

    asyncio.run(run())


def test_what_has_no_row_waits_for_no_disk(spool):
    async def run():
        durable, line = Durable(spool, asyncio.get_running_loop()), Line()
        durable.put(line, b"enquire_link_resp", None)
        durable.turn(100.0)
        assert line.done == [b"enquire_link_resp"]
        durable.put(line, b"", 0.5)
        assert line.done[1:] == [("close", 0.5)]
        durable.close()

    asyncio.run(run())


def test_while_the_disk_refuses_answers_wait(spool, monkeypatch):
    async def run():
        durable, line = Durable(spool, asyncio.get_running_loop(), high_water=5), Line()

        def refuses(*_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(os, "writev", refuses)
            spool.write([ROW])
            durable.put(line, b"one", None)
            durable.turn(100.0)
            durable.put(line, b"more", None)
            durable.turn(100.1)
            assert line.done == ["pause"]  # nothing more is read from whoever has too much waiting
            assert durable.busy
        durable.turn(101.0)
        await synced(durable)
        assert line.done == ["pause", b"onemore"]
        durable.close()

    asyncio.run(run())


def test_a_sync_that_fails_ends_the_sessions_that_waited(spool, monkeypatch):
    async def run():
        durable, line = Durable(spool, asyncio.get_running_loop()), Line()

        def fails(_):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "fsync", fails)
        spool.write([ROW])
        durable.put(line, b"one", None)
        durable.turn(100.0)
        await synced(durable)
        assert line.done == ["abort"]
        durable.close()

    asyncio.run(run())


def test_files_that_were_finished_meanwhile_are_synced_too(spool, tmp_path, monkeypatch):
    synced_files = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced_files.append(os.readlink(f"/proc/self/fd/{fd}")))

    async def run():
        durable, line = Durable(spool, asyncio.get_running_loop()), Line()
        for number in range(4):
            spool.write([ROW] * 400)
            spool.flush(100.0 + number)
            durable.put(line, b"x", None)
        durable.turn(110.0)
        await synced(durable)
        durable.close()

    asyncio.run(run())
    written = {path.name.rpartition(".")[0] for path in tmp_path.iterdir()}
    assert len(written) > 1
    assert written <= {os.path.basename(name).rpartition(".")[0] for name in synced_files}
    assert str(tmp_path) in synced_files


def test_resellers_wait_and_carriers_do_not(spool):
    async def run():
        limits = Limits()
        reseller = Reseller(limits, "192.0.2.7", 0, 10, 0.0)
        carrier = Carrier(Upstream(UpstreamPlan("smsc")), limits, 10, 0.0, None)
        reseller.wire, carrier.wire = Line(), Line()
        house = SimpleNamespace(
            dirty={reseller: None, carrier: None},
            limits=SimpleNamespace(close_grace=0.5),
            patience=1.0,
            watch=lambda *_: None,
        )
        writer = Writer(house, lambda *_: None, lambda *_: None)
        writer.durable = Durable(spool, asyncio.get_running_loop())
        reseller.say(b"answer")
        carrier.say(b"request")
        writer.run(0.0)
        assert carrier.wire.done == [b"request"]
        assert reseller.wire.done == []
        writer.durable.turn(100.0)
        assert reseller.wire.done == [b"answer"]
        writer.durable.close()

    asyncio.run(run())


def test_what_goes_at_once_waits_for_the_disk_where_answers_do(spool):
    async def run():
        limits = Limits()
        reseller = Reseller(limits, "192.0.2.7", 0, 10, 0.0)
        carrier = Carrier(Upstream(UpstreamPlan("smsc")), limits, 10, 0.0, None)
        reseller.wire, carrier.wire = Line(), Line()
        watched: list[Any] = []
        faults: list[Any] = []
        house = SimpleNamespace(patience=1.0, watch=lambda link, now: watched.append(link))
        writer = Writer(house, lambda *_: None, lambda error, link, now: faults.append((str(error), link)))
        writer.send(carrier, b"request", 0.0)
        writer.send(reseller, b"answer", 0.0)
        assert (carrier.wire.done, reseller.wire.done) == ([b"request"], [b"answer"])
        assert watched == [carrier, reseller]
        carrier.next_check = 1.0
        writer.durable = Durable(spool, asyncio.get_running_loop())
        writer.send(carrier, b"next", 0.0)
        writer.send(reseller, b"later", 0.0)
        assert (carrier.wire.done[1:], reseller.wire.done[1:]) == ([b"next"], [])
        assert watched[2:] == [reseller]  # the other is looked at soon enough
        writer.durable.turn(100.0)
        assert reseller.wire.done[1:] == [b"later"]
        writer.durable.close()
        house.watch = None
        writer.send(reseller, b"again", 0.0)
        assert faults == [("'NoneType' object is not callable", reseller)]
        carrier.wire = None
        writer.send(carrier, b"to nobody", 0.0)

    asyncio.run(run())
