"""The codec against SMPP implementations nobody here wrote. What each of them gets wrong is named beside it."""

from __future__ import annotations

import json
import logging
import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosmpplib
import msgspec
import pytest
import smpplib.command
import smpplib.smpp

from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.tlv import view_tlv

pytestmark = pytest.mark.interop

PEERS = Path(__file__).parent / "peers"


def peer(program: str, install: str) -> str:
    """The path of a program, or a skip that says how to get it (a failure where the suite vouches for the product)."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed; install it with: {install}")
    return found


def random_messages(count: int) -> Iterator[Pdu]:
    """Messages of every kind with printable texts and any legal integer, the same ones at each run."""
    dice = random.Random(34)

    def word(longest: int) -> bytes:
        return bytes(dice.choices(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=dice.randint(1, longest)))

    for sequence in range(1, count + 1):
        command = dice.choice((c.SUBMIT_SM, c.DELIVER_SM, c.DATA_SM))
        fields: dict[str, Any] = {
            "service_type": word(5),
            **{name: dice.randint(0, 6) for name in ("source_addr_ton", "dest_addr_ton")},
            **{name: dice.choice((0, 1, 3, 4, 6, 8, 9, 10, 14, 18)) for name in ("source_addr_npi", "dest_addr_npi")},
            "source_addr": word(20),
            "destination_addr": word(20),
            "esm_class": dice.choice((0, 1, 2, 3, 4, 8, 0x80)),
            "registered_delivery": dice.randint(0, 31),
            "data_coding": dice.choice((0, 1, 3, 4)),
        }
        if command != c.DATA_SM:
            fields |= {"protocol_id": dice.randint(0, 255), "priority_flag": dice.randint(0, 3)}
            fields |= {"sm_default_msg_id": dice.randint(0, 255), "replace_if_present_flag": dice.randint(0, 1)}
            fields |= {"short_message": word(253)}  # libsmpp34 cannot hold the 254th octet
        tlvs = [(dice.randint(0x1400, 0x3FFF), word(40)) for _ in range(dice.randint(0, 4))]
        # whole PDUs come back from decode() with every field, so compare with what that makes of the octets
        yield codec.decode(codec.encode(Pdu(command, 0, sequence, fields, tlvs)))


# tshark ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dissect(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Octets of PDUs to what tshark shows of each: one packet per PDU."""
    tshark = peer("tshark", "apt-get install tshark")
    text2pcap = peer("text2pcap", "apt-get install tshark")
    folder = tmp_path_factory.mktemp("tshark")

    def run(raws: list[bytes]) -> list[dict[str, Any]]:
        dump, capture = folder / "pdus.txt", folder / "pdus.pcap"
        dump.write_text("".join(f"000000 {raw.hex(' ')}\n\n" for raw in raws))
        subprocess.run([text2pcap, "-q", "-T", "40000,2775", dump, capture], check=True, capture_output=True)
        shown = subprocess.run(
            [tshark, "-r", capture, "-d", "tcp.port==2775,smpp", "-T", "json", "--no-duplicate-keys"],
            check=True,
            capture_output=True,
        )
        return [packet["_source"]["layers"] for packet in json.loads(shown.stdout)]

    return run


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def bits(shown: dict[str, Any], *parts: tuple[str, int]) -> int:
    return sum(int(shown[f"smpp.{name}"], 0) << shift for name, shift in parts)


def agrees(shown: dict[str, Any], pdu: Pdu) -> None:
    """Every header field, string, integer, list entry and TLV that tshark shows is what we hold."""
    header = [int(shown[f"smpp.{name}"], 0) for name in ("command_id", "sequence_number")]
    assert header == [pdu.command, pdu.sequence]
    if pdu.command & c.RESPONSE_BIT:
        assert int(shown["smpp.command_status"], 0) == pdu.status
    for name, value in pdu.fields.items():
        key = f"smpp.{name}"
        match name:
            case "esm_class":
                esm = [("esm.submit.msg_mode", 0), ("esm.submit.msg_type", 2), ("esm.submit.features", 6)]
                assert bits(shown, *esm) == value
            case "registered_delivery":
                assert bits(shown, ("regdel.receipt", 0), ("regdel.acks", 2), ("regdel.notif", 4)) == value
            case "short_message":
                # under a user data header tshark shows the text behind it, elsewhere the whole
                octets = bytes.fromhex(shown.get("smpp.message", "").replace(":", ""))
                assert value.endswith(octets)
                assert int(shown["smpp.sm_length"]) == len(value)
            case "dest_addresses":
                assert_destinations(shown["smpp.dlist"], value)
            case "unsuccess_sme":
                errors = listed(shown.get("smpp.dlist_resp", {}).get("smpp.error_status_code"))
                assert [int(error, 0) for error in errors] == [entry.error for entry in value]
            case _ if "time" in name or "period" in name or "date" in name:
                assert not value or key in shown or key + "_r" in shown
            case _ if isinstance(value, int):
                assert int(shown[key], 0) == value, name
            case _:
                assert shown.get(key, "").replace("(Default)", "").encode() == value, name
    options = listed(shown.get("smpp.opt_params", {}).get("smpp.opt_param"))
    assert [(int(o["smpp.opt_param_tag"], 0), int(o["smpp.opt_param_len"])) for o in options] == [
        (tag, len(value)) for tag, value in pdu.tlvs
    ]
    for option, (tag, value) in zip(options, pdu.tlvs, strict=True):
        if tag in c.VENDOR_TAGS:
            assert option.get("smpp.vendor_op", "").replace(":", "") == value.hex()


def assert_destinations(shown: dict[str, Any], destinations: list[Any]) -> None:
    addresses = [entry.addr.decode() for entry in destinations if hasattr(entry, "addr")]
    names = [entry.name.decode() for entry in destinations if hasattr(entry, "name")]
    assert listed(shown.get("smpp.destination_addr")) == addresses
    assert listed(shown.get("smpp.dl_name")) == names


def test_tshark_reads_the_vectors_as_we_do(dissect: Any, vectors: Any) -> None:
    for layers, vector in zip(dissect([vector.raw for vector in vectors]), vectors, strict=True):
        if vector.pdu.tlv(c.TAG_BROADCAST_REP_NUM) is not None:
            continue  # tshark 4.0 steps over one of its two octets and loses its way
        assert "_ws.malformed" not in layers, vector
        if vector.pdu.status and vector.pdu.fields:
            continue  # tshark does not look at the body of a refusal
        agrees(layers["smpp"], vector.pdu)


def test_tshark_reads_what_we_build(dissect: Any) -> None:
    pdus = list(random_messages(200))
    for layers, pdu in zip(dissect([codec.encode(pdu) for pdu in pdus]), pdus, strict=True):
        assert "_ws.malformed" not in layers, pdu
        agrees(layers["smpp"], pdu)


# libsmpp34 ---------------------------------------------------------------------------------------------------------

#: What libsmpp34 1.14 refuses although it is legal: the words of its reason.
LIBSMPP34_LIMITS = (
    "Invalid command_id",  # it has no operation of 5.0
    "interface_version:50(Invalid value)",
    "(Value length exceed buffer length)",  # it wants a body in an error response
    "Error in PDU length",  # it knows no TLV in submit_sm_resp, and not all of data_sm_resp
    "sequence_number:00000000(Invalid value)",  # which generic_nack may have
    "source_addr:(Data length is invalid)",  # it allows 21 octets in data_sm where the specification has 65
)


@pytest.fixture(scope="module")
def repack(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Octets of PDUs to what libsmpp34 makes of each after unpacking it, or its reason for not."""
    compiler = peer("gcc", "apt-get install gcc")
    if not Path("/usr/include/libsmpp34/smpp34.h").exists():
        pytest.skip("libsmpp34 is not installed; install it with: apt-get install libsmpp34-dev")
    program = tmp_path_factory.mktemp("libsmpp34") / "repack"
    subprocess.run([compiler, "-o", program, PEERS / "repack.c", "-lsmpp34"], check=True)

    def run(raws: list[bytes]) -> list[str]:
        hexes = "".join(f"{raw.hex()}\n" for raw in raws)
        told = subprocess.run([program], input=hexes, capture_output=True, text=True, check=True)
        return told.stdout.splitlines()

    return run


def reversed_lists(pdu: Pdu) -> Pdu:
    """libsmpp34 keeps TLVs and destinations as stacks: what it packs has them the other way round."""
    fields = dict(pdu.fields)
    for name in ("dest_addresses", "unsuccess_sme"):
        if name in fields:
            fields[name] = fields[name][::-1]
    return Pdu(pdu.command, pdu.status, pdu.sequence, fields, pdu.tlvs[::-1])


def test_libsmpp34_takes_the_vectors_apart_as_we_do(repack: Any, vectors: Any) -> None:
    agreed = set()
    for told, vector in zip(repack([vector.raw for vector in vectors]), vectors, strict=True):
        if told.startswith("refused"):
            assert any(limit in told for limit in LIBSMPP34_LIMITS), (told, vector)
        else:
            assert reversed_lists(codec.decode(bytes.fromhex(told))) == vector.pdu
            agreed.add(vector.command)
    assert len(agreed) >= 26


def test_libsmpp34_reads_what_we_build(repack: Any) -> None:
    pdus = list(random_messages(200))
    for told, pdu in zip(repack([codec.encode(pdu) for pdu in pdus]), pdus, strict=True):
        assert not told.startswith("refused"), told
        assert reversed_lists(codec.decode(bytes.fromhex(told))) == pdu


# smpplib -----------------------------------------------------------------------------------------------------------

#: smpplib 2.2 has none of these.
NOT_IN_SMPPLIB = ("outbind", "submit_multi", "cancel_sm", "replace_sm", "broadcast")


class Numbers:
    """smpplib takes sequence_numbers from its client."""

    sequence = 9

    def next_sequence(self) -> int:
        return self.sequence


def test_smpplib_reads_the_vectors_as_we_do(vectors: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    compared = 0
    for vector in vectors:
        if vector.command.startswith(NOT_IN_SMPPLIB) or "broadcast" in vector.command:
            continue
        # it falls over the TLVs of the specification that it does not list for a command
        listed_tlvs = smpplib.command.factory(vector.command, client=Numbers()).params
        unlisted = {tag for tag, known in c.TAGS.items() if known.name not in listed_tlvs}
        raw = codec.encode(
            msgspec.structs.replace(vector.pdu, tlvs=[t for t in vector.pdu.tlvs if t[0] not in unlisted])
        )
        read = smpplib.smpp.parse_pdu(raw, client=Numbers(), allow_unknown_opt_params=True)
        header = (read.command, read.status, read.sequence, read.length)
        assert header == (vector.command, vector.pdu.status, vector.pdu.sequence, len(raw))
        for name, value in vector.pdu.fields.items():
            assert (getattr(read, name) or type(value)()) == value, (vector, name)
        for tag, value in vector.pdu.tlvs:
            if tag in c.TAGS and tag not in unlisted:
                expected, theirs = view_tlv(tag, value), getattr(read, c.TAGS[tag].name)
                if type(theirs) is type(expected):  # it takes delivery_failure_reason and others for strings
                    assert theirs == expected, (vector, hex(tag))
                    compared += 1
    assert compared >= 9


def test_we_read_what_smpplib_builds() -> None:
    fields = {
        "service_type": b"CMT",
        "source_addr_ton": 5,
        "source_addr_npi": 0,
        "source_addr": b"Melrose",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": b"821012345678",
        "esm_class": 0,
        "registered_delivery": 1,
        "data_coding": 8,
    }
    given = {name: value.decode() if isinstance(value, bytes) else value for name, value in fields.items()}
    text = "안녕".encode("utf-16-be")
    submit = smpplib.smpp.make_pdu(
        "submit_sm", client=Numbers(), **given, short_message=text, user_message_reference=0xABCD
    )
    read = codec.decode(submit.generate())
    assert (read.name, read.sequence) == ("submit_sm", 9)
    assert {name: read.fields[name] for name in fields} == fields
    assert read.fields["short_message"].decode("utf-16-be") == "안녕"
    assert read.tlvs == [(c.TAG_USER_MESSAGE_REFERENCE, b"\xab\xcd")]
    bind = smpplib.smpp.make_pdu("bind_transceiver", client=Numbers(), system_id="reseller1", password="secret08")
    assert codec.decode(bind.generate()).fields["password"] == b"secret08"


# aiosmpplib --------------------------------------------------------------------------------------------------------


def test_we_read_what_aiosmpplib_builds() -> None:
    submit = aiosmpplib.SubmitSm(
        sequence_num=9,
        short_message="안녕하세요",
        source=aiosmpplib.PhoneNumber("0212345678"),
        destination=aiosmpplib.PhoneNumber("+821012345678"),
        encoding="ucs2",
        validity_period=timedelta(days=1),
        optional_params=[aiosmpplib.OptionalParam(0x1400, "301150232")],
    )
    read = codec.decode(submit.pdu())
    assert (read.name, read.sequence, read.fields["data_coding"]) == ("submit_sm", 9, 8)
    assert read.fields["short_message"].decode("utf-16-be") == "안녕하세요"
    assert read.fields["destination_addr"].endswith(b"821012345678")
    assert read.fields["validity_period"] == b"000001000000000R"
    assert read.tlv(0x1400) is not None
    assert read.tlv(0x1400).rstrip(b"\0") == b"301150232"  # type: ignore[union-attr]


def test_aiosmpplib_reads_what_we_build(vectors: Any) -> None:
    raw = next(vector.raw for vector in vectors if vector.meaning.startswith("Korean as UCS-2"))
    header = aiosmpplib.SubmitSm.parse_header(raw)
    read = aiosmpplib.SubmitSm.from_pdu(raw, header)
    assert (header.pdu_length, header.sequence_num) == (len(raw), 2)
    assert isinstance(read, aiosmpplib.SubmitSm)
    assert (read.short_message, read.source.number, read.service_type) == ("안녕하세요", "0212345678", "CMT")
    assert read.validity_period == timedelta(days=1)
