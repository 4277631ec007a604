"""The quarantine in the store: nothing is lost, nothing is sent twice unasked, and the ledger knows who did what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.quarantine import Quarantine
from smppproxy.state.quarantine_files import Fate, HeldMessage, Outcome, Usage

HOLD = 3600.0
BOSS = {"who": "cli:anna", "why": "asked by telephone"}


def held(message_id: str, at: float, text_id: str = "", registered: int = 1, **fields: Any) -> HeldMessage:
    given = {
        "message_id": message_id, "text_id": text_id or message_id, "at": at, "account": "shop", "code": "301150232",
        "sender": "15880000", "recipients": 1, "operation": 4, "segment": "", "reason": "text_smishing",
        "rule": "text", "evidence": "smishing 0.99", "score": 0.99, "trace_id": "t-" + message_id,
        "registered": registered, "size": 100, "pdu": b"sealed " + message_id.encode(),
    }  # fmt: skip
    return HeldMessage(**(given | fields))


@pytest.fixture
def quarantine(authority: Authority) -> Quarantine:
    return authority.quarantine


def test_what_is_taken_in_twice_is_there_once(quarantine: Quarantine, clock: Any) -> None:
    some = [held("a", clock.now), held("b", clock.now + 1, account="bank")]
    quarantine.take_in(some, HOLD)
    quarantine.take_in(some, HOLD)
    assert [m.message_id for m in quarantine.page()] == ["a", "b"]
    assert [m.message_id for m in quarantine.page(account="bank")] == ["b"]
    assert [m.message_id for m in quarantine.page(after="a")] == ["b"]
    assert quarantine.usage() == Usage(2, 200)
    message, pdu = quarantine.show("a")
    assert (message.state, message.expires_at - message.at, pdu) == ("held", 3_600_000, b"sealed a")
    with pytest.raises(NotFoundError, match="quarantine list"):
        quarantine.show("c")


def test_released_sent_answered(quarantine: Quarantine, authority: Authority, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now)], HOLD)
    [released] = quarantine.release(["a"], **BOSS)
    assert (released.state, released.who) == ("releasing", "cli:anna")
    assert [(m.message_id, pdu) for m, pdu in quarantine.due(10)] == [("a", b"sealed a")]
    assert quarantine.due(10) == []  # it is being sent, whoever asks
    quarantine.settle([Outcome("a", Fate.ANSWERED, 0, "smsc-7")])
    message, pdu = quarantine.show("a")
    assert (message.state, message.carrier_id, pdu) == ("released", "smsc-7", None)
    assert quarantine.usage() == Usage()
    [entry] = ledger.history(authority.store, "a")
    assert (entry.action, entry.who, entry.why) == ("quarantine.release", "cli:anna", "asked by telephone")
    assert "t-a" in entry.content
    with pytest.raises(InputError, match="a is released"):
        quarantine.release(["a"], **BOSS)
    quarantine.settle([Outcome("a", Fate.ANSWERED, 0x58)])  # told again, late: it stands
    assert quarantine.show("a")[0].state == "released"


def test_the_segments_of_a_text_go_together(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now, "t"), held("b", clock.now + 1, "t"), held("c", clock.now)], HOLD)
    assert [m.message_id for m in quarantine.release(["b"], **BOSS)] == ["a", "b"]
    assert quarantine.show("c")[0].state == "held"
    assert [m.message_id for m in quarantine.drop(["c"], **BOSS)] == ["c"]


def test_a_throttled_one_is_tried_again_and_later_each_time(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now)], HOLD)
    quarantine.release(["a"], **BOSS)
    waits = []
    for _ in range(4):
        assert len(quarantine.due(10)) == 1
        quarantine.settle([Outcome("a", Fate.ANSWERED, 0x58)])
        message, _ = quarantine.show("a")
        assert (message.state, message.status) == ("releasing", 0x58)
        waits.append(message.due_at - int(clock.now * 1000))
        assert quarantine.due(10) == []
        clock.now = message.due_at / 1000
    assert waits == [2_000, 4_000, 8_000, 16_000]
    clock.now += HOLD
    assert len(quarantine.due(10)) == 1
    quarantine.settle([Outcome("a", Fate.NOT_SENT, told="not bound")])
    assert quarantine.show("a")[0].state == "held"  # its time is over: it expires with the next look
    assert quarantine.expire(receipts=True) == 1


def test_what_nobody_knows_is_not_sent_again_unasked(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now)], HOLD)
    quarantine.release(["a"], **BOSS)
    quarantine.due(10)
    clock.now += 59
    assert quarantine.lost(60.0) == 0
    clock.now += 2
    assert quarantine.lost(60.0) == 1
    assert quarantine.show("a")[0].state == "unknown"
    with pytest.raises(InputError, match="--again"):
        quarantine.release(["a"], **BOSS)
    quarantine.release(["a"], **BOSS, again=True)
    assert len(quarantine.due(10)) == 1


def test_a_late_answer_ends_the_doubt(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now)], HOLD)
    quarantine.release(["a"], **BOSS)
    quarantine.due(10)
    quarantine.settle([Outcome("a", Fate.UNKNOWN)])
    assert quarantine.show("a")[0].state == "unknown"
    quarantine.settle([Outcome("a", Fate.ANSWERED, 0, "late")])
    assert quarantine.show("a")[0].state == "released"


def test_what_is_barred_stays_for_a_person(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now)], HOLD)
    quarantine.release(["a"], **BOSS)
    quarantine.due(10)
    quarantine.settle([Outcome("a", Fate.BARRED, told="code_sanctioned")])
    message, pdu = quarantine.show("a")
    assert (message.state, message.told, pdu) == ("held", "code_sanctioned", b"sealed a")


@pytest.mark.parametrize(("registered", "wanted"), [(0, False), (1, True), (2, True), (3, False), (0x11, True)])
def test_dropped_and_expired_ones_bring_the_receipts_that_were_asked_for(
    quarantine: Quarantine, clock: Any, registered: int, wanted: bool
) -> None:
    quarantine.take_in([held("a", clock.now, registered=registered), held("b", clock.now, registered=registered)], HOLD)
    quarantine.drop(["a"], **BOSS)
    clock.now += HOLD
    assert quarantine.expire(receipts=True) == 1
    due = quarantine.receipts_due(10)
    assert [(m.message_id, m.state) for m, _ in due] == ([("a", "dropped"), ("b", "expired")] if wanted else [])
    for message, _ in due:
        quarantine.receipt_done(message, delivered=message.message_id == "a")
    if wanted:
        assert quarantine.show("a")[0].receipt == "sent"
        again, pdu = quarantine.show("b")
        assert (again.receipt, pdu) == ("due", b"sealed b")
        assert quarantine.receipts_due(10) == []
        clock.now = again.due_at / 1000
        assert len(quarantine.receipts_due(10)) == 1
    else:
        assert quarantine.show("a")[1] is quarantine.show("b")[1] is None


def test_what_is_finished_is_forgotten_in_time(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now, registered=0), held("b", clock.now)], HOLD)
    quarantine.drop(["a"], **BOSS)
    clock.now += 100
    assert quarantine.forget(99.0) == 1
    assert [m.message_id for m in quarantine.page()] == ["b"]


def test_all_or_nothing_is_decided(quarantine: Quarantine, clock: Any) -> None:
    quarantine.take_in([held("a", clock.now), held("b", clock.now)], HOLD)
    quarantine.drop(["b"], **BOSS)
    with pytest.raises(InputError, match="b is dropped"):
        quarantine.release(["a", "b"], **BOSS)
    assert quarantine.show("a")[0].state == "held"


def test_the_life_of_messages(take: Callable[[], Authority], clock: Any) -> None:
    """Whatever comes in whatever order, over restarts: a message is sent once for each word of a person, at most."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            quarantine = authority.quarantine
            with authority.store.transaction() as cursor:
                cursor.execute("DELETE FROM quarantine")
            quarantine.take_in([held(n, clock.now, "t" if n in "ab" else n) for n in "abcd"], HOLD)
            self.allowed = dict.fromkeys("abcd", 0)  # how often it may be sent: retries are the carrier's own no
            self.sent = dict.fromkeys("abcd", 0)

        @rule(which=st.sampled_from("abcd"), again=st.booleans())
        def release(self, which: str, again: bool) -> None:
            try:
                for each in authority.quarantine.release([which], **BOSS, again=again):
                    self.allowed[each.message_id] += 1
            except InputError:
                pass

        @rule(which=st.sampled_from("abcd"))
        def drop(self, which: str) -> None:
            try:
                authority.quarantine.drop([which], **BOSS)
            except InputError:
                pass

        @rule()
        def send(self) -> None:
            for each, pdu in authority.quarantine.due(10):
                assert pdu == b"sealed " + each.message_id.encode()
                self.sent[each.message_id] += 1

        @rule(which=st.sampled_from("abcd"), fate=st.sampled_from(Fate), status=st.sampled_from([0, 0x45, 0x58]))
        def answer(self, which: str, fate: Fate, status: int) -> None:
            before = authority.quarantine.show(which)[0].state
            authority.quarantine.settle([Outcome(which, fate, status)])
            if before in ("sending", "unknown") and authority.quarantine.show(which)[0].state == "releasing":
                self.allowed[which] += 1

        @rule(seconds=st.sampled_from([0.5, 5.0, 400.0, HOLD]))
        def time_passes(self, seconds: float) -> None:
            clock.now += seconds
            authority.quarantine.lost(300.0)
            authority.quarantine.expire(receipts=True)

        @invariant()
        def sent_no_more_than_asked(self) -> None:
            assert all(self.sent[n] <= self.allowed[n] for n in "abcd")
            for each in authority.quarantine.page():
                kept = authority.quarantine.show(each.message_id)[1] is not None
                assert kept == (each.state in ("held", "releasing", "sending", "unknown") or each.receipt == "due")

    authority = take()
    run_state_machine_as_test(Life, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))
