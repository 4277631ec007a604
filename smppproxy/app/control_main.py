"""Entry of the control process: holds the store and the books, answers the command line, runs the admin address.

Nothing of what it does is needed to answer a PDU: when it dies, the workers go on with the books they have, and the
parent starts it again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvloop

from smppproxy.admin import http
from smppproxy.admin.callers import Network
from smppproxy.admin.desk.app import DeskPage
from smppproxy.admin.resellers import ResellerApi
from smppproxy.admin.server import AdminServer
from smppproxy.app import handoff, lifeline, logs, model_news, trace_settle
from smppproxy.app.abuse_desk import AbuseDesk
from smppproxy.app.channel import Channel
from smppproxy.app.control import Overview
from smppproxy.app.quarantine_keeper import QuarantineKeeper
from smppproxy.app.report_keeper import ReportKeeper
from smppproxy.app.reseller_desk import ResellerDesk
from smppproxy.app.rpc import Handler, RpcServer
from smppproxy.app.sanction_keeper import SanctionKeeper
from smppproxy.app.settings import Settings, stored
from smppproxy.app.store_follower import StoreFollower
from smppproxy.app.tasks import Tasks
from smppproxy.app.text_explainer import TextExplainer
from smppproxy.app.trace_keeper import TraceKeeper
from smppproxy.loggers import get_logger
from smppproxy.state.accounts import StoredAccount
from smppproxy.state.authority import Authority
from smppproxy.state.codes import CodeShape
from smppproxy.state.errors import BusyError, StateError
from smppproxy.state.protocol import SOCKET, reachable
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace_days import node_of

PATIENCE = 10.0  # s to wait for a state directory that a command holds at the moment
RETRY = 0.05  # s between two tries

log = get_logger(__name__)


class ControlProcess:
    """The life of the control process: configured, ready, done."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[int] = self._loop.create_future()
        self._tasks = Tasks(self._failed)
        self._channel = Channel(sock, self._received, self._parent_gone)
        self._workers: handoff.Workers | None = None
        self._newer: Settings | None = None  # came while we were starting
        self._file: Settings  # without the accounts of the store; there from the first message on
        self._stored: Sequence[StoredAccount] = ()
        self._follower: StoreFollower | None = None
        self._overview: Overview | None = None
        self._authority: Authority | None = None
        self._admin: AdminServer | None = None
        self._desk: ResellerDesk | None = None
        self._persons: AbuseDesk | None = None
        self._rpc: RpcServer | None = None

    async def run(self) -> int:
        """Works until the parent says otherwise; the exit code."""
        code = await self._done
        if self._admin is not None:
            self._admin.stop()
        if self._desk is not None:
            self._desk.close()
        if self._persons is not None:
            self._persons.close()
        await self._tasks.cancel()
        if self._rpc is not None:
            await self._rpc.close()
        if self._authority is not None:
            self._authority.close()
        self._channel.close()
        return code

    def _received(self, message: handoff.Message, descriptors: list[int]) -> None:
        match message:
            case handoff.Configure(_, workers):
                settings = handoff.settings_from(descriptors[0])
                self._tasks.spawn(self._start(settings, workers, handoff.socket_of(descriptors[1])), "start")
            case handoff.Reload():
                self._newer = handoff.settings_from(descriptors[0])
                self._take_newer()
            case handoff.Workers():
                self._workers = message
                self._take_workers()
            case handoff.Drain():
                self._end(0)
            case _:
                log.error("unexpected_message", kind=type(message).__name__)

    async def _start(self, settings: Settings, workers: int, admin: socket.socket) -> None:
        logs.set_up("control", format=settings.logs.format, level=settings.logs.level)
        directory = settings.proxy.state_path
        self._file = settings
        self._authority = await _take(directory, settings)
        self._follower = StoreFollower(self._authority, self._tasks, self._tell_accounts)
        self._follower.rules_are(settings)
        await self._follower.tell_accounts()
        self._overview = Overview(self._combined(), workers, self._count_codes)
        self._take_newer()
        self._take_workers()
        answer = self._authority.service.answer
        use_model = partial(model_news.use_model, answer, directory)
        overview = self._overview
        service, books = self._authority.service, self._authority.books
        explain = TextExplainer(lambda: overview.settings, service.run, books.view).answer
        handlers: dict[str, Handler] = {"": answer, "text.explain": explain}
        handlers["trace.settle"] = partial(trace_settle.settle, directory)
        handlers |= dict.fromkeys(model_news.VERBS, use_model)
        self._rpc = RpcServer(directory / SOCKET, handlers)
        await self._rpc.start()
        self._tasks.spawn(_trace_keeper(directory, overview).run(), "trace")
        keeper = SanctionKeeper(directory, self._authority.sanctions, self._authority.service.run)
        overview.collectors += (keeper.collect, self._follower.collect)
        self._tasks.spawn(keeper.run(), "sanctions")
        self._tasks.spawn(_quarantine_keeper(directory, overview, self._authority).run(), "quarantine")
        reports = ReportKeeper(
            self._authority.publisher, self._authority.service.run, lambda: overview.settings.trace.report_retention
        )
        self._tasks.spawn(reports.run(), "reports")
        self._desk = ResellerDesk(directory, settings.proxy.database, answer, self._has_account)
        self._persons = AbuseDesk(handlers, overview, self._desk)

        def trusted() -> Sequence[Network]:
            return overview.settings.proxy.trusted_proxies

        resellers, page = ResellerApi(self._desk, trusted=trusted), DeskPage(self._persons, trusted=trusted)
        self._admin = AdminServer(http.build(overview, resellers, page))
        self._tasks.spawn(self._admin.serve(admin), "admin")
        self._tasks.spawn(self._follower.run(), "store")
        self._channel.send(handoff.Ready())
        # The record may have been written while there was no control to tell of it.
        self._tasks.spawn(model_news.tell(directory), "model")

    async def _count_codes(self) -> dict[str, int]:
        if self._authority is None:
            return {}
        answer = await self._authority.service.answer({"do": "codes.count"})
        counts: dict[str, int] = answer.get("counts", {})
        return counts

    def _take_newer(self) -> None:
        if self._newer is not None and self._overview is not None and self._authority is not None:
            logs.set_level(self._newer.logs.level)
            self._file = self._newer
            self._overview.settings = self._combined()
            self._authority.codes.shape = shape_of(self._overview.settings)
            if self._follower is not None:
                self._follower.rules_are(self._file)
            policy = self._file.sanctions.policy()
            self._tasks.spawn(self._authority.service.run(partial(self._authority.sanctions.take, policy)), "policy")
            self._newer = None

    def _tell_accounts(self, accounts: Sequence[StoredAccount]) -> None:
        """Hand the accounts of the store to the parent, which gives them to the workers."""
        self._stored = accounts
        if self._overview is not None and self._authority is not None:
            self._overview.settings = self._combined()
            self._authority.codes.shape = shape_of(self._overview.settings)
        descriptor = handoff.accounts_file(accounts)
        self._channel.send(handoff.Accounts(), [descriptor])
        os.close(descriptor)

    def _combined(self) -> Settings:
        return stored.combine(self._file, self._stored)[0]

    def _has_account(self, name: str) -> bool:
        """Whether there is an account, suspended or not."""
        names = {each.system_id for each in self._file.accounts} | {each.system_id for each in self._stored}
        return name in names

    def _take_workers(self) -> None:
        if self._workers is not None and self._overview is not None:
            self._overview.parent = self._workers

    def _end(self, code: int) -> None:
        if not self._done.done():
            self._done.set_result(code)

    def _parent_gone(self) -> None:
        self._end(1)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, StateError):
            log.error("control_cannot_work", reason=str(error))
        else:
            log.error("task_failed", exc_info=error)
        self._end(1)


def shape_of(settings: Settings) -> CodeShape:
    """How a code may look that somebody registers: as any account may send it."""
    return CodeShape([settings.filters.code, *(settings.code_of(account) for account in settings.accounts)])


def _trace_keeper(directory: Path, overview: Overview) -> TraceKeeper:
    """The keeper of the trace, which counts what it moves. Raises StateError."""
    settings = overview.settings
    store = Store.open(settings.proxy.database or directory, thorough=False)
    tally = Tally(store, round(settings.stats.utc_offset * 3600), node_of(directory) if store.shared else "")
    keeper = TraceKeeper(
        directory,
        lambda: overview.settings.trace.retention,
        tally,
        database=settings.proxy.database,
        text_retention=lambda: overview.settings.trace.text_retention,
    )
    overview.collectors.append(keeper.collect)
    return keeper


def _quarantine_keeper(directory: Path, overview: Overview, authority: Authority) -> QuarantineKeeper:
    """The keeper of what is held."""
    return QuarantineKeeper(
        directory, authority.quarantine, authority.sealer, authority.service.run, lambda: overview.settings
    )


async def _take(directory: Path, settings: Settings) -> Authority:
    """Takes the state directory, waiting for a command that holds it for one request. Raises StateError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            return Authority.take(
                directory,
                database=settings.proxy.database,
                shape=shape_of(settings),
                country=settings.filters.sender.country,
                policy=settings.sanctions.policy(),
            )
        except BusyError:
            if loop.time() >= until or await _is_served(directory):
                raise
            await asyncio.sleep(RETRY)


async def _is_served(directory: Path) -> bool:
    """Whether another proxy runs on this state directory: waiting for that one would be in vain."""
    try:
        with reachable(directory / SOCKET) as address:
            _, writer = await asyncio.open_unix_connection(address)
    except OSError:
        return False
    writer.close()
    return True


def main() -> int:
    """Runs the control process."""
    sock, _ = lifeline.begin()

    async def run() -> int:
        return await ControlProcess(sock).run()

    try:
        return uvloop.run(run())
    finally:
        logs.flush()
