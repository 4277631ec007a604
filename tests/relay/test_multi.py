"""submit_multi with some destinations refused, and what is left alone."""

from __future__ import annotations

from typing import Any

from smppproxy.relay.multi import with_refused, without
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import DistributionList, Pdu, SmeAddress, UnsuccessSme


def framed(octets: bytes) -> Any:
    frames, _, _ = kernel.cut(octets, 70_000)
    return frames[0]


def multi(*destinations: SmeAddress | DistributionList) -> Any:
    fields = {"source_addr": b"1", "dest_addresses": list(destinations), "short_message": b"hi"}
    return framed(codec.encode(Pdu(c.SUBMIT_MULTI, 0, 5, fields, [(0x1400, b"301150232"), (0x3999, b"x")])))


def test_the_refused_are_taken_out_and_the_rest_stays() -> None:
    kept = [SmeAddress(1, 1, b"010"), DistributionList(b"friends"), SmeAddress(1, 1, b"030")]
    left = without(multi(kept[0], SmeAddress(2, 3, b"020"), *kept[1:]), dict.fromkeys({"020", "friends"}, 0x0B))
    assert left is not None
    frame, refused = left
    pdu = codec.decode(frame.raw)
    assert pdu.fields["dest_addresses"] == kept
    assert pdu.tlvs == [(0x1400, b"301150232"), (0x3999, b"x")]
    assert refused == (UnsuccessSme(2, 3, b"020", 0x0B),)


def test_where_nobody_is_left_or_it_is_no_submit_multi(talk: Any) -> None:
    assert without(multi(SmeAddress(1, 1, b"020")), {"020": 0x0B}) is None
    assert without(framed(talk.submit(1)), dict.fromkeys({"01012345678"}, 0x0B)) is None
    broken = multi(SmeAddress(1, 1, b"020")).raw[:20]
    assert without(framed((20).to_bytes(4, "big") + broken[4:]), {"020": 0x0B}) is None


def test_an_answer_that_cannot_be_read_stays_as_it_is(talk: Any) -> None:
    refused = (UnsuccessSme(1, 1, b"020", 0x0B),)
    odd = framed((20).to_bytes(4, "big") + c.SUBMIT_MULTI_RESP.to_bytes(4, "big") + b"\0" * 8 + b"abcd")
    assert with_refused(odd, refused) is odd
    other = framed(talk.answer(1, b"id"))
    assert with_refused(other, refused) is other
