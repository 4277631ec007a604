"""The simulator as other tests use it."""

from __future__ import annotations

import asyncio
import io
import json
import struct

import pytest

from smppproxy.load import wire
from smppproxy.load.smsc import SILENT, Answer, Arrival, Behaviour, SmscSimulator

SUBMIT, DATA, MULTI, QUERY, CANCEL, REPLACE, BROADCAST = 0x04, 0x103, 0x21, 0x03, 0x08, 0x07, 0x111
DELIVER, OUTBIND, ENQUIRE, UNBIND, NACK = 0x05, 0x0B, 0x15, 0x06, 0x80000000
TRANSMITTER, RECEIVER, TRANSCEIVER = 0x02, 0x01, 0x09


async def test_binds_submits_and_unbinds(connect, submit):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        bound = await esme.bind()
        assert (bound.command_id, bound.command_status) == (0x80000009, 0)
        answer = await esme.call(SUBMIT, 2, submit(b"one"))
        assert (answer.command_id, answer.command_status, answer.message_id) == (0x80000004, 0, b"00000001")
        assert (await esme.call(ENQUIRE, 3)).command_id == 0x80000015
        assert (await esme.call(UNBIND, 4)).command_id == 0x80000006
        assert await esme.at_end()
        assert [a.frame.short_message for a in smsc.received.of(SUBMIT)] == [b"one"]
        assert smsc.received.pdus[0].link.system_id == "esme"
        await smsc.wait_for(lambda: not smsc.links)
        assert smsc.received.lost == 0


async def test_quick_path_answers_like_the_long_one(connect, submit):
    answers = []
    for keep in (True, False):
        async with SmscSimulator(keep=keep) as smsc:
            esme = await connect(smsc.port)
            await esme.bind()
            pdus = [wire.pack(SUBMIT, n, submit(b"text %d" % n)) for n in range(2, 12)]
            pdus.insert(4, wire.pack(ENQUIRE, 99))
            pdus.insert(7, wire.pack(SUBMIT, 50, b"\0\1"))  # truncated
            esme.write(b"".join(pdus))
            seen = sorted(
                (f.sequence_number, f.command_id, f.command_status) for f in [await esme.read() for _ in pdus]
            )
            counts = smsc.received.to_dict()
            answers.append((seen, {k: counts[k] for k in ("submits", "accepted", "answers", "unreadable", "checksum")}))
    assert answers[0] == answers[1]
    assert answers[0][1]["accepted"] == 10
    assert answers[0][1]["unreadable"] == 1


@pytest.mark.parametrize(
    ("command", "body", "expected"),
    [
        (DATA, b"\0\1\1a\0\1\1b\0\0\0\0", b"00000001\0"),
        (MULTI, b"anything", b"00000001\0\0"),
        (BROADCAST, b"anything", b"00000001\0"),
    ],
)
async def test_other_messages_are_accepted(connect, command, body, expected):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        answer = await esme.call(command, 7, body)
        assert (answer.command_id, answer.command_status, answer.body) == (command | wire.RESPONSE, 0, expected)


@pytest.mark.parametrize(("command", "length"), [(QUERY, 12), (CANCEL, 0), (REPLACE, 0)])
async def test_lookups_know_issued_ids(connect, submit, command, length):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        message_id = (await esme.call(SUBMIT, 2, submit())).message_id
        known = await esme.call(command, 3, message_id + b"\0\1\1a\0")
        assert (known.command_status, len(known.body)) == (0, length)
        assert (await esme.call(command, 4, b"ffffffff\0\1\1a\0")).command_status == 0x0C


async def test_states_and_unknown_commands(connect, submit):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        assert (await esme.call(SUBMIT, 1, submit())).command_status == 0x04
        await esme.bind(RECEIVER)
        assert (await esme.call(SUBMIT, 2, submit())).command_status == 0x04
        assert (await esme.bind()).command_status == 0x05
        nack = await esme.call(0x0777, 5)
        assert (nack.command_id, nack.command_status) == (NACK, 0x03)


async def test_impossible_length_loses_the_stream(connect):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        esme.write(struct.pack(">IIII", 7, 0x15, 0, 1))
        nack = await esme.read()
        assert (nack.command_id, nack.command_status) == (NACK, 0x02)
        assert await esme.at_end()


async def test_password(connect):
    async with SmscSimulator(Behaviour(password="right")) as smsc:
        esme = await connect(smsc.port)
        assert (await esme.bind(password=b"wrong")).command_status == 0x0E
        assert (await esme.bind(password=b"right")).command_status == 0
        assert (smsc.received.binds, smsc.received.binds_refused) == (1, 1)


async def test_faults_are_counted(connect, submit):
    behaviour = Behaviour(throttle_every=2, error_every=3, error_status=0x0A, drop_every=5)
    async with SmscSimulator(behaviour) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        esme.write(b"".join(wire.pack(SUBMIT, n, submit()) for n in range(1, 11)))
        answers = [await esme.read() for _ in range(8)]  # 5 and 10 are dropped
        statuses = {f.sequence_number: f.command_status for f in answers}
        assert statuses == {1: 0, 2: 0x58, 3: 0x0A, 4: 0x58, 6: 0x0A, 7: 0, 8: 0x58, 9: 0x0A}
        assert smsc.received.dropped == 2
        assert smsc.received.to_dict()["answers"] == {"0x00": 2, "0x0a": 3, "0x58": 3}


async def test_disconnects_after_n_submits(connect, submit):
    async with SmscSimulator(Behaviour(disconnect_after=2)) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        await esme.call(SUBMIT, 2, submit())
        await esme.call(SUBMIT, 3, submit())
        assert await esme.at_end()


async def test_delayed_answers_come_in_order(connect, submit):
    async with SmscSimulator(Behaviour(delay=(0.002, 0.002))) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        esme.write(b"".join(wire.pack(SUBMIT, n, submit()) for n in range(1, 6)))
        assert [(await esme.read()).sequence_number for _ in range(5)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("delay", [0.0, 0.002])
async def test_receipts_follow_the_answer(connect, submit, delay):
    async with SmscSimulator(Behaviour(receipts=True, delay=(delay, delay))) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        answer = await esme.call(SUBMIT, 2, submit(b"hello there", registered=1))
        receipt = await esme.read()
        assert (receipt.command_id, receipt.esm_class, receipt.fault) == (DELIVER, 0x04, 0)
        assert (receipt.source_addr, receipt.destination_addr) == (b"01012345678", b"15881234")
        assert receipt.short_message.startswith(b"id:%b sub:001 dlvrd:001 submit date:" % answer.message_id)
        assert receipt.short_message.endswith(b"stat:DELIVRD err:000 text:hello there")
        assert receipt.tlv(0x001E) == answer.message_id + b"\0"
        assert receipt.tlv(0x0427) == b"\x02"
        esme.send(0x80000005, receipt.sequence_number, b"\0")
        await smsc.wait_for(lambda: smsc.received.deliver_answers[0] == 1)
        assert (await esme.call(SUBMIT, 3, submit())).command_status == 0  # none was asked for
        assert smsc.received.receipts_sent == 1


async def test_receipt_takes_the_receiver_of_the_account(connect, submit):
    async with SmscSimulator(Behaviour(receipts=True)) as smsc:
        sender, receiver = await connect(smsc.port), await connect(smsc.port)
        await sender.bind(TRANSMITTER)
        await sender.call(SUBMIT, 2, submit(registered=1))
        await smsc.wait_for(lambda: smsc.received.receipts_unroutable == 1)
        await receiver.bind(RECEIVER)
        await sender.call(SUBMIT, 3, submit(registered=1))
        assert (await receiver.read()).esm_class == 0x04


async def test_mobile_originated(connect):
    async with SmscSimulator(Behaviour(mo_rate=500, mo_destination="15880000")) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        message = await esme.read()
        assert (message.command_id, message.esm_class, message.destination_addr) == (DELIVER, 0, b"15880000")


async def test_respond_has_the_last_word(connect, submit):
    replies = {
        b"status": 0x45,
        b"own": Answer(message_id=b"mine", tlvs=((0x1400, b"x"),)),
        b"raw": Answer(raw=wire.pack(NACK, 77)),
        b"default": None,
        b"late": Answer(delay=0.002),
        b"silent": SILENT,
    }

    def respond(arrival: Arrival) -> Answer | int | None:
        return replies.get(arrival.frame.short_message)

    async with SmscSimulator(respond=respond) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        assert (await esme.call(SUBMIT, 2, submit(b"status"))).command_status == 0x45
        assert (await esme.call(SUBMIT, 3, submit(b"own"))).body == b"mine\0" + wire.tlv(0x1400, b"x")
        esme.send(SUBMIT, 4, submit(b"raw"))
        assert (await esme.read()).raw == wire.pack(NACK, 77)
        assert (await esme.call(SUBMIT, 5, submit(b"default"))).command_status == 0
        assert (await esme.call(SUBMIT, 6, submit(b"late"))).command_status == 0
        esme.send(SUBMIT, 7, submit(b"silent"))
        assert (await esme.call(ENQUIRE, 8)).command_id == 0x80000015


async def test_respond_may_wait_and_may_close(connect, submit):
    gate = asyncio.Event()

    async def respond(arrival: Arrival) -> Answer | None:
        if arrival.command != "submit_sm":
            return None
        await gate.wait()
        return Answer(close=True)

    async with SmscSimulator(respond=respond) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        esme.send(SUBMIT, 2, submit())
        await smsc.wait_submits(1)
        gate.set()
        assert (await esme.read()).command_status == 0
        assert await esme.at_end()


async def test_links_can_ask_and_be_dropped(connect):
    async with SmscSimulator() as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        link = await smsc.wait_bound()
        answer = link.request(ENQUIRE)
        asked = await esme.read()
        esme.send(0x80000015, asked.sequence_number)
        assert (await answer).command_id == 0x80000015
        orphan = link.request(ENQUIRE)
        link.drop()
        with pytest.raises(ConnectionError):
            await orphan


async def test_outbind_connects_to_an_esme(connect):
    arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set_result(await reader.readexactly(16 + 5 + 3))
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server, SmscSimulator() as smsc:
        await smsc.outbind("127.0.0.1", server.sockets[0].getsockname()[1], "smsc", "pw")
        async with asyncio.timeout(60):
            assert await arrived == wire.pack(OUTBIND, 1, b"smsc\0pw\0")


async def test_dump_has_a_row_per_pdu(connect, submit):
    rows = io.StringIO()
    async with SmscSimulator(dump=rows, keep=False) as smsc:
        esme = await connect(smsc.port)
        await esme.bind()
        await esme.call(SUBMIT, 2, submit())
    parsed = [json.loads(line) for line in rows.getvalue().splitlines()]
    assert [row["command"] for row in parsed] == ["bind_transceiver", "submit_sm"]
    assert parsed[1]["octets"] == wire.pack(SUBMIT, 2, submit()).hex()
    assert smsc.received.pdus == []


async def test_waiting_times_out():
    async with SmscSimulator() as smsc:
        with pytest.raises(TimeoutError):
            await smsc.wait_submits(1, timeout=0.001)
