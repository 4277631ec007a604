"""The worker's part of the quarantine: written before it is answered, sent when it is released, told of either way."""

from __future__ import annotations

import asyncio
import base64
import errno
import os
from types import SimpleNamespace

import pytest

from filters.code import CodeRule, CodeSettings
from filters.contract import Finding, Mode, Reason
from smppproxy.app.holds import Holds
from smppproxy.app.rpc import RpcError
from smppproxy.app.tasks import Tasks
from smppproxy.relay.quarantine import Held, Quarantine
from smppproxy.relay.release import Fate
from smppproxy.relay.ticket import Cause, Note
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.state import quarantine_files as files
from smppproxy.state.quarantine_verbs import content, sealed_in
from smppproxy.state.sealed import Sealer

FINDING = Finding(Reason.TEXT_SMISHING, "text", "smishing 0.97", 0.97)


class Here:
    """A house that only holds and releases."""

    def __init__(self, tmp_path, **quarantine):
        limits = {"messages": 100, "octets": 100_000} | quarantine
        self.settings = SimpleNamespace(
            proxy=SimpleNamespace(state_path=tmp_path), quarantine=SimpleNamespace(**limits)
        )
        self.answered = []
        self.orders = []
        self.fates = {}
        self.desk = SimpleNamespace(quarantine=Quarantine(), held=self.held)
        self.releases = SimpleNamespace(send=self.send)
        self.deliveries = SimpleNamespace(aliases=False)
        self.failed = []
        self.holds = Holds(self, Tasks(self.failed.append), lambda: None, self.settings, 0)

    def held(self, held, safe):
        self.answered.append((held.message_id, safe))

    def send(self, order, now):
        self.orders.append(order)
        fate = self.fates.get(order.message_id)
        if fate is not None:
            order.tell(*fate)

    def comes(self, message_id, text=b"pay now"):
        fields = {"source_addr": b"1588", "destination_addr": b"010", "registered_delivery": 1, "short_message": text}
        octets = codec.encode(Pdu(c.SUBMIT_SM, 0, 7, fields, [(0x1400, b"301150232")]))
        rule = CodeRule(CodeSettings(mode=Mode.OFF), SimpleNamespace(version=1, code=lambda code: None), 0.0)
        account = SimpleNamespace(name="shop", plan=SimpleNamespace(rule=rule))
        ticket = kernel.cut(octets, len(octets), SimpleNamespace(account=account, gone=False), 0.0)[0][0]
        ticket.note = Note(b"301150232", FINDING, trace_id="t-1")
        self.desk.quarantine.put(Held(ticket, ticket, message_id, message_id, FINDING, Cause.TEXT, 0.0))

    async def writes(self):
        self.holds.run()
        await self.holds.close()
        assert self.failed == []


def run(work):
    asyncio.run(work())


def rows(tmp_path, kind, what):
    return [row for path in files.files(tmp_path / files.FOLDER, kind) for row in files.read(path, what)]


def test_it_is_written_before_it_is_answered(tmp_path):
    async def work():
        here = Here(tmp_path)
        assert here.desk.quarantine.enabled
        here.comes("a")
        here.comes("b")
        await here.writes()
        assert here.answered == [("a", True), ("b", True)]
        first, _ = rows(tmp_path, files.HELD, files.HeldMessage)
        assert (first.account, first.code, first.sender, first.registered) == ("shop", "301150232", "1588", 1)
        assert (first.reason, first.evidence, first.trace_id) == ("text_smishing", "smishing 0.97", "t-1")
        assert b"pay now" not in first.pdu
        pdu = Sealer.load(tmp_path).open(first.pdu, sealed_in("a"))
        assert content(pdu) == {"recipients": ["010"], "text": "pay now"}

    run(work)


def test_beyond_the_bounds_clients_are_to_come_again(tmp_path):
    async def work():
        here = Here(tmp_path, messages=2)
        for name in "abc":
            here.comes(name)
        await here.writes()
        assert here.answered == [("a", True), ("b", True), ("c", False)]

    async def octets():
        here = Here(tmp_path, octets=100)
        here.comes("d")
        await here.writes()
        assert here.answered == [("d", False)]

    run(work)
    run(octets)


@pytest.mark.parametrize("what", ["fsync", "listdir"])
def test_a_disk_that_refuses_holds_nothing(tmp_path, monkeypatch, what):
    async def work():
        here = Here(tmp_path)
        Sealer.load(tmp_path)

        def refuses(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, what, refuses)
        here.comes("a")
        await here.writes()
        assert here.answered == [("a", False)]

    run(work)


def test_what_is_known_at_once_is_the_answer_and_the_rest_is_written_down(tmp_path):
    async def work():
        here = Here(tmp_path)
        here.fates["now"] = (Fate.NOT_SENT, 0, "", "not bound")
        asked = [
            {"message_id": name, "account": "shop", "trace_id": "t", "pdu": base64.b64encode(b"pdu").decode()}
            for name in ("now", "later")
        ]
        answer = await here.holds.release({"messages": asked})
        assert answer["fates"] == {"now": {"fate": "not_sent", "told": "not bound"}}
        assert [order.pdu for order in here.orders] == [b"pdu", b"pdu"]
        here.orders[1].tell(Fate.ANSWERED, 0, "smsc-1", "")
        await here.writes()
        assert rows(tmp_path, files.OUTCOME, files.Outcome) == [
            files.Outcome("later", files.Fate.ANSWERED, 0, "smsc-1")
        ]
        other = Here(tmp_path)  # any worker that begins, or looks, sees that receipts come under ids of ours
        other.holds.tick(10.0)
        assert other.deliveries.aliases

    run(work)


def test_an_outcome_is_not_lost_for_a_disk_that_refuses(tmp_path, monkeypatch):
    async def work():
        here = Here(tmp_path)
        message = {"message_id": "a", "account": "shop", "trace_id": "t", "pdu": ""}
        await here.holds.release({"messages": [message]})
        monkeypatch.setattr("smppproxy.app.holds.RETRY", 0.0)
        real, refusals = os.fsync, iter(range(3))

        def refuses_thrice(descriptor):
            if next(refusals, None) is not None:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", refuses_thrice)
        here.orders[0].tell(Fate.UNKNOWN, 8, "", "lost")
        await here.writes()
        assert [row.fate for row in rows(tmp_path, files.OUTCOME, files.Outcome)] == [files.Fate.UNKNOWN]

    run(work)


@pytest.mark.parametrize("request_", [{}, {"messages": 3}, {"messages": [{"pdu": "?"}]}])
def test_nonsense_is_refused(tmp_path, request_):
    async def work():
        with pytest.raises(RpcError, match="base64"):
            await Here(tmp_path).holds.release(request_)

    run(work)
