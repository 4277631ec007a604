"""One SMPP session, either end, without I/O: octets in, frames and octets out.

    session = Session(Role.SMSC, Limits(), now)
    for frame in session.receive(octets, now):      # what the owner must treat
        ...
    transport.write(b"".join(session.out))          # what the session answered itself
    session.out.clear()
    if session.closing:                             # flush, then close: session.reason says why
        ...

The session answers what needs no judgement: enquire_link, unbind, unknown commands, requests its state
forbids, impossible lengths. The owner treats binds and messages and tells the session how a bind went.

A peer may use one sequence_number for two open requests: both are handed over and each is to be answered,
since the number is the peer's to choose and only has to be echoed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from struct import Struct
from typing import Any, Final

from smppproxy.smpp.constants import (
    COMMANDS,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    ESME_RALYBND,
    ESME_RINVBNDSTS,
    ESME_RINVCMDID,
    ESME_RINVCMDLEN,
    ESME_ROK,
    GENERIC_NACK,
    MAX_SEQUENCE,
    OUTBIND,
    RESPONSE_BIT,
    UNBIND,
    UNBIND_RESP,
)
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame, cut, uniform
from smppproxy.smpp.states import ALLOWED, BIND_RESPONSES, BIND_STATES, BOUND, Role, State
from smppproxy.smpp.timers import Expiry, Limits, Timers

__all__ = ["Limits", "Role", "Session", "State"]

_header: Final[Callable[[int, int, int, int], bytes]] = Struct(">IIII").pack

# PDUs that touch the session itself. All others that a state allows go to the owner unseen.
_OURS: Final = frozenset({ENQUIRE_LINK, ENQUIRE_LINK_RESP, GENERIC_NACK, UNBIND, UNBIND_RESP, OUTBIND})
_PLAIN: Final[dict[tuple[Role, State], frozenset[int]]] = {
    key: allowed - _OURS - BIND_STATES.keys() - BIND_RESPONSES for key, allowed in ALLOWED.items()
}


class Session:
    """State, timers and the tray of one connection. Time is an argument: seconds, monotonic.

    ``out``: octets to write, in order; the owner empties it. ``closing``: write what is in ``out``, then
    close the socket; nothing is read or written after it, and ``reason`` says why. ``peer_unbound``: the
    peer sent unbind. ``unbound``: our own unbind was answered. ``plain``: the command_id of all PDUs of the last
    read where it was nothing but whole PDUs of one kind, which is the owner's; else 0. Such a read brought no
    deadline nearer and put nothing into ``out``.

    Counters: ``dropped_responses`` matched no request or no state; ``refused`` requests the state forbids;
    ``nacked`` generic_nacks we sent; ``nacks_received`` those the peer sent.
    """

    __slots__ = (
        *("_bind_target", "_hold_unbind", "_max_pdu", "_need", "_ping", "_plain", "_sequence", "_tail", "_timers"),
        *(
            "_unanswered_unbind",
            "_unbind",
            "closing",
            "dropped_responses",
            "limits",
            "link",
            "nacked",
            "nacks_received",
        ),
        *("out", "peer_unbound", "plain", "reason", "refused", "role", "state", "unbound"),
    )

    def __init__(self, role: Role, limits: Limits, now: float, *, hold_unbind: bool = False) -> None:
        """With ``hold_unbind`` the peer's unbind is answered when the owner calls :meth:`answer_unbind`,
        so that what it asked before can be answered first (SMPP 5.0 s. 2.3.6)."""
        self.role = role
        self.limits = limits
        self.link: Any = None  # what its Frames name as their origin; the owner's to set
        self.state = State.OPEN
        self.out: list[bytes] = []
        self.closing = False
        self.reason = ""
        self.peer_unbound = False
        self.plain = 0
        self.unbound = False
        self.dropped_responses = 0
        self.refused = 0
        self.nacked = 0
        self.nacks_received = 0
        self._hold_unbind = hold_unbind
        self._unanswered_unbind: int | None = None  # sequence_number of the peer's unbind, while held
        self._bind_target = State.OPEN  # where the bind we sent leads
        self._ping = 0  # sequence_number of our last enquire_link; 0: none
        self._unbind = 0  # sequence_number of our unbind; 0: none
        self._sequence = 0
        self._tail = bytearray()  # the start of a PDU whose rest is to come
        self._need = 0  # octets in _tail that make cutting worth while
        self._max_pdu = limits.max_pdu
        self._timers = Timers(limits, now)
        self._plain = _PLAIN[role, State.OPEN]

    # ---------------------------------------------------------------- in

    def receive(self, data: bytes, now: float) -> list[Frame]:
        """Feed one read. Returns the frames the owner must treat, in order.

        These are the requests legal in this state but unbind and enquire_link, all responses the state
        allows, and generic_nacks that may answer a request of the owner's. Never raises; chopping the
        stream elsewhere gives the same frames.
        """
        self.plain = 0
        if self.closing:
            return []
        resumed = len(self._tail) != 0
        if resumed:
            if len(self._tail) + len(data) < self._need:
                self._tail += data
                return []
            data = b"".join((self._tail, data))
            self._tail.clear()
        frames, used, fault = cut(data, self._max_pdu, self.link, now)
        timers = self._timers
        command = uniform(frames)
        plain = command in self._plain
        if plain:
            timers.heard = timers.active = now
            if used == len(data) and not resumed:
                self.plain = command
                return frames
        if used != len(data):
            if not fault:
                self._keep(data, used)
                if used or not resumed:
                    timers.pdu_by = now + (self.limits.pdu_read or inf)
        elif resumed:
            timers.pdu_by = inf
        if frames and not plain:
            timers.heard = now
            frames = [frame for frame in frames if self._is_for_owner(frame, now)]
        if fault:
            self._nack_length(data, used, fault)
        return frames

    def _keep(self, data: bytes, used: int) -> None:
        self._tail += memoryview(data)[used:]
        # cut() judges a length as soon as it is there; until a whole PDU is, another look is wasted
        self._need = 4 if len(self._tail) < 4 else int.from_bytes(self._tail[:4])

    def _nack_length(self, data: bytes, used: int, fault: int) -> None:
        """An impossible command_length: the stream is lost (SMPP 3.4 s. 4.3)."""
        rest = data[used : used + 16]
        self._answer(GENERIC_NACK, ESME_RINVCMDLEN, int.from_bytes(rest[12:]) if len(rest) == 16 else 0)
        self.nacked += 1
        self.close(f"command_length {fault} is impossible: 16 to {self._max_pdu} octets")

    def _is_for_owner(self, frame: Frame, now: float) -> bool:
        command = frame.command_id
        if command & RESPONSE_BIT:
            return self._take_response(frame, command, now)
        self._timers.active = now
        if command in self._plain:
            return True
        sequence = frame.sequence_number
        if command not in ALLOWED[self.role, self.state]:
            self._refuse(command, sequence)
            return False
        if command == ENQUIRE_LINK:
            self._answer(ENQUIRE_LINK_RESP, ESME_ROK, sequence)
            return False
        if command == UNBIND:
            self._peer_unbinds(sequence, now)
            return False
        if command == OUTBIND:
            self._move(State.OUTBOUND)
            self._timers.phase(Expiry.SESSION_INIT, now)
        else:  # a bind: the owner answers it, then calls bound() or bind_refused()
            self._move(State.BINDING)
            self._timers.settled(bound=False)
        return True

    def _take_response(self, frame: Frame, command: int, now: float) -> bool:
        sequence = frame.sequence_number
        if command == ENQUIRE_LINK_RESP:
            if sequence != self._ping or not sequence:
                self.dropped_responses += 1
            else:
                self._ping_answered()
            return False
        self._timers.active = now
        if command in self._plain:
            return True
        if command == UNBIND_RESP and self._unbind and sequence == self._unbind:
            self._unbind_answered(now)
        elif command == GENERIC_NACK:
            return self._take_nack(sequence, now)
        elif command in BIND_RESPONSES and self.role is Role.ESME and self.state is State.BINDING:
            if frame.command_status == ESME_ROK:
                self.bound(self._bind_target)
            else:
                self.bind_refused(now)
            return True
        else:
            self.dropped_responses += 1
        return False

    def _take_nack(self, sequence: int, now: float) -> bool:
        self.nacks_received += 1
        if not sequence:  # the peer could not read which request it refuses
            return False
        if sequence == self._ping:
            self._ping_answered()  # it does not know enquire_link, but it is there
            return False
        if sequence == self._unbind:
            self._unbind_answered(now)
            return False
        return True

    def _ping_answered(self) -> None:
        self._ping = 0
        self._timers.answer_by = inf

    def _unbind_answered(self, now: float) -> None:
        self.unbound = True
        self._unbind = 0
        self._move(State.UNBOUND)
        self._timers.phase(Expiry.LEFT_OPEN, now)

    def _peer_unbinds(self, sequence: int, now: float) -> None:
        self.peer_unbound = True
        self._unanswered_unbind = sequence
        self._move(State.UNBOUND)
        self._timers.unwatched()
        if not self._unbind:  # else our own unbind, which crossed it, has its deadline already
            self._timers.phase(Expiry.LEFT_OPEN, now)
        if not self._hold_unbind:
            self.answer_unbind()

    # ---------------------------------------------------------------- out

    def _answer(self, command: int, status: int, sequence: int) -> None:
        self.out.append(_header(16, command, status, sequence))

    def _refuse(self, command: int, sequence: int) -> None:
        response = command | RESPONSE_BIT
        if command not in COMMANDS:
            self.nacked += 1
            self._answer(GENERIC_NACK, ESME_RINVCMDID, sequence)
        elif response not in COMMANDS:  # alert_notification and outbind have no response
            self.nacked += 1
            self._answer(GENERIC_NACK, ESME_RINVBNDSTS, sequence)
        else:
            self.refused += 1
            again = command in BIND_STATES and self.role is Role.SMSC
            bound = self.state in BOUND or self.state is State.BINDING
            self._answer(response, ESME_RALYBND if again and bound else ESME_RINVBNDSTS, sequence)

    def _move(self, state: State) -> None:
        self.state = state
        self._plain = _PLAIN[self.role, state]

    def next_sequence(self) -> int:
        """The next sequence_number for a request of ours: 1 to 0x7FFFFFFF, then 1 again."""
        self._sequence = self._sequence + 1 if self._sequence < MAX_SEQUENCE else 1
        return self._sequence

    def consecutive(self, n: int) -> int:
        """Take the next ``n`` sequence_numbers: the first of them; 0, and none taken, where they would wrap."""
        first = self._sequence + 1
        last = self._sequence + n
        if last > MAX_SEQUENCE:
            return 0
        self._sequence = last
        return first

    def sequences(self, n: int) -> list[int]:
        """The next ``n`` sequence_numbers."""
        first = self.consecutive(n)
        if first:
            return list(range(first, first + n))
        return [self.next_sequence() for _ in range(n)]

    # ---------------------------------------------------------------- what the owner did

    def bind_sent(self, state: State, now: float) -> None:
        """We, the ESME, sent the bind request that leads to ``state``; its answer moves the session there."""
        if self.role is not Role.ESME or state not in BOUND or self.state not in (State.OPEN, State.OUTBOUND):
            raise LocalMisuse(f"no bind to {state.value} from the {self.role.value} end while {self.state.value}")
        self._bind_target = state
        self._move(State.BINDING)
        self._timers.phase(Expiry.BIND_UNANSWERED, now)

    def outbind_sent(self, now: float) -> None:
        """We, the SMSC, sent an outbind and wait for the ESME's bind."""
        if self.role is not Role.SMSC or self.state is not State.OPEN:
            raise LocalMisuse(f"no outbind from the {self.role.value} end while {self.state.value}")
        self._move(State.OUTBOUND)
        self._timers.phase(Expiry.SESSION_INIT, now)

    def bound(self, state: State) -> None:
        """The bind is accepted. The SMSC end calls this when it answers; the ESME end is moved by the answer itself."""
        if self.state is state:
            return
        if state not in BOUND or self.state is not State.BINDING:
            raise LocalMisuse(f"no way from {self.state.value} to {state.value}; bound() answers a bind")
        self._move(state)
        self._timers.settled(bound=True)

    def bind_refused(self, now: float) -> None:
        """The bind is refused and the connection stays: another may be tried within ``session_init``."""
        if self.state is not State.BINDING:
            raise LocalMisuse(f"no bind to refuse while {self.state.value}")
        self._move(State.OPEN)
        self._timers.phase(Expiry.SESSION_INIT, now)

    def unbind(self, now: float, within: float | None = None) -> None:
        """Send our unbind; ``unbound`` turns True at its answer. Without one in ``within`` seconds (``None``:
        ``limits.response``) the session closes. What is not bound closes at once."""
        if self.closing:
            return
        if self._unbind or self.unbound:
            if within is not None:  # somebody is in more of a hurry than who asked first
                self._timers.no_later_than(now + within)
            return
        if self.state not in BOUND:
            self.close("not bound: there is nothing to unbind")
            return
        self._unbind = self.next_sequence()
        self._answer(UNBIND, ESME_ROK, self._unbind)
        self._timers.unwatched()
        self._timers.phase(Expiry.UNBIND_UNANSWERED, now, within)

    def answer_unbind(self) -> None:
        """Answer the peer's unbind now; only with ``hold_unbind`` is this the owner's to call."""
        if self._unanswered_unbind is not None and not self.closing:
            self._answer(UNBIND_RESP, ESME_ROK, self._unanswered_unbind)
            self._unanswered_unbind = None

    def close(self, reason: str) -> None:
        """Nothing more is read: the owner writes what is in ``out`` and closes the socket. The first reason stays."""
        if not self.closing:
            self.closing = True
            self.reason = reason
            self._tail.clear()

    def closed(self, reason: str = "connection lost") -> None:
        """The connection is gone."""
        self.close(reason)
        self._move(State.CLOSED)
        self.out.clear()

    # ---------------------------------------------------------------- time

    def pause(self) -> None:
        """The owner stopped reading from the socket, so the peer's silence proves nothing until :meth:`resume`."""
        self._timers.pause()

    def resume(self, now: float) -> None:
        """The owner reads again."""
        self._timers.resume(now)

    def due(self) -> float:
        """When :meth:`tick` should next be called; ``inf`` if never. Moves with every read: ask again after it."""
        return inf if self.closing else self._timers.due()

    def tick(self, now: float) -> None:
        """Do what time calls for: send an enquire_link, or close with a ``reason``. Harmless when early."""
        if self.closing:
            return
        expiry = self._timers.expired(now)
        if expiry is Expiry.ENQUIRE_LINK:
            self._ping = self.next_sequence()
            self._answer(ENQUIRE_LINK, ESME_ROK, self._ping)
            self._timers.enquired(now)
        elif expiry is not None:
            self.answer_unbind()  # one that is still held: late is better than never
            self.close(expiry.value)
