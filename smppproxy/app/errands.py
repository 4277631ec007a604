"""What the house orders and a turn cannot wait for: dial an upstream, check a password, ask another worker."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import structlog

from smppproxy.app import rpc
from smppproxy.app.tasks import Tasks
from smppproxy.net.dial import CannotConnect, Target, dial
from smppproxy.net.wire import Pump, Wire
from smppproxy.relay.delivery import Elsewhere
from smppproxy.relay.doors import Check, Dial
from smppproxy.relay.house import House
from smppproxy.relay.links import Link
from smppproxy.smpp import kernel

#: Seconds beyond a reseller's own time to answer until a sibling that says nothing counts as silent.
SIBLING_GRACE: Final = 2.0

log = structlog.get_logger(__name__)


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

    def run(self) -> None:
        """Take what the house ordered."""
        house = self._house
        doors = house.doors
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
            for account, some in groupby(sorted(items, key=lambda item: item.account), key=lambda item: item.account):
                self._tasks.spawn(self._ask_siblings(account, list(some)), "deliver elsewhere")

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
            wire, address = await dial(target, lambda: Wire(self._pump, carrier), self._chance)
        except CannotConnect as error:
            log.warning("upstream_unreachable", upstream=name, reason=str(error))
            self._lost(carrier)
        else:
            log.info("upstream_connected", upstream=name, address=address)
            carrier.wire = wire
            self._house.connected(carrier, time.monotonic())
        self._pump.wake()

    async def _check(self, check: Check) -> None:
        ok = await asyncio.get_running_loop().run_in_executor(None, check.verify, check.password)
        self._house.verified(check.reseller, ok, time.monotonic())
        self._pump.wake()

    async def _ask_siblings(self, account: str, items: list[Elsewhere]) -> None:
        """Offer deliveries of one account to the other workers; the one that has it bound answers for its reseller."""
        request = {
            "do": "deliver",
            "account": account,
            "pdus": [base64.b64encode(item.raw).decode() for item in items],
        }
        within = self._house.limits.deliver_timeout + SIBLING_GRACE
        answers = await asyncio.gather(
            *(rpc.ask(path, request, within) for path in self._siblings.values()), return_exceptions=True
        )
        statuses: list[int | None] = [None] * len(items)
        for answer in answers:
            given = answer.get("statuses") if isinstance(answer, dict) else None
            if isinstance(given, list) and len(given) == len(items):
                statuses = [old if old is not None else new for old, new in zip(statuses, given, strict=True)]
        for item, status in zip(items, statuses, strict=True):
            self._house.deliveries.taken_over(item, status)
        self._pump.wake()

    async def deliver(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a sibling: deliver to a reseller bound here and say what each answered; None: it is not bound here."""
        account, pdus = request.get("account"), request.get("pdus")
        if not isinstance(account, str) or not isinstance(pdus, list):
            raise rpc.RpcError("bad_request", "deliver takes account, a string, and pdus, a list")
        loop = asyncio.get_running_loop()
        pending: list[asyncio.Future[int] | None] = []
        for pdu in pdus:
            octets = base64.b64decode(pdu)
            frames, _, _ = kernel.cut(octets, len(octets))
            answered: asyncio.Future[int] = loop.create_future()
            taken = bool(frames) and self._house.deliveries.take_over(
                account, frames[0], _answer(answered), time.monotonic()
            )
            pending.append(answered if taken else None)
        self._pump.wake()
        statuses = [None if each is None else await each for each in pending]
        return {"ok": True, "statuses": statuses}


def _answer(answered: asyncio.Future[int]) -> Callable[[int], None]:
    def take(status: int) -> None:
        if not answered.done():
            answered.set_result(status)

    return take
