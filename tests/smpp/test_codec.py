"""decode and encode: vectors both ways, inverse on everything, only documented errors."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.constants import COMMANDS
from smppproxy.smpp.errors import FramingError, LocalMisuse, RemoteError, UnreadableBody
from smppproxy.smpp.pdu import DistributionList, Pdu, SmeAddress


def framed(command: int, body: bytes, sequence: int = 7) -> bytes:
    return pack(">IIII", 16 + len(body), command, 0, sequence) + body


def test_every_command_has_a_vector(vectors: Any) -> None:
    assert {vector.command for vector in vectors} == set(COMMANDS.values())


def test_vector_decodes_to_its_meaning(vector: Any) -> None:
    assert codec.decode(vector.raw) == vector.pdu


def test_vector_is_built_octet_for_octet(vector: Any) -> None:
    assert codec.encode(vector.pdu) == vector.raw


@given(st.data())
def test_decode_undoes_encode(pdus: st.SearchStrategy[Pdu], data: st.DataObject) -> None:
    pdu = data.draw(pdus)
    assert codec.decode(codec.encode(pdu)) == pdu


@given(st.data())
def test_damaged_bodies_are_refused_or_survive_unchanged(
    damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    raw = data.draw(damaged)
    refusal, pdu = None, None
    try:
        pdu = codec.decode(raw)
    except UnreadableBody as error:
        refusal = error
    if pdu is not None:
        assert codec.encode(pdu) == raw
    else:
        assert refusal is not None
        assert refusal.command_status in c.STATUSES
        assert refusal.command_id == int.from_bytes(raw[4:8], "big")
        assert refusal.sequence_number == int.from_bytes(raw[12:16], "big")


@given(st.binary(max_size=60))
def test_garbage_raises_only_documented_errors(garbage: bytes) -> None:
    try:
        codec.decode(garbage)
    except RemoteError:
        pass


@pytest.mark.parametrize("raw", [b"", b"\0" * 15, pack(">IIII", 15, 4, 0, 1), pack(">IIII", 17, 0x15, 0, 1)])
def test_a_wrong_length_is_a_framing_error(raw: bytes) -> None:
    with pytest.raises(FramingError) as caught:
        codec.decode(raw)
    assert caught.value.command_status == c.ESME_RINVCMDLEN


def test_an_unknown_command_is_unreadable() -> None:
    with pytest.raises(UnreadableBody, match="command 0x00000077") as caught:
        codec.decode(framed(0x77, b""))
    assert caught.value.command_status == c.ESME_RINVCMDID


HEAD = b"\0\x01\x01src\0\x01\x01dst\0"
TAIL = b"\0\0\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("command", "body", "field", "status"),
    [
        (c.SUBMIT_SM, b"", "service_type", c.ESME_RINVMSGLEN),
        (c.SUBMIT_SM, b"CMTCMT\0", "service_type", c.ESME_RINVSERTYP),
        (c.SUBMIT_SM, b"\0\x01", "source_addr_npi", c.ESME_RINVMSGLEN),
        (c.SUBMIT_SM, b"\0\x01\x01" + b"1" * 21 + b"\0", "source_addr", c.ESME_RINVSRCADR),
        (c.SUBMIT_SM, b"\0\x01\x01123", "source_addr", c.ESME_RINVSRCADR),
        (c.SUBMIT_SM, b"\0\x01\x01\0\x01\x01" + b"1" * 21 + b"\0", "destination_addr", c.ESME_RINVDSTADR),
        (c.SUBMIT_SM, HEAD + b"\0\0\0" + b"1" * 17 + b"\0", "schedule_delivery_time", c.ESME_RINVSCHED),
        (c.SUBMIT_SM, HEAD + b"\0\0\0\0" + b"1" * 17 + b"\0", "validity_period", c.ESME_RINVEXPIRY),
        (c.SUBMIT_SM, HEAD + TAIL, "sm_length", c.ESME_RINVMSGLEN),
        (c.SUBMIT_SM, HEAD + TAIL + b"\x05abcd", "short_message", c.ESME_RINVMSGLEN),
        (c.SUBMIT_SM, HEAD + TAIL + b"\0\x14", "TLV stream", c.ESME_RINVOPTPARSTREAM),
        (c.SUBMIT_SM, HEAD + TAIL + b"\0\x14\x00\x00\x02a", "TLV stream", c.ESME_RINVOPTPARSTREAM),
        (c.DATA_SM, b"\0\x01\x01" + b"1" * 65 + b"\0", "source_addr", c.ESME_RINVSRCADR),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\0", "number_of_dests", c.ESME_RINVNUMDESTS),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\xff", "number_of_dests", c.ESME_RINVNUMDESTS),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\x01\x03", "dest_flag", c.ESME_RINVDESTFLAG),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\x01", "dest_flag", c.ESME_RINVMSGLEN),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\x01\x02name", "dl_name", c.ESME_RINVDLNAME),
        (c.SUBMIT_MULTI, b"\0\x01\x01\0\x01\x01\x01\x01123", "address", c.ESME_RINVDSTADR),
        (c.SUBMIT_MULTI_RESP, b"\0\x01\x01\x01123\0\0\0\0", "unsuccess_sme", c.ESME_RINVMSGLEN),
        (c.SUBMIT_SM_RESP, b"M" * 65, "message_id", c.ESME_RINVMSGID),
        (c.BIND_TRANSCEIVER, b"a" * 65 + b"\0", "system_id", c.ESME_RBINDFAIL),
        (c.BIND_TRANSCEIVER, b"a\0b\0" + b"t" * 33 + b"\0", "system_type", c.ESME_RINVSYSTYP),
        (c.ENQUIRE_LINK, b"\0", "TLV stream", c.ESME_RINVOPTPARSTREAM),
    ],
)
def test_a_broken_field_is_named_with_its_status(command: int, body: bytes, field: str, status: int) -> None:
    with pytest.raises(UnreadableBody) as caught:
        codec.decode(framed(command, body))
    assert (caught.value.field, caught.value.command_status) == (field, status)


def test_accounts_longer_than_the_specification_are_read() -> None:
    bind = Pdu(c.BIND_TRANSCEIVER, fields={"system_id": b"a" * 64, "password": b"p" * 64, "system_type": b"t" * 32})
    assert codec.decode(codec.encode(bind)).fields["password"] == b"p" * 64


def test_fields_left_out_are_zero_or_empty() -> None:
    decoded = codec.decode(codec.encode(Pdu(c.SUBMIT_SM)))
    assert set(decoded.fields.values()) == {0, b""}


def test_a_response_with_nothing_is_a_header() -> None:
    assert len(codec.encode(Pdu(c.SUBMIT_SM_RESP, 0x45, 3))) == 16
    assert len(codec.encode(Pdu(c.SUBMIT_SM_RESP, 0x45, 3, tlvs=[(0x1D, b"why\0")]))) == 16 + 1 + 8


def test_decoded_responses_share_nothing() -> None:
    first, second = (codec.decode(pack(">IIII", 16, c.SUBMIT_SM_RESP, 0, number)) for number in (1, 2))
    first.fields["message_id"] = b"M"
    first.tlvs.append((1, b""))
    assert (second.fields, second.tlvs) == ({}, [])


@pytest.mark.parametrize(
    ("pdu", "complaint"),
    [
        (Pdu(0x77), "not a command"),
        (Pdu(c.SUBMIT_SM, fields={"text": b""}), "no field text"),
        (Pdu(c.ENQUIRE_LINK, fields={"text": b""}), "none at all"),
        (Pdu(c.SUBMIT_SM, fields={"source_addr": "0212345678"}), "source_addr = .* bytes are expected"),
        (Pdu(c.SUBMIT_SM, fields={"short_message": "text"}), "bytes are expected"),
        (Pdu(c.SUBMIT_SM, fields={"short_message": b"x" * 256}), "message_payload"),
        (Pdu(c.SUBMIT_SM, fields={"source_addr": b"1" * 21}), "at most 20 octets"),
        (Pdu(c.SUBMIT_SM, fields={"source_addr": b"a\0b"}), "NUL"),
        (Pdu(c.SUBMIT_SM, fields={"data_coding": 256}), "data_coding = 256"),
        (Pdu(c.SUBMIT_SM, fields={"data_coding": None}), "data_coding = None"),
        (Pdu(c.SUBMIT_SM, status=-1), "0 to 0xFFFFFFFF"),
        (Pdu(c.SUBMIT_SM, sequence=1 << 32), "0 to 0xFFFFFFFF"),
        (Pdu(c.SUBMIT_SM, tlvs=[(0x10000, b"")]), "TLV 65536"),
        (Pdu(c.SUBMIT_SM, tlvs=[(0x1400, b"x" * 65536)]), "65535"),
        (Pdu(c.SUBMIT_SM, tlvs=[(0x1400, "text")]), "TLV 5120"),  # type: ignore[list-item]
        (Pdu(c.SUBMIT_MULTI), "1 to 254 destinations"),
        (Pdu(c.SUBMIT_MULTI, fields={"dest_addresses": [DistributionList(b"x")] * 255}), "1 to 254 destinations"),
        (Pdu(c.SUBMIT_MULTI, fields={"dest_addresses": [SmeAddress(256, 0, b"")]}), "dest_addresses"),
        (Pdu(c.SUBMIT_MULTI_RESP, fields={"unsuccess_sme": [(0, 0, b"", -1)]}), "unsuccess_sme"),
        (Pdu(c.SUBMIT_MULTI_RESP, fields={"unsuccess_sme": [(0, 0, b"", 1)] * 256}), "at most 255"),
    ],
)
def test_what_no_pdu_can_carry_is_our_mistake(pdu: Pdu, complaint: str) -> None:
    with pytest.raises(LocalMisuse, match=complaint):
        codec.encode(pdu)
