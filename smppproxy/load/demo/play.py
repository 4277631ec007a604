"""The demo from its first process to its last table."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console, Group
from rich.live import Live

from smppproxy.load.demo import cases
from smppproxy.load.demo.players import PlayError, play_bad, play_good
from smppproxy.load.demo.programs import Program, ProgramError, call
from smppproxy.load.demo.scoreboard import Scoreboard, story_table, without_rogue
from smppproxy.load.demo.story import FORWARDED, Story
from smppproxy.load.generator import Codes, Plan, Tally, generate
from smppproxy.load.generator.budget import Budget

STEADY_RATE = 200.0  # msg/s of the native load: visible, and no burden for a laptop
PIPED_WIDTH = 140  # columns of the tables when stdout is no terminal
PERSON = "demo"  # who may sign in to the abuse desk's page
_PICTURE = 0.25  # seconds between two pictures of the live table
#: Our own proxy on loopback is no business of the HTTP proxy that the surroundings may name.
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def run(seconds: float | None) -> int:
    """Play until ``seconds`` are over, or until Ctrl-C; returns the exit code."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    with tempfile.TemporaryDirectory(prefix="smppproxy-demo-") as directory:
        _share_bytecode(Path(directory))
        try:
            return uvloop.run(Demo(Path(directory), console).play(seconds))
        except (ProgramError, PlayError) as error:
            console.print(f"[red]The demo cannot go on:[/] {error}")
            return 1


def _share_bytecode(directory: Path) -> None:
    """Have what our programs compile kept here, where it must not be kept beside the source: each step starts one."""
    if sys.dont_write_bytecode:
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(directory / "bytecode")}


class Demo:
    """One showing."""

    def __init__(self, directory: Path, console: Console) -> None:
        self._directory = directory
        self._console = console
        self._board = Scoreboard()
        self._plan: Plan | None = None
        self._tally: Tally | None = None
        self._budget = Budget(0)
        self._stop = asyncio.Event()
        self._stop_thread = threading.Event()
        self._receipts = 0
        self._story: Story | None = None
        self._interrupted = False

    async def play(self, seconds: float | None) -> int:
        """See :func:`run`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt)
        self._console.print("Starting an SMSC simulator and the proxy ...")
        async with AsyncExitStack() as stack:
            smsc = await Program.start(self._directory / "smsc.log", "smsc", "--port", "0", "--receipts")
            stack.push_async_callback(_end_quietly, smsc)
            config = self._directory / "smppproxy.toml"
            config.write_text(cases.configuration(smsc.ready["address"], str(self._directory / "var")))
            codes = self._directory / "codes.csv"
            codes.write_text(cases.registry())
            await call("codes", "import", str(codes), "-c", str(config))
            password = self._directory / "password"
            password.write_text(secrets.token_urlsafe(9))  # for this showing alone
            await call("desk", "add", PERSON, "--role", "admin", "--password-file", str(password), "-c", str(config))
            proxy = await Program.start(self._directory / "proxy.log", "run", "-c", str(config))
            stack.push_async_callback(_end_quietly, proxy)
            self._announce(smsc, proxy, config, password.read_text(), seconds)
            self._story = Story(self._directory, config)
            await self._traffic(proxy, seconds)
            told = await asyncio.to_thread(_told_reasons, proxy.ready["admin"])
            proxy_code, _ = await proxy.stop()
            _, counts = await smsc.stop()
        return self._verdict(proxy_code, counts, told, proxy)

    def _interrupt(self) -> None:
        self._interrupted = True
        self._end()

    def _end(self) -> None:
        self._stop.set()
        self._stop_thread.set()
        self._budget.stop()

    def _announce(self, smsc: Program, proxy: Program, config: Path, password: str, seconds: float | None) -> None:
        self._console.print(
            f"  SMSC simulator   {smsc.ready['address']}\n"
            f"  proxy            {proxy.ready['listeners'][0]}   bind here yourself as "
            f"{cases.GOOD!r} with password {cases.PASSWORDS[cases.GOOD]!r}\n"
            f"  abuse desk       http://{proxy.ready['admin']}/desk   "
            f"sign in as {PERSON!r} with password {password!r}\n"
            f"  admin            http://{proxy.ready['admin']}   /metrics, /healthz, /readyz\n"
            f"  configuration    {config}\n"
            f"  codes            smppproxy codes list -c {config}\n"
            + (
                "Press Ctrl-C to end."
                if seconds is None
                else f"Ends by itself after {seconds:g} s, once its story is told."
            )
        )

    async def _traffic(self, proxy: Program, seconds: float | None) -> None:
        """All three resellers until the end; PlayError when one cannot bind."""
        host, _, port = proxy.ready["listeners"][0].rpartition(":")
        self._plan = _steady_plan(host, int(port))
        self._tally = Tally(self._plan)
        loop = asyncio.get_running_loop()
        telling = loop.create_task(self._tell(host, int(port)))
        works = [
            loop.create_task(generate(self._plan, self._tally, self._budget)),
            loop.create_task(self._good(host, int(port))),
            loop.create_task(asyncio.to_thread(play_bad, host, int(port), self._board, self._stop_thread)),
            loop.create_task(self._until(seconds, telling)),
        ]
        try:
            with Live(console=self._console, auto_refresh=False, transient=True) as live:
                while pending := [work for work in works if not work.done()]:
                    await asyncio.wait(pending, timeout=_PICTURE, return_when=asyncio.FIRST_EXCEPTION)
                    if any(work.done() and work.exception() for work in works) or not proxy.running:
                        self._end()
                    if self._console.is_terminal:
                        live.update(self._picture(), refresh=True)
        finally:
            self._end()
            telling.cancel()
            await asyncio.wait([telling])  # its last message is answered; how it ended is told by its steps
            results = await asyncio.gather(*works, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _tell(self, host: str, port: int) -> None:
        if self._story is not None:
            await self._story.play(host, port)

    async def _until(self, seconds: float | None, telling: asyncio.Task[None]) -> None:
        """Go on for so long, and to the end of the story; or until somebody interrupts."""
        waits = [self._stop.wait()] if seconds is None else [self._stop.wait(), asyncio.sleep(seconds)]
        tasks = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stopped = asyncio.ensure_future(self._stop.wait())
            tasks.append(stopped)
            await asyncio.wait([telling, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        self._end()
        if telling.done() and not telling.cancelled():
            telling.result()

    async def _good(self, host: str, port: int) -> None:
        self._receipts = await play_good(host, port, self._board, self._stop)

    def _picture(self) -> Group:
        story = [story_table(self._story)] if self._story is not None else []
        return Group(self._board.table("What the resellers' messages became"), *story, self._steady_line())

    def _steady_line(self) -> str:
        tally = self._tally
        if tally is None:
            return ""
        latency = tally.latency
        return (
            f"steady load: {tally.answered:,} messages at {STEADY_RATE:g}/s, {tally.unexpected} unexpected, "
            f"{tally.unanswered} unanswered, answered in p50 {latency.percentile(50) / 1e6:.2f} ms, "
            f"p99 {latency.percentile(99) / 1e6:.2f} ms"
        )

    def _verdict(self, proxy_code: int, counts: dict[str, Any], told: Counter[str] | None, proxy: Program) -> int:
        """The last table, every check in a line, and the exit code."""
        print_ = self._console.print
        print_(self._board.table("What the resellers' messages became, expected and seen"))
        story = self._story
        if story is not None:
            print_(story_table(story))
        print_(self._steady_line())
        rogue = story.answers if story is not None else Counter[int]()
        wanted = self._board.reasons(cases.BAD)  # nobody else is refused
        expected = self._board.forwarded + (self._tally.sent if self._tally else 0) + rogue[FORWARDED]
        checks = {
            "every verdict was the expected one": self._board.all_hold,
            "the steady load was answered as expected": self._tally is not None and not self._tally.troubled,
            f"the SMSC got the {expected:,} messages that were forwarded, and no other": counts.get("submits")
            == expected,
            f"the good reseller got its {self._receipts} receipts": self._receipts > 0,
            "the proxy's own count of reasons says the same": told is not None
            and without_rogue(told, wanted, rogue) == wanted,
            "the story went as it should": self._interrupted or (story is not None and story.holds),
            "the proxy drained and ended with code 0": proxy_code == 0,
        }
        for what, held in checks.items():
            print_(f"  {'[green]yes[/]' if held else '[red]NO [/]'}  {what}")
        if all(checks.values()):
            return 0
        if told != wanted:
            print_(f"reasons expected {wanted}, counted by the proxy {told}", markup=False)
        for note in self._tally.notes if self._tally else []:
            print_(note, markup=False)
        print_(f"The proxy's last words:\n{proxy.last_words()}", markup=False, soft_wrap=True)
        return 1


def _steady_plan(host: str, port: int) -> Plan:
    return Plan(
        host=host,
        port=port,
        sessions=2,
        window=20,
        rate=STEADY_RATE,
        seconds=365 * 86_400.0,  # until the budget is stopped
        system_id=cases.STEADY,
        password=cases.PASSWORDS[cases.STEADY],
        codes=Codes(tag=cases.CODE_TAG, values=tuple(code.encode() for code in cases.CODES_STEADY)),
        varied_digits=True,
        response_timeout=30.0,
        seed=int(time.time()),
    )


async def _end_quietly(program: Program) -> None:
    """End a program that is still there: something went wrong before its turn."""
    if program.running:
        try:
            await program.stop()
        except ProgramError:
            return


def _told_reasons(admin: str) -> Counter[str] | None:
    """How often the proxy refused for each reason, as its metrics tell; None when they cannot be read."""
    try:
        with _DIRECTLY.open(f"http://{admin}/metrics", timeout=30) as answer:
            text = answer.read().decode()
    except OSError:
        return None
    counts: Counter[str] = Counter()
    for reason, value in re.findall(r'^smppproxy_reasons_total\{reason="(\w+)"\} (\S+)$', text, re.MULTILINE):
        counts[reason] += int(float(value))
    return +counts
