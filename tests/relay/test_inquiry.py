"""Asking an outside service before sending: who waits, for how long, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.contract import Action, Finding, Mode, Reason
from filters.exemptions import Exemption
from filters.policy import Policy
from filters.ports import CodeState
from smppproxy.relay.inquiry import LETTERS, Question
from smppproxy.relay.plan import InquiryPlan, Subject
from smppproxy.relay.ticket import Cause

Make = Callable[..., Any]

ASK = InquiryPlan(Mode.ENFORCE, (Subject.TEXT,), deadline=0.5, remember=60.0)
BAD = Finding(Reason.TEXT_SMISHING, "inquiry", "the service says so")
NOBODY = Finding(Reason.SENDER_UNREGISTERED, "inquiry", "terminated")


def asked(at: Any) -> list[str]:
    questions, at.house.inquiry.questions = at.house.inquiry.questions, []
    return [question.value for question in questions]


def taken(smsc: Any, talk: Any) -> None:
    """The SMSC takes all it was sent."""
    submits = [raw for raw in smsc.gets() if raw[4:8] == b"\0\0\0\4"]
    smsc.sends(*(talk.answer(int.from_bytes(raw[12:16], "big")) for raw in submits))


def answer(
    at: Any, value: str, finding: Finding | None = None, *, known: bool = True, of: Subject = Subject.TEXT
) -> None:
    at.house.inquiry.answered(Question(of, value), finding, at.now, known=known)
    at.settle()


def test_a_request_waits_for_its_answer(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"), talk.submit(2, b"casino"))
    assert smsc.gets() == []
    assert asked(at) == ["hello", "casino"]
    at.law()
    answer(at, "casino", BAD)
    assert reseller.statuses() == [(0x45, 2)]
    answer(at, "hello")
    assert len(smsc.gets()) == 1
    assert len(at.house.inquiry) == 0


def test_answers_are_remembered_for_a_while(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"), talk.submit(2, b"hello"), talk.submit(3, b"casino"))
    assert asked(at) == ["hello", "casino"]  # once, though two wait for it
    answer(at, "hello")
    answer(at, "casino", BAD)
    assert len(smsc.gets()) == 2
    reseller.gets()
    reseller.sends(talk.submit(4, b"hello"), talk.submit(5, b"casino"))
    assert (len(smsc.gets()), reseller.statuses(), asked(at)) == (1, [(0x45, 5)], [])
    at.later(61.0)
    reseller.sends(talk.submit(6, b"hello"))
    assert asked(at) == ["hello"]


def test_no_more_answers_than_wanted_are_remembered(street: Make, talk: Any) -> None:
    at = street(inquiry=replace(ASK, remembered=2))
    reseller, _ = at.bound()
    for n, word in enumerate(("one", "two", "three")):
        reseller.sends(talk.submit(n + 1, word.encode()))
        answer(at, word)
    asked(at)
    reseller.sends(talk.submit(9, b"three"), talk.submit(10, b"one"))
    assert asked(at) == ["one"]


def test_sender_and_text_are_asked_together(street: Make, talk: Any) -> None:
    at = street(inquiry=replace(ASK, subjects=(Subject.TEXT, Subject.SENDER)))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"))
    sender, text = asked(at)
    assert text == "hello"
    answer(at, "hello")
    assert smsc.gets() == []
    answer(at, sender, of=Subject.SENDER)
    assert len(smsc.gets()) == 1
    reseller.sends(talk.submit(2, b"goodbye"))
    assert asked(at) == ["goodbye"]
    at.later(61.0)
    reseller.sends(talk.submit(3, b"other"))
    assert asked(at) == [sender, "other"]
    answer(at, sender, NOBODY, of=Subject.SENDER)
    assert (0x0A, 3) in reseller.statuses()
    answer(at, "other", BAD)  # too late to matter
    at.law()


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_without_an_answer(street: Make, talk: Any, forward: bool, late: bool) -> None:
    at = street(inquiry=replace(ASK, forward=forward))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"))
    if late:
        at.waits(0.6)
        assert at.house.inquiry.late == 1
    else:
        answer(at, "hello", known=False)
        assert at.house.inquiry.unanswered == 1
    assert (len(smsc.gets()), reseller.statuses()) == ((1, []) if forward else (0, [(0x58, 1)]))
    reseller.sends(talk.submit(2, b"hello"))
    assert len(at.house.inquiry) == 1  # nothing was learned
    at.law()


def test_observing_keeps_nobody_waiting(street: Make, talk: Any) -> None:
    at = street(inquiry=replace(ASK, mode=Mode.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"), talk.submit(2, b"casino"))
    assert len(smsc.gets()) == 2
    assert asked(at) == ["casino"]
    answer(at, "casino", BAD)
    reseller.sends(talk.submit(3, b"casino"))
    [forwarded] = smsc.gets()
    assert b"casino" in forwarded
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big")))
    assert at.house.desk.count.observed[Reason.TEXT_SMISHING] == 1


def test_what_the_judge_refuses_is_not_asked(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), inquiry=ASK)
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, b"casino"), talk.submit(2, b"hello"))
    assert asked(at) == ["hello"]


def test_a_long_text_is_asked_as_far_as_it_is_known(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"\5\0\3\1\2\1hello ", esm_class=0x40))
    answer(at, "hello ")
    reseller.sends(talk.submit(2, b"\5\0\3\1\2\2world", esm_class=0x40))
    assert asked(at) == ["hello ", "hello world"]
    answer(at, "hello world", BAD)
    assert (len(smsc.gets()), reseller.statuses()) == (1, [(0x45, 2)])


def test_a_question_has_bounds(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, b"", tlvs=[(0x0424, b"x" * 5000)]))
    assert [len(value) for value in asked(at)] == [LETTERS]


def test_no_more_wait_than_there_is_room_for(street: Make, talk: Any) -> None:
    at = street(inquiry=replace(ASK, waiting=1))
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, b"one"), talk.submit(2, b"two"))
    assert reseller.statuses() == [(0x58, 2)]
    assert asked(at) == ["one"]


def test_a_code_suspended_while_its_text_waits(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"))
    at.book.put("301150232", CodeState.SUSPENDED)
    at.settle()
    answer(at, "hello")
    assert (reseller.statuses(), smsc.gets()) == ([(0x45, 1)], [])


def test_a_reseller_that_leaves_while_its_text_waits(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"), talk.submit(2, b"casino"))
    reseller.hangs_up()
    answer(at, "hello")
    answer(at, "casino", BAD)
    assert [raw[7] for raw in smsc.gets()] == [6]  # an unbind, and no more
    assert at.house.desk.count.closed[Cause.RESELLER_GONE] == 2
    at.law()


def test_the_end_answers_all_that_wait(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK)
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, b"hello"))
    at.house.farewell(at.now, 1.0)
    at.settle()
    assert (0x08, 1) in reseller.statuses()
    at.law()


@pytest.mark.parametrize("then", [None, replace(ASK, mode=Mode.OBSERVE), replace(ASK, deadline=9.0)])
def test_a_reload(street: Make, talk: Any, then: InquiryPlan | None) -> None:
    at = street(inquiry=ASK)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"))
    at.reloads(replace(at.plan, inquiry=then))
    enforced = then is not None and then.mode is Mode.ENFORCE
    assert len(smsc.gets()) == (0 if enforced else 1)
    answer(at, "hello")
    assert len(smsc.gets()) == (1 if enforced else 0)
    at.law()


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(["one", "two", "bad"])),
        st.tuples(st.just("answer"), st.sampled_from(["one", "two", "bad"])),
        st.tuples(st.just("fail"), st.sampled_from(["one", "two", "bad"])),
        st.tuples(st.just("wait"), st.sampled_from(["0.2", "0.7", "1.5"])),
        st.tuples(st.just("smsc"), st.just("")),
    ),
    max_size=25,
)


@given(events=EVENTS, forward=st.booleans(), enforce=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_request_is_answered_once(
    street: Make, talk: Any, events: list[tuple[str, str]], forward: bool, enforce: bool
) -> None:
    mode = Mode.ENFORCE if enforce else Mode.OBSERVE
    at = street(inquiry=replace(ASK, forward=forward, mode=mode, remember=1.0), session={"enquire_link": 0.0})
    reseller, smsc = at.bound()
    sent, answers = 0, []
    for event, value in events:
        if event == "submit":
            sent += 1
            reseller.sends(talk.submit(sent, value.encode()))
        elif event == "wait":
            at.waits(float(value))
        elif event == "smsc":
            taken(smsc, talk)
        else:
            answer(at, value, BAD if value == "bad" and event == "answer" else None, known=event == "answer")
        at.law()
        answers += [pdu.sequence for pdu in reseller.reads() if pdu.command == 0x80000004]
    at.waits(1.0)
    taken(smsc, talk)
    answers += [pdu.sequence for pdu in reseller.reads() if pdu.command == 0x80000004]
    assert sorted(answers) == list(range(1, sent + 1))
    at.law()


def test_the_policy_decides_what_an_answer_leads_to(street: Make, talk: Any) -> None:
    at = street(inquiry=ASK, policy=Policy({Reason.TEXT_SMISHING: Action.OBSERVE}))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"))
    answer(at, "casino", BAD)
    [forwarded] = smsc.gets()
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big")))
    assert reseller.statuses() == [(0, 1)]
    assert at.house.desk.count.observed[Reason.TEXT_SMISHING] == 1


def test_the_exempt_are_not_stopped(street: Make, talk: Any) -> None:
    exempt = Exemption(name="otp", owner="ops", why="passwords", until=2e9, senders=frozenset({"0215880000"}))
    at = street(inquiry=ASK, policy=Policy(exemptions=[exempt]))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"), talk.submit(2, b"casino", source_addr=b"0215880001"))
    answer(at, "casino", BAD)
    assert (len(smsc.gets()), reseller.statuses()) == (1, [(0x45, 2)])
