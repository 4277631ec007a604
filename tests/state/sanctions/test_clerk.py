"""What happens without a person: the ladder, ends, exactly once, restarts, clocks that jump."""

from __future__ import annotations

import msgspec
import pytest

from filters.text.near import ROWS
from smppproxy.state import ledger
from smppproxy.state.errors import StoreError
from smppproxy.state.sanctions.clerk import CHECK
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import DAY, Action, Kind, Policy, Rule
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.verdicts import Tidings, VolumeRow

NOON, CODE, SUBJECT = 1_800_000_000.0, "301150232", "code:301150232"
MALIGNANT = frozenset({"text_gambling"})


def said(events):
    return [f"{event.what} {event.sanction.action}" for event in events]


def test_the_ladder_throttle_suspend_strike(bench):
    assert bench.found(2) == []
    assert said(bench.found()) == ["applied throttle"]
    assert bench.state == "throttled"
    assert bench.authority.codes.show(CODE).rate == 2
    assert said(bench.found()) == ["warned suspend"]
    assert said(bench.found()) == ["applied suspend"]
    assert bench.state == "suspended"
    assert said(bench.found(5)) == ["ended throttle"]  # superseded; nothing is done twice
    bench.now += 1001
    assert said(bench.turn()) == ["ended suspend"]
    assert bench.state == "active"
    assert said(bench.found(5)) == ["applied suspend"]  # what led to the first counts no more
    assert "applied strike" in said(bench.turn())
    assert bench.state == "struck"
    bench.now += 100 * DAY
    bench.turn()
    assert bench.state == "struck"
    assert bench.authority.service.dispatch({"do": "ledger.verify"})["fault"] == ""


def test_a_share_is_of_all_messages(bench):
    bench.tell(messages=10)
    assert bench.found(4) == [] or said(bench.found(0)) == []
    assert bench.state == "active"
    bench.tell(messages=0)
    assert bench.sanctions.rows.standing(Subject(Kind.CODE, CODE)) is None
    figures = bench.sanctions.engine.figures(Subject(Kind.CODE, CODE), bench.policy.rules[0], bench.now, enforced=True)
    assert (figures.verdicts, figures.messages, figures.share) == (4, 10, 0.4)


def test_what_is_only_observed_leads_to_proposals_alone(bench):
    events = bench.found(10, enforced=False)
    assert said(events) == ["proposed suspend"]
    assert bench.state == "active"
    assert bench.found(5, enforced=False) == []  # one proposal is enough
    sanction = events[0].sanction
    assert not sanction.evidence.enforced_only
    assert not sanction.automatic


def test_other_reasons_and_low_scores_do_not_count(bench_with):
    bench = bench_with(
        Policy(
            malignant=MALIGNANT,
            rules=(Rule(name="stop", count=2, min_score=0.9, action=Action.SUSPEND, automatic=True),),
        )
    )
    assert bench.found(5, reason="text_spam") == []
    assert bench.found(5, score=0.89) == []
    assert said(bench.found(2, score=0.9)) == ["applied suspend"]


def test_all_accounts_count_against_one_code(bench):
    for account in ("one", "two", "three", "one", "two"):
        events = bench.found(account=account)
    assert said(events) == ["applied suspend"]
    assert events[0].sanction.evidence.accounts == {"one": 2, "two": 2, "three": 1}


@pytest.mark.parametrize(
    ("subject", "field", "value", "key"),
    [
        (Kind.SENDER, "sender", "821055551234", "821055551234"),
        (Kind.ACCOUNT, "account", "acme", "acme"),
        (Kind.OWNER, "code", CODE, "1234567890"),
        (Kind.CLUSTER, "cluster", bytes(range(ROWS)), bytes(range(ROWS)).hex()),
        (Kind.HOST, "host", "slot777.example", "slot777.example"),
    ],
)
def test_every_kind_of_subject(bench_with, subject, field, value, key):
    bench = bench_with(
        Policy(
            malignant=MALIGNANT,
            rules=(Rule(name="r", subject=subject, count=3, action=Action.STRIKE, automatic=True),),
        )
    )
    whom = Subject(subject, key)
    events = bench.found(3, **{field: value})
    assert said(events) == ["applied strike"]
    assert events[0].sanction.subject == str(whom)
    assert bench.sanctions.effects.held(whom) is Action.STRIKE
    if subject is Kind.OWNER:
        assert bench.state == "struck"
        bench.authority.codes.add("301150299", who="cli:anna", owner_id="123-45-67890")
        assert bench.authority.codes.show("301150299").state == "struck"  # does not come back under a new code
    bench.sanctions.office.lift(events[0].sanction.id, who="cli:anna", why="paid")
    assert bench.sanctions.effects.held(whom) is None
    assert bench.state == "active"
    if subject is Kind.OWNER:
        assert bench.authority.codes.show("301150299").state == "active"


def test_a_file_is_counted_once_whenever_control_dies(bench):
    rows = [bench.verdict() for _ in range(2)]
    bench.tell(rows, name="000-1-1.spool")
    bench.restart()  # before the file was deleted
    assert bench.tell(rows, name="000-1-1.spool") == []
    assert said(bench.found()) == ["applied throttle"]


def test_a_failed_transaction_counts_nothing(bench, monkeypatch):
    clerk, rows = bench.sanctions.clerk, [bench.verdict() for _ in range(4)]
    keep = bench.sanctions.verdicts.keep

    def full(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.sanctions.verdicts, "keep", full)
    with pytest.raises(StoreError):
        clerk.ingest([("000-1-1.spool", Tidings(rows, [], True))], bench.now)
    assert bench.turn() == []
    monkeypatch.setattr(bench.sanctions.verdicts, "keep", keep)
    assert said(bench.tell(rows[:3], name="000-1-1.spool")) == ["applied throttle"]
    assert bench.sanctions.rows.find(1).evidence.figures.verdicts == 3


def test_a_restart_loses_nothing(bench):
    bench.found(2)
    bench.restart()
    assert said(bench.found()) == ["applied throttle"]
    bench.restart()
    assert bench.state == "throttled"
    bench.now += 301
    bench.restart()
    assert "ended throttle" in said(bench.turn())


def test_messages_that_wait_for_their_counters_survive_a_restart(bench):
    for _ in range(3):
        bench.tell(messages=5)
        bench.now += 1
    bench.restart()
    bench.tell(messages=5)
    figures = bench.sanctions.engine.figures(Subject(Kind.CODE, CODE), bench.policy.rules[0], bench.now, enforced=True)
    assert figures.messages == 20


def test_what_was_counted_but_not_decided_is_decided_after_a_restart(bench):
    rows = [bench.verdict() for _ in range(5)]
    bench.sanctions.clerk.ingest([("000-1-1.spool", Tidings(rows, [], True))], bench.now)
    bench.restart()
    assert said(bench.turn()) == ["applied suspend"]


def test_an_effect_cut_short_is_brought_about_later(bench, monkeypatch):
    put = bench.sanctions.effects.settle

    def full(*_, **__):
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.sanctions.effects, "settle", full)
    assert said(bench.found(5)) == ["late suspend"]
    assert bench.state == "active"
    monkeypatch.setattr(bench.sanctions.effects, "settle", put)
    bench.restart()
    bench.now += CHECK  # another node might have been at it
    assert said(bench.turn()) == ["applied suspend"]
    assert bench.state == "suspended"


@pytest.mark.parametrize("jump", [-7 * DAY, -3600, -1, 3600])
def test_a_clock_that_jumps_loses_no_count(bench, jump):
    bench.found(3)
    bench.now += jump
    assert said(bench.found(2))[-1:] == ["applied suspend"]  # five within a day, whatever the clock says


def test_verdicts_late_and_out_of_order_count_where_they_belong(bench):
    assert bench.found(10, at=NOON - 2 * DAY) == []
    events = bench.tell([bench.verdict(at=NOON - age) for age in (50_000, 10, 80_000, 3, 20_000)])
    assert said(events) == ["applied suspend"]
    assert bench.found(1, at=NOON + 10 * DAY) == [] or bench.state == "suspended"


def test_a_person_who_frees_the_code_in_its_registry_ends_the_sanction(bench):
    bench.found(5)
    bench.now += 60
    bench.turn()
    bench.authority.codes.resume(CODE, who="cli:anna", why="a mistake")
    bench.now += 60
    events = bench.turn()
    assert [(event.what, event.sanction.ended_how) for event in events] == [("ended", "resumed")]
    assert bench.found(4) == [] or bench.state != "suspended"


def test_what_a_person_suspended_by_hand_is_neither_proposed_nor_freed(bench):
    bench.authority.codes.suspend(CODE, who="cli:anna", why="contract")
    assert bench.found(8) == []
    assert bench.sanctions.rows.page() == []


def test_proposals_nobody_decides_are_withdrawn(bench):
    bench.found(5, enforced=False)
    bench.now += bench.policy.proposal_age + 3601
    events = bench.turn()
    assert said(events) == ["withdrawn suspend"]
    assert bench.sanctions.rows.in_state(State.PROPOSED) == []


def test_a_code_that_is_not_registered_is_registered_to_bear_it(bench):
    assert said(bench.found(5, code="301150999")) == ["applied suspend"]
    assert bench.authority.codes.show("301150999").state == "suspended"


def test_a_rule_that_cannot_be_carried_out_says_so(bench_with):
    bench = bench_with(
        Policy(
            malignant=MALIGNANT,
            rules=(Rule(name="r", subject=Kind.HOST, count=1, action=Action.STRIKE, automatic=True),),
        )
    )
    assert said(bench.found(host="not a host")) == ["impossible strike"]


def test_other_rules_count_from_then_on(bench):
    bench.found(2)
    bench.sanctions.take(
        Policy(
            malignant=MALIGNANT,
            rules=(Rule(name="stop", window=DAY, count=4, action=Action.SUSPEND, automatic=True),),
        )
    )
    assert bench.found() == []
    assert said(bench.found()) == ["applied suspend"]  # a window that stays keeps what it counted


def test_evidence_names_messages_models_scores_and_stands_in_the_ledger(bench):
    bench.tell(messages=10)
    (event,) = bench.found(5)
    evidence = event.sanction.evidence
    assert [each.trace_id for each in evidence.verdicts] == [f"t{n}" for n in (6, 5, 4, 3, 2)]
    assert evidence.models == {"m1": 5}
    assert evidence.scores == {"lowest": 0.99, "mean": 0.99, "highest": 0.99}
    assert (evidence.figures.verdicts, evidence.figures.messages, evidence.share) == (5, 10, 0.5)
    assert evidence.figures.recipients == 5
    (begun,) = [each for each in ledger.history(bench.sanctions.store, SUBJECT) if each.action == "sanction.begin"]
    content = msgspec.json.decode(begun.content)
    assert content["evidence"]["verdicts"][0]["trace_id"] == "t6"
    assert content["id"] == event.sanction.id


def test_memory_of_old_things_is_let_go(bench):
    bench.found(2)
    bench.now += 61 * DAY
    bench.turn()
    store = bench.sanctions.store
    assert store.query("SELECT count(*) FROM sanction_verdicts") == [(0,)]
    assert store.query("SELECT count(*) FROM sanction_counters WHERE due = 0") == [(0,)]


def test_of_a_flood_the_newest_verdicts_are_kept_and_all_are_counted(bench, monkeypatch):
    monkeypatch.setattr("smppproxy.state.sanctions.verdict_store.OF_A_CODE", 4)
    monkeypatch.setattr("smppproxy.state.sanctions.verdict_store.OF_A_BATCH", 3)
    for _ in range(3):
        bench.tell([bench.verdict(score=0.5) for _ in range(10)])
    figures = bench.sanctions.engine.figures(Subject(Kind.CODE, CODE), bench.policy.rules[1], bench.now, enforced=True)
    assert figures.verdicts == 30
    assert bench.sanctions.store.query("SELECT count(*) FROM sanction_verdicts") == [(4,)]


def test_volumes_are_of_codes_accounts_and_owners(bench):
    bench.sanctions.clerk.ingest([("f", Tidings([], [VolumeRow(bench.now, "acme", CODE, 7)], True))], bench.now)
    assert bench.sanctions.engine.figures(
        Subject(Kind.OWNER, "1234567890"), bench.policy.rules[3], bench.now, enforced=True
    ).messages == 7  # fmt: skip


@pytest.mark.parametrize("jump", [-3600, -7 * DAY])
def test_a_clock_set_back_ends_no_measure_and_begins_none(bench, jump):
    bench.found(5)
    began = bench.now
    bench.now += jump
    assert said(bench.turn()) == []
    assert bench.state == "suspended"
    bench.now = began + 999
    assert said(bench.turn()) == []
    bench.now = began + 1000
    assert said(bench.turn())[-1:] == ["ended suspend"]
    assert bench.state == "active"
    assert [each.state for each in bench.sanctions.rows.page()].count(State.STANDING) == 0
    assert ledger.verify(bench.authority.store).fault == ""


def test_a_clock_set_forward_by_a_day_empties_windows_and_ends_measures_once(bench):
    bench.found(5)
    bench.now += DAY
    assert "ended suspend" in said(bench.turn())
    assert bench.state == "active"
    assert said(bench.found(2)) == []  # what was counted before has left the window of a day
    bench.now -= DAY  # somebody sets it right again: nothing that ended begins anew, nothing is lost
    assert said(bench.turn()) == []
    assert bench.state == "active"
    assert said(bench.found()) == ["applied throttle"]
    assert ledger.verify(bench.authority.store).fault == ""
