"""The session: every state against every input, two ends wired together, and time without a clock."""

from __future__ import annotations

from math import inf
from struct import pack, unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.session import Limits, Role, Session, State
from smppproxy.smpp.states import ALLOWED, BIND_STATES, BOUND

LIMITS = Limits(session_init=10.0, enquire_link=30.0, inactivity=0.0, response=20.0, pdu_read=5.0, max_pdu=1000)
BINDS = {state: command for command, state in BIND_STATES.items()}
STATES = [state for state in State if state is not State.CLOSED]


def pdu(command: int, sequence: int = 1, status: int = 0, body: bytes = b"") -> bytes:
    return pack(">IIII", 16 + len(body), command, status, sequence) + body


def said(session: Session) -> list[tuple[int, int, int]]:
    """What the session wrote by itself: (command, status, sequence). Empties the tray."""
    octets = b"".join(session.out)
    session.out.clear()
    words = [unpack(">IIII", octets[at : at + 16]) for at in range(0, len(octets), 16)]
    assert all(length == 16 for length, *_ in words)
    return [(command, status, sequence) for _, command, status, sequence in words]


def heard(session: Session, *pdus: bytes, now: float = 0.0) -> list[tuple[int, int]]:
    return [(frame.command_id, frame.sequence_number) for frame in session.receive(b"".join(pdus), now)]


def session_in(role: Role, state: State, **options: bool) -> Session:
    """A session that came to a state the legal way."""
    session = Session(role, LIMITS, 0.0, **options)
    if state is State.OPEN:
        return session
    if state is State.OUTBOUND and role is Role.SMSC:
        session.outbind_sent(0.0)
        return session
    if state is State.OUTBOUND:
        assert heard(session, pdu(c.OUTBIND)) == [(c.OUTBIND, 1)]
        return session
    target = state if state in BOUND else State.BOUND_TRX
    command = BINDS[target]
    if role is Role.SMSC:
        assert heard(session, pdu(command, 9)) == [(command, 9)]
    else:
        session.bind_sent(target, 0.0)
    if state is State.BINDING:
        return session
    if role is Role.SMSC:
        session.bound(target)
    else:
        assert heard(session, pdu(command | c.RESPONSE_BIT, 9)) == [(command | c.RESPONSE_BIT, 9)]
    if state is State.UNBOUND:
        assert heard(session, pdu(c.UNBIND, 10)) == []
        session.answer_unbind()
        assert said(session) == [(c.UNBIND_RESP, 0, 10)]
    assert session.state is state
    return session


# ------------------------------------------------------------------------------------- every state, every input


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", [*c.COMMANDS, 0x00000042, 0x80000042], ids=lambda command: f"{command:08X}")
def test_every_input_in_every_state_gets_what_the_table_says(role: Role, state: State, command: int) -> None:
    session = session_in(role, state)
    frames = heard(session, pdu(command, 77))
    answers = said(session)
    allowed = command in ALLOWED[role, state]
    ours = (c.ENQUIRE_LINK, c.ENQUIRE_LINK_RESP, c.UNBIND, c.UNBIND_RESP)
    assert frames == ([(command, 77)] if allowed and command not in ours else [])
    assert not session.closing
    if command & c.RESPONSE_BIT:
        assert answers == []
        assert session.dropped_responses == (not frames)
        return
    assert session.dropped_responses == 0
    if command not in c.COMMANDS:
        assert answers == [(c.GENERIC_NACK, c.ESME_RINVCMDID, 77)]
    elif not allowed and command | c.RESPONSE_BIT not in c.COMMANDS:
        assert answers == [(c.GENERIC_NACK, c.ESME_RINVBNDSTS, 77)]
    elif not allowed:
        again = role is Role.SMSC and command in BIND_STATES and state in (*BOUND, State.BINDING)
        assert answers == [(command | c.RESPONSE_BIT, c.ESME_RALYBND if again else c.ESME_RINVBNDSTS, 77)]
        assert session.refused == 1
    elif command in (c.ENQUIRE_LINK, c.UNBIND):
        assert answers == [(command | c.RESPONSE_BIT, c.ESME_ROK, 77)]
    else:
        assert answers == []


def test_a_closed_session_takes_nothing_and_says_nothing() -> None:
    session = session_in(Role.SMSC, State.BOUND_TRX)
    session.out.append(b"unsent")
    session.closed()
    assert (session.state, session.closing, session.reason, session.out) == (State.CLOSED, True, "connection lost", [])
    assert heard(session, pdu(c.ENQUIRE_LINK)) == []
    session.tick(1e9)
    session.unbind(1e9)
    session.answer_unbind()
    assert session.out == []
    assert session.due() == inf


# ------------------------------------------------------------------------------------- binding


def test_what_follows_the_answer_to_our_bind_in_one_read_is_legal() -> None:
    session = session_in(Role.ESME, State.BINDING)
    resp = pdu(c.BIND_TRANSCEIVER_RESP, 9, body=b"smsc\0")
    assert heard(session, resp, pdu(c.DELIVER_SM, 1)) == [(c.BIND_TRANSCEIVER_RESP, 9), (c.DELIVER_SM, 1)]
    assert session.state is State.BOUND_TRX


def test_a_refused_bind_may_be_tried_again() -> None:
    session = session_in(Role.ESME, State.BINDING)
    assert heard(session, pdu(c.BIND_TRANSCEIVER_RESP, 9, status=0x0D), now=3.0) == [(c.BIND_TRANSCEIVER_RESP, 9)]
    assert session.state is State.OPEN
    session.bind_sent(State.BOUND_RX, 4.0)
    assert session.state is State.BINDING


def test_what_overtakes_the_answer_to_a_bind_is_refused() -> None:
    session = Session(Role.SMSC, LIMITS, 0.0)
    assert heard(session, pdu(c.BIND_TRANSMITTER, 1), pdu(c.SUBMIT_SM, 2)) == [(c.BIND_TRANSMITTER, 1)]
    assert said(session) == [(c.SUBMIT_SM_RESP, c.ESME_RINVBNDSTS, 2)]
    session.bind_refused(1.0)
    assert heard(session, pdu(c.BIND_TRANSMITTER, 3)) == [(c.BIND_TRANSMITTER, 3)]


def test_outbind_leads_to_a_bind_of_the_other_end() -> None:
    smsc, esme = session_in(Role.SMSC, State.OUTBOUND), session_in(Role.ESME, State.OUTBOUND)
    esme.bind_sent(State.BOUND_RX, 1.0)
    assert heard(smsc, pdu(c.BIND_RECEIVER, 1)) == [(c.BIND_RECEIVER, 1)]
    smsc.bound(State.BOUND_RX)
    assert heard(esme, pdu(c.BIND_RECEIVER_RESP, 1)) == [(c.BIND_RECEIVER_RESP, 1)]
    assert smsc.state is esme.state is State.BOUND_RX


def test_binding_twice_to_the_same_state_is_no_matter() -> None:
    session = session_in(Role.ESME, State.BOUND_TX)
    session.bound(State.BOUND_TX)
    with pytest.raises(LocalMisuse, match="no way from bound_tx to bound_rx"):
        session.bound(State.BOUND_RX)


def test_what_an_end_cannot_do_is_its_owners_mistake() -> None:
    smsc, esme = Session(Role.SMSC, LIMITS, 0.0), Session(Role.ESME, LIMITS, 0.0)
    with pytest.raises(LocalMisuse, match="no bind to bound_tx from the SMSC end"):
        smsc.bind_sent(State.BOUND_TX, 0.0)
    with pytest.raises(LocalMisuse, match="no outbind from the ESME end"):
        esme.outbind_sent(0.0)
    with pytest.raises(LocalMisuse, match="no bind to unbound"):
        esme.bind_sent(State.UNBOUND, 0.0)
    with pytest.raises(LocalMisuse, match="no bind to refuse while open"):
        smsc.bind_refused(0.0)
    with pytest.raises(LocalMisuse, match="no way from open to bound_tx"):
        smsc.bound(State.BOUND_TX)


# ------------------------------------------------------------------------------------- unbinding


def test_the_peers_unbind_is_answered_and_reported() -> None:
    session = session_in(Role.SMSC, State.BOUND_TRX)
    assert heard(session, pdu(c.SUBMIT_SM, 4), pdu(c.UNBIND, 5), pdu(c.SUBMIT_SM, 6)) == [(c.SUBMIT_SM, 4)]
    assert said(session) == [(c.UNBIND_RESP, 0, 5), (c.SUBMIT_SM_RESP, c.ESME_RINVBNDSTS, 6)]
    assert (session.peer_unbound, session.unbound, session.state) == (True, False, State.UNBOUND)


def test_an_unbind_can_be_held_until_the_rest_is_answered() -> None:
    session = session_in(Role.SMSC, State.BOUND_TRX, hold_unbind=True)
    assert heard(session, pdu(c.UNBIND, 5)) == []
    assert session.peer_unbound
    assert said(session) == []
    assert heard(session, pdu(c.DELIVER_SM_RESP, 3)) == [(c.DELIVER_SM_RESP, 3)]
    session.answer_unbind()
    session.answer_unbind()
    assert said(session) == [(c.UNBIND_RESP, 0, 5)]


def test_an_unbind_held_too_long_is_answered_before_the_end() -> None:
    session = session_in(Role.SMSC, State.BOUND_TRX, hold_unbind=True)
    heard(session, pdu(c.UNBIND, 5), now=1.0)
    session.tick(21.0)
    assert (said(session), session.closing) == ([(c.UNBIND_RESP, 0, 5)], True)


def test_our_unbind_ends_with_its_answer_and_answers_may_still_come() -> None:
    session = session_in(Role.ESME, State.BOUND_TX)
    session.unbind(1.0)
    session.unbind(1.0)
    [(command, _, sequence)] = said(session)
    assert command == c.UNBIND
    assert heard(session, pdu(c.SUBMIT_SM_RESP, 3), pdu(c.UNBIND_RESP, sequence + 1)) == [(c.SUBMIT_SM_RESP, 3)]
    assert (session.unbound, session.dropped_responses) == (False, 1)
    heard(session, pdu(c.UNBIND_RESP, sequence), pdu(c.SUBMIT_SM_RESP, 4))
    assert (session.unbound, session.peer_unbound, session.state) == (True, False, State.UNBOUND)


def test_unbinds_that_cross_are_both_answered() -> None:
    smsc, esme = session_in(Role.SMSC, State.BOUND_TRX), session_in(Role.ESME, State.BOUND_TRX)
    smsc.unbind(0.0)
    esme.unbind(0.0)
    for _ in range(2):
        to_esme, to_smsc = b"".join(smsc.out), b"".join(esme.out)
        smsc.out.clear()
        esme.out.clear()
        esme.receive(to_esme, 0.0)
        smsc.receive(to_smsc, 0.0)
    assert smsc.unbound
    assert esme.unbound
    assert smsc.peer_unbound
    assert esme.peer_unbound
    assert said(smsc) == said(esme) == []


def test_a_generic_nack_to_our_unbind_ends_it_too() -> None:
    session = session_in(Role.ESME, State.BOUND_TX)
    session.unbind(0.0)
    [(_, _, sequence)] = said(session)
    assert heard(session, pdu(c.GENERIC_NACK, sequence, status=3)) == []
    assert session.unbound


def test_what_is_not_bound_closes_at_once() -> None:
    session = session_in(Role.SMSC, State.OPEN)
    session.unbind(0.0)
    assert session.closing
    assert "not bound" in session.reason
    assert session.out == []


# ------------------------------------------------------------------------------------- broken streams


@pytest.mark.parametrize("length", [0, 4, 15, 1001, 0xFFFFFFFF])
def test_an_impossible_length_ends_the_stream_after_what_was_good(length: int) -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    broken = pack(">IIII", length, c.SUBMIT_SM, 0, 42)
    assert heard(session, pdu(c.SUBMIT_SM, 41), broken, pdu(c.SUBMIT_SM, 43)) == [(c.SUBMIT_SM, 41)]
    assert said(session) == [(c.GENERIC_NACK, c.ESME_RINVCMDLEN, 42)]
    assert session.closing
    assert str(length) in session.reason
    assert heard(session, pdu(c.SUBMIT_SM, 44)) == []


def test_a_length_alone_is_enough_to_refuse() -> None:
    session = session_in(Role.SMSC, State.OPEN)
    heard(session, b"GET ")
    assert said(session) == [(c.GENERIC_NACK, c.ESME_RINVCMDLEN, 0)]
    assert session.nacked == 1


@pytest.mark.parametrize("sequence", [0, 77])
def test_a_generic_nack_is_the_owners_if_it_names_a_request(sequence: int) -> None:
    session = session_in(Role.ESME, State.BOUND_TRX)
    nack = (c.GENERIC_NACK, sequence)
    assert heard(session, pdu(*nack, status=3)) == ([nack] if sequence else [])
    assert session.nacks_received == 1


def test_a_sequence_number_used_twice_is_handed_over_twice() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    assert heard(session, pdu(c.SUBMIT_SM, 5), pdu(c.SUBMIT_SM, 5)) == [(c.SUBMIT_SM, 5)] * 2


def test_one_allowed_read_is_handed_over_as_it_was_cut() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    assert len(heard(session, *(pdu(c.SUBMIT_SM, n, body=b"x" * n) for n in range(100)))) == 100


# ------------------------------------------------------------------------------------- sequence numbers


def test_sequence_numbers_wrap_to_one() -> None:
    session = Session(Role.ESME, LIMITS, 0.0)
    assert (session.next_sequence(), session.sequences(3), session.sequences(0)) == (1, [2, 3, 4], [])
    session._sequence = c.MAX_SEQUENCE - 2
    assert session.sequences(4) == [c.MAX_SEQUENCE - 1, c.MAX_SEQUENCE, 1, 2]
    assert session.next_sequence() == 3


# ------------------------------------------------------------------------------------- time


def test_a_peer_that_does_not_bind_is_closed() -> None:
    session = Session(Role.SMSC, LIMITS, 100.0)
    assert session.due() == 110.0
    session.tick(109.0)
    assert not session.closing
    session.tick(110.0)
    assert session.closing
    assert "bind" in session.reason


def test_a_bind_that_is_not_answered_is_given_up() -> None:
    session = session_in(Role.ESME, State.BINDING)
    session.tick(20.0)
    assert session.reason == "our bind was not answered in time"


def test_silence_is_asked_about_and_an_answer_helps() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    session.tick(session.due())
    [(command, _, sequence)] = said(session)
    assert command == c.ENQUIRE_LINK
    assert heard(session, pdu(c.ENQUIRE_LINK_RESP, sequence), now=31.0) == []
    assert session.dropped_responses == 0
    assert session.due() == 61.0


def test_silence_after_the_question_closes() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    session.tick(30.0)
    session.tick(50.0)
    assert session.reason == "our enquire_link was not answered in time"


def test_a_peer_that_does_not_know_enquire_link_is_there_all_the_same() -> None:
    session = session_in(Role.ESME, State.BOUND_RX)
    session.tick(30.0)
    [(_, _, sequence)] = said(session)
    assert heard(session, pdu(c.GENERIC_NACK, sequence, status=3), now=31.0) == []
    session.tick(50.0)
    assert not session.closing


def test_answers_to_our_own_questions_are_no_activity() -> None:
    limits = Limits(enquire_link=30.0, inactivity=100.0)
    session = Session(Role.SMSC, limits, 0.0)
    heard(session, pdu(c.BIND_RECEIVER))
    session.bound(State.BOUND_RX)
    while not session.closing:
        now = session.due()
        session.tick(now)
        for command, _, sequence in said(session):
            assert command == c.ENQUIRE_LINK
            heard(session, pdu(c.ENQUIRE_LINK_RESP, sequence), now=now)
    assert (now, session.reason) == (100.0, "no request in time")


def test_the_peers_own_questions_are_activity() -> None:
    session = Session(Role.SMSC, Limits(enquire_link=0.0, inactivity=100.0), 0.0)
    heard(session, pdu(c.BIND_RECEIVER))
    session.bound(State.BOUND_RX)
    heard(session, pdu(c.ENQUIRE_LINK), now=90.0)
    assert session.due() == 190.0


def test_an_octet_a_second_is_not_waited_for() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    for second, octet in enumerate(pdu(c.SUBMIT_SM, body=b"x" * 40)[:5]):
        assert session.receive(bytes((octet,)), float(second)) == []
        session.tick(float(second))
        assert not session.closing
    session.tick(5.0)
    assert session.reason == "the rest of a PDU did not come in time"


def test_each_pdu_has_its_own_time() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    octets = pdu(c.SUBMIT_SM, 1)
    session.receive(octets[:10], 1.0)
    assert session.due() == 6.0
    assert len(session.receive(octets[10:] + octets[:10], 4.0)) == 1
    assert session.due() == 9.0
    assert len(session.receive(octets[10:], 5.0)) == 1
    assert session.due() == 35.0


def test_a_paused_owner_hears_no_silence() -> None:
    session = session_in(Role.SMSC, State.BOUND_TX)
    session.pause()
    session.tick(1000.0)
    assert (session.closing, session.out) == (False, [])
    session.resume(1000.0)
    assert session.due() == 1030.0


@pytest.mark.parametrize("within", [None, 5.0])
def test_an_unbind_is_not_waited_for_for_ever(within: float | None) -> None:
    session = session_in(Role.ESME, State.BOUND_TX)
    session.unbind(1.0, within)
    assert session.due() == 1.0 + (within or 20.0)
    session.tick(session.due())
    assert session.reason == "our unbind was not answered in time"


@pytest.mark.parametrize("role", Role)
def test_an_unbound_connection_is_not_left_open(role: Role) -> None:
    session = session_in(role, State.UNBOUND)
    session.tick(20.0)
    assert session.reason == "the connection was left open after the unbind"


# ------------------------------------------------------------------------------------- properties

COMMANDS = st.sampled_from([*c.COMMANDS, 0x42, 0x80000042])
PDUS = st.builds(pdu, COMMANDS, st.integers(0, 3), st.sampled_from([0, 3]), st.binary(max_size=20))
STREAMS = st.lists(PDUS | st.binary(max_size=6), max_size=12).map(b"".join)


def outcome(role: Role, state: State, reads: list[bytes]) -> tuple[object, ...]:
    session = session_in(role, state)
    frames = [frame.raw for read in reads for frame in session.receive(read, 0.0)]
    # How much of the broken header had come when the length was judged is the one thing reads may change.
    answers = [(command, status) for command, status, _ in said(session)]
    return frames, answers, session.state, session.closing, session.reason, session.dropped_responses, session.nacked


@given(st.sampled_from(Role), st.sampled_from(STATES), STREAMS, st.lists(st.integers(1, 9), max_size=20))
def test_chopping_changes_nothing(role: Role, state: State, stream: bytes, sizes: list[int]) -> None:
    reads, at = [], 0
    for size in sizes:
        reads.append(stream[at : at + size])
        at += size
    reads.append(stream[at:])
    octets = [stream[at : at + 1] for at in range(len(stream))]
    assert outcome(role, state, [stream]) == outcome(role, state, reads) == outcome(role, state, octets)


class Ends(RuleBasedStateMachine):
    """Both ends wired together: owners that play by the rules, octets chopped at random, time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ends = {role: Session(role, LIMITS, 0.0) for role in Role}
        self.wires: dict[Role, bytearray] = {role: bytearray() for role in Role}  # by the end that reads
        self.asked: dict[Role, set[int]] = {role: set() for role in Role}

    def send(self, role: Role, octets: bytes) -> None:
        other = Role.ESME if role is Role.SMSC else Role.SMSC
        if not self.ends[role].closing:
            self.wires[other] += octets

    def flush(self, role: Role) -> None:
        session = self.ends[role]
        other = Role.ESME if role is Role.SMSC else Role.SMSC
        self.wires[other] += b"".join(session.out)
        session.out.clear()

    def treat(self, role: Role, octets: bytes) -> None:
        session = self.ends[role]
        for frame in session.receive(octets, self.now):
            self.flush(role)
            command, sequence = frame.command_id, frame.sequence_number
            if command in BIND_STATES:
                self.send(role, pdu(command | c.RESPONSE_BIT, sequence))
                session.bound(BIND_STATES[command])
            elif not command & c.RESPONSE_BIT:
                self.send(role, pdu(command | c.RESPONSE_BIT, sequence))
            elif command not in (c.BIND_TRANSMITTER_RESP, c.BIND_RECEIVER_RESP, c.BIND_TRANSCEIVER_RESP):
                assert sequence in self.asked[role]
                self.asked[role].discard(sequence)
        self.flush(role)

    @precondition(lambda self: self.ends[Role.ESME].state is State.OPEN and not self.ends[Role.ESME].closing)
    @rule(wanted=st.sampled_from(sorted(BOUND, key=lambda state: state.value)))
    def bind(self, wanted: State) -> None:
        esme = self.ends[Role.ESME]
        self.send(Role.ESME, pdu(BINDS[wanted], esme.next_sequence()))
        esme.bind_sent(wanted, self.now)

    @rule(role=st.sampled_from(Role), count=st.integers(1, 3))
    def ask(self, role: Role, count: int) -> None:
        session = self.ends[role]
        receiving = State.BOUND_TX if role is Role.SMSC else State.BOUND_RX
        if session.state not in BOUND or session.state is receiving or session.closing or session._unbind:
            return
        command = c.SUBMIT_SM if role is Role.ESME else c.DELIVER_SM
        for sequence in session.sequences(count):
            self.asked[role].add(sequence)
            self.send(role, pdu(command, sequence, body=b"body"))

    @rule(role=st.sampled_from(Role), size=st.integers(1, 60))
    def read(self, role: Role, size: int) -> None:
        octets = bytes(self.wires[role][:size])
        del self.wires[role][:size]
        self.treat(role, octets)

    @rule(role=st.sampled_from(Role))
    def unbind(self, role: Role) -> None:
        if self.ends[role].state in BOUND:
            self.ends[role].unbind(self.now)
            self.flush(role)

    @rule(later=st.floats(0.1, 12.0))
    def wait(self, later: float) -> None:
        self.now += later
        for role, session in self.ends.items():
            session.tick(self.now)
            self.flush(role)

    @invariant()
    def nobody_breaks_the_protocol(self) -> None:
        for session in self.ends.values():
            assert session.nacked == session.nacks_received == session.dropped_responses == 0
            assert session.closing == bool(session.reason)
            assert session.due() > 0.0

    def teardown(self) -> None:
        # Whatever is on the wires arrives; then all that was asked is answered, unless an end had closed or unbound.
        while any(self.wires.values()):
            for role in Role:
                octets = bytes(self.wires[role])
                self.wires[role].clear()
                self.treat(role, octets)
        if all(session.state in BOUND and not session.closing for session in self.ends.values()):
            assert not any(self.asked.values())
            assert self.ends[Role.SMSC].state is self.ends[Role.ESME].state


Ends.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestEnds = Ends.TestCase


def test_a_second_unbind_may_only_shorten_the_wait() -> None:
    session = Session(Role.ESME, Limits(response=30.0), 0.0)
    session.bind_sent(State.BOUND_TRX, 0.0)
    session.bound(State.BOUND_TRX)
    session.unbind(1.0)
    session.unbind(2.0, 1.0)
    assert session.due() == 3.0
    session.unbind(2.0, 20.0)
    assert session.due() == 3.0
    session.tick(3.0)
    assert session.closing


def test_a_plain_read_is_told_by_its_command() -> None:
    session = session_in(Role.SMSC, State.BOUND_TRX)
    session.out.clear()
    one, two = pdu(c.SUBMIT_SM, 1), pdu(c.SUBMIT_SM, 2)
    before = session.due()
    assert heard(session, one, two, now=1.0) == [(c.SUBMIT_SM, 1), (c.SUBMIT_SM, 2)]
    assert session.plain == c.SUBMIT_SM
    assert session.due() >= before
    for octets in (pdu(c.ENQUIRE_LINK), one + pdu(c.DATA_SM), one + two[:5], two[5:], two[:3], two[3:]):
        session.receive(octets, 2.0)
        assert session.plain == 0
    session.receive(two, 3.0)
    assert session.plain == c.SUBMIT_SM
    session.close("over")
    session.receive(two, 4.0)
    assert session.plain == 0


def test_consecutive_numbers_are_taken_at_once_or_not_at_all() -> None:
    session = session_in(Role.ESME, State.OPEN)
    assert (session.consecutive(2), session.consecutive(1), session.next_sequence()) == (1, 3, 4)
    session._sequence = c.MAX_SEQUENCE - 2
    assert session.consecutive(3) == 0
    assert session.sequences(3) == [c.MAX_SEQUENCE - 1, c.MAX_SEQUENCE, 1]
