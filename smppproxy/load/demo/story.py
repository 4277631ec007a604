"""The demo's story: a first sender goes bad over three resellers, is throttled, suspended and struck out; a report of
what it had sent before is traced back to it; the statistics show it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from smppproxy.load.demo.cases import CODE_ROGUE, GAMBLING, PASSWORDS, ROGUES, Case
from smppproxy.load.demo.programs import ProgramError, call
from smppproxy.load.resellers import Outgoing
from smppproxy.load.resellers.on_aiosmpplib import AiosmpplibReseller

FORWARDED, REFUSED, THROTTLED = 0x00, 0x45, 0x58
BEAT: Final = 0.04  # s between two messages: some 25 a second over the three
PATIENCE: Final = 60.0  # s for each step of the proxy
OFFENCES: Final = 6  # what the rule that throttles asks for: one more may be throttled before it is judged
AMONG: Final = 5  # offences for each harmless text, so that the throttle lets some of them through to be judged
REPORTED: Final = 4  # people who report the text
KST: Final = timezone(timedelta(hours=9))

#: What it sends while it is still trusted: nothing in the words is wrong, and people report it all the same.
BAIT: Final = "안녕하세요 지난번에 문의하신 내용 안내드립니다. 편하실 때 이 번호로 연락 주세요."
PROBE: Final = "Your table for four is confirmed."


@dataclass
class Step:
    """One thing that was to happen. ``held`` None: not yet tried."""

    what: str
    held: bool | None = None
    told: str = ""


@dataclass
class Story:
    """One telling. :meth:`play` ends when the story does, or when a step did not happen."""

    directory: Path
    config: Path
    bait: Step = field(default_factory=lambda: Step("a new business sends harmless words over three resellers"))
    gambling: Step = field(default_factory=lambda: Step("then gambling: each text is refused (0x45)"))
    throttled: Step = field(default_factory=lambda: Step("its code is throttled on all three at once (0x58)"))
    suspended: Step = field(
        default_factory=lambda: Step("it goes on, and is suspended: harmless words are refused too")
    )
    struck: Step = field(default_factory=lambda: Step("a person strikes it out, with evidence in the ledger"))
    reported: Step = field(default_factory=lambda: Step("people report the first text: the file is traced to the code"))
    proven: Step = field(default_factory=lambda: Step("the ledger proves itself"))
    counted: Step = field(default_factory=lambda: Step("the statistics of the day show it"))
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return (
            *(self.bait, self.gambling, self.throttled, self.suspended),
            *(self.struck, self.reported, self.proven, self.counted),
        )

    @property
    def over(self) -> bool:
        """Whether every step was tried, or one did not happen."""
        return any(step.held is False for step in self.steps) or all(step.held is not None for step in self.steps)

    @property
    def holds(self) -> bool:
        """Whether everything happened."""
        return all(step.held for step in self.steps)

    async def play(self, host: str, port: int) -> None:
        """Tell it. Raises OSError where a reseller cannot bind."""
        async with AsyncExitStack() as stack:
            self._resellers = []
            for name in ROGUES:
                reseller = AiosmpplibReseller(host, port, name, PASSWORDS[name])
                stack.push_async_callback(reseller.stop)
                status = await reseller.start()
                if status:
                    raise OSError(f"the bind of {name} was refused with 0x{status:02X}")
                self._resellers.append(reseller)
            await self._go_bad()
        if not self.over:
            await self._aftermath()

    # ------------------------------------------------------------ what it sends

    async def _go_bad(self) -> None:
        seen = [await self._send(BAIT, n) for n in range(REPORTED * len(ROGUES))]
        self._note(self.bait, set(seen) == {FORWARDED}, f"{len(seen)} forwarded")
        seen = [await self._send(GAMBLING, n) for n in range(OFFENCES)]
        self._note(self.gambling, set(seen) == {REFUSED})
        if self.over:
            return
        self._note(self.throttled, await self._until_all(PROBE, THROTTLED), "no reseller is an outlet")
        if not self.over:
            self._note(self.suspended, await self._until_all(PROBE, REFUSED, meanwhile=GAMBLING))

    async def _until_all(self, text: str, status: int, meanwhile: str = "") -> bool:
        """Send on until every reseller was answered with a status; False when that takes too long."""
        deadline = time.monotonic() + PATIENCE
        seen: set[int] = set()
        turn = 0
        while len(seen) < len(ROGUES) and time.monotonic() < deadline:
            for other in range(AMONG if meanwhile else 0):
                await self._send(meanwhile, turn + other)
            if await self._send(text, turn) == status:
                seen.add(turn % len(ROGUES))
            turn += 1
        return len(seen) == len(ROGUES)

    async def _send(self, text: str, turn: int) -> int:
        """Send over the resellers in turn; returns the answer's command_status, -1 for none."""
        case = Case(ROGUES[turn % len(ROGUES)], "", text, CODE_ROGUE)
        await asyncio.sleep(BEAT)
        message = replace(case.outgoing(), destination=f"0105{self.answers.total():07d}")
        sent = asyncio.ensure_future(self._answer(turn % len(ROGUES), message))
        try:
            return await asyncio.shield(sent)
        except asyncio.CancelledError:  # told to end: what is on its way is still answered, and counts
            await asyncio.wait([sent])
            raise

    async def _answer(self, place: int, message: Outgoing) -> int:
        try:
            status = await asyncio.wait_for(self._resellers[place].submit(message), PATIENCE)
        except (TimeoutError, OSError, ValueError):
            status = -1
        self.answers[status] += 1
        return status

    # ------------------------------------------------------------ what is done about it

    async def _aftermath(self) -> None:
        await self._try(self.struck, self._strike())
        if not self.over:
            await asyncio.gather(
                self._try(self.reported, self._trace()),
                self._try(self.proven, self._prove()),
                self._try(self.counted, self._count()),
            )

    async def _try(self, step: Step, deed: Awaitable[tuple[bool, str]]) -> None:
        try:
            self._note(step, *await deed)
        except ProgramError as error:
            self._note(step, False, str(error))

    async def _strike(self) -> tuple[bool, str]:
        await call("sanctions", "strike", CODE_ROGUE, *self._c, "--why", "gambling over three resellers")
        struck = await self._ask("codes", "show", CODE_ROGUE, *self._c, "--json")
        return struck["code"]["state"] == "struck", f"code {CODE_ROGUE}"

    async def _trace(self) -> tuple[bool, str]:
        """Import the reports; the rows they are traced in take a moment to get into the trace."""
        file = self.directory / "reports.txt"
        file.write_text(dump(BAIT, REPORTED, datetime.now(UTC)), encoding="utf-8")
        deadline = time.monotonic() + PATIENCE
        while True:
            await call("reports", "import", str(file), *self._c)
            campaigns = (await self._ask("reports", "campaigns", *self._c, "--json"))["campaigns"]
            codes = {code for campaign in campaigns for code in campaign["codes"]}
            if CODE_ROGUE in codes or time.monotonic() > deadline:
                return CODE_ROGUE in codes, f"{REPORTED} reports, code {CODE_ROGUE}"
            await asyncio.sleep(0.5)

    async def _prove(self) -> tuple[bool, str]:
        proof = await self._ask("sanctions", "verify", *self._c, "--json")
        return not proof["fault"], f"{proof['entries']} entries"

    async def _count(self) -> tuple[bool, str]:
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()  # a month may just have ended
        return self._in_the_tables(await self._ask("stats", "--from", yesterday, "--by", "code", *self._c, "--json"))

    @staticmethod
    def _in_the_tables(stats: dict[str, Any]) -> tuple[bool, str]:
        lines = next(table["lines"] for table in stats["tables"] if table["name"] == "code")
        now = next((line["now"] for line in lines if line["key"] == CODE_ROGUE), None)
        if now is None:
            return False, f"no line of code {CODE_ROGUE}"
        return now["spam"] >= OFFENCES, f"code {CODE_ROGUE}: {now['spam']} spam of {now['messages']} messages"

    @property
    def _c(self) -> tuple[str, str]:
        return "-c", str(self.config)

    async def _ask(self, *arguments: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await call(*arguments))
        return answer

    @staticmethod
    def _note(step: Step, held: bool, told: str = "") -> None:
        step.held, step.told = held, told


def dump(text: str, reports: int, now: datetime) -> str:
    """A file of reports as the regulator gives them out: two times, a label, the text, a channel."""
    moment = now.astimezone(KST).strftime("%Y%m%d%H%M")
    rows = "".join(
        f"[(KISA:SOL)]{moment}[(KISA)]{moment}[(KISA)]도박[(KISA)]{text}[(KISA)]SMS/-{n}[(KISA:EOL)]\n"
        for n in range(reports)
    )
    return f"received, reported, type, text, channel\n{rows}"
