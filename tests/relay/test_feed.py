"""What the sanctions are told of traffic that goes through a house: texts once, volumes by code, late ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from filters.contract import Finding, Mode, Reason
from smppproxy.app.feed import LOOKS_AT_ONCE, VOLUMES_AT_ONCE, Feed
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.verdicts import VerdictRow, VolumeRow

Make = Callable[..., Any]
HASH = Pseudonymiser(bytes(32))


class Shelf:
    """A spool that keeps rows."""

    def __init__(self) -> None:
        self.verdicts: list[VerdictRow] = []
        self.volumes: list[VolumeRow] = []

    def put(self, verdicts: Any, volumes: Any = ()) -> None:
        self.verdicts += verdicts
        self.volumes += volumes

    def flush(self, now: float) -> None: ...

    def close(self, now: float) -> None: ...


class Rule:
    """Finds what it is told to find."""

    name, mode, on_error = "link", Mode.OBSERVE, "forward"

    def __init__(self, *found: Finding) -> None:
        self.found = list(found)

    def check(self, message: Any) -> Finding | None:
        return self.found.pop(0) if self.found else None


def told(at: Any, name: Callable[[], str] | None = None, aside: Any = None) -> Shelf:
    shelf = Shelf()
    at.feed = Feed(shelf, HASH, lambda account: f"model of {account}", name, aside=aside)
    at.feed.begin(at.now, 5000.0 + at.now)
    at.house.desk.feed = at.feed
    return shelf


class Aside:
    """A thread that works when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        self.asked.append((Future(), work))
        return self.asked[-1][0]

    def work(self) -> None:
        for future, work in self.asked:
            future.set_result(work())


@pytest.mark.parametrize("ends", [False, True])
def test_rows_wait_for_what_looks_at_texts(street: Make, talk: Any, ends: bool) -> None:
    at = street(judge=talk.Judge())
    aside = Aside()
    shelf = told(at, aside=aside)
    reseller, _ = at.bound()
    for turn in range(2):
        reseller.sends(talk.submit(turn + 1, b"casino at http://www.evil.top/x"))
        at.feed.flush(5000.0 + at.now)
    assert (shelf.verdicts, len(aside.asked)) == ([], 1)
    aside.work()
    (at.feed.close if ends else at.feed.flush)(5000.0 + at.now)
    assert [row.host for row in shelf.verdicts] == ["evil.top"] * 2


def test_a_refused_text_is_told_with_all_that_a_court_would_ask_for(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    shelf = told(at, lambda: "t-1")
    reseller, _ = at.bound()
    text = b"casino bonus for everybody at http://www.evil.top/x tonight"
    reseller.sends(talk.submit(1, text))
    at.feed.flush(5000.0)
    (row,) = shelf.verdicts
    assert row == VerdictRow(
        5000.0 + at.now, "t-1", "reseller1", "301150232", row.sender, HASH.many([b"01012345678"])[0], row.text,
        row.cluster, "evil.top", "text_gambling", "gambling", 0.99, "model of reseller1", "text", True, True,
        "domestic", 1,
    )  # fmt: skip
    assert len(row.text) == 16
    assert len(row.cluster) == 64
    assert shelf.volumes == [VolumeRow(5000.0, "reseller1", "301150232", 1)]


def test_near_identical_texts_are_told_as_one_cluster(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    shelf = told(at)
    reseller, _ = at.bound()
    for number, tail in enumerate((b"zkq", b"ppw", b"vvj")):
        reseller.sends(talk.submit(number + 1, b"casino bonus for everybody, come tonight and win " + tail))
    at.feed.flush(5000.0)
    assert len({row.text for row in shelf.verdicts}) == 3
    assert len({row.cluster for row in shelf.verdicts}) == 1


def test_what_is_observed_is_told_as_such_when_it_is_answered(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(mode=Mode.OBSERVE))
    shelf = told(at)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"casino"), talk.submit(2, b"hello"))
    for request in smsc.reads():
        smsc.sends(talk.answer(request.sequence, b"id"))
    at.feed.flush(5000.0)
    (row,) = shelf.verdicts
    assert (row.enforced, row.refused, row.reason) == (False, False, "text_gambling")
    assert sum(volume.messages for volume in shelf.volumes) == 2


def test_a_text_in_segments_is_told_once(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    shelf = told(at)
    reseller, _ = at.bound()
    for number, part in enumerate((b"good evening ", b"casino ", b"tonight"), start=1):
        reseller.sends(talk.submit(number, b"\5\0\3\1\3" + bytes([number]) + part, esm_class=0x40))
    reseller.sends(talk.submit(9, b"\5\0\3\1\3\2casino ", esm_class=0x40))  # a retry
    at.feed.flush(5000.0)
    assert len(shelf.verdicts) == 1
    assert sum(volume.messages for volume in shelf.volumes) <= 1  # the first segment waits for its answer


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
def test_a_late_text_is_told_with_its_sender_and_code(street: Make, talk: Any, way: str) -> None:
    at = street(judge=talk.Judge(), **talk.WAYS[way])
    shelf = told(at)
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(1, b"casino"), at.now)
    at.later(0.3)
    at.settle()
    assert len(smsc.gets()) == 1
    at.feed.flush(5000.0)
    (row,) = shelf.verdicts
    assert (row.account, row.code, row.recipient) == ("reseller1", "301150232", HASH.many([b"01012345678"])[0])
    assert (row.enforced, row.refused, row.trace_id) == (True, False, "")
    assert row.at == pytest.approx(5000.0 + 1000.0, abs=1)


class Trace:
    """A recorder that keeps the trace ids of what was closed."""

    def __init__(self) -> None:
        self.given = 0
        self.kept: list[str] = []

    def name(self) -> str:
        self.given += 1
        return f"t-{self.given}"

    def answered(self, reseller: Any, tickets: Any, frames: Any) -> None:
        raise AssertionError("what was named is no plain ticket any more")

    def closed(self, ticket: Any, cause: Any, reason: Any, status: int, frame: Any) -> None:
        self.kept.append(ticket.note.trace_id)


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
def test_a_late_text_is_told_with_the_trace_id_of_its_message(street: Make, talk: Any, way: str) -> None:
    trace = Trace()
    at = street(judge=talk.Judge(), recorder=trace, **talk.WAYS[way])
    shelf = told(at, trace.name)
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(1, b"casino"), at.now)
    at.later(0.3)
    at.settle()
    [request] = smsc.reads()
    smsc.sends(talk.answer(request.sequence, b"id"))
    at.feed.flush(5000.0)
    (row,) = shelf.verdicts
    assert [row.trace_id] == trace.kept == ["t-1"]


def test_signals_and_what_says_nothing_of_the_text_are_not_told(street: Make, talk: Any) -> None:
    found = (
        Finding(Reason.LINK_REFUSED, "link", "a shortener", score=0.3, enforce=False),
        Finding(Reason.SENDER_SPOOFED, "link", enforce=False),
        Finding(Reason.LINK_REFUSED, "link", "listed", enforce=False),
    )
    at = street(rules=(Rule(*found),))
    shelf = told(at)
    reseller, smsc = at.bound()
    for number in range(3):
        reseller.sends(talk.submit(number + 1, b"hello"))
    for request in smsc.reads():
        smsc.sends(talk.answer(request.sequence, b"id"))
    at.feed.flush(5000.0)
    assert [(row.reason, row.rule, row.model) for row in shelf.verdicts] == [("link_refused", "link", "")]


def test_what_the_gate_sends_away_does_not_dilute_the_share(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    shelf = told(at)
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, code=talk.SUSPENDED), talk.submit(2, code=None), talk.submit(3, b"casino"))
    at.feed.flush(5000.0)
    assert [(volume.code, volume.messages) for volume in shelf.volumes] == [("301150232", 1)]


def test_looking_at_texts_is_spread_over_turns_and_nothing_is_lost(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    shelf = told(at)
    reseller, _ = at.bound()
    many = 3 * LOOKS_AT_ONCE
    reseller.sends(*(talk.submit(n + 1, b"casino " + bytes([97 + n]) * 30) for n in range(many)))
    at.feed.flush(5000.0)
    assert len(shelf.verdicts) == LOOKS_AT_ONCE
    at.feed.close(5000.1)
    assert len(shelf.verdicts) == many == at.feed.found


@pytest.mark.parametrize("ends", [False, True])
def test_many_codes_are_told_of_in_slices(street: Make, ends: bool) -> None:
    at = street(accounts=("other",))
    shelf = told(at)
    reseller, _ = at.bound()
    other, _ = at.bound(system_id=b"other")
    codes = [b"3%08d" % number for number in range(2 * VOLUMES_AT_ONCE)]
    at.feed.answered(reseller.link, [*codes, codes[0]])
    at.feed.answered(other.link, [b"301150232\0", b"301150232", None])
    at.feed.flush(5000.0)
    assert (len(shelf.volumes), at.feed.behind) == (VOLUMES_AT_ONCE, True)
    if ends:
        at.feed.close(5000.1)
    else:
        at.feed.flush(5000.01)
        at.feed.flush(5000.02)
    assert not at.feed.behind
    sent: Counter[tuple[str, str]] = Counter()
    for row in shelf.volumes:
        sent[row.account, row.code] += row.messages
    assert sent == {
        **{("reseller1", code.decode()): 1 for code in codes},
        ("reseller1", codes[0].decode()): 2,
        ("other", "301150232"): 2,
        ("other", ""): 1,
    }
