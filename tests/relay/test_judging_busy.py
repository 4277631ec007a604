"""The judge's tray where a run has no time left for what follows from its verdicts: the next ones do that first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from smppproxy.relay.ticket import Cause

Make = Callable[..., Any]


def waiting(at: Any, end: Any, *pdus: bytes) -> None:
    """The judge is busy elsewhere: what arrives waits."""
    at.house.sent(end.link, b"".join(pdus), at.now)
    at.write()


def busy(street: Make, talk: Any, **more: Any) -> tuple[Any, Any, Any]:
    """A judge with time for one thing behind its verdicts: to send on what passes, or to stop one message. In a run
    that judges nothing there is time for two."""
    at = street(judge=talk.Judge(), busy=True, **more)
    return at, *at.bound()


def test_a_run_does_what_it_has_time_for(street: Make, talk: Any) -> None:
    at, reseller, smsc = busy(street, talk)
    bad = [talk.submit(n, b"casino %d" % n) for n in range(1, 5)]
    waiting(at, reseller, *bad, talk.submit(5, b"hello"), talk.submit(6, b"good day"))
    waiting(at, reseller, *(talk.submit(n, b"later %d" % n) for n in range(7, 12)))
    seen = []
    while True:
        more = at.house.judge(at.now)
        at.write()
        seen.append((len(at.judge.asked), reseller.statuses(), len(smsc.gets()), len(at.house.judging)))
        at.law()
        if not more:
            break
    assert seen == [
        (8, [], 4, 7),  # what passes goes on together and first
        (8, [(0x45, 1), (0x45, 2)], 0, 5),  # and nothing more is judged before the rest is done
        (8, [(0x45, 3), (0x45, 4)], 0, 3),
        (11, [], 3, 0),
    ]


def test_the_judge_knows_what_the_run_has_taken_before(street: Make, talk: Any) -> None:
    at, reseller, _ = busy(street, talk)
    reseller.sends(talk.submit(1, b"hello"))
    assert at.judge.spent == [pytest.approx(0.00015)]


def test_a_second_run_of_a_turn_has_only_what_the_first_left(street: Make, talk: Any) -> None:
    at, reseller, _ = busy(street, talk)
    waiting(at, reseller, *(talk.submit(n, b"casino %d" % n) for n in range(1, 7)))
    at.house.judge(at.now)
    left = len(at.house.judging)
    at.house.judge(at.now, at.judge.hold / 3)
    assert len(at.house.judging) == left - 1  # with all of its time it stops two
    at.house.judge(at.now, 2 * at.judge.hold)
    assert len(at.house.judging) == left - 1
    at.house.judge(at.now)
    assert len(at.house.judging) == left - 3
    while at.house.judge(at.now):
        pass
    assert at.judge.spent == [pytest.approx(0.00015)]
    at.law()


def test_what_the_judge_has_only_read_is_judged_in_the_next_run(street: Make, talk: Any) -> None:
    class Reads(talk.Judge):  # type: ignore[misc, name-defined]
        read: ClassVar[list[str]] = []

        def said(self, texts: list[str], spent: float = 0.0) -> Any:
            if texts[0] not in self.read:
                self.read.append(texts[0])
                return [], 0
            return super().said(texts[:1], spent)

    at = street(judge=Reads(), busy=True, account={"max_binds": 2})
    reseller, _ = at.bound()
    other, _ = at.bound()
    waiting(at, reseller, talk.submit(1, b"one"), talk.submit(2, b"two"))
    waiting(at, other, talk.submit(3, b"three"))
    seen = []
    while at.house.judge(at.now):
        at.write()
        seen.append(list(at.judge.asked))
        at.law()
    assert seen[:3] == [[], ["one"], ["one"]]
    assert sorted(at.judge.asked) == ["one", "three", "two"]
    assert at.house.desk.count.in_flight == 3  # all are with the carrier
    at.law()


def test_a_judge_that_fails_holds_no_loop_either(street: Make, talk: Any) -> None:
    at, reseller, smsc = busy(street, talk)
    at.judge.said = lambda *_: 1 / 0
    waiting(at, reseller, *(talk.submit(n) for n in range(1, 5)))
    gone_on = []
    for _ in range(3):
        at.house.judge(at.now)
        at.write()
        gone_on.append(len(smsc.gets()))
    assert gone_on == [1, 2, 1]
    assert at.house.judging.gate.errors == {"text": 1}
    at.law()


def test_a_reseller_that_leaves_between_verdict_and_answer(street: Make, talk: Any) -> None:
    at, reseller, _ = busy(street, talk)
    waiting(at, reseller, talk.submit(1, b"casino"), talk.submit(2, b"casino too"), talk.submit(3, b"hello"))
    at.house.judge(at.now)
    at.house.gone(reseller.link, at.now)
    while at.house.judge(at.now):
        pass
    assert at.house.desk.count.closed[Cause.RESELLER_GONE] == 3  # one of them was with the carrier
    assert at.house.desk.count.in_flight == 0
    at.law()


@pytest.mark.parametrize("recorded", [False, True])
def test_another_judge_is_asked_of_what_was_not_answered_yet(street: Make, talk: Any, recorded: bool) -> None:
    at, reseller, _ = busy(street, talk, account={"max_binds": 2})
    other, _ = at.bound()
    at.house.judging.traced = recorded
    waiting(at, reseller, talk.submit(1, b"casino"), talk.submit(2, b"casino and flower"))
    waiting(at, other, talk.submit(3, b"hello"))
    at.house.judge(at.now)
    assert len(at.house.judging) == 2
    strict = talk.Judge("flower")
    at.house.desk.gate.text = at.house.judging.gate.text = at.house.judging.judge = strict
    while at.house.judge(at.now):
        pass
    at.write()
    assert strict.asked == ["casino", "casino and flower"]
    assert reseller.statuses() == [(0x45, 2)]
    at.law()


def test_the_judge_is_switched_off_before_all_was_answered(street: Make, talk: Any) -> None:
    at, reseller, smsc = busy(street, talk)
    waiting(at, reseller, *(talk.submit(n, b"casino") for n in range(1, 4)))
    at.house.judge(at.now)
    at.write()
    assert (len(at.house.judging), reseller.statuses()) == (2, [(0x45, 1)])
    at.reloads(at.plan)
    assert (len(at.house.judging), len(smsc.gets())) == (0, 2)
    at.law()


def test_what_was_judged_and_not_answered_is_answered_at_the_end(street: Make, talk: Any) -> None:
    at, reseller, _ = busy(street, talk)
    waiting(at, reseller, *(talk.submit(n, b"casino") for n in range(1, 4)))
    at.house.judge(at.now)
    at.house.farewell(at.now, 1.0)
    at.write()
    assert reseller.statuses()[:3] == [(0x45, 1), (0x08, 2), (0x08, 3)]
    at.law()


def test_it_counts_as_waiting(street: Make, talk: Any) -> None:
    at, reseller, _ = busy(street, talk, limits={"judge_queue": 8}, accounts=["b"])
    other, _ = at.bound(system_id=b"b")
    waiting(at, reseller, *(talk.submit(n, b"casino") for n in range(1, 5)))
    at.house.judge(at.now)
    waiting(at, reseller, *(talk.submit(n, b"casino") for n in range(5, 9)))
    assert len(at.house.judging) == 7
    waiting(at, other, talk.submit(1), talk.submit(2))
    assert len(at.house.judging) == 8
    assert other.statuses() == [(0x58, 2)]
    at.law()


def test_an_account_that_gets_another_model_takes_along_what_was_not_answered(street: Make, talk: Any) -> None:
    at, reseller, smsc = busy(street, talk)
    waiting(at, reseller, talk.submit(1, b"casino"), talk.submit(2, b"casino too"), talk.submit(3, b"casino three"))
    at.house.judge(at.now)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, lambda _: True)
    assert (len(at.house.judging), len(at.house.canary.candidate)) == (0, 2)
    while at.house.judge(at.now):
        pass
    at.write()
    assert candidate.asked == ["casino too", "casino three"]
    assert (reseller.statuses(), len(smsc.gets())) == ([(0x45, 1)], 2)


def test_a_turn_may_judge_as_long_as_the_judge_says(street: Make, talk: Any) -> None:
    at, _, _ = busy(street, talk)
    assert at.house.hold == at.judge.hold > 0.0
    at.reloads(at.plan)  # without a judge
    assert at.house.hold == 0.0
