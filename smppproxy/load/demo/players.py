"""The demo's resellers: one on aiosmpplib that keeps the rules, one on smpplib that breaks them."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import cycle

from smppproxy.load.demo.cases import BAD, CASES, GOOD, PASSWORDS
from smppproxy.load.demo.scoreboard import LOST, Scoreboard
from smppproxy.load.resellers.on_aiosmpplib import AiosmpplibReseller
from smppproxy.load.resellers.on_smpplib import LIBRARY_ERRORS, SmpplibReseller

_EVERY = 0.1  # seconds between two messages of a reseller: slow enough to watch
_ANSWER_WAIT = 30.0  # seconds; the proxy answers within milliseconds where the machine has nothing else to do


class PlayError(Exception):
    """A reseller could not bind."""


async def play_good(host: str, port: int, board: Scoreboard, stop: asyncio.Event) -> int:
    """Send honest messages until ``stop``; returns how many delivery receipts came back."""
    receipts = 0

    def delivered(_: object) -> None:
        nonlocal receipts
        receipts += 1

    reseller = AiosmpplibReseller(host, port, GOOD, PASSWORDS[GOOD], delivered=delivered)
    try:
        try:
            status = await reseller.start(_ANSWER_WAIT)
        except OSError as error:
            raise PlayError(f"the good reseller could not bind: {error}") from None
        if status:
            raise PlayError(f"the good reseller's bind was refused with 0x{status:02X}")
        for case in cycle([case for case in CASES if case.reseller == GOOD]):
            if stop.is_set() and not board.untried(GOOD):
                break
            try:
                answer = reseller.submit(case.outgoing(registered_delivery=1))
                board.answered(case, await asyncio.wait_for(answer, _ANSWER_WAIT))
            except (TimeoutError, OSError, ValueError):
                board.answered(case, LOST)
            await asyncio.sleep(_EVERY)
    finally:
        await reseller.stop()
    return receipts


def play_bad(host: str, port: int, board: Scoreboard, stop: threading.Event) -> None:
    """Send one message of every forbidden kind, again and again, until ``stop``; blocks its thread."""
    seen: dict[int, int] = {}
    reseller = SmpplibReseller(
        host,
        port,
        BAD,
        PASSWORDS[BAD],
        answered=lambda sequence_number, status: seen.update({sequence_number: status}),
        timeout=_ANSWER_WAIT,
    )
    try:
        status = reseller.bind()
    except LIBRARY_ERRORS as error:
        raise PlayError(f"the bad reseller could not bind: {error}") from None
    try:
        if status:
            raise PlayError(f"the bad reseller's bind was refused with 0x{status:02X}")
        for case in cycle([case for case in CASES if case.reseller == BAD]):
            if stop.is_set() and not board.untried(BAD):
                break
            try:
                sequence_number, _ = reseller.submit(case.outgoing())
                deadline = time.monotonic() + _ANSWER_WAIT
                while sequence_number not in seen and time.monotonic() < deadline:
                    reseller.read()
            except LIBRARY_ERRORS:
                board.answered(case, LOST)
                break
            board.answered(case, seen.pop(sequence_number, LOST))
            stop.wait(_EVERY if not stop.is_set() else 0)
    finally:
        reseller.close()
