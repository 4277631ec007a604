"""Control's part of the quarantine: from the workers' files to the store, from the store to workers and clients."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from smppproxy.app.quarantine_keeper import QuarantineKeeper, receipts
from smppproxy.app.rpc import RpcServer
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu, SmeAddress
from smppproxy.smpp.receipts import parse_receipt
from smppproxy.state.authority import Authority
from smppproxy.state.errors import StoreError
from smppproxy.state.quarantine_files import HELD, Fate, HeldMessage, Journal, Outcome, Usage, files, read_usage
from smppproxy.state.quarantine_verbs import sealed_in
from smppproxy.state.sealed import Sealer

SUBMIT = codec.encode(
    Pdu(c.SUBMIT_SM, 0, 7, {"source_addr": b"1588", "destination_addr": b"010", "short_message": b"x"})
)


class Control:
    """A control process without the process: a store, a keeper, a clock that is told the time."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.folder = folder
        self.authority = Authority.take(folder, clock=lambda: self.now)
        self.sealer = Sealer.load(folder)
        self.journal = Journal(folder, 0)
        settings = SimpleNamespace(
            quarantine=SimpleNamespace(hold=3600.0, retention=1, receipts="asked"),
            upstreams=(SimpleNamespace(response_timeout=30.0),),
            proxy=SimpleNamespace(timers=SimpleNamespace(deliver=10.0)),
        )
        self.quarantine = self.authority.quarantine
        self.keeper = QuarantineKeeper(
            folder, self.quarantine, lambda: self.sealer, self.authority.service.run, lambda: settings
        )

    def holds(self, *names: str, pdu: bytes = SUBMIT) -> None:
        self.journal.write(
            [
                HeldMessage(
                    name, name, self.now, "shop", "1", "2", 1, 4, "", "text_loan", "text", "", 0.9, "t", 1, len(pdu),
                    self.sealer.seal(pdu, sealed_in(name)),
                )
                for name in names
            ]
        )  # fmt: skip

    def state(self, name: str) -> str:
        return self.quarantine.show(name)[0].state


class Workers:
    """The sockets of workers, each with what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[int, str, dict[str, Any]]] = []
        self.servers: list[RpcServer] = []

    async def add(self, number: int, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        async def handle(request: dict[str, Any]) -> dict[str, Any]:
            self.asked.append((number, request["do"], request))
            return {"ok": True} | answer(request)

        server = RpcServer(self.folder / f"worker-{number}.sock", {"release": handle, "deliver": handle})
        await server.start()
        self.servers.append(server)


@pytest.fixture
def with_control(tmp_path: Path) -> Callable[[Callable[[Control, Workers], Any]], None]:
    def run(work: Callable[[Control, Workers], Any]) -> None:
        async def all_of_it() -> None:
            control, workers = Control(tmp_path), Workers(tmp_path)
            try:
                await work(control, workers)
            finally:
                for server in workers.servers:
                    await server.close()
                control.authority.close()

        asyncio.run(all_of_it())

    return run


def test_files_go_into_the_store_once(with_control):
    async def work(control, workers):
        control.holds("a", "b")
        assert await control.keeper.turn()
        assert [control.state(name) for name in "ab"] == ["held", "held"]
        assert files(control.journal.folder, HELD) == []
        assert read_usage(control.journal.folder) == Usage(2, 2 * len(SUBMIT))
        assert not await control.keeper.turn()

    with_control(work)


def test_a_damaged_file_is_set_aside(with_control):
    async def work(control, workers):
        control.holds("a")
        [path] = files(control.journal.folder, HELD)
        path.write_bytes(b"1234 not what it was")
        control.holds("b")
        await control.keeper.turn()
        assert control.state("b") == "held"
        assert [path.suffix for path in control.journal.folder.glob("*.damaged")] == [".damaged"]

    with_control(work)


def test_the_worker_that_can_sends(with_control):
    async def work(control, workers):
        control.holds("a")
        await control.keeper.turn()
        control.quarantine.release(["a"], who="anna", why="")
        await control.keeper.turn()
        assert control.state("a") == "releasing"  # no worker is there: later
        assert control.quarantine.show("a")[0].told == "the proxy has no worker"
        not_here = {"fates": {"a": {"fate": "not_sent", "told": "not bound"}}}
        await workers.add(0, lambda request: not_here)
        await workers.add(1, lambda request: {"fates": {}})
        control.now += 60
        await control.keeper.turn()
        assert [(number, do) for number, do, _ in workers.asked] == [(0, "release"), (1, "release")]
        [message] = workers.asked[1][2]["messages"]
        assert base64.b64decode(message["pdu"]) == SUBMIT
        assert control.state("a") == "sending"
        control.journal.write([Outcome("a", Fate.ANSWERED, 0, "smsc-1")])
        await control.keeper.turn()
        assert control.state("a") == "released"
        assert len(workers.asked) == 2

    with_control(work)


def test_a_worker_that_says_nothing_leaves_it_unknown(with_control):
    async def work(control, workers):
        control.holds("a")
        await control.keeper.turn()
        control.quarantine.release(["a"], who="anna", why="")
        await workers.add(0, lambda request: 1 / 0)
        await workers.add(1, lambda request: {"fates": {}})
        await control.keeper.turn()
        assert [number for number, *_ in workers.asked] == [0]  # the first may have it: nobody else is asked
        assert control.state("a") == "sending"
        control.now += 91.0
        await control.keeper.turn()
        assert control.state("a") == "unknown"

    with_control(work)


def test_what_is_sealed_with_another_node_s_key_is_left_to_it(with_control):
    async def work(control, workers):
        control.holds("a")
        await control.keeper.turn()
        control.sealer = Sealer([bytes(32)])
        control.quarantine.release(["a"], who="anna", why="")
        await control.keeper.turn()
        assert control.state("a") == "releasing"
        control.now += 3600.0
        await control.keeper.turn()
        assert control.state("a") == "expired"

    with_control(work)


def test_what_was_altered_is_not_sent(with_control):
    async def work(control, workers):
        control.holds("a")
        await control.keeper.turn()
        with control.authority.store.transaction() as cursor:
            sealed = control.quarantine.show("a")[1]
            cursor.execute("UPDATE quarantine SET pdu = ?", (sealed[:-1] + bytes((sealed[-1] ^ 1,)),))
        control.quarantine.release(["a"], who="anna", why="")
        await control.keeper.turn()
        message, _ = control.quarantine.show("a")
        assert (message.state, "altered" in message.told) == ("held", True)

    with_control(work)


def test_receipts_go_to_the_worker_that_has_the_account_bound(with_control):
    async def work(control, workers):
        control.holds("a", "b")
        await control.keeper.turn()
        control.quarantine.drop(["a"], who="anna", why="")
        await control.keeper.turn()
        assert control.quarantine.show("a")[0].receipt == "due"
        await workers.add(0, lambda request: {"statuses": [None]})
        await workers.add(1, lambda request: {"statuses": [0]})
        control.now += 3600.0
        await control.keeper.turn()
        await control.keeper.turn()
        told = [base64.b64decode(request["pdus"][0]) for number, _, request in workers.asked if number == 1]
        read = [parse_receipt(codec.decode(pdu).fields["short_message"]) for pdu in told]
        assert sorted((receipt.message_id, receipt.state) for receipt in read) == [("a", "REJECTD"), ("b", "EXPIRED")]
        assert control.quarantine.show("a")[0].receipt == control.quarantine.show("b")[0].receipt == "sent"

    with_control(work)


def test_a_receipt_for_each_recipient(with_control):
    async def work(control, workers):
        numbers = [SmeAddress(1, 1, b"0101"), SmeAddress(1, 2, b"0102")]
        fields = {"source_addr_ton": 5, "source_addr": b"ACME", "dest_addresses": numbers, "short_message": b"x"}
        pdu = codec.encode(Pdu(c.SUBMIT_MULTI, 0, 1, fields))
        control.holds("a", pdu=pdu)
        await control.keeper.turn()
        [message] = control.quarantine.drop(["a"], who="anna", why="")
        made = [codec.decode(each) for each in receipts(message, pdu)]
        assert [each.fields["source_addr"] for each in made] == [b"0101", b"0102"]
        for each in made:
            assert (each.fields["destination_addr"], each.fields["dest_addr_ton"]) == (b"ACME", 5)
            assert each.fields["esm_class"] == 4
            assert each.tlv(c.TAG_RECEIPTED_MESSAGE_ID) == b"a\0"
            assert each.tlv(c.TAG_MESSAGE_STATE) == b"\x08"

    with_control(work)


def test_it_goes_on_after_a_fault(with_control, monkeypatch):
    async def work(control, workers):
        monkeypatch.setattr("smppproxy.app.quarantine_keeper.RETRY", 0.0)
        monkeypatch.setattr("smppproxy.app.quarantine_keeper.INTERVAL", 0.0)
        faults = iter([OSError(28, "No space left on device"), StoreError("next attempt in 1 s"), StoreError("in 2 s")])
        real = control.keeper._write_usage

        async def refuses() -> None:
            for fault in faults:
                raise fault
            await real()

        monkeypatch.setattr(control.keeper, "_write_usage", refuses)
        control.holds("a")
        running = asyncio.ensure_future(control.keeper.run())
        async with asyncio.timeout(timedelta(seconds=60).total_seconds()):
            while files(control.journal.folder, HELD) or read_usage(control.journal.folder) == Usage():  # noqa: ASYNC110  another thread works
                await asyncio.sleep(0)
        running.cancel()
        assert control.state("a") == "held"

    with capture_logs() as told:
        with_control(work)
    assert [line["event"] for line in told].count("quarantine_stands_still") == 1
