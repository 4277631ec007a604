from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.load.generator.alphabet import encode
from smppproxy.load.generator.plan import Codes, Plan, PlanError, parse_expect, parse_shares
from smppproxy.load.generator.pool import make_pool
from smppproxy.load.generator.samples import draw
from smppproxy.load.generator.texts import SAMPLES, from_file, invented


def plan(**options: object) -> Plan:
    return Plan(**({"host": "h", "port": 1, "messages": 1} | options))


@pytest.mark.parametrize(
    ("encoding", "coding", "codec"),
    [("ucs2", 0x08, "utf-16-be"), ("cp949", 0x84, "cp949"), ("auto", 0x08, "utf-16-be")],
)
def test_pdus_carry_what_the_plan_says(encoding, coding, codec):
    text = "똠방각하 펲시콜라 12"
    wanted = plan(texts=(text,), encoding=encoding, codes=Codes(tag=0x1401, values=(b"301150232",)), source="NURI")
    (frame,), (kind,), _ = make_pool(draw(wanted), wanted).take(1)
    assert frame.fault == 0
    assert (frame.data_coding, frame.short_message) == (coding, text.encode(codec))
    assert (frame.source_addr, frame.source_addr_ton) == (b"NURI", 5)
    assert re.fullmatch(rb"0105000\d{4}", frame.destination_addr)
    assert frame.tlv(0x1401) == b"301150232"
    assert kind == 0


def test_declared_data_coding_may_lie():
    wanted = plan(texts=("12",), data_coding=0x0E)
    assert make_pool(draw(wanted), wanted).take(1).frames[0].data_coding == 0x0E


def test_long_texts_go_into_message_payload():
    wanted = plan(texts=("긴 글 " * 60,), codes=Codes(values=(b"301150232",)))
    (frame,), _, _ = make_pool(draw(wanted), wanted).take(1)
    assert (frame.fault, frame.short_message) == (0, b"")
    assert frame.tlv(0x0424) == ("긴 글 " * 60).encode("utf-16-be")
    assert frame.tlv(0x1400) == b"301150232"


@pytest.mark.parametrize("encoding", ["auto", "cp949"])
def test_varied_digits_change_nothing_but_digits(encoding):
    texts = (*SAMPLES[4:], "no digits", "1" * 30)
    wanted = plan(texts=texts, varied_digits=True, encoding=encoding)
    frames, _, _ = make_pool(draw(wanted), wanted).take(3 * len(texts))
    codec = {0x08: "utf-16-be", 0x00: "ascii", 0x84: "cp949"}
    seen = [frame.short_message.decode(codec[frame.data_coding]) for frame in frames]
    assert len(set(seen)) == len(seen)
    folded = [re.sub(r"\d", "0", text) for text in seen]
    assert set(folded) == {re.sub(r"\d", "0", t) if re.search(r"\d", t) else f"{t} 000000" for t in texts}
    assert all(frame.fault == 0 for frame in frames)


@settings(max_examples=15)
@given(st.integers(1, 5000), st.integers(1, 3000))
def test_a_pool_repeats_itself_in_order(first, second):
    wanted = plan()
    samples = draw(wanted)
    pool, again = make_pool(samples, wanted), make_pool(samples, wanted)
    parts = [pool.take(first), pool.take(second)]
    whole = again.take(first + second)
    assert [f.raw for part in parts for f in part.frames] == [f.raw for f in whole.frames]
    assert sum(part.hashes for part in parts) == whole.hashes


def test_kinds_come_in_their_shares():
    codes = Codes(values=(b"301150232",), shares={"valid": 0.75, "unknown": 0.25})
    samples = draw(plan(codes=codes))
    unknown = [sample for sample in samples if sample.kind == 1]
    assert 0.2 < len(unknown) / len(samples) < 0.3
    assert all(re.fullmatch(rb"\d{9}", s.code) and s.code != b"301150232" for s in unknown)


@given(st.text(alphabet=[chr(code) for code in range(32, 127) if chr(code) != "`"] + list("€ßÄñ@£"), max_size=40))
def test_gsm7_round_trips_through_the_library_codec(text):
    from aiosmpplib import GSM7BitCodec

    octets, _ = encode(text, "gsm7")
    assert GSM7BitCodec.get_codec_info().decode(octets)[0] == text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"messages": 0}, "--messages"),
        ({"window": 0}, "--window"),
        ({"poisson": True}, "--rate"),
        ({"encoding": "gsm7", "texts": ("한글",)}, "gsm7 has no '한'"),
    ],
)
def test_impossible_plans_say_what_to_do(options, told):
    with pytest.raises(PlanError, match=re.escape(told)):
        draw(plan(**options))


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ({"shares": {"nice": 1.0}}, "no kind"),
        ({"shares": {"valid": 1.0}}, "no code is known"),
        ({"shares": {"missing": 0.0}}, "all shares are 0"),
        ({"shares": {"missing": -1.0}}, "from 0 up"),
    ],
)
def test_impossible_mixes_say_what_to_do(codes, told):
    with pytest.raises(PlanError, match=told):
        Codes(**codes)


def test_shares_and_expectations_are_parsed():
    assert parse_shares("valid=0.9, missing=0.1") == {"valid": 0.9, "missing": 0.1}
    assert set(parse_expect("0/0x58").values()) == {frozenset({0, 0x58})}
    assert parse_expect("valid=any,wrong=0xC4") == {"valid": None, "wrong": frozenset({0xC4})}
    for bad in ("valid", "nice=0", "valid=x"):
        with pytest.raises(PlanError):
            parse_expect(bad) if "=" in bad else parse_shares(bad)


def test_texts_from_a_file_or_invented(tmp_path):
    path = tmp_path / "texts"
    path.write_text("one\n\n둘\n", encoding="utf-8")
    assert from_file(path) == ("one", "둘")
    path.write_text("\n")
    for broken in (path, tmp_path / "absent"):
        with pytest.raises(PlanError):
            from_file(broken)
    texts = invented(500, 70, seed=1)
    assert len(set(texts)) == 500
    assert {len(text) for text in texts} == {70}
