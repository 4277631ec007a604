"""npm smpp as the carrier: what the proxy forwards is what an SMSC nobody here wrote reads."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("esme", ["smpplib", "net_smpp"], indirect=True)
@pytest.mark.parametrize("mode", ["paired", "pooled"])
async def test_a_whole_conversation(converse, proxy, npm_smsc, messages, mode):
    address, carrier = npm_smsc
    seen = await converse(await proxy(address, mode), messages, 8)

    assert [answer["status"] for answer in seen["answers"]] == [0] * 8 + [0xC3]
    ids = [f"npm-{number}" for number in range(1, 9)]
    assert [answer["message_id"] for answer in seen["answers"][:8]] == ids
    assert sorted(receipt.split()[0] for receipt in seen["receipts"]) == [f"id:{number}" for number in ids]
    assert seen["enquire_link"]
    assert seen["unbind"]

    rows = []
    while len(rows) < 16 + (mode == "paired"):
        rows.append(await carrier.row())
    submits = [row for row in rows if row["event"] == "submit"]
    assert [row["status"] for row in rows if row["event"] == "receipt"] == [0] * 8
    assert len([row for row in rows if row["event"] == "unbind"]) == (mode == "paired")

    assert {row["code"] for row in submits} == {"301150232"}
    assert submits[0]["text"] == messages[0]["text"]
    assert submits[1]["text"] == messages[1]["text"]
    assert bytes.fromhex(submits[2]["octets"]).decode("cp949") == messages[2]["text"]
    assert [row["udh"] for row in submits[3:5]] == [["00034d0201"], ["00034d0202"]]
    assert submits[3]["text"] + submits[4]["text"] == messages[3]["text"]
    assert [row["sar"] for row in submits[5:7]] == [[77, 2, 1], [77, 2, 2]]
    assert submits[5]["text"] + submits[6]["text"] == messages[3]["text"]
    assert submits[7]["payload"]
    assert submits[7]["text"] == messages[7]["text"]
