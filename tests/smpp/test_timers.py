"""The clocks of a session: what runs out first, and what moves it."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.timers import Expiry, Limits, Timers

LIMITS = Limits(session_init=10.0, enquire_link=30.0, inactivity=300.0, response=20.0, pdu_read=5.0)


def bound(limits: Limits = LIMITS) -> Timers:
    timers = Timers(limits, 0.0)
    timers.settled(bound=True)
    return timers


def test_a_connection_must_bind_in_time() -> None:
    timers = Timers(LIMITS, 100.0)
    assert timers.due() == 110.0
    assert timers.expired(109.9) is None
    assert timers.expired(110.0) is Expiry.SESSION_INIT


def test_while_the_owner_decides_on_a_bind_nothing_runs() -> None:
    timers = Timers(LIMITS, 0.0)
    timers.settled(bound=False)
    assert timers.due() == inf
    assert timers.expired(1e9) is None


@pytest.mark.parametrize("expiry", [Expiry.BIND_UNANSWERED, Expiry.UNBIND_UNANSWERED, Expiry.LEFT_OPEN])
def test_a_phase_lasts_as_long_as_a_response_or_as_told(expiry: Expiry) -> None:
    timers = bound()
    timers.phase(expiry, 5.0)
    assert (timers.due(), timers.expired(25.0)) == (25.0, expiry)
    timers.phase(expiry, 5.0, within=0.0)
    assert timers.expired(5.0) is expiry


def test_silence_asks_and_silence_after_it_ends() -> None:
    timers = bound()
    assert timers.due() == 30.0
    assert timers.expired(30.0) is Expiry.ENQUIRE_LINK
    timers.enquired(30.0)
    assert timers.due() == 50.0
    assert timers.expired(49.0) is None
    assert timers.expired(50.0) is Expiry.ENQUIRE_LINK_UNANSWERED


def test_a_peer_that_sends_is_there_though_it_does_not_answer() -> None:
    timers = bound()
    timers.enquired(30.0)
    timers.heard = 45.0
    assert timers.expired(50.0) is None
    assert timers.due() == 75.0


def test_inactivity_counts_from_the_last_request() -> None:
    timers = bound()
    timers.heard = 299.0
    assert timers.expired(299.0) is None
    assert timers.expired(300.0) is Expiry.INACTIVITY


def test_a_pdu_must_be_read_in_time_in_any_phase() -> None:
    timers = Timers(LIMITS, 0.0)
    timers.pdu_by = 5.0
    assert timers.due() == 5.0
    assert timers.expired(5.0) is Expiry.PDU_READ


def test_an_ending_session_is_asked_nothing() -> None:
    timers = bound()
    timers.enquired(0.0)
    timers.unwatched()
    assert timers.due() == inf


def test_what_cannot_be_heard_proves_nothing() -> None:
    timers = bound()
    timers.enquired(0.0)
    timers.pdu_by = 5.0
    timers.pause()
    assert timers.due() == inf
    assert timers.expired(1000.0) is None
    timers.resume(1000.0)
    assert timers.due() == 1005.0
    assert timers.expired(1000.0) is None
    timers.pdu_by = inf
    assert timers.due() == 1020.0
    timers.resume(2000.0)
    assert timers.due() == 1020.0


def test_every_timer_can_be_switched_off() -> None:
    off = Limits(session_init=0.0, enquire_link=0.0, inactivity=0.0, response=0.0, pdu_read=0.0)
    assert Timers(off, 0.0).due() == inf
    timers = bound(off)
    timers.enquired(0.0)
    timers.phase(Expiry.LEFT_OPEN, 0.0)
    assert timers.due() == inf
    assert timers.expired(1e9) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["hear", "enquire", "unbind", "pause", "resume", "part"]), st.floats(0.1, 40.0))
    ),
    st.booleans(),
)
def test_due_is_the_moment_something_expires(steps: list[tuple[str, float]], is_bound: bool) -> None:
    timers = bound() if is_bound else Timers(LIMITS, 0.0)
    now = 0.0
    for step, later in steps:
        now += later
        if step == "hear":
            timers.heard = timers.active = now
            timers.answer_by = inf
        elif step == "enquire" and is_bound:
            timers.enquired(now)
        elif step == "unbind":
            timers.unwatched()
            timers.phase(Expiry.UNBIND_UNANSWERED, now)
        elif step == "pause":
            timers.pause()
        elif step == "resume":
            timers.resume(now)
        elif step == "part":
            timers.pdu_by = now + 5.0
        due = timers.due()
        if due > now:
            assert timers.expired(now) is None
        if due < inf:
            # An answered-by-deeds enquire_link is forgotten at its deadline; then the next one is due later.
            assert timers.expired(due) is not None or timers.due() > due
