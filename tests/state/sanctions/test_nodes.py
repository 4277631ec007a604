"""Two nodes on one store: they count together, each file of each node once, and act once, also in one instant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import DAY, Action, Policy, Rule
from smppproxy.state.verdicts import Tidings

ROUNDS = 12
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long
EACH = 3  # verdicts a node sees of a code: only together they reach the rule
TOGETHER = Policy(
    malignant=frozenset({"text_gambling"}),
    rules=(
        Rule(name="stop", window=DAY, count=2 * EACH, action=Action.SUSPEND, automatic=True, duration=DAY, warn_at=0.9),
    ),
)


@pytest.fixture
def engine():
    return "postgresql"


def test_nodes_count_together_and_act_once(bench_with, bench):
    other = bench_with(bench.policy)
    bench.found(2)
    assert [event.what for event in other.found(2)] == ["warned", "applied"]  # three were enough for a throttle
    assert [event.what for event in bench.found(1)] == ["applied"]  # five for a suspension
    other.turn()
    assert bench.state == other.state == "suspended"
    assert [each.action for each in other.sanctions.rows.page(states=("standing",))] == ["suspend"]
    assert bench.authority.service.dispatch({"do": "ledger.verify"})["fault"] == ""


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Let each work begin in the same instant, in a thread of its own; return what they gave."""
    barrier = threading.Barrier(len(works))
    given: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        barrier.wait(PATIENCE)
        try:
            given[place] = work()
        except BaseException as error:
            given[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    faults = [each for each in given if isinstance(each, BaseException)]
    if faults:
        raise faults[0]
    return given


@pytest.fixture
def nodes(bench_with):
    return [bench_with(TOGETHER), bench_with(TOGETHER)]


def file_of(node, name: str, code: str, number: int) -> tuple[str, Tidings]:
    rows = [node.verdict(code=code, trace_id=f"{name}-{number}-{each}") for each in range(EACH)]
    return f"{name}/000-{number:015d}-000000.spool", Tidings(rows, [], True)


def test_two_engines_in_one_instant_lose_no_verdict_and_act_once(nodes):
    codes = [f"3012{number:05d}" for number in range(ROUNDS)]
    nodes[0].authority.codes.add(codes[0], who="cli:anna")

    def node(name: str, bench: Any, code: str, number: int) -> Callable[[], Any]:
        file = file_of(bench, name, code, number)

        def work() -> Any:
            bench.sanctions.clerk.ingest([file], bench.now)
            return bench.turn()

        return work

    told = []
    for number, code in enumerate(codes):
        for events in at_once(*(node(name, bench, code, number) for name, bench in zip("ab", nodes, strict=True))):
            told += events
    one = nodes[0]
    standing = one.sanctions.rows.page(states=(State.STANDING,))
    assert sorted(each.subject for each in standing) == [f"code:{code}" for code in codes]
    assert {each.evidence.figures.verdicts for each in standing} == {2 * EACH}
    assert {len(one.sanctions.verdicts.traced(f"{name}-0-0")) for name in "ab"} == {1}
    assert all(each.effect == "" for each in standing)
    applied = [event.sanction.subject for event in told if event.what == "applied"]
    assert sorted(applied) == [f"code:{code}" for code in codes]  # each is told, and told once
    for code in codes:
        assert str(one.authority.codes.show(code).state) == "suspended"
    begun = one.sanctions.store.query("SELECT subject FROM ledger WHERE action = 'sanction.begin' ORDER BY subject")
    assert [subject for (subject,) in begun] == [f"code:{code}" for code in codes]
    assert one.authority.service.dispatch({"do": "ledger.verify"})["fault"] == ""


def test_a_node_that_knows_old_figures_does_not_decide_by_them(nodes):
    """What the other node counted is asked about by whoever comes first, with all that was counted."""
    one, other = nodes
    code = "301299999"
    one.sanctions.clerk.ingest([file_of(one, "a", code, 0)], one.now)
    assert one.turn() == []
    other.sanctions.clerk.ingest([file_of(other, "b", code, 0)], other.now)
    assert [event.what for event in one.turn()] == ["applied"]
    assert other.turn() == []


def test_what_is_counted_while_the_rules_are_asked_is_asked_about(nodes, monkeypatch):
    one, other = nodes
    code = "301299998"
    one.sanctions.clerk.ingest([file_of(one, "a", code, 0)], one.now)
    asked = one.sanctions.engine.decide_of

    def meanwhile(*args: Any) -> Any:
        decisions = asked(*args)
        other.sanctions.clerk.ingest([file_of(other, "b", code, 0)], other.now)
        return decisions

    monkeypatch.setattr(one.sanctions.engine, "decide_of", meanwhile)
    assert one.turn() == []
    monkeypatch.undo()
    assert [event.what for event in (*other.turn(), *one.turn())] == ["applied"]


def test_a_node_that_died_while_it_asked_is_stood_in_for(nodes, monkeypatch):
    one, other = nodes
    code = "301299997"
    for node, name in zip(nodes, "ab", strict=True):
        node.sanctions.clerk.ingest([file_of(node, name, code, 0)], node.now)

    def dies(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(one.sanctions.engine, "decide_of", dies)
    with pytest.raises(KeyboardInterrupt):
        one.turn()
    monkeypatch.undo()
    assert other.turn() == []  # it may be at it still
    other.restart()
    assert [event.what for event in other.turn()] == ["applied"]


def test_an_overturned_verdict_takes_nothing_from_what_the_other_node_counted(nodes):
    one, other = nodes
    code = "301299996"
    one.sanctions.clerk.ingest([file_of(one, "a", code, 0)], one.now)
    other.sanctions.clerk.ingest([file_of(other, "b", code, 0)], other.now)  # one has not heard of it
    one.sanctions.overturning.overturn("a-0-0", who="cli:anna", why="a greeting")
    assert [event.what for event in other.turn()] == []
    other.sanctions.clerk.ingest([("b/one-more.spool", Tidings([other.verdict(code=code)], [], True))], other.now)
    assert [event.what for event in other.turn()] == ["applied"]  # 2 + 3 + 1


def test_what_a_person_lifts_while_it_is_carried_out_stays_lifted(nodes, monkeypatch):
    one, other = nodes
    code = "301299995"
    one.authority.codes.add(code, who="cli:anna")
    mark = one.sanctions.minutes.mark

    def meanwhile(*args: Any) -> Any:
        other.authority.publisher.catch_up()
        [standing] = other.sanctions.rows.page(states=(State.STANDING,))
        other.sanctions.office.lift(standing.id, who="cli:bert", why="mistaken")
        return mark(*args)

    monkeypatch.setattr(one.sanctions.minutes, "mark", meanwhile)
    for node, name in zip(nodes, "ab", strict=True):
        node.sanctions.clerk.ingest([file_of(node, name, code, 0)], node.now)
    one.turn()
    monkeypatch.undo()
    other.turn()
    one.turn()
    assert one.sanctions.rows.page(states=(State.STANDING,)) == []
    assert str(one.authority.codes.show(code).state) == "active"
