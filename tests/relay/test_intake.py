"""Intake: what the rules are told of a request."""

from __future__ import annotations

import pytest

from filters.contract import Finding, Mode, Reason
from smppproxy.smpp import constants as c


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
