"""One child process as the parent sees it: started, watched, started again with back-off when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from typing import Protocol

from smppproxy.app import handoff
from smppproxy.app.channel import Channel
from smppproxy.loggers import get_logger

FIRST_DELAY = 0.1  # s until the first restart
LONGEST_DELAY = 10.0  # s; a fault that persists is then tried six times a minute
HEALTHY_AFTER = 30.0  # s; who lived that long starts again with the first delay
LIMIT_SILENT = 5.0  # s a process may live on after it closed its channel

#: What a child is started with unless the operator says otherwise: nobody here multiplies matrices, and a pool of
#: threads for it costs each start a tenth of a second.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}

log = get_logger(__name__)


class Backoff:
    """How long to wait before the next start. Pure."""

    def __init__(self) -> None:
        self._delay = FIRST_DELAY

    def after(self, lived: float) -> float:
        """The delay after a process that lived so many seconds."""
        if lived >= HEALTHY_AFTER:
            self._delay = FIRST_DELAY
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        return delay


class Owner(Protocol):
    """Whom a child reports to."""

    def configuration(self, child: Child) -> tuple[handoff.Message, list[int]]:
        """The first message to a fresh process; the first descriptor, the settings, is closed after it is sent."""

    def child_says(self, child: Child, message: handoff.Message, descriptors: list[int]) -> None:
        """A message from the process, other than Ready."""

    def child_ready(self, child: Child) -> None:
        """The process does its work."""

    def child_gone(self, child: Child) -> bool:
        """The process has ended; whether to start it again."""


class Child:
    """A place for one process at a time. `number` is the worker's; control has -1."""

    def __init__(self, name: str, number: int, command: Sequence[str], owner: Owner) -> None:
        self.name = name
        self.number = number
        self.ready = False
        self.was_ready = False  # at any time: before that, its death means that the proxy cannot start
        self.configured = False  # the process that is there was told what to do
        self.ended = asyncio.Event()  # no process is there and none will be started
        self.ended.set()
        self._command = list(command)
        self._owner = owner
        self._backoff = Backoff()
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while there is a process."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process and configures it."""
        self.prepare()
        self.configure()

    def prepare(self) -> None:
        """Starts the process, which imports what it needs meanwhile and waits to be configured."""
        self._restart = None
        self.ended.clear()
        ours, theirs = Channel.pair()
        # Its own process group: Ctrl-C at a terminal reaches the parent only. Standard output belongs to the parent's
        # one ready line.
        self._process = subprocess.Popen(
            [*self._command, str(theirs.fileno()), str(self.number)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=2,
            process_group=0,
            env={**ENVIRONMENT, **os.environ},
        )
        theirs.close()
        self._started = self._loop.time()
        self._loop.add_reader(watch := os.pidfd_open(self._process.pid), self._exited, watch)
        self._channel = Channel(ours, self._received, self._lost)
        log.info("child_started", child=self.name, child_pid=self._process.pid)

    def configure(self) -> None:
        """Tells the process what to do."""
        message, descriptors = self._owner.configuration(self)
        self.configured = self.send(message, descriptors)
        os.close(descriptors[0])

    @property
    def is_reachable(self) -> bool:
        """Whether there is a process that may still read what it is sent."""
        return self._channel is not None and not self._channel.gone

    def send(self, message: handoff.Message, descriptors: Sequence[int] = ()) -> bool:
        """Sends a message; False when there is no process or it does not read."""
        return self._channel is not None and self._channel.send(message, descriptors)

    def send_socket(self, message: handoff.Message, sock: socket.socket) -> bool:
        """Sends a message with a socket, which stays the caller's."""
        return self.send(message, [sock.fileno()])

    def retire(self) -> None:
        """Gives up a restart that is due."""
        if self._restart is not None:
            self._restart.cancel()
            self._restart = None
            self.ended.set()

    def kill(self) -> None:
        """Ends the process at once."""
        self.retire()
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    def _received(self, message: handoff.Message, descriptors: list[int]) -> None:
        if isinstance(message, handoff.Ready):
            self.ready = self.was_ready = True
            self._owner.child_ready(self)
        else:
            self._owner.child_says(self, message, descriptors)

    def _lost(self) -> None:
        self._loop.call_later(LIMIT_SILENT, self._still_there, self._process)

    def _still_there(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process is self._process:
            log.error("child_hangs_and_is_killed", child=self.name, child_pid=process.pid)
            process.send_signal(signal.SIGKILL)

    def _exited(self, watch: int) -> None:
        self._loop.remove_reader(watch)
        os.close(watch)
        process, channel = self._process, self._channel
        if process is None or channel is None:
            return
        channel.finish()
        channel.close()
        code = process.wait()
        self._process = self._channel = None
        self.ready = self.configured = False
        lived = self._loop.time() - self._started
        if not self._owner.child_gone(self):
            log.info("child_ended", child=self.name, child_pid=process.pid, exit_code=code)
            self.ended.set()
            return
        delay = self._backoff.after(lived)
        log.error("child_died", child=self.name, child_pid=process.pid, exit_code=code, restart_in=delay)
        self._restart = self._loop.call_later(delay, self.start)
