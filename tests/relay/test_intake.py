"""Intake: what the rules are told of a request."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.code import CodeRule, CodeSettings
from filters.contract import Finding, Mode, Reason
from smppproxy.relay import intake
from smppproxy.relay.plan import AccountPlan
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.text import readings


class Watcher:
    """A rule that keeps what it was shown."""

    name = "watcher"
    mode = Mode.OBSERVE
    on_error = "forward"

    def __init__(self):
        self.seen = []

    def check(self, message) -> Finding | None:
        self.seen.append(message)
        return None


@pytest.fixture
def shown(street, talk):
    """What the rules see of requests that are sent."""

    def shown(*requests):
        watcher = Watcher()
        here = street(rules=(watcher,))
        reseller, _ = here.bound()
        for request in requests:
            reseller.sends(request)
        return watcher.seen

    return shown


def test_segments_are_numbered_and_the_last_one_completes_the_text(shown, talk):
    def part(number):
        return talk.submit(number, b"\x05\x00\x03\x07\x02" + bytes([number]) + b"abc", esm_class=0x40)

    first, second = shown(part(1), part(2))
    assert (first.segment, first.complete, first.texts) == (1, False, ("abc",))
    assert (second.segment, second.complete, second.texts) == (2, True, ("abcabc",))


def test_a_whole_text_is_its_own_first_segment(shown, talk):
    (message,) = shown(talk.submit(1))
    assert (message.segment, message.complete, message.scheduled) == (1, True, None)


def test_the_scheduled_time(shown, talk):
    (message,) = shown(talk.submit(1, schedule_delivery_time=b"000000010000000R"))
    assert message.scheduled == message.arrived + 3600
    (message,) = shown(talk.submit(1, schedule_delivery_time=b"nonsense"))
    assert message.scheduled is None


def test_what_a_rule_finds_is_answered(street, talk):
    class Strict(Watcher):
        mode = Mode.ENFORCE

        def check(self, message):
            return Finding(Reason.SENDER_SPOOFED, self.name)

    here = street(rules=(Strict(),))
    reseller, _ = here.bound()
    reseller.sends(talk.submit(7))
    assert reseller.gets() == [talk.header(c.SUBMIT_SM_RESP, 7, c.ESME_RINVSRCADR)]


OCTETS = st.binary(max_size=20).map(lambda octets: octets.replace(b"\0", b"0"))


@given(
    st.lists(
        st.tuples(
            st.fixed_dictionaries(
                {
                    "source_addr": OCTETS,
                    "source_addr_ton": st.sampled_from([0, 1, 5]),
                    "destination_addr": OCTETS,
                    "schedule_delivery_time": st.sampled_from([b"", b"000000010000000R", b"nonsense"]),
                    "data_coding": st.sampled_from([0, 3, 8, 0x84]),
                }
            ),
            st.binary(max_size=12) | st.sampled_from([text.encode("utf-16-be") for text in ("안녕 고객님", "hello")]),
            st.booleans(),
            st.lists(
                st.tuples(st.sampled_from([0x1400, c.TAG_CALLBACK_NUM, 0x1401]), OCTETS),
                max_size=3,
                unique_by=lambda tlv: tlv[0],
            ),
        ),
        max_size=5,
    )
)
def test_plain_requests_are_told_together_as_each_alone(requests):
    plan = AccountPlan(b"one", "smsc", CodeRule(CodeSettings(mode=Mode.OFF), SimpleNamespace(version=1)))
    pdus = []
    for fields, text, payload, tlvs in requests:
        elsewhere = [(c.TAG_MESSAGE_PAYLOAD, text)] if payload and text else []
        stated = fields if elsewhere else {**fields, "short_message": text}
        pdus.append(codec.encode(Pdu(c.SUBMIT_SM, fields=stated, tlvs=[*tlvs, *elsewhere])))
    frames, _, _ = kernel.cut(b"".join(pdus), 70_000)
    plain, _, others = kernel.sieve(frames, c.SUBMIT_SM, plan.code.tag)
    assert others == []
    expected = []
    for frame in plain:
        request = intake.read(frame, plan)
        seen = readings(request.octets, request.data_coding) if request.octets else ()
        expected.append(intake.message(request, plan, "one", seen, 5000.0))
    assert intake.messages(plain, plan, "one", 5000.0) == expected
