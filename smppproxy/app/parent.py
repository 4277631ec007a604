"""The parent process: opens the sockets, starts control and the workers, starts again what dies, reloads, drains.

It stays small and knows nothing of messages, so that it has little to die of. The children get their configuration and
their sockets from here (`handoff.py`); with several workers, connections are given out by the lobby.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from smppproxy.app import handoff, listen, logs, merge, notify, watch
from smppproxy.app.child import Child
from smppproxy.app.homes import Homes
from smppproxy.app.lobby import Door, Lobby, Rules
from smppproxy.app.settings import Settings, SettingsError, load, stored
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.state.accounts import StoredAccount

GRACE = 5.0  # s beyond drain_timeout for a worker to close its books and end; then it is killed
HURRY = 2.0  # s for the same after a second signal
TELL_CONTROL = 5.0  # s between two reports of what the parent counted
CONTROL = -1  # the number of the control process, which is no worker

log = get_logger(__name__)


class StartError(Exception):
    """A process died before the proxy was ready."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What is run as children."""

    control: tuple[str, ...] = (sys.executable, "-m", "smppproxy.app.start", "control_main")
    worker: tuple[str, ...] = (sys.executable, "-m", "smppproxy.app.start", "worker_main")


def main(config_path: Path | str, commands: Commands | None = None) -> int:
    """Runs the proxy until it is told to stop.

    Returns the exit code: 0 drained, 1 failed. Raises SettingsError for a faulty file.
    """
    path = Path(config_path).absolute()
    seen = watch.digest(path)
    loaded = load(path, accounts_held=stored.held)
    logs.set_up("parent", format=loaded.settings.logs.format, level=loaded.settings.logs.level)
    for warning in loaded.warnings:
        log.warning("configuration_hurts", warning=str(warning))
    try:
        return asyncio.run(Parent(path, seen, loaded.settings, commands or Commands()).run())
    finally:
        logs.flush()


class Parent:
    """Owner of the children. `run` is its whole life."""

    def __init__(self, path: Path, seen: bytes, settings: Settings, commands: Commands) -> None:
        self._path = path
        self._seen = seen
        self._file = settings  # as the file says
        self._stored: tuple[StoredAccount, ...] = ()  # accounts, which control tells us of
        self._settings = settings  # both together
        self._commands = commands
        self._listening: list[socket.socket] = []
        self._admin: socket.socket | None = None
        self._stopping = False
        self._reloads = {"done": 0, "refused": 0}
        self._unanswered = 0
        self._undrained: set[int] = set()  # workers that did not say Drained

    async def run(self) -> int:
        """Starts, serves, drains; the exit code."""
        loop = asyncio.get_running_loop()
        self._tasks = Tasks(self._task_failed)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._started: asyncio.Future[None] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload, "SIGHUP")
        count = self._settings.proxy.workers or len(os.sched_getaffinity(0))
        self._control = Child("control", CONTROL, self._commands.control, self)
        self._workers = [Child(f"worker-{n}", n, self._commands.worker, self) for n in range(count)]
        self._homes = Homes(self._accounts())
        # A PROXY header in front of TLS is read before TLS begins, which the lobby does and a listening worker cannot.
        headed = any(each.tls is not None and each.proxy_protocol for each in self._settings.listeners)
        self._lobby = Lobby(self._rules(), self._homes, self._hand) if count > 1 or headed else None
        try:
            await self._start()
            await self._stop.wait()
            return await self._drain()
        except (StartError, listen.ListenError) as error:
            log.error("cannot_start", reason=str(error))  # noqa: TRY400  the text is for the operator, a traceback says no more
            await self._end_at_once()
            return 1
        finally:
            await self._tasks.cancel()
            self._close_sockets()

    # --- start ---

    async def _start(self) -> None:
        for number, listener in enumerate(self._settings.listeners):
            self._listening.append(listen.open_listener(f"listeners[{number}].address", *listener.address))
        self._admin = listen.open_listener("admin.address", *self._settings.admin.address)
        self._tasks.spawn(self._watch_file(), "watch configuration")  # from now on, so that no change is missed
        self._control.start()
        for worker in self._workers:
            worker.prepare()  # configured once control has made the books; what they import takes as long
        stopped: asyncio.Future[Any] = asyncio.ensure_future(self._stop.wait())
        outcomes: set[asyncio.Future[Any]] = {self._started, stopped}
        await asyncio.wait(outcomes, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not self._started.done():
            return
        self._started.result()
        if self._lobby is not None:
            self._lobby.open(self._listening)
        event = {
            "event": "ready",
            "listeners": [listen.address_of(sock) for sock in self._listening],
            "admin": listen.address_of(self._admin),
            "workers": len(self._workers),
        }
        print(msgspec.json.encode(event).decode(), flush=True)
        notify.tell(notify.READY)
        self._watchdog()
        self._tell_control_now_and_then()

    def _watchdog(self) -> None:
        interval = notify.watchdog_interval()
        if interval is not None:
            notify.tell(notify.WATCHDOG)
            asyncio.get_running_loop().call_later(interval, self._watchdog)

    # --- children (Owner) ---

    def configuration(self, child: Child) -> tuple[handoff.Message, list[int]]:
        """The first message to a fresh process."""
        # Control is told what the file says: the store's accounts are what it tells us.
        settings = handoff.settings_file(self._file if child is self._control else self._settings)
        sockets: list[socket.socket] = []
        if child is self._control and self._admin is not None:
            sockets = [self._admin]
        elif child is not self._control and self._lobby is None:
            sockets = self._listening
        listeners = tuple(range(len(sockets)))
        message = handoff.Configure(child.number, len(self._workers), listeners)
        return message, [settings, *(sock.fileno() for sock in sockets)]

    def child_ready(self, child: Child) -> None:
        """Control first, since it makes the books; then the workers; with the last of them the proxy has started."""
        log.info("child_ready", child=child.name)
        if child is self._control:
            if not self._stopping:
                for worker in self._workers:
                    if worker.pid is not None and not worker.configured:
                        worker.configure()
        else:
            self._homes.worker_up(child.number)
            if self._lobby is not None:
                self._lobby.retry()
        self._tell_control()
        if all(worker.was_ready for worker in self._workers) and not self._started.done():
            self._started.set_result(None)

    def child_gone(self, child: Child) -> bool:
        """Forgets what lived in the process; whether it is to be started again."""
        self._homes.worker_down(child.number)
        if not child.was_ready and not self._started.done():
            self._started.set_exception(StartError(f"{child.name} ended before it was ready; its log says why"))
            return False
        self._tell_control()
        return not self._stopping and self._started.done()

    def child_says(self, child: Child, message: handoff.Message, descriptors: list[int]) -> None:
        """A message of a worker or of control."""
        match message:
            case handoff.Accounts():
                self._stored = handoff.accounts_from(descriptors[0])
                self._combine()
                self._tell_settings(self._workers)
            case handoff.Released(account, adopted):
                self._homes.released(account, child.number, adopted)
            case handoff.WhereIs(request, account):
                now = asyncio.get_running_loop().time()
                home = self._homes.home(account, now, handed=False)
                child.send(handoff.Home(request, child.number if home is None else home))
            case handoff.Load(share):
                self._homes.load(child.number, share)
            case handoff.Drained(unanswered):
                self._unanswered += unanswered
                self._undrained.discard(child.number)
            case _:
                log.error("unexpected_message", child=child.name, kind=type(message).__name__)
        for descriptor in descriptors:
            os.close(descriptor)

    def _hand(self, worker: int, adopt: handoff.Adopt, sock: socket.socket) -> bool:
        child = self._workers[worker]
        if child.send_socket(adopt, sock):
            return True
        if not child.is_reachable:
            self._homes.worker_down(worker)  # it has just died: the lobby chooses another one
        return False

    def _tell_control(self) -> None:
        ready = tuple(worker.number for worker in self._workers if worker.ready)
        dropped = self._lobby.dropped if self._lobby is not None else {}
        self._control.send(handoff.Workers(ready, self._stopping, self._reloads, dropped))

    def _tell_control_now_and_then(self) -> None:
        self._tell_control()
        asyncio.get_running_loop().call_later(TELL_CONTROL, self._tell_control_now_and_then)

    # --- reload ---

    def _reload(self, why: str) -> None:
        if not self._started.done() or self._stopping:
            return
        try:
            loaded = load(self._path, accounts_held=lambda _: {each.system_id for each in self._stored})
        except SettingsError as error:
            self._reloads["refused"] += 1
            log.error("reload_refused", why=why, faults=str(error))  # noqa: TRY400
            return
        for warning in loaded.warnings:
            log.warning("configuration_hurts", warning=str(warning))
        notify.tell(notify.reloading())
        self._file, kept = merge.merge(self._file, loaded.settings)
        for key in kept:
            log.warning("reload_needs_restart", key=key)
        logs.set_level(self._file.logs.level)
        self._combine()
        if self._lobby is not None:
            self._lobby.rules = self._rules()
        self._tell_settings([self._control])
        self._tell_settings(self._workers)
        notify.tell(notify.READY)
        self._reloads["done"] += 1
        log.info("reloaded", why=why)

    def _combine(self) -> None:
        """Put the accounts of file and store together; those that cannot be used are told and left out."""
        self._settings, unusable = stored.combine(self._file, self._stored)
        for account, reason in unusable.items():
            log.error("account_unusable", account=account, reason=reason)
        self._homes.accounts_are(self._accounts())

    def _tell_settings(self, children: Sequence[Child]) -> None:
        descriptor = handoff.settings_file(self._file if self._control in children else self._settings)
        for child in children:
            if child.configured:
                child.send(handoff.Reload(), [descriptor])
        os.close(descriptor)

    async def _watch_file(self) -> None:
        try:
            async for _ in watch.changes(self._path, self._seen):
                await asyncio.wait({self._started})
                self._reload("file changed")
        except OSError as error:
            log.warning("configuration_not_watched", reason=str(error))

    def _rules(self) -> Rules:
        doors = [Door(listener.tls is not None, listener.proxy_protocol) for listener in self._settings.listeners]
        proxy = self._settings.proxy
        return Rules(doors, proxy.trusted_proxies, proxy.timers.session_init)

    def _accounts(self) -> list[str]:
        return [account.system_id for account in self._settings.accounts]

    # --- stop ---

    def _told_to_stop(self) -> None:
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def _drain(self) -> int:
        """Stops accepting, lets the workers finish, ends control last, which answers for health to the end."""
        self._stopping = True
        notify.tell(notify.STOPPING)
        timeout = self._settings.proxy.drain_timeout
        log.info("draining", timeout=timeout)
        if self._lobby is not None:
            self._lobby.close()
        for sock in self._listening:
            sock.close()
        self._tell_control()
        for worker in self._workers:
            worker.retire()
            if not worker.ended.is_set():
                self._undrained.add(worker.number)
                worker.send(handoff.Drain(timeout))
        await self._ended(self._workers, timeout + GRACE, self._hurry)
        for worker in self._workers:
            worker.send(handoff.Drain(hurry=True))
        await self._ended(self._workers, HURRY)
        self._kill(self._workers)
        await self._ended(self._workers, HURRY)
        self._control.retire()
        self._control.send(handoff.Drain())
        await self._ended([self._control], GRACE, self._hurry)
        self._kill([self._control])
        await self._ended([self._control], HURRY)
        log.info("drained", unanswered=self._unanswered, died=sorted(self._undrained))
        return 1 if self._unanswered or self._undrained else 0

    async def _ended(self, children: list[Child], within: float, unless: asyncio.Event | None = None) -> None:
        """Waits until all have ended, `within` seconds at most, or until `unless` happens."""

        async def all_ended() -> None:
            for child in children:
                await child.ended.wait()

        waiting: set[asyncio.Future[Any]] = {asyncio.ensure_future(all_ended())}
        if unless is not None:
            waiting.add(asyncio.ensure_future(unless.wait()))
        _, late = await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for future in late:
            future.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _kill(self, children: list[Child]) -> None:
        for child in children:
            if child.pid is not None:
                log.error("child_late_and_is_killed", child=child.name, child_pid=child.pid)
            child.kill()

    async def _end_at_once(self) -> None:
        self._stopping = True
        everybody = [*self._workers, self._control]
        for child in everybody:
            child.send(handoff.Drain(hurry=True))
        await self._ended(everybody, HURRY)
        self._kill(everybody)
        await self._ended(everybody, HURRY)

    def _close_sockets(self) -> None:
        for sock in (*self._listening, *([self._admin] if self._admin else [])):
            sock.close()

    def _task_failed(self, error: BaseException) -> None:
        log.error("task_failed", exc_info=error)
