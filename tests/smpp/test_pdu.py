"""A PDU as a value."""

from __future__ import annotations

from smppproxy.smpp.constants import SUBMIT_SM
from smppproxy.smpp.pdu import Pdu


def test_pdus_share_nothing() -> None:
    first, second = Pdu(SUBMIT_SM), Pdu(SUBMIT_SM)
    first.fields["data_coding"] = 8
    first.tlvs.append((0x1400, b"1"))
    assert second == Pdu(SUBMIT_SM, 0, 0, {}, [])


def test_tlv_is_the_first_of_its_tag() -> None:
    pdu = Pdu(SUBMIT_SM, tlvs=[(1, b"a"), (2, b"b"), (2, b"c")])
    assert (pdu.tlv(2), pdu.tlv(3)) == (b"b", None)


def test_names() -> None:
    assert Pdu(SUBMIT_SM).name == "submit_sm"
    assert Pdu(0x77).name == "0x00000077"
