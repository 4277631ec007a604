"""Where connections wait, in the parent, until it is known whose they are; then the account's home worker gets them.

Runs only with several workers: a single one gets the listening sockets themselves. Nothing is answered here but
enquire_link; what a connection may hold is bounded in octets, time and number, and when the room is full the longest
waiting leaves, so that peers who say nothing cannot lock out those who do.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from smppproxy.app import opening
from smppproxy.app.handoff import Adopt
from smppproxy.app.homes import Homes
from smppproxy.net import proxy_protocol

LIMIT_WAITING = 1000  # connections; a fleet that reconnects at once binds within milliseconds each
ACCEPTS_PER_WAKE = 64  # then the loop gets its turn
PAUSE_WITHOUT_DESCRIPTORS = 1.0  # s until the next accept when the process has no descriptor left
SWEEP = 1.0  # s between two looks for connections that said nothing in time


@dataclass(frozen=True, slots=True)
class Door:
    """What the lobby must know of a listener."""

    tls: bool = False
    proxy_protocol: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the lobby must know of the configuration."""

    doors: Sequence[Door]
    trusted: Sequence[proxy_protocol.Network] = ()
    session_init: float = 10.0  # s for a connection to say whose it is


@dataclass(slots=True)
class _Waiting:
    sock: socket.socket
    listener: int
    peer: tuple[str, int]
    since: float
    headed: bool  # the PROXY header is read, or none is due
    octets: bytearray = field(default_factory=bytearray)


class Lobby:
    """Accepts connections and gives each to a worker through `hand`.

    `hand` says whether it could, and takes a worker that is gone from `homes`.
    """

    def __init__(self, rules: Rules, homes: Homes, hand: Callable[[int, Adopt, socket.socket], bool]) -> None:
        self.rules = rules
        self.dropped: dict[str, int] = {
            "full": 0,
            "late": 0,
            "untrusted": 0,
            "header": 0,
            "gone": 0,
            "undeliverable": 0,
        }
        self._homes = homes
        self._hand = hand
        self._loop = asyncio.get_running_loop()
        self._listening: list[socket.socket] = []
        self._waiting: dict[int, _Waiting] = {}  # by descriptor, longest waiting first
        self._known: dict[int, Adopt] = {}  # read, but no worker is there yet
        self._sweeper: asyncio.TimerHandle | None = None

    def open(self, listening: Sequence[socket.socket]) -> None:
        """Starts to accept."""
        self._listening = list(listening)
        for number, sock in enumerate(self._listening):
            self._loop.add_reader(sock, self._accept, number, sock)
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)

    def close(self) -> None:
        """Stops to accept and closes whatever waits; the listening sockets stay the caller's."""
        for sock in self._listening:
            self._loop.remove_reader(sock)
        self._listening = []
        if self._sweeper is not None:
            self._sweeper.cancel()
        for waiting in list(self._waiting.values()):
            self._leave(waiting)

    def retry(self) -> None:
        """Hands on what waited for a worker to appear."""
        for descriptor, adopt in list(self._known.items()):
            self._deliver(self._waiting[descriptor], adopt)

    def _accept(self, listener: int, listening: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_WAKE):
            try:
                sock, address = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    # Nothing to accept with: look away, or the loop would spin on a socket that stays readable.
                    self._loop.remove_reader(listening)
                    self._loop.call_later(PAUSE_WITHOUT_DESCRIPTORS, self._accept_again, listener, listening)
                return
            self._enter(listener, sock, (address[0], address[1]))

    def _accept_again(self, listener: int, listening: socket.socket) -> None:
        if listening in self._listening:
            self._loop.add_reader(listening, self._accept, listener, listening)

    def _enter(self, listener: int, sock: socket.socket, peer: tuple[str, int]) -> None:
        door = self.rules.doors[listener]
        if door.proxy_protocol and not proxy_protocol.is_trusted(peer[0], self.rules.trusted):
            self.dropped["untrusted"] += 1
            sock.close()
            return
        sock.setblocking(False)
        if len(self._waiting) >= LIMIT_WAITING:
            self._drop(next(iter(self._waiting.values())), "full")
        waiting = _Waiting(sock, listener, peer, self._loop.time(), headed=not door.proxy_protocol)
        self._waiting[sock.fileno()] = waiting
        if door.tls and waiting.headed:
            self._deliver_tls(waiting)
        else:
            self._loop.add_reader(sock, self._read, waiting)

    def _read(self, waiting: _Waiting) -> None:
        # The octets of TLS must stay in the socket for the worker, so there the header is looked at first and then
        # taken exactly.
        tls = self.rules.doors[waiting.listener].tls
        try:
            octets = waiting.sock.recv(opening.LIMIT_OPENING - len(waiting.octets), socket.MSG_PEEK if tls else 0)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if not octets:
            self._drop(waiting, "gone")
            return
        if tls:
            waiting.octets[:] = octets
        else:
            waiting.octets += octets
        if waiting.headed or self._read_header(waiting, tls):
            self._read_opening(waiting)

    def _read_header(self, waiting: _Waiting, tls: bool) -> bool:
        """Whether the PROXY header is behind us and the session's own octets are to be read."""
        try:
            header = proxy_protocol.parse(bytes(waiting.octets))
        except proxy_protocol.ProxyProtocolError:
            self._drop(waiting, "header")
            return False
        if header is None:
            if tls:  # what was only looked at would wake us again at once
                waiting.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(waiting.octets) + 1)
            return False
        waiting.headed = True
        waiting.peer = header.source or waiting.peer
        if tls:
            waiting.sock.recv(header.used)
            waiting.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            self._deliver_tls(waiting)
            return False
        del waiting.octets[: header.used]
        return True

    def _read_opening(self, waiting: _Waiting) -> None:
        seen = opening.read(bytes(waiting.octets))
        if seen.answers:
            try:
                waiting.sock.send(seen.answers)
            except OSError:
                self._drop(waiting, "gone")
                return
        del waiting.octets[: seen.used]
        if seen.kind is not opening.Kind.MORE:
            account = seen.system_id if self._homes.knows(seen.system_id) else ""
            self._deliver(waiting, Adopt(waiting.listener, *waiting.peer, account, bytes(waiting.octets)))

    def _deliver_tls(self, waiting: _Waiting) -> None:
        self._deliver(waiting, Adopt(waiting.listener, *waiting.peer, "", b"", tls=True))

    def _deliver(self, waiting: _Waiting, adopt: Adopt) -> None:
        self._loop.remove_reader(waiting.sock)
        account = adopt.account
        worker = self._homes.home(account, self._loop.time(), handed=True) if account else self._homes.any()
        if worker is None:
            self._known[waiting.sock.fileno()] = adopt
        elif self._hand(worker, adopt, waiting.sock):
            self._leave(waiting)
        elif worker not in self._homes.workers:
            self._deliver(waiting, adopt)
        else:
            self._drop(waiting, "undeliverable")

    def _drop(self, waiting: _Waiting, why: str) -> None:
        self.dropped[why] += 1
        self._leave(waiting)

    def _leave(self, waiting: _Waiting) -> None:
        descriptor = waiting.sock.fileno()
        self._loop.remove_reader(descriptor)
        self._known.pop(descriptor, None)
        del self._waiting[descriptor]
        waiting.sock.close()

    def _sweep(self) -> None:
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)
        latest = self._loop.time() - self.rules.session_init
        for waiting in list(self._waiting.values()):
            if waiting.since > latest:
                return
            self._drop(waiting, "late")
