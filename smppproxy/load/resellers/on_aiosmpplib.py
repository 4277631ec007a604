"""A reseller's session on aiosmpplib: asyncio, reconnecting, receipts correlated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiosmpplib import (
    ESME,
    NPI,
    TON,
    AbstractBroker,
    AbstractHook,
    AbstractThrottleHandler,
    BindMode,
    DeliverSm,
    OptionalParam,
    PhoneNumber,
    SmppMessage,
    SubmitSm,
    SubmitSmResp,
)

from smppproxy.load.resellers.correlator import FlatCorrelator
from smppproxy.load.resellers.message import Outgoing

_ENCODINGS = {0x00: "gsm0338", 0x01: "ascii", 0x03: "latin_1", 0x08: "ucs2", 0x0E: "euc_kr"}
_BIND_RESPONSES = {b"\x80\0\0\x01", b"\x80\0\0\x02", b"\x80\0\0\x09"}
_STOP_WAIT = 5.0  # seconds the library gets to unbind before it is cancelled


class AiosmpplibReseller:
    """One bind. :meth:`submit` gives a future of the answer's command_status.

    ``delivered`` is called with every deliver_sm, ``sent`` with every submit_sm's octets.
    """

    def __init__(
        self,
        host: str,
        port: int,
        system_id: str,
        password: str,
        *,
        delivered: Callable[[DeliverSm], None] | None = None,
        sent: Callable[[bytes], None] | None = None,
        transmitter: bool = False,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[int] = loop.create_future()  # command_status of the bind_resp
        self.delivered = delivered
        self.sent = sent
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._count = 0
        self._broker = _Broker()
        # the library logs every trouble, and the bodies of messages with it, to stderr
        quiet = logging.NullHandler()
        self._esme = ESME(
            smsc_host=host,
            smsc_port=port,
            system_id=system_id,
            password=password,
            bind_mode=BindMode.TRANSMITTER if transmitter else BindMode.TRANSCEIVER,
            broker=self._broker,
            hook=_Hook(self),
            correlator=FlatCorrelator(),
            throttle_handler=_SendOn(),
            log_handler=quiet,
            log_level=logging.CRITICAL,
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, timeout: float = 10.0) -> int:  # noqa: ASYNC109
        """Connect and bind; returns the bind's command_status. Raises OSError when nothing answers in time."""
        self._task = asyncio.get_running_loop().create_task(self._esme.start())
        try:
            return await asyncio.wait_for(asyncio.shield(self.bound), timeout)
        except TimeoutError:
            raise OSError(f"no bind_resp within {timeout:g} s") from None

    def submit(self, message: Outgoing) -> asyncio.Future[int]:
        """Queue a message. The future fails with ConnectionError or ValueError when the library gives it up."""
        self._count += 1
        log_id = str(self._count)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[log_id] = answer
        numeric = message.source.lstrip("+").isdigit()
        # the library encodes the text itself, and keeps vendor TLVs as ASCII only
        params = [OptionalParam(message.code[0], message.code[1].decode("ascii"))] if message.code else []
        self._broker.queue.put_nowait(
            SubmitSm(
                short_message=message.text,
                source=PhoneNumber(message.source, TON.UNKNOWN, NPI.ISDN)
                if numeric
                else PhoneNumber(message.source, TON.ALPHANUMERIC, NPI.UNKNOWN),
                destination=PhoneNumber(message.destination, TON.UNKNOWN, NPI.ISDN),
                encoding=_ENCODINGS[message.data_coding],
                registered_delivery=message.registered_delivery,
                optional_params=params,
                log_id=log_id,
            )
        )
        return answer

    async def stop(self) -> None:
        """Unbind and close; what is unanswered fails."""
        if self._task is not None:
            writer = self._esme._writer
            stopping = asyncio.get_running_loop().create_task(self._esme.stop())
            await asyncio.wait([stopping], timeout=_STOP_WAIT)
            for task in (stopping, self._task):
                task.cancel()
            await asyncio.gather(stopping, self._task, return_exceptions=True)
            self._task = None
            await self._close(writer)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the session ended before the answer came"))
                answer.exception()  # seen: who no longer waits is not told at collection
        self._waiting.clear()

    async def _close(self, writer: asyncio.StreamWriter | None) -> None:
        """Close what the library only forgets."""
        for forgotten in (writer, self._esme._writer):
            if forgotten is not None:
                forgotten.close()
                await asyncio.gather(forgotten.wait_closed(), return_exceptions=True)

    # told by the hook

    def bind_answered(self, status: int) -> None:
        if not self.bound.done():
            self.bound.set_result(status)
        if status and self._esme._writer is not None:
            self._esme._writer.close()  # before its next attempt the library forgets it without closing it

    def answered(self, response: SubmitSmResp) -> None:
        answer = self._waiting.pop(response.log_id, None)
        if answer is not None and not answer.done():
            answer.set_result(int(response.command_status))

    def given_up(self, message: SmppMessage, error: Exception) -> None:
        answer = self._waiting.pop(getattr(message, "log_id", ""), None)
        if answer is not None and not answer.done():
            answer.set_exception(error)
            answer.exception()


class _Broker(AbstractBroker):  # type: ignore[misc]
    """A queue without a bound: whoever submits keeps the window."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[SmppMessage] = asyncio.Queue()

    async def enqueue(self, message: SmppMessage) -> None:
        await self.queue.put(message)

    async def dequeue(self) -> SmppMessage:
        return await self.queue.get()


class _SendOn(AbstractThrottleHandler):  # type: ignore[misc]  # the library has no types
    """Never holds back: the library's own stops for minutes after fifty answers with a few "throttled" among them."""

    async def throttled(self) -> None:
        """Nothing is made of it."""

    async def not_throttled(self) -> None:
        """Nothing is made of it."""

    async def allow_request(self) -> bool:
        """Always."""
        return True

    async def throttle_delay(self) -> float:
        """Not asked for."""
        return 0.0


class _Hook(AbstractHook):  # type: ignore[misc]
    """Tells the reseller what happens on the wire."""

    def __init__(self, reseller: AiosmpplibReseller) -> None:
        self._reseller = reseller

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        if self._reseller.sent is not None and isinstance(smpp_message, SubmitSm):
            self._reseller.sent(pdu)

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        reseller = self._reseller
        if pdu[4:8] in _BIND_RESPONSES:
            # the header, not the object: the library cannot parse a refusal that is a header only
            reseller.bind_answered(int.from_bytes(pdu[8:12], "big"))
        elif isinstance(smpp_message, DeliverSm):
            if reseller.delivered is not None:
                reseller.delivered(smpp_message)
        elif isinstance(smpp_message, SubmitSmResp):
            reseller.answered(smpp_message)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        self._reseller.given_up(smpp_message, error)
