"""What persons decide: who may, in which order, and what becomes of it; also as a machine of random acts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import LADDER, Action, Kind, Policy
from smppproxy.state.sanctions.subjects import Subject

CODE = Subject(Kind.CODE, "301150232")
ANNA, BO, CHO = "cli:anna", "cli:bo", "page:cho"


@pytest.fixture
def office(bench):
    return bench.sanctions.office


@pytest.fixture
def strict(bench):
    bench.sanctions.take(msgspec.structs.replace(bench.policy, four_eyes=True))
    return bench.sanctions.office


def test_a_person_acts_at_once(bench, office):
    sanction = office.impose(CODE, Action.STRIKE, who=ANNA, why="gambling")
    assert (sanction.state, sanction.needed, bench.state) == (State.STANDING, 1, "struck")
    with pytest.raises(ConflictError, match="stands already"):
        office.impose(CODE, Action.SUSPEND, who=ANNA, why="")
    assert office.lift(sanction.id, who=BO, why="a mistake").ended_how == "lifted"
    assert bench.state == "active"
    with pytest.raises(ConflictError, match="only one that is standing"):
        office.lift(sanction.id, who=BO)


def test_with_four_eyes_an_act_is_a_proposal_and_needs_another_person(bench, strict):
    sanction = strict.impose(CODE, Action.STRIKE, who=ANNA, why="gambling")
    assert (sanction.state, sanction.needed, bench.state) == (State.PROPOSED, 2, "active")
    for same in (ANNA, "page:anna"):
        with pytest.raises(ConflictError, match="another person"):
            strict.approve(sanction.id, who=same)
    for nobody in ("unknown", "cli", ""):
        with pytest.raises(InputError, match="name of a person"):
            strict.approve(sanction.id, who=nobody)
    assert strict.approve(sanction.id, who=BO).state is State.STANDING
    assert bench.state == "struck"


def test_a_proposal_of_a_rule_needs_one_person_and_with_four_eyes_two(bench, office):
    (event,) = bench.found(5, enforced=False)
    assert event.sanction.needed == 1
    assert office.approve(event.sanction.id, who=ANNA).state is State.STANDING
    assert bench.state == "suspended"


def test_a_proposal_of_a_rule_with_four_eyes(bench, strict):
    (event,) = bench.found(5, enforced=False)
    assert event.sanction.needed == 2
    assert strict.approve(event.sanction.id, who=ANNA).state is State.PROPOSED
    with pytest.raises(ConflictError, match="another person"):
        strict.approve(event.sanction.id, who=ANNA)
    assert strict.approve(event.sanction.id, who=BO).state is State.STANDING
    assert [yes.who for yes in strict.show(event.sanction.id).approvals] == [ANNA, BO]


def test_a_rejected_proposal_is_not_made_again_from_the_same_verdicts(bench, office):
    (event,) = bench.found(5, enforced=False)
    assert office.reject(event.sanction.id, who=ANNA, why="a newsletter").state is State.REJECTED
    assert bench.found(1, enforced=False) == []
    assert [each.what for each in bench.found(4, enforced=False)] == ["proposed"]


def test_an_appeal_upheld_takes_the_sanction_back_for_good(bench, office):
    sanction = office.impose(CODE, Action.SUSPEND, who=ANNA, why="")
    office.appeal(sanction.id, "We were broken into.\nSee the report.", by="Example Shop", who=BO)
    with pytest.raises(ConflictError, match="open already"):
        office.appeal(sanction.id, "again", by="x", who=BO)
    decided = office.decide_appeal(sanction.id, uphold=True, who=ANNA, why="shown")
    assert (decided.state, decided.ended_how, decided.appeal.state) == (State.ENDED, "appeal", "upheld")
    assert bench.state == "active"
    assert bench.sanctions.rows.suspensions(CODE, 1000) == ()
    with pytest.raises(ConflictError, match="no appeal is open"):
        office.decide_appeal(sanction.id, uphold=False, who=ANNA)


def test_an_appeal_against_what_is_over_clears_the_record(bench, office):
    sanction = office.impose(CODE, Action.SUSPEND, who=ANNA, why="", duration=10)
    bench.now += 11
    bench.turn()
    assert bench.sanctions.rows.suspensions(CODE, 1000) == (sanction.id,)
    office.appeal(sanction.id, "It was not us", by="Example Shop", who=BO)
    office.decide_appeal(sanction.id, uphold=True, who=BO)
    assert bench.sanctions.rows.suspensions(CODE, 1000) == ()


def test_a_rejected_appeal_changes_nothing(bench, office):
    sanction = office.impose(CODE, Action.STRIKE, who=ANNA, why="")
    office.appeal(sanction.id, "please", by="Example Shop", who=ANNA)
    assert office.decide_appeal(sanction.id, uphold=False, who=BO).appeal.state == "rejected"
    assert bench.state == "struck"


def test_with_four_eyes_nobody_decides_an_appeal_against_their_own_sanction(strict):
    sanction = strict.impose(CODE, Action.STRIKE, who=ANNA, why="")
    strict.approve(sanction.id, who=BO)
    strict.appeal(sanction.id, "please", by="Example Shop", who=ANNA)
    for part in (ANNA, BO):
        with pytest.raises(ConflictError, match="had a part"):
            strict.decide_appeal(sanction.id, uphold=True, who=part)
    strict.decide_appeal(sanction.id, uphold=True, who=CHO)


def test_an_owner_and_its_code_bear_the_heavier(bench, office):
    owner = Subject(Kind.OWNER, "1234567890")
    office.impose(CODE, Action.THROTTLE, who=ANNA, why="", rate=3)
    sanction = office.impose(owner, Action.SUSPEND, who=ANNA, why="")
    assert bench.state == "suspended"
    office.lift(sanction.id, who=ANNA)
    assert bench.state == "throttled"


@pytest.mark.parametrize(
    ("subject", "action", "fields", "said"),
    [
        (Subject(Kind.SENDER, "821588"), Action.THROTTLE, {"rate": 1}, "not possible"),
        (CODE, Action.STRIKE, {"duration": 5}, "no duration"),
        (CODE, Action.THROTTLE, {"rate": 0}, "rate above 0"),
        (CODE, Action.SUSPEND, {"duration": -1}, "a duration of"),
        (Subject(Kind.HOST, "no host"), Action.STRIKE, {}, "host"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(bench, office, subject, action, fields, said):
    with pytest.raises(InputError, match=said):
        office.impose(subject, action, who=ANNA, why="", **fields)
    assert bench.sanctions.rows.page() == []


def test_texts_are_checked(office):
    sanction = office.impose(CODE, Action.OBSERVE, who=ANNA, why="")
    with pytest.raises(InputError):
        office.note(sanction.id, "", who=ANNA)
    with pytest.raises(InputError):
        office.note(sanction.id, "x" * 4001, who=ANNA)
    with pytest.raises(NotFoundError, match="there is no sanction 99"):
        office.note(99, "x", who=ANNA)
    with pytest.raises(InputError):
        office.lift(sanction.id, who=ANNA, why="line\nbreak")
    office.note(sanction.id, "called them", who=ANNA)


class Life(RuleBasedStateMachine):
    """Random acts of three persons, a rule and the clock against one code: the law holds after each."""

    directory = None
    acts = st.sampled_from(LADDER)
    who = st.sampled_from([ANNA, BO, CHO])

    def __init__(self):
        super().__init__()
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.now = 1.8e9
        self.authority = Authority.take(Path(self.folder.name), policy=Policy(four_eyes=True), clock=lambda: self.now)
        self.authority.codes.add(CODE.key, who=ANNA)
        self.office, self.rows = self.authority.sanctions.office, self.authority.sanctions.rows

    def teardown(self):
        assert ledger.verify(self.authority.store, known=self.authority.books.head()).fault == ""
        self.authority.close()
        self.folder.cleanup()

    def attempt(self, act, *args, **kwargs):
        try:
            act(*args, **kwargs)
        except ConflictError:
            pass

    def ids(self):
        return [each.id for each in self.rows.page()]

    @rule(action=acts, who=who, days=st.integers(0, 3))
    def impose(self, action, who, days):
        duration = 0 if action is Action.STRIKE else days * 86_400
        self.attempt(self.office.impose, CODE, action, who=who, why="", duration=duration, rate=2.0)

    @precondition(lambda self: self.ids())
    @rule(data=st.data(), who=who, act=st.sampled_from(["approve", "reject", "lift"]))
    def decide(self, data, who, act):
        self.attempt(getattr(self.office, act), data.draw(st.sampled_from(self.ids())), who=who)

    @precondition(lambda self: self.ids())
    @rule(data=st.data(), who=who, uphold=st.sampled_from([None, True, False]))
    def appeal(self, data, who, uphold):
        number = data.draw(st.sampled_from(self.ids()))
        if uphold is None:
            self.attempt(self.office.appeal, number, "please", by="them", who=who)
        else:
            self.attempt(self.office.decide_appeal, number, uphold=uphold, who=who)

    @rule(days=st.integers(-1, 4))
    def time_passes(self, days):
        self.now += days * 86_400
        self.authority.sanctions.clerk.turn(self.now)

    @invariant()
    def one_step_stands_and_the_registry_shows_it(self):
        standing = self.rows.of(CODE, State.STANDING)
        assert len(standing) <= 1  # lower steps are superseded
        # the end of what was superseded is told at the next turn; there is nothing to be done for it
        assert {each.ended_how for each in self.rows.due()} <= {"superseded"}
        held = self.authority.sanctions.effects.held(CODE)
        step = standing[0].action if standing else None
        assert held == (None if step is Action.OBSERVE else step)

    @invariant()
    def nothing_stands_that_one_person_decided(self):
        for each in self.rows.page():
            if each.began_at is not None:
                people = {yes.who.partition(":")[2] for yes in each.approvals}
                assert len(people) >= each.needed == 2

    @invariant()
    def no_two_proposals_of_one_kind(self):
        open_ones = [each.action for each in self.rows.of(CODE, State.PROPOSED)]
        assert len(open_ones) == len(set(open_ones))


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
