"""The law of the house, in random conversations: taken = closed + in flight, and each request is answered once.

``HYPOTHESIS_PROFILE=deep`` makes the conversations many times as many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from filters.contract import Action, Reason
from filters.exemptions import Exemption
from filters.policy import Policy
from filters.ports import CodeState
from smppproxy.relay.release import Fate, Order
from smppproxy.relay.ticket import Cause
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.states import BIND_STATES

Make = Callable[..., Any]

EXAMPLES = min(settings().max_examples * 3 // 2, 2_000)
ACTIONS = [Action.REFUSE, Action.REFUSE, *Action]
EXEMPT = Exemption(name="otp", owner="anna", why="", until=2e9, accounts=frozenset({"reseller2"}))
RARELY = st.sampled_from([False, False, False, True])
TEXTS = [b"hello", b"casino", b"cas", b"ino", b"\x0c\xa0\xb1\xb5 casino"]


class Peer:
    """One far end: what it asked and what it was asked, each to be answered once."""

    def __init__(self, end: Any) -> None:
        self.end = end
        self.asked: Counter[tuple[int, int]] = Counter()
        self.open: list[tuple[int, int]] = []  # requests of ours it has not answered: command, sequence_number
        self.alerts: set[int] = set()  # an alert_notification is nacked in a wrong state, else not answered at all
        self.sequence = 0
        self.wild = False  # it sent garbage: its answers prove nothing any more

    def next(self) -> int:
        self.sequence += 1
        return self.sequence

    def sends(self, *pdus: bytes) -> None:
        for pdu in pdus:
            command = int.from_bytes(pdu[4:8], "big")
            if command == c.ALERT_NOTIFICATION:
                self.alerts.add(int.from_bytes(pdu[12:16], "big"))
            elif not command & c.RESPONSE_BIT:
                self.asked[command | c.RESPONSE_BIT, int.from_bytes(pdu[12:16], "big")] += 1
        self.end.sends(*pdus)

    def reads(self) -> None:
        for raw in self.end.gets():
            command, sequence = int.from_bytes(raw[4:8], "big"), int.from_bytes(raw[12:16], "big")
            if not command & c.RESPONSE_BIT:
                if command != c.ALERT_NOTIFICATION:
                    self.open.append((command, sequence))
            elif command == c.GENERIC_NACK and sequence in self.alerts:
                self.alerts.remove(sequence)
            elif not self.wild:
                if command == c.GENERIC_NACK or (command, sequence) not in self.asked:
                    # a peer's own odd answer is handed through: it answers whatever has that number
                    known = [key for key in self.asked if key[1] == sequence]
                    assert known, f"answered without a question: {raw.hex()}"
                    command = known[0][0]
                assert self.asked[command, sequence] > 0, f"answered twice: {raw.hex()}"
                self.asked[command, sequence] -= 1
                if not self.asked[command, sequence]:
                    del self.asked[command, sequence]

    @property
    def lives(self) -> bool:
        return not self.end.closed


class Town(RuleBasedStateMachine):
    """Resellers, SMSCs, and time."""

    make: Make
    talk: Any

    @initialize(
        pooled=st.booleans(),
        judged=st.booleans(),
        hold=st.sampled_from([0.0, 1.0]),
        window=st.integers(2, 8),
        credit=st.integers(2, 5),
        rewrites=st.booleans(),
        text=st.sampled_from(ACTIONS),
        code=st.sampled_from(ACTIONS),
        exempt=st.booleans(),
        busy=st.booleans(),
    )
    def found(
        self,
        pooled: bool,
        judged: bool,
        hold: float,
        window: int,
        credit: int,
        rewrites: bool,
        text: Action,
        code: Action,
        exempt: bool,
        busy: bool,
    ) -> None:
        self.pooled = pooled
        self.judge = self.talk.Judge() if judged else None
        self.at = self.make(
            mode="pooled" if pooled else "paired",
            account={"window": window, "max_binds": 3, "numbers": ("1588",), "explain": rewrites},
            upstream={"response_timeout": 5.0, **({"window": credit, "binds": 2} if pooled else {})},
            limits={"queue": 3, "judge_queue": 10, "segment_hold": hold, "deliveries": 2, "deliver_timeout": 3.0},
            session={"enquire_link": 30.0, "response": 4.0, "session_init": 5.0},
            judge=self.judge,
            accounts=["reseller2"],
            policy=Policy(
                {Reason.TEXT_GAMBLING: text, Reason.CODE_MISSING: code, Reason.CODE_SANCTIONED: text},
                "Unverified",
                [EXEMPT] if exempt else [],
            ),
            busy=busy,
        )
        self.at.house.deliveries.aliases = True
        self.released: list[list[Fate]] = []  # what was told of each message that was released: once, in the end
        self.resellers: list[Peer] = []
        self.smscs: list[Peer] = []
        for name in (b"reseller1", b"reseller2"):
            self.one_binds_through(name)

    # ------------------------------------------------------------ comings and goings

    @rule(
        name=st.sampled_from([b"reseller1", b"reseller2", b"stranger"]),
        command=st.sampled_from([c.BIND_TRANSCEIVER, c.BIND_TRANSCEIVER, c.BIND_TRANSMITTER, c.BIND_RECEIVER]),
        chop=st.integers(0, 40),
    )
    def a_reseller_binds(self, name: bytes, command: int, chop: int) -> None:
        if len(self.resellers) >= 4:
            return
        peer = Peer(self.at.reseller())
        self.resellers.append(peer)
        pdu = self.talk.bind(peer.next(), name, b"secret", command)
        peer.asked[command | c.RESPONSE_BIT, peer.sequence] += 1
        peer.end.sends(pdu[:chop])
        peer.end.sends(pdu[chop:])

    @precondition(lambda self: len(self.resellers) < 3)
    @rule(name=st.sampled_from([b"reseller1", b"reseller2"]))
    def one_binds_through(self, name: bytes) -> None:
        peer = Peer(self.at.reseller())
        self.resellers.append(peer)
        peer.sends(self.talk.bind(peer.next(), name))
        self.smscs += [Peer(end) for end in self.at.dialled()]
        for smsc in self.smscs:
            smsc.reads()
            for command, sequence in [row for row in smsc.open if row[0] in BIND_STATES]:
                smsc.open.remove((command, sequence))
                smsc.sends(self.talk.bind_answer(sequence, command))

    @rule(works=st.booleans())
    def upstreams_are_dialled(self, works: bool) -> None:
        if works:
            self.smscs += [Peer(end) for end in self.at.dialled()]
        else:
            self.at.undialled()

    @precondition(lambda self: self.resellers or self.smscs)
    @rule(data=st.data(), sure=RARELY)
    def somebody_hangs_up(self, data: st.DataObject, sure: bool) -> None:
        if sure:
            data.draw(st.sampled_from(self.resellers + self.smscs)).end.hangs_up()

    @precondition(lambda self: self.resellers or self.smscs)
    @rule(data=st.data(), again=st.booleans(), sure=RARELY)
    def somebody_unbinds(self, data: st.DataObject, again: bool, sure: bool) -> None:
        if not sure:
            return
        peer = data.draw(st.sampled_from(self.resellers + self.smscs))
        peer.sends(*(self.talk.header(c.UNBIND, peer.next()) for _ in range(1 + again)))

    # ------------------------------------------------------------ requests

    @precondition(lambda self: self.resellers)
    @rule(data=st.data(), many=st.integers(1, 5), leaves=RARELY, prompt=st.booleans())
    def a_reseller_asks(self, data: st.DataObject, many: int, leaves: bool, prompt: bool) -> None:
        peer = data.draw(st.sampled_from(self.resellers))
        pdus = [self._request(data, peer) for _ in range(many)]
        if leaves and many == 5:
            pdus.append(self.talk.header(c.UNBIND, peer.next()))
        peer.sends(*pdus)
        for smsc in self.smscs if prompt else ():
            smsc.reads()
            for command, sequence in [row for row in smsc.open if row[0] in (c.SUBMIT_SM, c.DATA_SM)]:
                smsc.open.remove((command, sequence))
                if smsc.lives:
                    smsc.sends(self.talk.answer(sequence, b"id%d" % (sequence % 3), command=command))

    def _request(self, data: st.DataObject, peer: Peer) -> bytes:
        talk = self.talk
        number = peer.next()
        if data.draw(st.integers(0, 9)) == 0 and number > 1:
            number -= 1  # a client may well use a number twice
        kind = data.draw(st.sampled_from(["submit", "submit", "segment", "about", "enquire", "odd", "data"]))
        code = data.draw(st.sampled_from([talk.ACTIVE, talk.ACTIVE, talk.ACTIVE, talk.SUSPENDED, None]))
        text = data.draw(st.sampled_from(TEXTS))
        if kind == "segment":
            part = data.draw(st.integers(1, 3))
            return bytes(talk.submit(number, b"\5\0\3\7\3" + bytes([part]) + text, code, esm_class=0x40))
        if kind == "about":
            command = data.draw(st.sampled_from([c.QUERY_SM, c.CANCEL_SM, c.REPLACE_SM, c.QUERY_BROADCAST_SM]))
            fields = {"message_id": data.draw(st.sampled_from([b"", b"id1", b"id2"])), "source_addr": b"1"}
            if command == c.REPLACE_SM:
                fields["short_message"] = text
            return codec.encode(Pdu(command, 0, number, fields))
        if kind == "enquire":
            return bytes(talk.header(data.draw(st.sampled_from([c.ENQUIRE_LINK, 0x99, c.DELIVER_SM])), number))
        if kind == "odd":
            whole = bytearray(talk.submit(number, text, code))
            whole[data.draw(st.integers(16, len(whole) - 1))] = data.draw(st.integers(0, 255))
            return bytes(whole)
        return bytes(talk.submit(number, text, code, command=c.DATA_SM if kind == "data" else c.SUBMIT_SM))

    @precondition(lambda self: any(peer.open for peer in self.smscs + self.resellers))
    @rule(data=st.data(), how=st.sampled_from(["well"] * 6 + ["twice", "nack", "strange", "refuse"]))
    def somebody_answers(self, data: st.DataObject, how: str) -> None:
        peer = data.draw(st.sampled_from([p for p in self.smscs + self.resellers if p.open]))
        some = list(peer.open)
        if data.draw(RARELY):
            some = data.draw(st.permutations(some))[1:]
        pdus = []
        for command, sequence in some:
            peer.open.remove((command, sequence))
            status = 0x45 if how == "refuse" else 0
            pdu = self.talk.header(command | c.RESPONSE_BIT, sequence, status)
            if how == "nack":
                pdu = self.talk.header(c.GENERIC_NACK, sequence, 3)
            elif how == "strange":
                pdu = self.talk.header(c.QUERY_SM_RESP, sequence)
            elif not status and command in (c.SUBMIT_SM, c.DATA_SM):
                pdu = self.talk.answer(sequence, b"id%d" % (sequence % 3), command=command)
            elif not status and command in (c.BIND_TRANSCEIVER, c.BIND_TRANSMITTER, c.BIND_RECEIVER):
                pdu = self.talk.bind_answer(sequence, command)
            pdus += [pdu] * (2 if how == "twice" else 1)
        peer.sends(*pdus, self.talk.header(c.SUBMIT_SM_RESP, 0x7000_0000))

    @precondition(lambda self: self.smscs)
    @rule(data=st.data(), many=st.integers(1, 3))
    def the_smsc_asks(self, data: st.DataObject, many: int) -> None:
        peer = data.draw(st.sampled_from(self.smscs))
        pdus = []
        for _ in range(many):
            kind = data.draw(st.sampled_from(["mo", "nobody's", "receipt", "alert", "enquire", "wrong"]))
            number = peer.next() + 0x1000
            if kind == "alert":
                pdus.append(
                    codec.encode(Pdu(c.ALERT_NOTIFICATION, 0, number, {"source_addr": b"1", "esme_addr": b"2"}))
                )
            elif kind in ("enquire", "wrong"):
                pdus.append(self.talk.header(c.ENQUIRE_LINK if kind == "enquire" else c.SUBMIT_SM, number))
            elif kind == "receipt":
                pdus.append(self.talk.deliver(number, b"id:id1 stat:DELIVRD", esm_class=4))
            else:
                pdus.append(self.talk.deliver(number, destination_addr=b"15881" if kind == "mo" else b"999"))
        peer.sends(*pdus)

    @precondition(lambda self: self.resellers or self.smscs)
    @rule(data=st.data(), garbage=st.binary(min_size=1, max_size=60), sure=RARELY)
    def somebody_raves(self, data: st.DataObject, garbage: bytes, sure: bool) -> None:
        if not sure:
            return
        peer = data.draw(st.sampled_from(self.resellers + self.smscs))
        peer.wild = True
        peer.end.sends_octets(garbage)

    # ------------------------------------------------------------ the world

    @rule(seconds=st.sampled_from([0.1, 0.1, 0.3, 1.0, 3.0, 11.0]))
    def time_passes(self, seconds: float) -> None:
        self.at.waits(seconds, 0.25)

    @precondition(lambda self: self.at.house.desk.quarantine.tray)
    @rule(safe=st.booleans())
    def the_disk_is_done(self, safe: bool) -> None:
        self.at.disk(safe)

    @precondition(lambda self: self.at.house.desk.quarantine.tray)
    @rule(safe=st.booleans(), seconds=st.sampled_from([0.1, 3.0, 11.0]))
    def the_disk_is_slow(self, safe: bool, seconds: float) -> None:
        taken = self.at.house.desk.quarantine.take()
        self.at.waits(seconds, 0.25)
        for held in taken:
            self.at.house.desk.held(held, safe)
            self.at.house.desk.held(held, safe)  # told twice, or after it was given up: nothing happens
        self.at.settle()

    @precondition(lambda self: self.at.written_down)
    @rule(data=st.data())
    def somebody_releases(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(self.at.written_down))
        told: list[Fate] = []
        self.released.append(told)
        order = Order(
            data.draw(st.sampled_from(["reseller1", "reseller2"])),
            held.frame.raw,
            held.message_id,
            "",
            lambda fate, *_: told.append(fate),
        )
        self.at.house.releases.send(order, self.at.now)
        self.at.settle()

    @rule(state=st.sampled_from([CodeState.ACTIVE] * 9 + [CodeState.SUSPENDED]))
    def a_code_changes(self, state: CodeState) -> None:
        self.at.book.put("301150232", state)
        self.at.settle()

    @rule(data=st.data(), sure=RARELY)
    def the_configuration_changes(self, data: st.DataObject, sure: bool) -> None:
        if not sure:
            return
        plan = self.at.plan
        dropped = data.draw(st.sampled_from([b"", b"", b"reseller1", b"reseller2"]))
        first = replace(plan.accounts.get(b"reseller1", self.at.account_plan), window=data.draw(st.integers(1, 5)))
        accounts = {b"reseller1": first, b"reseller2": replace(first, system_id=b"reseller2")}
        accounts.pop(dropped, None)
        upstream = plan.upstreams["smsc"]
        if self.pooled:
            upstream = replace(upstream, binds=data.draw(st.integers(1, 3)), window=data.draw(st.integers(1, 4)))
        judge = data.draw(st.sampled_from([None, self.judge]))
        self.at.reloads(replace(plan, accounts=accounts, upstreams={"smsc": upstream}), judge=judge)

    # ------------------------------------------------------------ what must hold

    @invariant()
    def each_request_is_answered_once(self) -> None:
        if not hasattr(self, "at"):
            return
        for peer in self.resellers + self.smscs:
            peer.reads()
        self.at.law()
        self.resellers = [peer for peer in self.resellers if peer.lives]
        self.smscs = [peer for peer in self.smscs if peer.lives]
        assert {peer.end.link for peer in self.resellers} == self.at.house.resellers
        assert {peer.end.link for peer in self.smscs} == self.at.house.carriers
        assert not self.at.house.dirty
        assert all(len(told) <= 1 for told in self.released)

    def teardown(self) -> None:
        if not hasattr(self, "at"):
            return
        at = self.at
        at.house.drain()
        at.undialled()
        late = at.house.desk.quarantine.take()
        at.waits(11.0, 0.25)
        self.each_request_is_answered_once()
        for peer in self.resellers:
            left = {key for key in peer.asked if key[0] != c.UNBIND_RESP}
            assert peer.wild or not left, left
        at.house.farewell(at.now, 1.0)
        at.settle()
        for held in late:
            at.house.desk.held(held, True)
        at.undialled()
        assert at.house.desk.count.in_flight == 0
        assert all(len(told) == 1 for told in self.released)
        at.law()
        at.waits(2.0, 0.25)
        assert not at.house.resellers
        assert not at.house.carriers
        assert sum(at.house.desk.count.closed.values()) == at.house.desk.count.taken
        assert set(at.house.desk.count.closed) == set(Cause)
        assert all(not account.binds and not account.knocking for account in at.house.doors.accounts.values())
        assert all(account.deliveries == 0 for account in at.house.doors.accounts.values())


def test_taken_is_closed_and_in_flight(street: Make, talk: Any) -> None:
    class Here(Town):
        make = staticmethod(street)

    Here.talk = talk
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Here, settings=profile)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixture only makes
@given(octets=st.binary(max_size=200), framed=st.booleans(), command=st.sampled_from(sorted(c.COMMANDS)))
def test_garbage_harms_nobody_else(street: Make, talk: Any, octets: bytes, framed: bool, command: int) -> None:
    """Whatever comes from one side of one pair, another pair goes on."""
    garbage = (16 + len(octets)).to_bytes(4, "big") + command.to_bytes(4, "big") + b"\0\0\0\0\0\0\0\7" + octets
    at = street()
    at.judge = None
    bad, bad_smsc = at.bound()
    good, good_smsc = at.bound()
    for end in (bad, bad_smsc):
        if not end.closed:
            end.sends_octets(garbage if framed else octets)
    good.sends(talk.submit(5))
    [asked] = good_smsc.gets()
    sequence = int.from_bytes(asked[12:16], "big")
    good_smsc.sends(talk.answer(sequence, b"id"))
    assert good.gets() == [talk.answer(5, b"id")]
    at.waits(40.0, 1.0)
    at.law()


def test_a_reload_takes_effect_on_limits(street: Make, talk: Any) -> None:
    at = street()
    limits = replace(at.plan.limits, queue=1, judge_deadline=9.0, max_sessions=1)
    at.reloads(replace(at.plan, limits=limits))
    assert at.house.carriage.limits is limits
    assert at.house.judging.limits is limits
    at.reseller()
    assert at.house.arrived("192.0.2.7", 0, at.now) is None


def test_a_pdu_that_trickles_in_ends_the_connection_in_time(street: Make, talk: Any) -> None:
    at = street(session={"pdu_read": 3.0, "enquire_link": 60.0})
    reseller, _ = at.bound()
    at.waits(2.0)
    reseller.sends_octets(talk.submit(1)[:20])
    at.waits(4.0)
    assert reseller.closed


def test_the_timetable_does_not_grow(street: Make, talk: Any) -> None:
    at = street(session={"enquire_link": 0.0, "inactivity": 100_000.0})
    reseller, smsc = at.bound()
    for number in range(2, 300):
        reseller.sends(talk.submit(number))
        smsc.sends(*(talk.answer(pdu.sequence, b"1") for pdu in smsc.reads()))
        at.waits(1.5, 0.5)
    assert len(at.house._timetable) < 100


def test_it_starts_by_dialling_what_is_shared(street: Make) -> None:
    assert street().house.doors.to_dial == []
    assert len(street(mode="pooled", upstream={"binds": 4}).house.doors.to_dial) == 4


def test_a_link_that_was_not_read_from_is_looked_at_again(street: Make, talk: Any) -> None:
    at = street(session={"enquire_link": 30.0, "response": 4.0})
    reseller, _ = at.bound()
    reseller.link.session.pause()
    at.later(100.0)
    at.house.tick(at.now)  # its clocks rest: nothing is due
    at.house.resume(reseller.link, at.now)
    at.later(30.0)
    at.house.tick(at.now)
    at.write()
    assert c.ENQUIRE_LINK in [pdu.command for pdu in reseller.reads()]
