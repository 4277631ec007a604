"""A verdict that a person overturns takes back what rested on it."""

from __future__ import annotations

import pytest

from smppproxy.state.errors import ConflictError, NotFoundError
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import Action, Kind
from smppproxy.state.sanctions.subjects import Subject

CODE = Subject(Kind.CODE, "301150232")


def ids(sanctions):
    return [each.id for each in sanctions]


def test_below_the_threshold_the_measure_is_taken_back_and_does_not_count_later(bench):
    (event,) = bench.found(5)
    found = bench.sanctions.overturning.overturn("t3", who="cli:anna", why="a lottery's own notice")
    assert (found.verdicts, ids(found.taken_back), found.stand) == (1, [event.sanction.id], ())
    assert bench.state == "active"
    taken = bench.sanctions.office.show(event.sanction.id)
    assert (taken.ended_how, taken.evidence.figures.verdicts, taken.evidence.overturned) == ("overturned", 4, ("t3",))
    assert bench.sanctions.rows.suspensions(CODE, 1000) == ()
    told = bench.authority.service.dispatch({"do": "sanctions.history", "subject": "301150232"})["history"]
    assert "overturned: a lottery's own notice" in [each["why"] for each in told]
    assert bench.authority.service.dispatch({"do": "ledger.verify"})["fault"] == ""


def test_above_it_the_measure_stands_with_fewer(bench):
    (event,) = bench.found(6)
    found = bench.sanctions.overturning.overturn("t2", who="cli:anna")
    assert (found.taken_back, ids(found.stand)) == ((), [event.sanction.id])
    assert found.stand[0].evidence.figures.verdicts == 5
    assert found.stand[0].evidence.figures.recipients == 5
    assert bench.state == "suspended"
    assert bench.sanctions.overturning.overturn("t1", who="cli:anna").taken_back
    assert bench.state == "active"


def test_it_stops_counting_in_every_window(bench):
    bench.found(4)
    bench.sanctions.overturning.overturn("t1", who="cli:anna")
    bench.restart()
    assert [each.what for each in bench.found()] == ["warned"]  # four count, not five
    assert [each.what for each in bench.found()] == ["applied"]


def test_a_proposal_is_withdrawn(bench):
    (event,) = bench.found(5, enforced=False)
    (taken,) = bench.sanctions.overturning.overturn("t1", who="cli:anna").taken_back
    assert (taken.id, taken.state) == (event.sanction.id, State.WITHDRAWN)


def test_a_strike_for_two_suspensions_falls_with_one_of_them(bench):
    bench.found(5)
    bench.now += 1001
    bench.turn()
    bench.found(5)
    bench.turn()
    assert bench.state == "struck"
    found = bench.sanctions.overturning.overturn("t2", who="cli:anna", why="honest")
    assert [each.action for each in found.taken_back] == [Action.SUSPEND, Action.STRIKE]
    assert bench.state == "active"


def test_what_a_person_decided_without_a_rule_stands(bench):
    bench.found(2)
    sanction = bench.sanctions.office.impose(CODE, Action.STRIKE, who="cli:anna", why="contract")
    found = bench.sanctions.overturning.overturn("t1", who="cli:bo")
    assert ids(found.stand) == [sanction.id]
    assert bench.state == "struck"


def test_what_cannot_be_overturned_is_told(bench):
    bench.found(1)
    with pytest.raises(NotFoundError, match="no malignant verdict"):
        bench.sanctions.overturning.overturn("nothing", who="cli:anna")
    with pytest.raises(NotFoundError):
        bench.sanctions.overturning.overturn("", who="cli:anna")
    bench.sanctions.overturning.overturn("t1", who="cli:anna")
    with pytest.raises(ConflictError, match="already"):
        bench.sanctions.overturning.overturn("t1", who="cli:anna")


def test_a_failure_changes_nothing(bench, monkeypatch):
    bench.found(5)

    def fail(*_, **__):
        raise RuntimeError("bug")

    monkeypatch.setattr(bench.sanctions.verdicts, "overturn", fail)
    with pytest.raises(RuntimeError):
        bench.sanctions.overturning.overturn("t1", who="cli:anna")
    monkeypatch.undo()
    figures = bench.sanctions.engine.figures(CODE, bench.policy.rules[1], bench.now, enforced=True)
    assert figures.verdicts == 5
    assert bench.state == "suspended"
