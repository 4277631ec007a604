"""A street to test the house in: resellers on one side, SMSCs on the other, no socket and no clock but ours.

Tests read as a conversation::

    reseller, smsc = street.bound()
    reseller.sends(submit(7))
    assert smsc.gets() == [submit(1)]
    smsc.sends(answer(1, b"id"))
    assert reseller.gets() == [answer(7, b"id")]
    street.is_quiet()
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from filters.code import CodeRule, CodeSettings
from filters.contract import Finding, Message, Mode, Reason
from filters.gate import Gate
from filters.policy import Policy
from filters.ports import CodeEntry, CodeState
from smppproxy.relay.house import House
from smppproxy.relay.links import Link
from smppproxy.relay.plan import AccountPlan, CodeTlv, ExtraTlv, InquiryPlan, Plan, RelayLimits, UpstreamPlan
from smppproxy.relay.quarantine import Held
from smppproxy.relay.ticket import Route
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits

ACTIVE, SUSPENDED, UNKNOWN = b"301150232", b"301150233", b"999999999"


class Book:
    """A registry of two codes that a test may change."""

    def __init__(self) -> None:
        self.version = 1
        self.entries = {
            "301150232": CodeEntry(CodeState.ACTIVE),
            "301150233": CodeEntry(CodeState.SUSPENDED),
        }

    def code(self, code: str) -> CodeEntry | None:
        return self.entries.get(code)

    def put(self, code: str, state: CodeState) -> None:
        self.entries[code] = CodeEntry(state)
        self.version += 1


class Judge:
    """A text judge that calls a text bad when it holds the word, and counts what it was asked."""

    name = "text"

    def __init__(self, word: str = "casino", mode: Mode = Mode.ENFORCE) -> None:
        self.word = word
        self.mode = mode
        self.chunk = 8
        self.chunk_octets = 8 * 1000
        self.hold = 0.0005
        self.asked: list[str] = []
        self.memory: dict[str, _Verdict] = {}
        self.spent: list[float] = []

    def said(self, texts: list[str], spent: float = 0.0) -> tuple[list[_Verdict], int]:
        assert len(texts) <= self.chunk
        self.spent.append(spent)
        new = [text for text in dict.fromkeys(texts) if text not in self.memory]
        self.asked += new
        self.memory.update((text, _Verdict(text, self.word in text)) for text in new)
        return [self.memory[text] for text in texts], len(new)

    def finding(self, verdict: _Verdict, route: str = "domestic") -> Finding | None:
        if not verdict.bad:
            return None
        return Finding(Reason.TEXT_GAMBLING, "text", "gambling 0.99", 0.99, self.mode is Mode.ENFORCE)


class _Verdict:
    score = 0.99

    def __init__(self, text: str, bad: bool) -> None:
        self.bad = bad
        self.key = text.encode("utf-8", "surrogatepass")
        self.top = "gambling" if bad else "ham"
        self.over = "gambling" if bad else ""


class Routes:
    """Remembers every message_id."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Route] = {}

    def remember(self, upstream: str, message_id: str, route: Route, now: float) -> None:
        self.known[upstream, message_id] = route

    def find(self, upstream: str, spellings: Sequence[str]) -> Route | None:
        return next((self.known[upstream, s] for s in spellings if (upstream, s) in self.known), None)


class End:
    """The far end of one link."""

    def __init__(self, street: Street, link: Link) -> None:
        self.street = street
        self.link = link
        self._tail = b""

    def sends(self, *pdus: bytes) -> None:
        """All of it arrives in one read."""
        self.sends_octets(b"".join(pdus))

    def sends_octets(self, octets: bytes) -> None:
        assert not self.link.gone, "the connection is closed"
        self.street.house.sent(self.link, octets, self.street.now)
        self.street.settle()

    def gets(self) -> list[bytes]:
        """Take what was written to this end, cut into PDUs."""
        octets = self._tail + self.street.written.pop(self.link, b"")
        frames, used, fault = kernel.cut(octets, 1 << 20)
        assert not fault
        self._tail = octets[used:]
        return [frame.raw for frame in frames]

    def reads(self) -> list[Pdu]:
        """Take what was written to this end, decoded."""
        return [codec.decode(raw) for raw in self.gets()]

    def statuses(self) -> list[tuple[int, int]]:
        """Take what was written: (command_status, sequence_number) of each."""
        return [(pdu.status, pdu.sequence) for pdu in self.reads()]

    def hangs_up(self) -> None:
        self.street.written.pop(self.link, None)
        self.street.house.gone(self.link, self.street.now)
        self.street.settle()

    @property
    def closed(self) -> bool:
        return self.link.gone


class Street:
    """One house and its neighbours."""

    def __init__(
        self,
        *,
        mode: str = "paired",
        account: dict[str, Any] | None = None,
        upstream: dict[str, Any] | None = None,
        limits: dict[str, Any] | None = None,
        session: dict[str, Any] | None = None,
        code: CodeSettings | None = None,
        judge: Judge | None = None,
        rules: Sequence[Any] = (),
        accounts: Sequence[str] = (),
        siblings: bool = False,
        recorder: Any = None,
        policy: Policy | None = None,
        inquiry: InquiryPlan | None = None,
        express: bool = True,
        busy: bool = False,
    ) -> None:
        """``busy``: the judge has time for one thing at a time, and others have their turn before it goes on."""
        self.now = 1000.0
        self.busy = busy
        self.policy = policy or Policy()
        self.written_down: list[Held] = []  # what the disk has of the quarantine
        self.written: dict[Link, bytes] = {}
        self.book = Book()
        self.judge = judge
        self.routes = Routes()
        self.rule = CodeRule(code or CodeSettings(), self.book)
        pooled = {"paired": False, "binds": 1, "system_id": b"proxy", "password": b"pw"} if mode == "pooled" else {}
        self.account_plan = AccountPlan(b"reseller1", "smsc", self.rule, **(account or {}))
        if mode == "pooled" and self.account_plan.verify is None:
            self.account_plan = replace(self.account_plan, verify=lambda given: given == b"secret")
        others = [replace(self.account_plan, system_id=name.encode()) for name in accounts]
        self.plan = Plan(
            {plan.system_id: plan for plan in (self.account_plan, *others)},
            {"smsc": UpstreamPlan("smsc", **(pooled | (upstream or {})))},
            RelayLimits(**(limits or {})),
            inquiry,
        )
        self.house = House(
            self.plan,
            Gate(rules, judge, self.policy),
            judge,
            Limits(**(session or {})),
            clock=lambda: 1_700_000_000.0 + self.now,
            routes=self.routes,
            recorder=recorder,
            chance=random.Random(7),
            siblings=siblings,
            timer=itertools.count(0, 0.00015).__next__ if busy else None,
        )
        self.house.desk.quarantine.enabled = True
        self._treat, self.house.sent = self.house.sent, self._sent  # type: ignore[method-assign]
        if not express:
            none = SimpleNamespace(requests=lambda *_: None, answers=lambda *_: None)
            self.house._express = none  # type: ignore[assignment]
        self.house.start(self.now)

    # ------------------------------------------------------------ the worker's part

    def _sent(self, link: Link, data: bytes, now: float) -> None:
        octets = self._treat(link, data, now)
        pair = link.pair
        if octets is not None and pair is not None:
            self.written[pair] = self.written.get(pair, b"") + octets
            self.house.watch(pair, now)

    def settle(self) -> None:
        """What a worker does after each event: judge, write, close."""
        self.rule.refresh()
        while self.house.judge(self.now) and not self.busy:
            pass
        self.write()

    def write(self) -> None:
        while self.house.dirty:
            links = list(self.house.dirty)
            self.house.dirty.clear()
            for link in links:
                octets = link.take()
                if octets:
                    self.written[link] = self.written.get(link, b"") + octets
                if link.session.closing:
                    self.house.gone(link, self.now)
                else:
                    self.house.watch(link, self.now)

    def waits(self, seconds: float, step: float = 0.1) -> None:
        """Time goes by, tick by tick."""
        until = self.now + seconds
        while self.now < until - 1e-9:
            self.now = min(until, self.now + step)
            self.house.tick(self.now)
            self.settle()

    def disk(self, safe: bool = True) -> list[Held]:
        """Write what is to be held, or have no room for it; returns that."""
        taken = self.house.desk.quarantine.take()
        for held in taken:
            self.house.desk.held(held, safe)
        self.written_down += taken if safe else []
        self.settle()
        return taken

    # ------------------------------------------------------------ neighbours

    def reseller(self, peer: str = "192.0.2.7") -> End:
        """A connection that has not bound yet."""
        link = self.house.arrived(peer, 0, self.now)
        assert link is not None
        return End(self, link)

    def dialled(self) -> list[End]:
        """Let every dialled upstream connect."""
        orders, self.house.doors.to_dial = self.house.doors.to_dial, []
        ends = []
        for order in orders:
            self.house.connected(order.carrier, self.now)
            ends.append(End(self, order.carrier))
        self.settle()
        return ends

    def undialled(self) -> list[float]:
        """Let every dialled upstream fail; returns after how many seconds each was to be dialled."""
        orders, self.house.doors.to_dial = self.house.doors.to_dial, []
        for order in orders:
            self.house.gone(order.carrier, self.now)
        self.settle()
        return [order.at - self.now for order in orders]

    def bound(self, command: int = c.BIND_TRANSCEIVER, system_id: bytes = b"reseller1") -> tuple[End, End]:
        """A reseller bound through to an SMSC (paired), or to us beside a bound SMSC link (pooled)."""
        if not self.plan.upstreams["smsc"].paired:
            smsc = self.pool()
            reseller = self.reseller()
            reseller.sends(bind(1, system_id, b"secret", command))
            assert [pdu.status for pdu in reseller.reads()] == [0]
            return reseller, smsc
        reseller = self.reseller()
        reseller.sends(bind(1, system_id, b"secret", command))
        [smsc] = self.dialled()
        [asked] = smsc.reads()
        smsc.sends(bind_answer(asked.sequence, command))
        assert [pdu.status for pdu in reseller.reads()] == [0]
        return reseller, smsc

    def pool(self) -> End:
        """The shared link, bound."""
        carriers = [carrier for carrier in self.house.carriers if carrier.bound]
        if carriers:
            return End(self, carriers[0])
        [smsc] = self.dialled()
        [asked] = smsc.reads()
        smsc.sends(bind_answer(asked.sequence, asked.command))
        return smsc

    def later(self, seconds: float) -> None:
        """Time passes and nobody looks."""
        self.now += seconds

    def reloads(self, plan: Plan, *, judge: Judge | None = None, rules: Sequence[Any] = ()) -> None:
        """Follow another plan."""
        self.plan = plan
        self.house.reload(plan, Gate(rules, judge, self.policy), judge, self.now)
        self.settle()

    def law(self) -> None:
        """taken = closed + in flight, and what is in flight is the resellers' own."""
        house = self.house
        open_rows = sum(len(carrier.window) for carrier in house.carriers)
        queued = sum(len(upstream.waiting) for upstream in house.upstreams.values())
        held = sum(len(whole.held) for whole in house.desk.holding)
        waiting = len(house.judging) + len(house.desk.quarantine) + len(house.inquiry)
        assert house.desk.count.in_flight == open_rows + queued + waiting + held
        for reseller in house.resellers:
            assert 0 <= reseller.in_flight <= house.desk.count.in_flight
            assert 0 <= reseller.held <= reseller.in_flight
        for carrier in house.carriers:
            assert 0 <= carrier.noted <= len(carrier.window)
        for account in house.doors.accounts.values():
            assert account.deliveries >= 0

    def is_quiet(self) -> None:
        """Nothing is in flight, nothing is left to write, and the law holds."""
        assert self.house.desk.count.in_flight == 0
        assert not any(self.written.values())
        assert sum(reseller.in_flight for reseller in self.house.resellers) == 0


def bind(
    sequence: int, system_id: bytes = b"reseller1", password: bytes = b"secret", command: int = c.BIND_TRANSCEIVER
) -> bytes:
    fields = {"system_id": system_id, "password": password, "interface_version": 0x34}
    return codec.encode(Pdu(command, 0, sequence, fields))


def bind_answer(sequence: int, command: int = c.BIND_TRANSCEIVER, status: int = 0) -> bytes:
    fields = {"system_id": b"SMSC"} if not status else {}
    return codec.encode(Pdu(command | c.RESPONSE_BIT, status, sequence, fields))


def submit(
    sequence: int,
    text: bytes = b"hello",
    code: bytes | None = ACTIVE,
    tlvs: Sequence[tuple[int, bytes]] = (),
    command: int = c.SUBMIT_SM,
    **fields: Any,
) -> bytes:
    stated = {
        "source_addr": b"0215880000",
        "destination_addr": b"01012345678",
        "registered_delivery": 1,
        "data_coding": 0,
        **({} if command == c.DATA_SM else {"short_message": text}),
        **fields,
    }
    head = [(0x1400, code)] if code is not None else []
    payload = [(c.TAG_MESSAGE_PAYLOAD, text)] if command == c.DATA_SM else []
    return codec.encode(Pdu(command, 0, sequence, stated, [*head, *tlvs, *payload]))


def answer(sequence: int, message_id: bytes = b"", status: int = 0, command: int = c.SUBMIT_SM) -> bytes:
    fields = {"message_id": message_id} if not status else {}
    return codec.encode(Pdu(command | c.RESPONSE_BIT, status, sequence, fields))


def deliver(sequence: int, text: bytes = b"hi", esm_class: int = 0, **fields: Any) -> bytes:
    stated = {
        "source_addr": b"01012345678",
        "destination_addr": b"15880000",
        "esm_class": esm_class,
        "short_message": text,
        **fields,
    }
    return codec.encode(Pdu(c.DELIVER_SM, 0, sequence, stated))


def header(command: int, sequence: int, status: int = 0) -> bytes:
    return kernel.headers(command, [status], [sequence])


class Quiet:
    """A rule that has nothing to say."""

    name, mode, on_error = "quiet", Mode.ENFORCE, "forward"

    def check(self, message: Message) -> Finding | None:
        return None


class Talk:
    """The PDUs of these conversations."""

    #: The ways a plain request may go, and with what settings of a street: asked for its code and text alone, by rules
    #: too, or looked at one by one, as where further identities are read.
    WAYS: ClassVar[dict[str, dict[str, Any]]] = {
        "plain": {},
        "rules": {"rules": (Quiet(),)},
        "long": {"account": {"code": CodeTlv(extras=(ExtraTlv("relay", 0x1401),))}},
    }

    ACTIVE, SUSPENDED, UNKNOWN = ACTIVE, SUSPENDED, UNKNOWN
    bind = staticmethod(bind)
    bind_answer = staticmethod(bind_answer)
    submit = staticmethod(submit)
    answer = staticmethod(answer)
    deliver = staticmethod(deliver)
    header = staticmethod(header)
    Judge = Judge


@pytest.fixture
def street() -> Callable[..., Street]:
    """Build a street: ``street(mode="pooled", account={"window": 2})``."""
    return Street


@pytest.fixture
def talk() -> type[Talk]:
    """What is said on it."""
    return Talk
