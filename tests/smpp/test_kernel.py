"""One suite for both kernels, and a differential one between them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from struct import pack
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse, UnreadableBody
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.segments import segment_of, text_octets

MAX_PDU = 70_000
INTEGERS = (
    "source_addr_ton",
    "source_addr_npi",
    "dest_addr_ton",
    "dest_addr_npi",
    "esm_class",
    "protocol_id",
    "priority_flag",
    "registered_delivery",
    "replace_if_present_flag",
    "data_coding",
    "sm_default_msg_id",
)
SAR_TAGS = (c.TAG_SAR_MSG_REF_NUM, c.TAG_SAR_TOTAL_SEGMENTS, c.TAG_SAR_SEGMENT_SEQNUM)
STRINGS = (
    "service_type",
    "source_addr",
    "destination_addr",
    "schedule_delivery_time",
    "validity_period",
    "short_message",
    "message_id",
)


def seen(frame: Any) -> dict[str, Any]:
    """Everything a Frame tells."""
    names = ("command_id", "command_status", "sequence_number", "length", "raw", "body", "fault", *INTEGERS, *STRINGS)
    tags = (0x1400, 0x0424, 0x001E, 0x0000)
    return {
        **{name: getattr(frame, name) for name in names},
        "tlvs": frame.tlvs(),
        "tlv": [frame.tlv(tag) for tag in tags],
        "tlv_once": [frame.tlv_once(tag) for tag in tags],
        "repr": repr(frame),
    }


def only(engine: ModuleType, raw: bytes) -> Any:
    frames, used, fault = engine.cut(raw, MAX_PDU)
    assert (len(frames), used, fault) == (1, len(raw), 0)
    return frames[0]


def submit(*tlvs: tuple[int, bytes]) -> bytes:
    return codec.encode(Pdu(c.SUBMIT_SM, sequence=1, fields={"source_addr": b"0212345678"}, tlvs=list(tlvs)))


def test_a_frame_reads_as_the_codec_does(engine: ModuleType, vector: Any) -> None:
    frame = only(engine, b"" + vector.raw)
    expected = vector.pdu
    assert frame.raw == vector.raw
    assert frame.body == vector.raw[16:]
    header = (frame.command_id, frame.command_status, frame.sequence_number, frame.length)
    assert header == (expected.command, expected.status, expected.sequence, len(vector.raw))
    assert frame.fault == 0
    assert {name: getattr(frame, name) for name in INTEGERS} == {
        name: expected.fields.get(name, 0) for name in INTEGERS
    }
    assert {name: getattr(frame, name) for name in STRINGS} == {
        name: expected.fields.get(name, b"") for name in STRINGS
    }
    assert frame.tlvs() == expected.tlvs
    assert all(frame.tlv(tag) == expected.tlv(tag) for tag in (0x1400, 0x0424, 0x0000))
    assert expected.name in repr(frame)


@given(st.data())
def test_a_fault_is_the_status_the_codec_raises(
    engine: ModuleType, damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    raw = data.draw(damaged)
    frame = only(engine, raw)
    fields: dict[str, Any] = {}
    fault = 0
    try:
        fields = codec.decode(raw).fields
    except UnreadableBody as error:
        fault = error.command_status
    assert frame.fault == fault
    if fault != c.ESME_RINVOPTPARSTREAM:  # which leaves the mandatory fields readable
        assert all(getattr(frame, name) == fields.get(name, 0) for name in INTEGERS)
        assert all(getattr(frame, name) == fields.get(name, b"") for name in STRINGS)


@given(st.data())
def test_the_twins_see_the_same(
    twins: tuple[ModuleType, ModuleType], damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    pieces = st.lists(damaged, max_size=4).map(b"".join)
    stream = data.draw(st.builds(lambda good, tail: good + tail, pieces, st.binary(max_size=20)))
    limit = data.draw(st.sampled_from([MAX_PDU, 64, 16]))
    pure, compiled = (twin.cut(stream, limit) for twin in twins)
    assert pure[1:] == compiled[1:]
    assert [seen(frame) for frame in pure[0]] == [seen(frame) for frame in compiled[0]]


@pytest.mark.parametrize(
    ("tail", "fault"),
    [
        (b"", 0),
        (b"\0\0\0", 0),
        (pack(">I", 16), 0),
        (pack(">IIII", 17, 0x15, 0, 1), 0),
        (pack(">I", 15), 15),
        (pack(">I", 101), 101),
        (pack(">IIII", 0xFFFFFFFF, 4, 0, 1), 0xFFFFFFFF),
        (pack(">IIII", 0, 4, 0, 1), -1),
        (pack(">I", 0), -1),
    ],
)
def test_cut_stops_where_it_must(engine: ModuleType, tail: bytes, fault: int) -> None:
    good = pack(">IIII", 16, c.ENQUIRE_LINK, 0, 1) + submit()
    frames, used, found = engine.cut(good + tail, 100)
    assert [frame.command_id for frame in frames] == [c.ENQUIRE_LINK, c.SUBMIT_SM]
    assert (used, found) == (len(good), fault)


def test_tlv_once_tells_contradictions(engine: ModuleType) -> None:
    once = only(engine, submit((0x1400, b"A"), (0x1401, b"C"), (0x1400, b"A")))
    twice = only(engine, submit((0x1400, b"A"), (0x1400, b"B")))
    longer = only(engine, submit((0x1400, b""), (0x1400, b"B")))
    assert once.tlv_once(0x1400) == b"A"
    assert once.tlv_once(0x1402) is None
    assert twice.tlv_once(0x1400) is kernel.DIFFERING
    assert longer.tlv_once(0x1400) is kernel.DIFFERING
    assert longer.tlv(0x1400) == b""


def test_a_broken_tlv_stream_keeps_what_stands_before_the_break(engine: ModuleType) -> None:
    body = submit((0x1400, b"A"))[16:] + b"\x14\x01\x00\x09short"
    frame = only(engine, pack(">IIII", 16 + len(body), c.SUBMIT_SM, 0, 1) + body)
    assert frame.fault == c.ESME_RINVOPTPARSTREAM
    assert frame.source_addr == b"0212345678"
    assert frame.tlvs() == [(0x1400, b"A")]


def test_an_unknown_command_has_nothing_to_read(engine: ModuleType) -> None:
    for command in (0x00000077, 0x00010004, 0x80010004, 0x7FFFFFFF):
        frame = only(engine, pack(">IIII", 20, command, 0, 1) + b"\0\0\0\0")
        assert (frame.fault, frame.source_addr, frame.tlvs()) == (0, b"", [])


def test_gather_changes_the_sequence_number_alone(engine: ModuleType, vectors: Any) -> None:
    first, _, _ = engine.cut(b"".join(vector.raw for vector in vectors), MAX_PDU)
    second, _, _ = engine.cut(vectors[0].raw, MAX_PDU)
    frames = [*first, *second]
    numbers = [0x7FFFFFFF - position for position in range(len(frames))]
    expected = [frame_with_number(frame.raw, number) for frame, number in zip(frames, numbers, strict=True)]
    assert engine.gather(frames, numbers) == b"".join(expected)
    assert engine.gather([], []) == b""


def test_a_frame_remembers_where_it_came_from(engine: ModuleType) -> None:
    link = object()
    frames, _, _ = engine.cut(submit() * 2, MAX_PDU, link, 12.5)
    assert [(frame.link is link, frame.received, frame.note) for frame in frames] == [(True, 12.5, None)] * 2
    frames[0].note = b"301150232"
    assert [frame.note for frame in frames] == [b"301150232", None]


def test_a_spent_frame_lets_go_of_its_octets(engine: ModuleType) -> None:
    frames, _, _ = engine.cut(submit((0x1400, b"A")), MAX_PDU)
    frame = frames[0]
    frame.note = b"A"
    assert frame.source_addr == b"0212345678"
    assert engine.gather(frames, [9], spend=True) == frame_with_number(submit((0x1400, b"A")), 9)
    told = seen(frame)
    assert (told["command_id"], told["sequence_number"], frame.note) == (c.SUBMIT_SM, 1, b"A")
    assert (told["raw"], told["body"], told["tlvs"], told["fault"]) == (b"", b"", [], 0)
    assert not any(told[name] for name in INTEGERS + STRINGS)
    with pytest.raises(LocalMisuse, match="spent"):
        engine.gather(frames, [9])


def frame_with_number(raw: bytes, number: int) -> bytes:
    return raw[:12] + number.to_bytes(4, "big") + raw[16:]


def message(tlvs: list[tuple[int, bytes]] | None = None, **fields: Any) -> bytes:
    return codec.encode(Pdu(c.SUBMIT_SM, sequence=1, fields=fields, tlvs=tlvs or [(0x1400, b"A")]))


def test_sieve_parts_the_plain_from_the_rest(engine: ModuleType) -> None:
    payload = (c.TAG_MESSAGE_PAYLOAD, b"text")
    plain = [
        *(submit(), submit((0x1400, b"A")), submit((0x1401, b"B"), (0x1400, b""))),
        *(submit(payload), submit(payload, (0x1400, b"A"))),
    ]
    broken = submit() + b"\x14"
    others = [
        submit((0x1400, b"A"), (0x1400, b"A")),
        submit((c.TAG_MESSAGE_PAYLOAD, b"")),
        *(submit(payload, payload), submit(payload, (c.TAG_MESSAGE_PAYLOAD, b""))),
        *(submit(payload, (tag, b"1")) for tag in SAR_TAGS),
        *(submit((tag, b"1")) for tag in SAR_TAGS),
        message(short_message=b"text", tlvs=[payload]),
        message(esm_class=0x40, tlvs=[(c.TAG_MESSAGE_PAYLOAD, b"\x05\0\x03\1\2\1text")]),
        message(esm_class=0x40, short_message=b"\x05\0\x03\1\2\1text"),
        pack(">I", len(broken)) + broken[4:],
        codec.encode(Pdu(c.DATA_SM, sequence=1)),
        codec.encode(Pdu(c.ENQUIRE_LINK, sequence=1)),
    ]
    frames, _, _ = engine.cut(b"".join(plain + others), MAX_PDU)
    kept, values, rest = engine.sieve(frames, c.SUBMIT_SM, 0x1400)
    assert [frame.raw for frame in kept] == plain
    assert [frame.raw for frame in rest] == others
    assert values == [frame.note for frame in kept] == [None, b"A", b"", None, b"A"]
    _, _, rest = engine.sieve(kept, c.SUBMIT_SM, c.TAG_MESSAGE_PAYLOAD)
    assert [frame.raw for frame in rest] == plain[3:]  # a text is no code


@given(
    st.lists(
        st.tuples(st.sampled_from([0x1400, 0x0424, 0x0424, 0x1401, *SAR_TAGS]), st.binary(max_size=3)), max_size=4
    ),
    st.sampled_from([b"", b"text"]),
    st.sampled_from([0, 0, 0x40]),
)
def test_a_plain_request_is_a_text_of_its_own(
    twins: tuple[ModuleType, ModuleType], tlvs: list[tuple[int, bytes]], text: bytes, esm_class: int
) -> None:
    raw = codec.encode(Pdu(c.SUBMIT_SM, fields={"short_message": text, "esm_class": esm_class}, tlvs=tlvs))
    told = []
    for twin in twins:
        frame = only(twin, raw)
        plain, values, _ = twin.sieve([frame], c.SUBMIT_SM, 0x1400)
        told.append((len(plain), values))
        if plain:
            assert segment_of(frame) is None
            assert text_octets(frame) == (text or frame.tlv(c.TAG_MESSAGE_PAYLOAD) or b"", False)
            assert values == [frame.tlv_once(0x1400)]
    assert told[0] == told[1]


@given(st.data())
def test_the_twins_sieve_and_gather_the_same(
    twins: tuple[ModuleType, ModuleType], damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    stream = b"".join(data.draw(st.lists(damaged, max_size=4)))
    tag = data.draw(st.sampled_from([0x1400, 0x0424, 0x001E]))
    told = []
    for twin in twins:
        frames, _, _ = twin.cut(stream, MAX_PDU)
        plain, values, others = twin.sieve(frames, c.SUBMIT_SM, tag)
        raws = [[frame.raw for frame in part] for part in (plain, others)]
        joined = twin.gather(frames, [7] * len(frames), spend=True)
        told.append((raws, values, joined, [seen(frame) for frame in frames]))
    assert told[0] == told[1]


@given(
    st.binary(max_size=40),
    st.sampled_from([0, 3, 8, 0x84]),
    st.sampled_from([None, b"", b"tail"]),
    st.integers(0, 3),
)
def test_the_twins_read_the_same_plain_texts(
    twins: tuple[ModuleType, ModuleType], octets: bytes, data_coding: int, after: bytes | None, times: int
) -> None:
    fields: dict[str, Any] = {"data_coding": data_coding}
    tlvs = [(0x1400, b"A")]
    if after is None:
        fields["short_message"] = octets
    else:
        tlvs += [(c.TAG_MESSAGE_PAYLOAD, octets), (0x1401, after)]
    raw = codec.encode(Pdu(c.SUBMIT_SM, fields=fields, tlvs=tlvs))
    room = times * len(octets)
    kinds = bytes(1 if n == 8 else 0 if n == 0x84 else 2 for n in range(256))
    common = bytes(32 <= n < 127 for n in range(256))
    pure, compiled = (twin.plain_texts([only(twin, raw)] * 3, kinds, common, room) for twin in twins)
    assert pure == compiled
    texts, size = pure
    for text in texts:
        assert text == octets.decode("utf-16-be" if data_coding == 8 else "latin-1")
    assert size == sum(len(text) if text.isascii() else 2 * len(text) for text in texts) <= room


def test_frames_by_link_and_their_notes(engine: ModuleType) -> None:
    frames = [engine.cut(submit(), MAX_PDU, link)[0][0] for link in "abaab"]
    for frame in frames:
        frame.note = b"note of " + frame.link.encode()
    found = engine.by_link(frames)
    assert {link: [frames.index(frame) for frame in some] for link, some in found.items()} == {
        "a": [0, 2, 3],
        "b": [1, 4],
    }
    assert list(found) == ["a", "b"]
    assert engine.notes(frames[:2]) == [b"note of a", b"note of b"]
    assert (engine.by_link([]), engine.notes([])) == ({}, [])
    assert engine.columns(frames[:2]) == (
        [b"note of a", b"note of b"],
        [frame.sequence_number for frame in frames[:2]],
        bytes(frame.data_coding for frame in frames[:2]),
    )
    assert engine.columns([]) == ([], [], b"")


def test_the_statuses_that_are_not_0(engine: ModuleType) -> None:
    octets = engine.headers(c.SUBMIT_SM_RESP, [0, 0x58, 0, 0xFFFFFFFF, 0x58], [1, 2, 3, 4, 5])
    frames = engine.cut(octets, MAX_PDU)[0]
    assert engine.refusals(frames) == [0x58, 0xFFFFFFFF, 0x58]
    assert (engine.refusals(frames[:1]), engine.refusals([])) == ([], [])


def test_a_plain_text_needs_its_tables(engine: ModuleType) -> None:
    with pytest.raises(LocalMisuse, match="256"):
        engine.plain_texts([only(engine, submit())], b"", bytes(256), 9)


def test_headers_are_whole_pdus(engine: ModuleType) -> None:
    joined = engine.headers(c.SUBMIT_SM_RESP, [0x45, 0xC3], [1, 0xFFFFFFFF])
    assert joined == pack(">IIIIIIII", 16, 0x80000004, 0x45, 1, 16, 0x80000004, 0xC3, 0xFFFFFFFF)
    assert engine.headers(c.SUBMIT_SM_RESP, [], []) == b""


@pytest.mark.parametrize("numbers", [[], [1, 2], [-1], [1 << 32], [None]])
def test_numbers_that_fit_no_header_are_our_mistake(engine: ModuleType, numbers: list[Any]) -> None:
    frames, _, _ = engine.cut(submit(), MAX_PDU)
    with pytest.raises(LocalMisuse, match="gather"):
        engine.gather(frames, numbers)
    with pytest.raises(LocalMisuse, match="headers"):
        engine.headers(c.SUBMIT_SM_RESP, [0], numbers)


def test_frames_come_from_cut_alone(engine: ModuleType) -> None:
    with pytest.raises(TypeError, match="cut"):
        engine.Frame()


def test_a_compiled_frame_that_nobody_filled_is_empty(twins: tuple[ModuleType, ModuleType]) -> None:
    compiled = twins[1].Frame
    told = seen(compiled.__new__(compiled))
    assert (told["raw"], told["body"], told["tlvs"], told["fault"]) == (b"", b"", [], 0)


def test_without_the_compiled_kernel_the_pure_one_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("kernel_elsewhere", kernel.__file__)
    assert spec is not None
    assert spec.loader is not None
    monkeypatch.delenv("SMPPPROXY_PURE", raising=False)
    monkeypatch.setitem(sys.modules, "smppproxy.smpp._kernel", None)
    front = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(front)
    assert front.NAME == "pure"


@pytest.mark.parametrize(("pure", "name"), [("1", "pure"), ("", None)])
def test_the_environment_can_force_the_pure_kernel(pure: str, name: str | None) -> None:
    environment = {**os.environ, "SMPPPROXY_PURE": pure}
    code = "from smppproxy.smpp import kernel; print(kernel.NAME, kernel.cut.__module__)"
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] in ([name] if name else ["pure", "cython"])


def test_a_kept_frame_reads_the_same_and_lets_go_of_the_read(engine: ModuleType) -> None:
    whole = message(short_message=b"hello")
    frames, _, _ = engine.cut(whole * 3, MAX_PDU)
    assert frames[1].short_message == b"hello"
    before = [seen(frame) for frame in frames]
    engine.keep(frames)
    assert [seen(frame) for frame in frames] == before
    assert engine.gather(frames, [1, 2, 3], spend=True) != b""
    engine.keep(frames)  # a spent frame has nothing to keep
    assert frames[0].raw == b""


@given(st.data())
def test_the_twins_keep_the_same(
    twins: tuple[ModuleType, ModuleType], damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    stream = b"".join(data.draw(st.lists(damaged, max_size=4)))
    told = []
    for twin in twins:
        frames, _, _ = twin.cut(stream, MAX_PDU)
        before = [seen(frame) for frame in frames[::2]]  # the others were never read
        twin.keep(frames)
        assert [seen(frame) for frame in frames[::2]] == before
        told.append([seen(frame) for frame in frames])
    assert told[0] == told[1]


def test_texts_are_one_field_of_a_batch(engine: ModuleType) -> None:
    frames, _, _ = engine.cut(message(source_addr=b"0212345678") + message(source_addr=b"\xe9t\xe9"), MAX_PDU)
    assert engine.texts(frames, "source_addr") == ["0212345678", "été"]
    assert engine.strings(frames, "source_addr") == [b"0212345678", b"\xe9t\xe9"]
    for read in (engine.texts, engine.strings):
        with pytest.raises(LocalMisuse, match="no string field"):
            read(frames, "data_coding")


def test_uniform_tells_a_read_of_one_kind(engine: ModuleType) -> None:
    one, _, _ = engine.cut(message() * 3, MAX_PDU)
    mixed, _, _ = engine.cut(message() + engine.headers(c.ENQUIRE_LINK, [0], [1]), MAX_PDU)
    assert engine.uniform(one) == c.SUBMIT_SM
    assert engine.uniform(mixed) == engine.uniform([]) == 0


def test_answers_take_their_rows(engine: ModuleType) -> None:
    rows = {1: "a", 2: "b", 0xFFFFFFFF: "c"}
    answers, _, _ = engine.cut(engine.headers(c.SUBMIT_SM_RESP, [0] * 4, [2, 9, 2, 0xFFFFFFFF]), MAX_PDU)
    assert engine.close_rows(rows, answers) == ["b", None, None, "c"]
    assert rows == {1: "a"}


def answers(*numbers: int) -> bytes:
    return b"".join(pack(">IIII", 24, c.SUBMIT_SM_RESP, 0, number) + b"id-%04d\0" % number for number in numbers)


def test_requests_are_sent_on_under_consecutive_numbers(engine: ModuleType) -> None:
    frames, _, _ = engine.cut(submit((0x1400, b"A")) + submit((0x1400, b"B")), MAX_PDU)
    raws = [frame.raw for frame in frames]
    rows = {4: "another"}
    assert engine.send_on(rows, frames, 5) == b"".join(map(frame_with_number, raws, (5, 6)))
    assert rows == {4: "another", 5: frames[0], 6: frames[1]}
    assert engine.send_on(rows, [], 5) == b""
    engine.send_on({}, frames, 0xFFFFFFFE, spend=True)
    assert [frame.raw for frame in frames] == [b"", b""]


@pytest.mark.parametrize("first", [2, 3, 0xFFFFFFFF])
def test_requests_that_cannot_all_be_sent_on_open_no_row(engine: ModuleType, first: int) -> None:
    frames, _, _ = engine.cut(submit() * 2, MAX_PDU)
    rows = {3: "open"}
    with pytest.raises(LocalMisuse):
        engine.send_on(rows, frames, first, spend=True)
    assert rows == {3: "open"}
    assert all(frame.raw for frame in frames)
    engine.gather(frames, [1, 2], spend=True)
    with pytest.raises(LocalMisuse, match="spent"):
        engine.send_on(rows, frames, 7)
    assert rows == {3: "open"}


def test_answers_are_handed_back_under_the_numbers_of_their_requests(engine: ModuleType) -> None:
    requests, _, _ = engine.cut(submit() + frame_with_number(submit(), 77), MAX_PDU)
    assert engine.sieve(requests, c.SUBMIT_SM, 0x1400)[1] == [None, None]
    requests[0].note, requests[1].note = b"A", "B"
    rows = {8: requests[0], 9: requests[1], 10: "open"}
    said, _, _ = engine.cut(answers(9, 8), MAX_PDU)
    found, notes, codings, octets = engine.hand_back(rows, said)
    assert found == [requests[1], requests[0]]
    assert notes == ["B", b"A"]
    assert codings == bytes([requests[1].data_coding, requests[0].data_coding])
    assert octets == frame_with_number(said[0].raw, 77) + frame_with_number(said[1].raw, 1)
    assert rows == {10: "open"}
    assert engine.hand_back(rows, []) == ([], [], b"", b"")


def test_answers_of_which_one_matches_nothing_take_nothing(engine: ModuleType) -> None:
    frames, _, _ = engine.cut(submit() * 2, MAX_PDU)
    rows = {8: frames[0], 9: frames[1], 10: "no request"}
    before = dict(rows)
    for numbers in ((9, 8, 8), (9, 7), (8, 9, 10)):
        said, _, _ = engine.cut(answers(*numbers), MAX_PDU)
        assert engine.hand_back(rows, said) is None
        assert rows == before
    said, _, _ = engine.cut(answers(8, 9), MAX_PDU)
    engine.gather(said[1:], [1], spend=True)
    assert engine.hand_back(rows, said) is None
    assert rows == before
    said, _, _ = engine.cut(answers(9, 8), MAX_PDU)
    assert engine.hand_back(rows, said)[0] == [frames[1], frames[0]]
    assert rows == {10: "no request"}
