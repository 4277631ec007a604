"""A canary: some accounts are judged by another model, the rest notice nothing, and nothing is lost at either end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from smppproxy.relay.ticket import Cause

Make = Callable[..., Any]


def two(street: Make, talk: Any, **limits: Any) -> Any:
    at = street(judge=talk.Judge("casino"), accounts=["other"], limits=limits)
    at.mine, at.mine_smsc = at.bound()
    at.others, at.others_smsc = at.bound(system_id=b"other")
    return at


def parked(at: Any, end: Any, *pdus: bytes) -> None:
    at.house.sent(end.link, b"".join(pdus), at.now)


def is_other(name: str) -> bool:
    return name == "other"


def test_the_chosen_accounts_have_the_other_model(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    at.mine.sends(talk.submit(1, b"casino"), talk.submit(2, b"flower"))
    at.others.sends(talk.submit(1, b"casino"), talk.submit(2, b"flower"))
    assert (at.mine.statuses(), at.others.statuses()) == ([(0x45, 1)], [(0x45, 2)])
    assert (len(at.mine_smsc.gets()), len(at.others_smsc.gets())) == (1, 1)
    # each model has seen the texts of its accounts, and remembers those alone
    assert sorted(at.judge.asked) == sorted(candidate.asked) == ["casino", "flower"]
    at.others.sends(talk.submit(3, b"flower"))
    assert at.others.statuses() == [(0x45, 3)]
    assert at.house.canary.candidate.recalled == 1
    assert at.house.judging.recalled == 0


def test_what_waits_goes_along_at_both_ends(street: Make, talk: Any) -> None:
    at = two(street, talk)
    parked(at, at.others, *(talk.submit(n, b"flower %d" % n) for n in range(1, 4)))
    parked(at, at.mine, talk.submit(1, b"flower"))
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    assert (len(at.house.judging), len(at.house.canary.candidate)) == (1, 3)
    parked(at, at.others, talk.submit(4, b"flower 4"))
    at.house.try_no_more()
    assert at.house.canary is None
    assert len(at.house.judging) == 5
    at.settle()
    assert candidate.asked == []
    assert at.others.statuses() == at.mine.statuses() == []
    assert (len(at.others_smsc.gets()), len(at.mine_smsc.gets())) == (4, 1)
    at.house.try_no_more()  # again: nothing to do
    assert not at.house.to_judge


def test_both_have_their_turn(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    parked(at, at.others, *(talk.submit(n, b"a %d" % n) for n in range(1, 40)))
    parked(at, at.mine, *(talk.submit(n, b"b %d" % n) for n in range(1, 40)))
    assert at.house.to_judge
    assert at.house.judge(at.now)
    assert at.house.judge(at.now)
    assert (len(candidate.asked), len(at.judge.asked)) == (8, 8)
    at.settle()
    assert (len(candidate.asked), len(at.judge.asked)) == (39, 39)
    assert (len(at.others_smsc.gets()), len(at.mine_smsc.gets())) == (39, 39)


def test_counts_and_late_texts_outlive_it(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    at.others.sends(talk.submit(1, b"hello"))
    parked(at, at.others, talk.submit(2, b"casino"))
    at.later(0.3)
    at.house.judge(at.now)
    at.house.judge(at.now)
    assert at.house.canary.candidate.late == 1
    parked(at, at.others, talk.submit(3, b"casino late"))
    at.later(0.3)
    at.house.canary.candidate._next_chunk(at.house.desk, candidate, at.now, {})
    at.house.try_no_more()
    assert (at.house.judging.judged, at.house.judging.late) == (2, 2)
    at.settle()
    assert at.judge.asked == ["casino late"]  # afterwards, by the model in use


def test_a_model_that_fails_is_counted_where_the_rule_is(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    candidate.said = lambda texts: 1 / 0
    at.house.try_out(candidate, candidate, is_other)
    at.others.sends(talk.submit(1, b"flower"))
    assert len(at.others_smsc.gets()) == 1
    assert at.house.desk.gate.errors == {"text": 1}


def test_new_limits_hold_for_both(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    at.reloads(replace(at.plan, limits=replace(at.plan.limits, judge_queue=1)), judge=at.judge)
    parked(at, at.others, talk.submit(1), talk.submit(2))
    at.write()
    assert at.others.statuses() == [(0x58, 2)]


def test_a_farewell_answers_both(street: Make, talk: Any) -> None:
    at = two(street, talk)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    parked(at, at.others, talk.submit(1))
    parked(at, at.mine, talk.submit(1))
    at.house.farewell(at.now, 1.0)
    at.write()
    assert at.house.desk.count.closed[Cause.SHUTDOWN] == 2
    assert at.house.desk.count.in_flight == 0


def test_a_tap_sees_what_is_judged(street: Make, talk: Any) -> None:
    at = two(street, talk)
    seen: list[tuple[str, tuple[str, ...]]] = []
    at.house.judging.tap = lambda batch: seen.extend((ticket.link.account.name, texts) for ticket, texts in batch)
    candidate = talk.Judge("flower")
    at.house.try_out(candidate, candidate, is_other)
    at.mine.sends(talk.submit(1, b"hello"))
    at.others.sends(talk.submit(1, b"hello"), talk.submit(2, b"hello"))
    assert seen == [("reseller1", ("hello",)), ("other", ("hello",)), ("other", ("hello",))]
