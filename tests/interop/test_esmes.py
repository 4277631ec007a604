"""Independent ESMEs through the proxy to the simulator: what they send arrives, what comes back reaches them."""

from __future__ import annotations

import pytest

from smppproxy.load.smsc import Arrival

pytestmark = pytest.mark.interop

SUBMIT_SM, ENQUIRE_LINK, UNBIND = 0x04, 0x15, 0x06


def text_of(arrival: Arrival) -> str:
    """What a handset would show for one PDU."""
    frame = arrival.frame
    octets = frame.short_message or frame.tlv(0x0424) or b""
    if frame.esm_class & 0x40:
        octets = octets[1 + octets[0] :]
    if frame.data_coding == 0x08:
        return octets.decode("utf-16-be")
    if frame.data_coding in (0x84, 0x0E):
        return octets.decode("cp949")
    return (
        octets.decode("latin-1").replace("\x1b<", "[").replace("\x1b>", "]").replace("\x1b(", "{").replace("\x1b)", "}")
    )


@pytest.mark.parametrize("mode", ["paired", "pooled"])
async def test_a_whole_conversation(converse, proxy, smsc, messages, mode):
    address = await proxy(smsc.address, mode)
    seen = await converse(address, messages, len(messages) - 1)

    assert seen["bind"] == 0
    assert [answer["status"] for answer in seen["answers"]] == [0] * 8 + [0xC3]
    assert seen["enquire_link"]
    assert seen.get("unbind", True)
    if mode == "paired":
        await smsc.wait_for(lambda: smsc.received.commands["unbind"] == 1 and not smsc.links)
        assert smsc.received.lost == 0

    arrivals = smsc.received.of(SUBMIT_SM)
    assert len(arrivals) == 8
    assert {arrival.frame.tlv(0x1400) for arrival in arrivals} == {b"301150232"}
    texts = [text_of(arrival) for arrival in arrivals]
    assert texts[:3] == [messages[0]["text"], messages[1]["text"], messages[2]["text"]]
    assert [arrival.frame.data_coding for arrival in arrivals][:2] == [0x00, 0x08]
    assert "".join(texts[3:5]) == "".join(texts[5:7]) == messages[3]["text"]
    assert [arrival.frame.tlv(0x020F) for arrival in arrivals[5:7]] == [b"\x01", b"\x02"]
    assert texts[7] == messages[7]["text"]

    # the SMSC's own ids reach the reseller, and so do its receipts, one for each
    ids = [answer["message_id"] for answer in seen["answers"][:8]]
    assert ids == [f"{number:08x}" for number in range(1, 9)]
    assert sorted(receipt.split()[0] for receipt in seen["receipts"]) == sorted(f"id:{number}" for number in ids)
    assert all("stat:DELIVRD" in receipt for receipt in seen["receipts"])
    await smsc.wait_for(lambda: smsc.received.deliver_answers[0] == 8)


async def test_octets_are_the_peers_own(converse, proxy, smsc, messages, esme):
    """A body that goes through the proxy is the body that goes without it."""
    sent = messages[:8]
    address = await proxy(smsc.address)
    await converse(smsc.address, sent, 8)
    await converse(address, sent, 8)
    bodies = [arrival.frame.body for arrival in smsc.received.of(SUBMIT_SM)]
    assert bodies[:8] == bodies[8:]


async def test_a_wrong_password_is_refused(converse, proxy, smsc, messages):
    address = await proxy(smsc.address)
    seen = await converse(address, messages, 0, password="wrong")
    assert seen["bind"] == 0x0D
    assert smsc.received.binds == 0


@pytest.mark.parametrize("esme", ["smpplib"], indirect=True)
async def test_the_smsc_may_ask_too(converse, proxy, smsc, messages):
    """enquire_link from the carrier is answered on the link, whoever is bound behind it."""
    address = await proxy(smsc.address, "pooled")
    link = await smsc.wait_bound()
    answer = await link.request(ENQUIRE_LINK)
    assert (answer.command_id, answer.command_status) == (ENQUIRE_LINK | 0x80000000, 0)
    seen = await converse(address, messages[:1], 1)
    assert seen["answers"][0]["status"] == 0
