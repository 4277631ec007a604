"""The SMSC simulator: a server that accepts what it is told to accept and remembers what it saw.

As a library::

    async with SmscSimulator() as smsc:
        ...                                   # connect to smsc.host, smsc.port
        await smsc.wait_submits(3)
        assert smsc.received.of(SUBMIT_SM)[0].frame.short_message == b"..."
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from itertools import count
from typing import IO, TYPE_CHECKING, Any

from smppproxy.load import wire
from smppproxy.load.smsc import deliveries
from smppproxy.load.smsc.answer import Answer, Reply, Respond
from smppproxy.load.smsc.behaviour import Behaviour
from smppproxy.load.smsc.clerk import BINDS, MESSAGES, WALKED, Clerk
from smppproxy.load.smsc.delay_line import DelayLine
from smppproxy.load.smsc.link import Link
from smppproxy.load.smsc.received import Arrival, Received, command_name
from smppproxy.smpp.constants import DELIVER_SM, DELIVER_SM_RESP, OUTBIND, SUBMIT_SM

if TYPE_CHECKING:
    import ssl

    from smppproxy.smpp.kernel import Frame

_MO_TICK = 0.01  # seconds between two rounds of mobile-originated messages
PATIENCE = 60.0  # s that whoever waits for something is let wait: on a busy machine it comes late


class SmscSimulator:
    """One listening SMSC; see the module. ``respond`` has the last word on every answer.

    ``port`` 0 picks a free one. ``keep`` (the default in a library) retains every PDU in ``received.pdus``.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        respond: Respond | None = None,
        keep: bool = True,
        dump: IO[str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.host = host
        self.port = port
        self.respond = respond
        self.received = Received(keep=keep, dump=dump)
        self.links: list[Link] = []
        self.clerk = Clerk(self.behaviour, self.received)
        self._tls = tls
        self._names: dict[int, str] = {}
        self._numbers = count(1)
        self._turn = count()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._late: DelayLine | None = None

    # life

    async def __aenter__(self) -> SmscSimulator:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen; ``port`` is the real one afterwards. Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        self._late = DelayLine(loop)
        self._server = await loop.create_server(self._new_link, self.host, self.port, ssl=self._tls, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        if self.behaviour.mo_rate:
            self._spawn(self._originate())

    async def close(self) -> None:
        """Stop listening and drop every link."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        open_links = list(self.links)
        for link in open_links:
            link.drop()
        if self._late is not None:
            self._late.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(link.closed for link in open_links))
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    # waiting for what a test expects, without sleeping

    async def wait_for(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Return once ``condition()`` holds; asked again after every PDU and every change of a link.

        Raises TimeoutError after ``timeout`` seconds.
        """
        if condition():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.append((condition, future))
        await asyncio.wait_for(future, timeout)

    async def wait_submits(self, number: int, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Return once ``number`` message requests have come in altogether."""
        await self.wait_for(lambda: self.received.submits >= number, timeout)

    async def wait_bound(self, number: int = 1, timeout: float = PATIENCE) -> Link:  # noqa: ASYNC109
        """Return the newest bound link once ``number`` links are bound at the same time."""
        await self.wait_for(lambda: sum(1 for link in self.links if link.bind) >= number, timeout)
        return next(link for link in reversed(self.links) if link.bind)

    async def outbind(self, host: str, port: int, system_id: str = "smsc", password: str = "") -> Link:
        """Connect to an ESME and ask it to bind (3.4 s. 4.1.7)."""
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(self._new_link, host, port)
        link.originate(OUTBIND, wire.cstring(system_id) + wire.cstring(password))
        return link

    # called by the links

    @property
    def quick(self) -> bool:
        """True while every submit gets the same treatment and nobody watches single ones."""
        wanted = self.behaviour
        return (
            self.respond is None
            and self.received.quick
            and wanted.faultless
            and not (wanted.receipts or wanted.disconnect_after or wanted.delay[1])
        )

    def name_of(self, command_id: int) -> str:
        """:func:`command_name`, remembered."""
        name = self._names.get(command_id)
        if name is None:
            name = self._names[command_id] = command_name(command_id)
        return name

    def opened(self, link: Link) -> None:
        self.links.append(link)
        self.received.links += 1
        self._changed()

    def lost(self, link: Link, *, clean: bool) -> None:
        self.links.remove(link)
        self.received.lost += not clean
        self._changed()

    def accepted_quick(self, number: int) -> None:
        """``number`` submit_sm were accepted the short way."""
        self.received.accepted += number
        self.received.answers[0] += number
        self.received.commands[self.name_of(SUBMIT_SM)] += number
        self._changed()

    def answered(self, frame: Frame) -> None:
        """A response came in."""
        if frame.command_id == DELIVER_SM_RESP:
            self.received.deliver_answers[frame.command_status] += 1
        self._changed()

    def requested(self, link: Link, frame: Frame) -> None:
        """A request other than enquire_link and unbind came in: find its answer."""
        is_message = frame.command_id in MESSAGES
        if is_message:
            link.submits += 1
            self.received.add_bodies(1, wire.body_hash(frame.body))
        if self.respond is None:
            self._settle(link, frame, self.clerk.answer(link, frame))
        else:
            reply = self.respond(Arrival(link, frame))
            if inspect.isawaitable(reply):
                self._spawn(self._settle_later(link, frame, reply))
            else:
                self._settle_reply(link, frame, reply)
        if is_message and link.submits == self.behaviour.disconnect_after:
            link.flush()
            link.drop(abort=False)
        self._changed()

    # answers

    async def _settle_later(self, link: Link, frame: Frame, reply: Awaitable[Reply]) -> None:
        self._settle_reply(link, frame, await reply)
        link.flush()
        self._changed()

    def _settle_reply(self, link: Link, frame: Frame, reply: Reply) -> None:
        if reply is None:
            reply = self.clerk.answer(link, frame)
        elif isinstance(reply, int):
            reply = Answer(status=reply)
        self._settle(link, frame, reply)

    def _settle(self, link: Link, frame: Frame, answer: Answer | None) -> None:
        """Count the answer, make its octets, send them now or later."""
        if answer is None:
            return
        command_id = frame.command_id
        message_id = b""
        if answer.raw is not None:
            octets = answer.raw
        else:
            response_id = command_id | wire.RESPONSE
            body = answer.body
            if body is None:
                body, message_id = self.clerk.body(frame, answer)
            octets = wire.pack(response_id, frame.sequence_number, body, answer.status)
            if command_id in MESSAGES:
                self.received.answers[answer.status] += 1
                self.received.accepted += answer.status == 0
        if command_id in BINDS and answer.raw is None:
            self._bound(link, frame, answer.status)
        delay = answer.delay if answer.delay is not None else self.clerk.delay() if command_id in MESSAGES else 0.0
        self._put(link, octets, delay)
        if message_id and command_id in WALKED and self.behaviour.receipts and deliveries.wants_receipt(frame):
            body = deliveries.receipt_body(frame, message_id, datetime.now(UTC))
            self._later(delay + self.behaviour.receipt_delay, lambda: self._deliver_receipt(link, body))
        if answer.close:
            self._later(delay, lambda: link.drop(abort=False))

    def _bound(self, link: Link, frame: Frame, status: int) -> None:
        if status:
            self.received.binds_refused += 1
            return
        self.received.binds += 1
        link.bind = frame.command_id
        link.bind_body = frame.body
        link.system_id = frame.body.split(b"\0", 1)[0].decode("latin-1")

    def _put(self, link: Link, octets: bytes, delay: float) -> None:
        if delay > 0:
            self._later(delay, lambda: link.send(octets))
        else:
            link.answer(octets)

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        if self._late is not None:
            self._late.put(delay, act)

    # what the SMSC starts itself

    def _deliver_receipt(self, link: Link, body: bytes) -> None:
        """Send a receipt on the link itself, or on another receiving one of its system_id."""
        link.flush()  # the answer first, whatever the delay line's order
        if link not in self.links or not link.receives:
            others = [other for other in self.links if other.receives and other.system_id == link.system_id]
            if not others:
                self.received.receipts_unroutable += 1
                return
            link = others[0]
        link.originate(DELIVER_SM, body)
        self.received.receipts_sent += 1

    async def _originate(self) -> None:
        """Mobile-originated messages at ``mo_rate``, dealt out over the receiving links in turn."""
        wanted = self.behaviour
        body = deliveries.mobile_originated_body(
            wanted.mo_source, wanted.mo_destination, wanted.mo_text.encode("ascii")
        )
        loop = asyncio.get_running_loop()
        sent, began = 0, loop.time()
        while True:
            await asyncio.sleep(_MO_TICK)
            receiving = [link for link in self.links if link.receives]
            if not receiving:
                sent, began = 0, loop.time()
                continue
            due = int((loop.time() - began) * wanted.mo_rate) - sent
            for _ in range(due):
                receiving[next(self._turn) % len(receiving)].originate(DELIVER_SM, body)
            sent += due
            self.received.mo_sent += due

    # housekeeping

    def _new_link(self) -> Link:
        return Link(self, next(self._numbers))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _changed(self) -> None:
        if not self._watchers:
            return
        waiting = []
        for condition, future in self._watchers:
            if future.done():
                continue
            if condition():
                future.set_result(None)
            else:
                waiting.append((condition, future))
        self._watchers = waiting
