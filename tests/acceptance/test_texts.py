"""The text judge at work: any data_coding, any way to cut a text in segments, and replace_sm."""

from __future__ import annotations

import json
from itertools import count, permutations

import pytest

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
HONEST = "[가람택배] 고객님의 상품 48213907이 오늘 14~16시 사이에 배송될 예정입니다. 문 앞에 놓아 드리겠습니다."
REFERENCES = count(1)


@pytest.fixture(scope="module")
def _judged_carrier(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture(scope="module")
def _judging(tmp_path_factory, octets, make_proxy, _judged_carrier, judged):
    upstreams = [
        f'name = "up"\naddress = "{_judged_carrier.address}"',
        f'name = "pool"\naddress = "{_judged_carrier.address}"\nmode = "pooled"\nsystem_id = "p"\npassword = "p"',
    ]
    accounts = [
        'system_id = "a"\nupstream = "up"',
        'system_id = "explain"\nupstream = "up"\nexplain_tlv = true',
        'system_id = "b"\npassword = "pw"\nupstream = "pool"',
    ]
    with make_proxy(tmp_path_factory.mktemp("judged"), upstreams, accounts, [octets.CODE], text=judged) as proxy:
        yield proxy


@pytest.fixture(params=["a", "b"], ids=["paired", "pooled"])
def account(request):
    return request.param


@pytest.fixture
def judging(_judging, _judged_carrier):
    _judged_carrier.reset()
    yield _judging
    _judging.leave()
    _judging.clean()


@pytest.fixture
def seen(_judged_carrier):
    return _judged_carrier


ENCODINGS = {
    "UCS2": (0x08, "utf-16-be"),
    "KS C 5601": (0x0E, "cp949"),
    "KS C 5601 of Korean carriers": (0x84, "cp949"),
    "UCS2 declared as default": (0x00, "utf-16-be"),
    "UCS2 declared as Latin-1": (0x03, "utf-16-be"),
    "UCS2 declared as binary": (0x04, "utf-16-be"),
    "UCS2 declared as KS C 5601": (0x0E, "utf-16-be"),
    "cp949 declared as default": (0x00, "cp949"),
    "cp949 declared as UCS2": (0x08, "cp949"),
    "cp949 declared as binary": (0x04, "cp949"),
    "cp949 declared as class 1": (0xF1, "cp949"),
    "UTF-8 declared as default": (0x00, "utf-8"),
    "UTF-8 declared as UCS2": (0x08, "utf-8"),
    "reserved data_coding": (0xE7, "cp949"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bad_text_is_read_whatever_was_declared(judging, seen, octets, encoding):
    data_coding, codec = ENCODINGS[encoding]
    text = GAMBLING.encode(codec)
    reseller = judging.bound("a")
    payload = octets.tlv(0x0424, text) + octets.code()
    assert reseller.ask(octets.submit(b"", data_coding=data_coding, tlvs=payload)).raw == octets.pdu(
        0x80000004, b"", 1, 0x45
    )
    assert not seen.of(4)
    honest = octets.submit(HONEST.encode(codec), data_coding=data_coding)
    assert reseller.ask(honest).status == 0
    assert seen.first(4).body == honest[16:]


@pytest.mark.parametrize("builder", ["submit", "data_sm", "submit_multi"])
def test_every_request_that_carries_a_text(judging, seen, octets, account, builder):
    reseller = judging.bound(account)
    for text, status in ((GAMBLING, 0x45), (HONEST, 0)):
        if builder == "submit":
            pdu = octets.submit(text.encode("cp949"), data_coding=0x84)
        else:
            pdu = getattr(octets, builder)(text=text.encode("cp949"))
        assert reseller.ask(pdu).status == status
    assert len(seen.of(int.from_bytes(pdu[4:8]))) == 1


def test_a_refusal_names_its_reason(judging, octets):
    answer = judging.bound("explain").ask(octets.submit(GAMBLING.encode("cp949"), data_coding=0x84))
    assert answer.status == 0x45
    assert b"text_gambling" in answer.body


def test_a_code_refusal_comes_before_the_text(judging, octets):
    assert judging.bound("a").ask(octets.submit(GAMBLING.encode("cp949"), data_coding=0x84, tlvs=b"")).status == 0xC3


def cut(data, size):
    return [data[n : n + size] for n in range(0, len(data), size)]


def udh8(octets, parts, reference):
    for number, part in enumerate(parts, 1):
        header = bytes((5, 0, 3, reference & 0xFF, len(parts), number))
        yield octets.submit(header + part, esm_class=0x40, data_coding=8, sequence=number)


def udh16(octets, parts, reference):
    for number, part in enumerate(parts, 1):
        header = bytes((6, 8, 4)) + (reference + 0x100).to_bytes(2) + bytes((len(parts), number))
        yield octets.submit(header + part, esm_class=0x40, data_coding=8, sequence=number)


def udh_after_another_element(octets, parts, reference):
    for number, part in enumerate(parts, 1):
        header = bytes((9, 0x24, 2, 0, 0, 0, 3, reference & 0xFF, len(parts), number))
        yield octets.submit(header + part, esm_class=0x40, data_coding=8, sequence=number)


def sar(octets, parts, reference):
    for number, part in enumerate(parts, 1):
        tlvs = octets.tlv(0x020C, (reference + 0x200).to_bytes(2)) + octets.tlv(0x020E, bytes((len(parts),)))
        tlvs += octets.tlv(0x020F, bytes((number,))) + octets.code()
        yield octets.submit(part, data_coding=8, tlvs=tlvs, sequence=number)


WAYS = [udh8, udh16, udh_after_another_element, sar]


def segments(octets, way, text, parts=3):
    data = text.encode("utf-16-be")
    size = -(-len(data) // parts // 2) * 2
    return list(way(octets, cut(data, size), next(REFERENCES)))


@pytest.mark.parametrize("way", WAYS)
def test_the_segment_that_completes_a_bad_text_is_refused(judging, seen, octets, account, way):
    reseller = judging.bound(account)
    pdus = segments(octets, way, GAMBLING)
    statuses = [reseller.ask(pdu).status for pdu in pdus]
    assert 0x45 in statuses
    first = statuses.index(0x45)
    assert set(statuses[first:]) == {0x45}
    assert set(statuses[:first]) <= {0}
    assert len(seen.of(4)) == first
    # an identical retry keeps its verdict
    assert [reseller.ask(pdu).status for pdu in pdus] == statuses


@pytest.mark.parametrize("way", WAYS)
def test_an_honest_text_in_segments(judging, seen, octets, account, way):
    reseller = judging.bound(account)
    pdus = segments(octets, way, HONEST)
    assert [reseller.ask(pdu).status for pdu in pdus] == [0, 0, 0]
    assert [got.body for got in seen.of(4)] == [pdu[16:] for pdu in pdus]


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:], ids=str)
def test_segments_out_of_order(judging, octets, order):
    reseller = judging.bound("a")
    pdus = segments(octets, udh8, GAMBLING)
    assert [reseller.ask(pdus[n]).status for n in order][-1] == 0x45


def test_segments_in_one_write(judging, seen, octets, account):
    reseller = judging.bound(account)
    pdus = segments(octets, udh8, GAMBLING)
    reseller.send(*pdus)
    answers = {got.sequence: got.status for got in (reseller.receive() for _ in pdus)}
    assert answers[3] == 0x45
    assert len(seen.of(4)) < 3


def test_segments_over_two_binds(judging, octets):
    one, two = judging.bound("a"), judging.bound("a")
    pdus = segments(octets, udh8, GAMBLING)
    assert one.ask(pdus[0]).status in (0, 0x45)
    assert two.ask(pdus[1]).status in (0, 0x45)
    assert one.ask(pdus[2]).status == 0x45


def test_single_letters_as_segments(judging, seen, octets):
    """A text cut so small that no part says anything."""
    reseller = judging.bound("a")
    data = GAMBLING.encode("utf-16-be")
    pdus = list(udh16(octets, cut(data, 2), 0x4000))
    reseller.send(*pdus)
    answers = {got.sequence: got.status for got in (reseller.receive() for _ in pdus)}
    assert answers[len(pdus)] == 0x45
    assert len(seen.of(4)) < len(pdus)


def test_a_wrapped_reference_begins_a_new_text(judging, octets):
    reseller = judging.bound("a")
    reference = 0xEE
    bad = list(udh8(octets, cut(GAMBLING.encode("utf-16-be"), 60), reference))
    honest = list(udh8(octets, cut(HONEST.ljust(len(GAMBLING)).encode("utf-16-be"), 60), reference))
    assert len(bad) == len(honest)
    assert [reseller.ask(pdu).status for pdu in bad][-1] == 0x45
    assert {reseller.ask(pdu).status for pdu in honest} == {0}


@pytest.mark.parametrize(
    "header",
    [
        b"\x05\0\x03\x01\x02\x00",
        b"\x05\0\x03\x01\x00\x01",
        b"\x05\0\x03\x01\x02\x03",
        b"\xff\0\x03\x01\x02\x01",
        b"\x05\0\xff\x01\x02\x01",
        b"\x00",
        b"",
    ],
    ids=["number 0", "total 0", "number beyond total", "header too long", "element too long", "empty", "none"],
)
def test_odd_headers_do_not_hide_a_text(judging, octets, header):
    reseller = judging.bound("a")
    text = header + GAMBLING.encode("cp949")
    assert reseller.ask(octets.submit(text, esm_class=0x40, data_coding=0x84)).status not in (0, 0x08)
    reseller.works()


def test_a_payload_with_a_header(judging, octets):
    data = GAMBLING.encode("utf-16-be")
    reseller = judging.bound("a")
    for number, part in enumerate(cut(data, 80), 1):
        total = len(cut(data, 80))
        payload = octets.tlv(0x0424, bytes((5, 0, 3, 0x77, total, number)) + part)
        answer = reseller.ask(octets.submit(b"", esm_class=0x40, data_coding=8, tlvs=payload + octets.code()))
    assert answer.status == 0x45


def replace(octets, message_id, text):
    return octets.pdu(7, message_id + b"\0\x01\x0115880000\0\0\0\x01\0" + bytes((len(text),)) + text, 9)


@pytest.mark.parametrize("codec", ["cp949", "utf-16-be", "utf-8"])
def test_the_text_of_a_replace_is_judged(judging, seen, octets, account, codec):
    reseller = judging.bound(account)
    accepted = reseller.ask(octets.submit(HONEST.encode("cp949"), data_coding=0x84))
    assert accepted.status == 0
    assert reseller.ask(replace(octets, accepted.message_id, GAMBLING.encode(codec))).raw == octets.pdu(
        0x80000007, b"", 9, 0x45
    )
    assert reseller.ask(replace(octets, accepted.message_id, HONEST.encode(codec))).status == 0
    assert len(seen.of(7)) == 1


def test_many_different_texts_are_each_answered(judging, octets, account):
    reseller = judging.bound(account)
    bad = {n for n in range(1, 301) if n % 7 == 0}
    reseller.send(
        *(
            octets.submit(f"{GAMBLING if n in bad else HONEST} {n}가나다".encode("cp949"), data_coding=0x84, sequence=n)
            for n in range(1, 301)
        )
    )
    answers = {got.sequence: got.status for got in (reseller.receive() for _ in range(300))}
    assert set(answers) == set(range(1, 301))
    assert {n for n, status in answers.items() if status == 0x45} == bad
    assert {status for n, status in answers.items() if n not in bad} == {0}


def test_explain_says_what_happens(judging, octets):
    for text, action, status in ((GAMBLING, "refuse", 0x45), (HONEST, "forward", 0)):
        done = judging.command("explain", "--text", text, "--code", octets.CODE, "--account", "a", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["action"], told["command_status"]) == (action, status)
