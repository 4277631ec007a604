"""The gate: order, modes, and rules that raise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Action, Finding, Message, Mode, Reason
from filters.gate import Gate
from filters.policy import Policy

MESSAGE = Message(account="reseller1")


class Fixed:
    """A rule that always says the same, or always raises."""

    def __init__(self, name, answer, mode=Mode.ENFORCE, on_error="forward"):
        self.name = name
        self.mode = mode
        self.on_error = on_error
        self.answer = answer

    def check(self, message):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def finding(self, verdict, route="domestic"):
        return self.check(verdict)


def gate(*rules, text=None):
    return Gate(rules, text, Policy())


def test_all_findings_are_kept_in_order():
    one, two = Finding(Reason.SENDER_SPOOFED, "one"), Finding(Reason.LINK_REFUSED, "two")
    house = gate(Fixed("one", one), Fixed("none", None), Fixed("two", two))
    assert house.check(MESSAGE) == [one, two]
    assert house.decide(house.check(MESSAGE)).reason is Reason.SENDER_SPOOFED


def test_a_rule_that_is_off_is_not_asked():
    assert gate(Fixed("off", RuntimeError(), Mode.OFF)).check(MESSAGE) == []


def test_a_rule_that_observes_cannot_refuse():
    house = gate(Fixed("eager", Finding(Reason.LINK_REFUSED, "eager", enforce=True), Mode.OBSERVE))
    assert [finding.enforce for finding in house.check(MESSAGE)] == [False]
    assert house.decide(house.check(MESSAGE)).action is Action.FORWARD


def test_a_rule_that_enforces_may_still_only_warn():
    warning = Finding(Reason.SENDER_MALFORMED, "mild", enforce=False)
    assert gate(Fixed("mild", warning)).check(MESSAGE) == [warning]


def test_a_rule_that_raises_harms_no_other():
    after = Finding(Reason.LINK_REFUSED, "after")
    house = gate(Fixed("broken", ZeroDivisionError("by 01012345678")), Fixed("after", after))
    assert house.check(MESSAGE) == [after]
    assert house.check(MESSAGE) == [after]
    assert house.errors == {"broken": 2}


@pytest.mark.parametrize(
    ("mode", "action"), [(Mode.ENFORCE, Action.THROTTLE), (Mode.OBSERVE, Action.FORWARD), (Mode.OFF, Action.FORWARD)]
)
def test_a_rule_may_ask_for_refusal_when_it_fails(mode, action):
    house = gate(Fixed("broken", KeyError("01012345678"), mode, on_error="refuse"))
    found = house.check(MESSAGE)
    assert house.decide(found).action is action
    assert all("0101" not in finding.evidence for finding in found)


def test_a_rule_without_on_error_forwards():
    class Bare:
        name = "bare"
        mode = Mode.ENFORCE

    house = gate()
    assert house.failed(Bare(), ValueError()) is None
    assert house.errors == {"bare": 1}


def test_the_text_filter_speaks_through_the_gate():
    loan = Finding(Reason.TEXT_LOAN, "text")
    assert gate(text=Fixed("text", loan)).judged(object()) == loan
    assert gate(text=Fixed("text", loan, Mode.OBSERVE)).judged(object()).enforce is False
    assert gate(text=Fixed("text", loan, Mode.OFF)).judged(object()) is None
    assert gate().judged(object()) is None
    broken = gate(text=Fixed("text", RuntimeError()))
    assert broken.judged(object()) is None
    assert broken.errors == {"text": 1}


def test_whether_texts_are_wanted():
    assert gate().wants_text is False
    assert gate(text=Fixed("text", None, Mode.OFF)).wants_text is False
    assert gate(text=Fixed("text", None, Mode.OBSERVE)).wants_text is True


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.none(),
                st.builds(Finding, st.sampled_from(Reason), st.just("r"), enforce=st.booleans()),
                st.just(RuntimeError()),
            ),
            st.sampled_from(Mode),
            st.sampled_from(["forward", "refuse"]),
        ),
        max_size=6,
    )
)
def test_no_set_of_rules_raises_or_refuses_by_observing(answers):
    house = gate(*(Fixed(f"r{index}", *answer) for index, answer in enumerate(answers)))
    decision = house.decide(house.check(MESSAGE))
    if all(mode is not Mode.ENFORCE for _, mode, _ in answers):
        assert decision.action is Action.FORWARD
    raised = sum(isinstance(answer, Exception) and mode is not Mode.OFF for answer, mode, _ in answers)
    assert sum(house.errors.values()) == raised


def test_rules_that_care_are_told_of_changed_books():
    class Careful(Fixed):
        def refresh(self, now):
            if now < 0:
                raise RuntimeError
            self.told = now

    careful, careless = Careful("careful", None), Fixed("careless", None)
    house = gate(careful, careless)
    house.refresh(7.0)
    assert careful.told == 7.0
    house.refresh(-1.0)
    assert house.errors == {"careful": 1}


class Counting(Fixed):
    """A rule with an answer of its own for each message, by its code; it remembers whom it was asked about."""

    def __init__(self, name, answers, asked):
        super().__init__(name, None)
        self.answers = answers
        self.asked = asked

    def check(self, message):
        self.asked.append((self.name, message.code))
        answer = self.answers.get(message.code)
        if isinstance(answer, Exception):
            raise answer
        return answer


@given(st.lists(st.lists(st.sampled_from(["none", "found", "raises"]), max_size=5), max_size=4))
def test_of_many_messages_a_gate_says_what_it_says_of_each(plans):
    answers = {"none": None, "found": Finding(Reason.LINK_REFUSED, "link"), "raises": RuntimeError("broken")}
    count = max(map(len, plans), default=0)
    messages = [Message(account="a", code=str(n)) for n in range(count)]

    def rules(asked):
        return [
            Counting(f"rule{place}", {str(n): answers[word] for n, word in enumerate(plan)}, asked)
            for place, plan in enumerate(plans)
        ]

    alone, together = [], []
    one, many = gate(*rules(alone)), gate(*rules(together))
    assert list(map(list, many.check_many(messages))) == [one.check(message) for message in messages]
    assert many.errors == one.errors
    assert together == [(f"rule{place}", str(n)) for place in range(len(plans)) for n in range(count)]
    assert sorted(together) == sorted(alone)
