"""Receipts under another message_id: only the id changes, whatever the receipt looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.relay.alias import renamed
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.receipts import parse_receipt

OURS = b"0123456789abcdef"


def receipt(text: bytes = b"", tlvs: Any = (), **fields: Any) -> Any:
    given = {"source_addr": b"010", "destination_addr": b"1588", "esm_class": 4, "short_message": text}
    octets = codec.encode(Pdu(c.DELIVER_SM, 0, 9, given | fields, list(tlvs)))
    return kernel.cut(octets, len(octets))[0][0]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (b"id:77 sub:001 stat:DELIVRD text:id:77", b"id:%b sub:001 stat:DELIVRD text:id:77"),
        (b"ID : 77 stat:DELIVRD", b"ID : %b stat:DELIVRD"),
        (b"sub:001 id:77", b"sub:001 id:%b"),
        (b"stat:DELIVRD", b"stat:DELIVRD"),
        (b"paid:77 id:", b"paid:77 id:%b"),
        (b"", b""),
    ],
)
def test_the_id_in_the_text(text: bytes, after: bytes) -> None:
    after = after.replace(b"%b", OURS)
    assert renamed(receipt(text), OURS).short_message == after


def test_the_id_in_the_tlvs_and_all_else_as_it_was() -> None:
    tlvs = [(0x1500, b"id:77"), (c.TAG_RECEIPTED_MESSAGE_ID, b"77\0"), (c.TAG_MESSAGE_STATE, b"\x02"), (0x1500, b"")]
    before = receipt(b"id:77 stat:DELIVRD", tlvs)
    after = renamed(before, OURS)
    assert after.tlvs() == [tlvs[0], (c.TAG_RECEIPTED_MESSAGE_ID, OURS + b"\0"), *tlvs[2:]]
    assert renamed(after, b"77").raw == before.raw
    assert parse_receipt(after.short_message, after.tlvs()).message_id == OURS.decode()


def test_a_text_that_would_be_too_long_loses_its_end() -> None:
    text = b"id:7 text:" + b"x" * 244
    assert renamed(receipt(text), OURS).short_message == (b"id:" + OURS + text[4:])[:254]


@given(st.binary(max_size=254), st.lists(st.tuples(st.sampled_from([0x1E, 0x424, 0x1500]), st.binary(max_size=40))))
def test_garbage_harms_nobody(text: bytes, tlvs: list[tuple[int, bytes]]) -> None:
    after = renamed(receipt(text, tlvs), OURS)
    assert not after.fault
    assert [tag for tag, _ in after.tlvs()] == [tag for tag, _ in tlvs]
