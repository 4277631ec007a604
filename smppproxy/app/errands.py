"""What the house orders and a turn cannot wait for: dial an upstream, check a password, ask another worker."""

from __future__ import annotations

import asyncio
import base64
import binascii
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from smppproxy.app import rpc
from smppproxy.app.knocks import Knocks
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.net.dial import CannotConnect, Target, dial
from smppproxy.net.wire import Pump, Wire
from smppproxy.relay.delivery import Elsewhere
from smppproxy.relay.doors import Check, Dial
from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame

#: Seconds beyond a reseller's own time to answer until a sibling that says nothing counts as silent.
SIBLING_GRACE: Final = 2.0

#: Connections a worker's socket has for its siblings together; it takes 64, and others ask there too.
SIBLING_CONNECTIONS: Final = 48

log = get_logger(__name__)


class Errands:
    """Tasks of one worker. Their results come back to the house as inputs, followed by a turn."""

    def __init__(
        self,
        house: House,
        pump: Pump,
        tasks: Tasks,
        chance: random.Random,
        siblings: Mapping[int, Path],
        lost: Callable[[Link], None],
    ) -> None:
        """``siblings``: the sockets of the other workers; ``lost`` is told of upstreams that could not be dialled."""
        self.targets: Mapping[str, Target] = {}
        self._house = house
        self._pump = pump
        self._tasks = tasks
        self._chance = chance
        self._siblings = siblings
        self._lost = lost
        self._asking = asyncio.Semaphore(max(1, SIBLING_CONNECTIONS // max(1, len(siblings))))
        self._elsewhere: dict[str, list[Elsewhere]] = {}  # by account: what waits for the answer to what was asked
        self._knocks = Knocks()
        self._found: dict[str, int] = {}  # the sibling that had the account bound when it was asked last

    def run(self) -> None:
        """Take what the house ordered."""
        house = self._house
        doors = house.doors
        if house.turned:  # callers that turned out to be an SMSC
            turned, house.turned = house.turned, []
            for reseller, carrier in turned:
                if isinstance(reseller.wire, Wire):
                    reseller.wire.owner = carrier
        knocks, doors.knocks = doors.knocks, []
        self._knocks.tell(knocks, time.monotonic())
        if doors.to_dial:
            orders, doors.to_dial = doors.to_dial, []
            for order in orders:
                self._tasks.spawn(self._dial(order), "dial")
        if doors.to_check:
            checks, doors.to_check = doors.to_check, []
            for check in checks:
                self._tasks.spawn(self._check(check), "check password")
        if house.elsewhere:
            items, house.deliveries.elsewhere = house.deliveries.elsewhere, []
            for item in items:
                self._send_elsewhere(item)

    async def _dial(self, order: Dial) -> None:
        carrier = order.carrier
        name = carrier.upstream.plan.name
        wait = order.at - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        target = self.targets.get(name)
        if target is None or carrier.session.closing or carrier.gone:
            self._lost(carrier)
            return
        try:
            wire, address = await dial(target, lambda: Wire(self._pump), self._chance)
        except CannotConnect as error:
            log.warning("upstream_unreachable", upstream=name, reason=str(error))
            self._lost(carrier)
        except Exception:
            self._lost(carrier)  # whatever it was: who waits for the link must not wait for ever
            raise
        else:
            self._connected(carrier, wire, name, address)
        finally:
            self._pump.wake()

    def _connected(self, carrier: Carrier, wire: Wire, name: str, address: str) -> None:
        """The wire gets its owner now, not before: the end of an attempt that failed is not that of the link."""
        if carrier.gone or wire.ended:
            wire.abort()
            self._lost(carrier)
            return
        log.info("upstream_connected", upstream=name, address=address)
        wire.owner = carrier
        carrier.wire = wire
        self._house.connected(carrier, time.monotonic())

    async def _check(self, check: Check) -> None:
        ok = False
        try:
            ok = await asyncio.get_running_loop().run_in_executor(None, check.verify, check.password)
        finally:
            self._house.verified(check.reseller, ok, time.monotonic())
            self._pump.wake()

    # ------------------------------------------------------------ deliveries across workers

    def _send_elsewhere(self, item: Elsewhere) -> None:
        """Ask for one batch of an account at a time: a slow reseller delays its own deliveries and takes one
        connection. What would exceed the account's bound is given back at once."""
        waiting = self._elsewhere.get(item.account)
        if waiting is None:
            self._elsewhere[item.account] = [item]
            self._tasks.spawn(self._ask_on(item.account), "deliver elsewhere")
        elif len(waiting) < self._house.limits.deliveries:
            waiting.append(item)
        else:
            self._house.deliveries.taken_over(item, c.ESME_RX_T_APPN)

    async def _ask_on(self, account: str) -> None:
        """Ask until nothing waits for this account."""
        items: list[Elsewhere] = []
        try:
            while items := self._elsewhere[account]:
                self._elsewhere[account] = []
                async with self._asking:
                    await self._ask_siblings(account, items)
                self._pump.wake()
        finally:
            del self._elsewhere[account]

    async def _ask_siblings(self, account: str, items: list[Elsewhere]) -> None:
        """Offer deliveries of one account to the other workers; the one that has it bound answers for its reseller."""
        request = {
            "do": "deliver",
            "account": account,
            "pdus": [base64.b64encode(item.raw).decode() for item in items],
        }
        statuses: list[int | None] = [None] * len(items)
        found = self._found.pop(account, None)
        if found is not None:
            statuses = await self._ask(found, request, len(items))
        if all(status is None for status in statuses):
            others = [number for number in self._siblings if number != found]
            answers = await asyncio.gather(*(self._ask(number, request, len(items)) for number in others))
            for number, answer in zip(others, answers, strict=True):
                if any(status is not None for status in answer):
                    found, statuses = number, answer
        if found is not None and any(status is not None for status in statuses):
            self._found[account] = found
        for item, status in zip(items, statuses, strict=True):
            self._house.deliveries.taken_over(item, status)

    async def _ask(self, number: int, request: dict[str, Any], many: int) -> list[int | None]:
        """What one sibling says of each delivery; None throughout where it does not say."""
        within = self._house.limits.deliver_timeout + SIBLING_GRACE
        try:
            answer = await rpc.ask(self._siblings[number], request, within)
        except (OSError, ValueError, rpc.RpcError) as error:  # TimeoutError is an OSError; ValueError: too long a line
            log.warning("sibling_silent", sibling=number, reason=str(error) or type(error).__name__)
            return [None] * many
        statuses = answer.get("statuses")
        if not isinstance(statuses, list) or len(statuses) != many:
            return [None] * many
        return [status if isinstance(status, int) else None for status in statuses]

    async def deliver(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a sibling: deliver to a reseller bound here and say what each answered; None: it is not bound here."""
        account, pdus = request.get("account"), request.get("pdus")
        if not isinstance(account, str) or not isinstance(pdus, list):
            raise rpc.RpcError("bad_request", "deliver takes account, a string, and pdus, a list")
        try:
            frames = [_frame(pdu) for pdu in pdus]
        except (TypeError, ValueError, binascii.Error) as error:
            raise rpc.RpcError("bad_request", f"deliver takes PDUs in base64: {error}") from error
        loop = asyncio.get_running_loop()
        pending: list[asyncio.Future[int] | None] = []
        for frame in frames:
            answered: asyncio.Future[int] = loop.create_future()
            taken = self._house.deliveries.take_over(account, frame, _answer(answered), time.monotonic())
            pending.append(answered if taken else None)
        self._pump.wake()
        statuses = [None if each is None else await each for each in pending]
        return {"ok": True, "statuses": statuses}


def _frame(pdu: str) -> Frame:
    """The frame of a PDU in base64. Raises TypeError or ValueError."""
    octets = base64.b64decode(pdu, validate=True)
    frames, _, _ = kernel.cut(octets, len(octets))
    if len(frames) != 1:
        raise ValueError("not one whole PDU")
    return frames[0]


def _answer(answered: asyncio.Future[int]) -> Callable[[int], None]:
    def take(status: int) -> None:
        if not answered.done():
            answered.set_result(status)

    return take
