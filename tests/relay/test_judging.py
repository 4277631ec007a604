"""The judge's tray: deadlines, lanes and shares, chunks, and a judge that goes away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filters.contract import Mode, Reason
from filters.ports import CodeState
from smppproxy.relay import judging
from smppproxy.relay.ticket import Cause
from smppproxy.smpp import constants as c

Make = Callable[..., Any]


def waiting(at: Any, end: Any, *pdus: bytes) -> None:
    """The judge is busy elsewhere: what arrives waits."""
    at.house.sent(end.link, b"".join(pdus), at.now)
    at.write()


def test_good_texts_pass_bad_ones_do_not(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"), talk.submit(2, b"casino"), talk.submit(3, b"casino", code=None))
    assert reseller.statuses() == [(0xC3, 3), (0x45, 2)]
    assert len(smsc.gets()) == 1
    assert at.house.desk.count.closed[Cause.TEXT] == 1
    reseller.sends(talk.submit(4, b"casino"))
    assert reseller.statuses() == [(0x45, 4)]
    assert at.judge.asked == ["hello", "casino"]  # remembered
    assert at.house.judging.recalled == 1


def test_observe_only_records(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(mode=Mode.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"))
    assert len(smsc.gets()) == 1
    assert reseller.gets() == []


@pytest.mark.parametrize("declared", [0x00, 0x01, 0x03, 0x04, 0x08, 0x84])
@pytest.mark.parametrize("written", ["cp949", "utf-16-be", "utf-8"])
def test_a_text_is_judged_as_people_read_it(street: Make, talk: Any, declared: int, written: str) -> None:
    at = street(judge=talk.Judge("카지노"))
    reseller, smsc = at.bound()
    text = "지금 가입하시면 카지노 쿠폰을 드립니다".encode(written)
    payload = [(c.TAG_MESSAGE_PAYLOAD, text)]
    reseller.sends(talk.submit(1, text, data_coding=declared), talk.submit(2, b"", tlvs=payload, data_coding=declared))
    assert sorted(reseller.statuses()) == [(0x45, 1), (0x45, 2)]
    assert smsc.gets() == []


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("payload", [True, False])
def test_a_late_text(street: Make, talk: Any, forward: bool, payload: bool) -> None:
    at = street(judge=talk.Judge(), limits={"judge_late_forward": forward})
    reseller, smsc = at.bound()
    late = talk.submit(1, b"", tlvs=[(c.TAG_MESSAGE_PAYLOAD, b"casino")]) if payload else talk.submit(1, b"casino")
    waiting(at, reseller, late)
    at.later(0.3)
    at.settle()
    assert at.house.judging.late == 1
    if forward:
        assert len(smsc.gets()) == 1
        assert at.judge.asked == ["casino"]  # afterwards
        assert at.house.judging.late_found == 1
    else:
        assert reseller.statuses() == [(0x58, 1)]
        assert at.judge.asked == []
        at.is_quiet()


def test_a_late_segment_found_bad_afterwards_refuses_those_that_follow(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    waiting(at, reseller, talk.submit(1, b"\5\0\3\1\2\1casino", esm_class=0x40))
    at.later(0.3)
    at.settle()
    assert len(smsc.gets()) == 1
    reseller.sends(talk.submit(2, b"\5\0\3\1\2\2tonight", esm_class=0x40))
    assert reseller.statuses() == [(0x45, 2)]


def test_late_texts_that_are_never_judged_are_counted(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), limits={"judge_queue": 2})
    reseller, _ = at.bound()
    for n in range(3):
        waiting(at, reseller, talk.submit(n + 1, b"text %d" % n))
        at.later(0.3)
        at.house.judging._next_chunk(at.house.desk, at.judge, at.now, {})
    assert at.house.judging.shed == 1


def test_a_code_suspended_while_its_text_waits(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    waiting(at, reseller, talk.submit(1))
    at.book.put("301150232", CodeState.SUSPENDED)
    at.settle()
    assert reseller.statuses() == [(0x45, 1)]
    waiting(at, reseller, talk.submit(2, code=talk.ACTIVE))
    at.book.put("301150232", CodeState.ACTIVE)
    at.settle()
    waiting(at, reseller, talk.submit(3))
    at.later(0.3)
    at.book.put("301150232", CodeState.SUSPENDED)
    at.settle()  # late, and suspended meanwhile: not forwarded unjudged either
    assert (0x45, 3) in reseller.statuses()
    assert smsc.gets() == []


def test_a_run_judges_no_more_than_a_chunk(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    at.judge.chunk = 3
    reseller, smsc = at.bound()
    waiting(at, reseller, *(talk.submit(n, b"text %d" % n) for n in range(1, 8)))
    seen = []
    while at.house.judge(at.now):
        seen.append(len(at.judge.asked))
    assert seen == [3, 6]
    at.settle()
    assert len(smsc.gets()) == 7
    assert len(at.house.judging) == 0


@pytest.mark.parametrize(("text", "data_coding"), [(b"a" * 100, 3), ("가".encode("utf-16-be") * 50, 8)])
def test_a_run_judges_no_more_octets_than_a_chunk_has(street: Make, talk: Any, text: bytes, data_coding: int) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    waiting(at, reseller, *(talk.submit(n, text[:-2] + b"%02d" % n, data_coding=data_coding) for n in range(1, 8)))
    at.judge.chunk_octets = 350
    seen = []
    while at.house.judge(at.now):
        seen.append(len(at.judge.asked))
    assert seen == [3, 6]
    # A message that is larger than a chunk has a run of its own.
    at.judge.chunk_octets = 1
    waiting(at, reseller, *(talk.submit(n, text[:-2] + b"%02d" % n, data_coding=data_coding) for n in range(11, 13)))
    assert at.house.judge(at.now)
    assert len(at.judge.asked) == 8
    at.settle()
    assert len(smsc.gets()) == 9


def test_late_texts_are_judged_afterwards_in_small_runs(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, _ = at.bound()
    waiting(at, reseller, *(talk.submit(n, b"a" * 100 + b"%02d" % n) for n in range(1, 5)))
    at.judge.chunk_octets = 150
    at.later(1.0)
    seen = []
    while at.house.judge(at.now):
        seen.append(len(at.judge.asked))
    assert seen == [0, 2]
    assert len(at.judge.asked) == 4


def test_what_is_left_of_late_texts_is_judged_later(street: Make, talk: Any) -> None:
    class Slow(talk.Judge):  # type: ignore[name-defined,misc]
        def said(self, texts: list[str], spent: float = 0.0) -> Any:
            return super().said(texts[:2], spent)

    at = street(judge=Slow())
    reseller, _ = at.bound()
    waiting(at, reseller, *(talk.submit(n, b"casino %d" % n) for n in range(1, 6)))
    at.later(1.0)
    seen = []
    while at.house.judge(at.now):
        seen.append(at.house.judging.late_found)
    assert seen == [0, 2, 4]
    assert at.judge.asked == [f"casino {n}" for n in range(1, 6)]
    assert at.house.judging.late_found == 5


def test_a_text_of_more_readings_than_a_chunk_is_judged_all_the_same(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge("카지노"))
    at.judge.chunk = 1
    reseller, _ = at.bound()
    text = "지금 가입하시면 카지노 쿠폰을 드립니다".encode("cp949")
    reseller.sends(talk.submit(1, text), talk.submit(2, text))
    assert sorted(reseller.statuses()) == [(0x45, 1), (0x45, 2)]


def test_a_judge_that_fails_ends_no_session(street: Make, talk: Any) -> None:
    class Broken(talk.Judge):  # type: ignore[name-defined,misc]
        broken = True

        def said(self, texts: list[str], spent: float = 0.0) -> Any:
            if self.broken:
                raise RuntimeError("no model")
            return super().said(texts, spent)

    at = street(judge=Broken())
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"))
    assert len(smsc.gets()) == 1
    assert at.house.judging.gate.errors == {"text": 1}
    at.judge.on_error = "refuse"
    segment = talk.submit(2, b"\5\0\3\1\2\1hello", esm_class=0x40)
    reseller.sends(segment)
    assert reseller.statuses() == [(0x58, 2)]
    at.judge.broken = False
    reseller.sends(segment)  # it may be tried again: nothing was found against it
    assert len(smsc.gets()) == 1


def test_the_judge_is_switched_off_while_texts_wait(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    gone, _ = at.bound()
    waiting(at, gone, talk.submit(1))
    waiting(at, reseller, talk.submit(1, b"casino"))
    at.house.gone(gone.link, at.now)
    at.reloads(at.plan)
    assert len(smsc.gets()) == 1
    assert len(at.house.judging) == 0
    assert not at.house.judging.waiting
    assert at.house.desk.count.reasons[Reason.RESELLER_GONE] == 1
    at.law()


def test_a_reseller_that_leaves_while_its_text_waits(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, _ = at.bound()
    waiting(at, reseller, talk.submit(1))
    reseller.hangs_up()
    assert at.judge.asked == []
    assert at.house.desk.count.closed[Cause.RESELLER_GONE] == 1
    assert at.house.desk.count.in_flight == 0


def test_what_waits_at_the_end_is_answered(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, _ = at.bound()
    waiting(at, reseller, talk.submit(1))
    at.house.farewell(at.now, 1.0)
    at.write()
    assert reseller.statuses()[0] == (0x08, 1)
    assert at.house.desk.count.in_flight == 0


# ---------------------------------------------------------------- shares


def test_a_flood_leaves_room_for_others(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), limits={"judge_queue": 20}, accounts=["b", "d"])
    flood, _ = at.bound()
    others = [at.bound(system_id=name)[0] for name in (b"b", b"d")]
    waiting(at, flood, *(talk.submit(n) for n in range(1, 31)))
    assert len(at.house.judging) == 10
    for end in others:
        waiting(at, end, *(talk.submit(n) for n in range(1, 10)))
    assert [len(account.texts) for account in at.house.doors.accounts.values()] == [10, 5, 4]
    waiting(at, flood, talk.submit(99))
    statuses = flood.statuses()
    assert len(statuses) == 21
    assert {status for status, _ in statuses} == {0x58}
    at.law()
    at.settle()
    assert len(at.house.judging) == 0
    waiting(at, flood, talk.submit(100))
    assert len(at.house.judging) == 1


def test_lanes_are_served_in_turn(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), accounts=["b"])
    at.judge.chunk = 4
    flood, _ = at.bound()
    other, smsc = at.bound(system_id=b"b")
    waiting(at, flood, *(talk.submit(n, b"flood %d" % n) for n in range(1, 40)))
    waiting(at, other, talk.submit(1, b"one"), talk.submit(2, b"two"))
    at.house.judge(at.now)
    assert at.judge.asked == ["flood 1", "flood 2", "one", "two"]
    at.write()
    assert len(smsc.gets()) == 2


def test_a_flood_does_not_get_past_the_judge_by_being_late(
    street: Make, talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "LATE_PER_RUN", 4)
    at = street(judge=talk.Judge(), accounts=["b"])
    flood, _ = at.bound()
    other, other_smsc = at.bound(system_id=b"b")
    waiting(at, flood, *(talk.submit(n, b"casino %d" % n) for n in range(1, 41)))
    waiting(at, other, talk.submit(1, b"one"))
    at.later(0.3)
    at.settle()
    assert len(other_smsc.gets()) == 1  # within its share: forwarded, judged afterwards
    refused = flood.statuses()
    assert {status for status, _ in refused} == {0x58}
    assert refused
    at.law()


class Nothing:
    """A rule that finds nothing: requests go the long way."""

    name, mode = "nothing", Mode.ENFORCE

    def check(self, message: Any) -> None:
        return None


@pytest.mark.parametrize("rules", [[], [Nothing()]], ids=["short way", "long way"])
def test_a_sanction_made_while_a_text_waits_counts(street: Callable[..., Any], talk: Any, rules: list[Any]) -> None:
    at = street(judge=talk.Judge(), rules=rules)
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(7), at.now)
    assert len(at.house.judging) == 1
    at.book.put("301150232", CodeState.STRUCK)
    at.settle()
    assert reseller.statuses() == [(0x45, 7)]
    assert smsc.gets() == []
    at.is_quiet()


def test_a_late_text_found_bad_refuses_the_segments_that_follow(street: Callable[..., Any], talk: Any) -> None:
    at = street(judge=talk.Judge(), limits={"judge_deadline": 0.2})
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(1, b"\5\0\3\7\2\1casino", esm_class=0x40), at.now)
    at.now += 1.0
    at.settle()  # too late to be refused, and judged afterwards
    assert len(smsc.gets()) == 1
    assert at.house.judging.late_found == 1
    reseller.sends(talk.submit(2, b"\5\0\3\7\2\2 tonight", esm_class=0x40))
    assert reseller.statuses() == [(0x45, 2)]


# ---------------------------------------------------------------- binds


def test_texts_of_a_bind_are_judged_together(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), account={"max_binds": 2})
    one, _ = at.bound()
    two, _ = at.bound()
    at.judge.chunk = 3
    for n in range(1, 4):  # their reads come by turns
        waiting(at, one, talk.submit(n, b"one %d" % n))
        waiting(at, two, talk.submit(n, b"two %d" % n))
    at.house.judge(at.now)
    assert at.judge.asked == ["one 1", "one 2", "one 3"]
    at.house.judge(at.now)
    assert at.judge.asked[3:] == ["two 1", "two 2", "two 3"]


def test_a_bind_s_texts_are_not_split_for_a_little_room(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), account={"max_binds": 2})
    one, _ = at.bound()
    two, _ = at.bound()
    at.judge.chunk = 8
    waiting(at, one, *(talk.submit(n, b"one %d" % n) for n in range(1, 7)))
    waiting(at, two, *(talk.submit(n, b"two %d" % n) for n in range(1, 7)))
    asked = []
    while at.house.judge(at.now):
        asked.append(len(at.judge.asked))
    assert asked == [6]
    assert len(at.judge.asked) == 12


def test_what_a_run_has_no_room_for_has_its_turn_next(street: Make, talk: Any) -> None:
    class Slow(talk.Judge):  # type: ignore[name-defined,misc]
        """Takes many texts, and says something of the first two."""

        def said(self, texts: list[str], spent: float = 0.0) -> Any:
            return super().said(texts[:2], spent)

    at = street(judge=Slow(), accounts=["b"])
    reseller, smsc = at.bound()
    other, _ = at.bound(system_id=b"b")
    waiting(at, reseller, *(talk.submit(n, b"text %d" % n) for n in range(1, 6)))
    waiting(at, other, talk.submit(1, b"other"))
    assert at.house.judge(at.now)
    at.write()
    assert at.judge.asked == ["text 1", "text 2"]
    assert len(smsc.gets()) == 2
    assert len(at.house.judging) == 4
    while at.house.judge(at.now):
        pass
    assert at.judge.asked == ["text 1", "text 2", "other", "text 3", "text 4", "text 5"]
    at.settle()
    at.law()


def test_a_message_of_several_readings_is_decided_when_all_are_said(street: Make, talk: Any) -> None:
    class Slow(talk.Judge):  # type: ignore[name-defined,misc]
        def said(self, texts: list[str], spent: float = 0.0) -> Any:
            return super().said(texts[:3])

    at = street(judge=Slow("카지노"))
    reseller, smsc = at.bound()
    text = "지금 가입하시면 카지노 쿠폰을 드립니다".encode("cp949")  # declared as GSM: two readings
    waiting(at, reseller, *(talk.submit(n, text) for n in range(1, 4)), talk.submit(4))
    while at.house.judge(at.now):
        pass
    at.write()
    assert sorted(reseller.statuses()) == [(0x45, 1), (0x45, 2), (0x45, 3)]
    assert len(smsc.gets()) == 1
    at.law()
