"""The short way: the same outcome as the long one, taken where nothing else is to be done and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.code import CodeSettings
from filters.contract import Mode
from filters.measures import measure
from filters.ports import CodeState
from smppproxy.relay.plan import CodeTlv, ExtraTlv, Forward, InquiryPlan
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]

UNBIND = codec.encode(Pdu(c.UNBIND, sequence=900))
ENQUIRE = codec.encode(Pdu(c.ENQUIRE_LINK, sequence=901))


class Recorder:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.plain: list[int] = []
        self.others: list[int] = []

    def name(self) -> str:
        return "id"

    def answered(self, reseller: Any, tickets: list[Any], frames: list[Any]) -> None:
        self.plain += [ticket.sequence_number for ticket in tickets]

    def closed(self, ticket: Any, *_: Any) -> None:
        self.others.append(ticket.sequence_number)


def took(at: Any, end: Any, *octets: bytes) -> bool:
    """Whether a read goes the short way."""
    said = at._treat(end.link, b"".join(octets), at.now)
    if said is not None:
        at.written[end.link.pair] = at.written.get(end.link.pair, b"") + said
    at.settle()
    return said is not None


def test_plain_requests_and_answers_go_the_short_way(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    told: list[Any] = []
    at.house.desk.feed = SimpleNamespace(answered=lambda who, notes: told.append((who, notes)))
    reseller.sends(talk.submit(1))  # a code that nobody has seen is looked up
    assert took(at, reseller, talk.submit(2), talk.submit(3))
    sent = smsc.gets()
    assert [raw[16:] for raw in sent] == [talk.submit(1)[16:]] * 3
    numbers = [int.from_bytes(raw[12:16]) for raw in sent]
    assert took(at, smsc, *(talk.answer(number, b"id%d" % number) for number in reversed(numbers)))
    assert reseller.gets() == [talk.answer(own, b"id%d" % n) for own, n in zip((3, 2, 1), numbers[::-1], strict=True)]
    assert reseller.link.peak == 3
    assert told == [(reseller.link, [b"301150232"] * 3)]
    at.law()
    at.is_quiet()


@pytest.mark.parametrize(
    "options",
    [
        {"account": {"rate": 1000.0}},
        {"account": {"code": CodeTlv(extras=(ExtraTlv("relay", 0x1401),))}},
        {"account": {"code": CodeTlv(forward=Forward.STRIP)}},
        {"inquiry": InquiryPlan(mode=Mode.OBSERVE)},
        {"mode": "pooled"},
    ],
)
def test_more_to_ask_is_the_long_way(street: Make, talk: Any, options: dict[str, Any]) -> None:
    at = street(**options)
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1))
    assert not took(at, reseller, talk.submit(2))


def test_what_is_not_plain_is_left_alone(street: Make, talk: Any) -> None:
    at = street(account={"window": 3})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    assert not took(at, reseller, talk.submit(2), ENQUIRE)
    assert not took(at, reseller, talk.submit(3, code=None))
    assert not took(at, reseller, talk.submit(4), talk.submit(5))  # over the window
    sent = [int.from_bytes(raw[12:16]) for raw in smsc.gets()]
    assert not took(at, smsc, talk.answer(sent[0]), talk.answer(sent[0]))
    assert not took(at, smsc, talk.answer(4711))
    at.law()


def test_a_sanction_is_met_by_the_next_read(street: Make, talk: Any) -> None:
    at = street()
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1))
    assert took(at, reseller, talk.submit(2))
    at.book.put("301150232", CodeState.SUSPENDED)
    at.rule.refresh()  # as each turn of a worker begins
    assert not took(at, reseller, talk.submit(3))
    assert [sequence for _, sequence in reseller.statuses()] == [3]


def test_an_account_under_sanction_and_watched_messages_take_the_long_way(street: Make, talk: Any) -> None:
    at = street()
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1))
    against = measure("suspended")
    for sanctions in (
        SimpleNamespace(account=lambda name: against, of_account=lambda *_: None, messages=None, pace=None),
        SimpleNamespace(
            account=lambda name: None, messages=SimpleNamespace(follow=lambda: True, check=lambda _: None, version=1)
        ),
    ):
        before, at.house.desk.sanctions = at.house.desk.sanctions, sanctions
        assert at.house._express.requests(reseller.link, reseller.link.account, cut(talk.submit(2))) is None
        at.house.desk.sanctions = before
    assert at.house._express.requests(reseller.link, reseller.link.account, cut(talk.submit(2))) is not None


def test_numbers_that_wrap_and_ends_that_are_over_take_the_long_way(street: Make, talk: Any) -> None:
    at = street(recorder=Recorder())
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    way, link, carrier = at.house._express, reseller.link, smsc.link
    carrier.session._sequence = c.MAX_SEQUENCE - 1
    assert way.requests(link, link.account, cut(talk.submit(2) + talk.submit(3))) is None
    carrier.session._sequence = 100
    [asked] = [int.from_bytes(raw[12:16]) for raw in smsc.gets()]
    for end, name, value in ((link, "gone", True), (link, "account", None), (carrier, "noted", 1)):
        before = getattr(end, name)
        setattr(end, name, value)
        assert way.answers(carrier, cut(talk.answer(asked))) is None
        setattr(end, name, before)
    at.house.dirty[link] = at.house.dirty[carrier] = None  # each has words to write that come first
    assert way.answers(carrier, cut(talk.answer(asked))) is None
    assert way.requests(link, link.account, cut(talk.submit(2))) is None
    at.write()
    carrier.parting = True
    assert way.requests(link, link.account, cut(talk.submit(2))) is None
    carrier.parting = False
    assert way.requests(link, link.account, cut(talk.submit(2))) is not None
    assert [ticket.destination_addr for ticket in carrier.window][1] == b"01012345678"  # the trace reads it later
    assert way.answers(carrier, cut(talk.answer(asked))) == talk.answer(1)


def cut(octets: bytes) -> list[Any]:
    return list(kernel.cut(octets, 1 << 20)[0])


def test_a_drain_and_a_dying_link_are_met_at_once(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    assert took(at, reseller, talk.submit(2))
    at.house.drain()
    assert not took(at, reseller, talk.submit(3))
    sent = [int.from_bytes(raw[12:16]) for raw in smsc.gets()]
    reseller.sends(UNBIND)
    assert not took(at, smsc, *(talk.answer(number) for number in sent))
    assert reseller.closed
    at.law()
    assert at.house.desk.count.in_flight == 0


def steps() -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """A conversation: reads of requests, answers to what is open, and what disturbs them."""
    some = st.lists(st.sampled_from(["plain", "none", "bad", "header", "enquire"]), min_size=1, max_size=4)
    return st.lists(
        st.one_of(
            st.tuples(st.just("ask"), some),
            st.tuples(st.just("answer"), st.lists(st.integers(0, 6), min_size=1, max_size=5), st.booleans()),
            st.tuples(st.just("chop"), st.integers(1, 60)),
            st.tuples(st.just("wait"), st.sampled_from([0.1, 40.0])),
            st.tuples(st.just("unbind")),
        ),
        max_size=12,
    )


def held(at: Any, talk: Any, script: list[tuple[Any, ...]], recorder: Recorder) -> Any:
    """Everything that is to be seen of a conversation."""
    reseller, smsc = at.bound()
    seen: list[Any] = []
    open_numbers: list[int] = []
    number = 0
    for what, *how in script:
        if reseller.closed or smsc.closed:
            break
        if what == "ask":
            pdus = []
            for kind in how[0]:
                number += 1
                pdus.append(
                    {
                        "plain": lambda n: talk.submit(n),
                        "none": lambda n: talk.submit(n, code=None),
                        "bad": lambda n: talk.submit(n, code=b"999999999"),
                        "header": lambda n: talk.submit(n, b"\5\0\3\7\2\1hello", esm_class=0x40),
                        "enquire": lambda n: codec.encode(Pdu(c.ENQUIRE_LINK, sequence=n)),
                    }[kind](number)
                )
            reseller.sends(*pdus)
        elif what == "answer":
            chosen = [open_numbers[at_] for at_ in how[0] if at_ < len(open_numbers)]
            if not how[1]:
                chosen = list(dict.fromkeys(chosen))
            if chosen:
                smsc.sends(*(talk.answer(each, b"id%d" % each) for each in chosen))
            open_numbers = [each for each in open_numbers if each not in chosen]
        elif what == "chop":
            number += 1
            raw = talk.submit(number)
            reseller.sends(raw[: how[0]])
            reseller.sends(raw[how[0] :])
        elif what == "wait":
            at.waits(how[0], step=5.0)
        else:
            reseller.sends(UNBIND)
        said = smsc.gets()
        open_numbers += [int.from_bytes(raw[12:16]) for raw in said if raw[7] == c.SUBMIT_SM]
        seen.append((said, reseller.gets(), reseller.closed, smsc.closed))
        at.law()
    count = at.house.desk.count
    totals = count.taken, dict(count.closed), dict(count.reasons), at.house.carriage.strays
    return seen, totals, reseller.link.peak, sorted(recorder.plain + recorder.others)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=steps(), traced=st.booleans())
def test_both_ways_have_the_same_outcome(street: Make, talk: Any, script: list[tuple[Any, ...]], traced: bool) -> None:
    outcomes = []
    for express in (True, False):
        recorder = Recorder()
        at = street(
            express=express,
            recorder=recorder if traced else None,
            account={"window": 6},
            code=CodeSettings(),
            session={"enquire_link": 30.0},
        )
        outcomes.append(held(at, talk, script, recorder))
    assert outcomes[0] == outcomes[1]
