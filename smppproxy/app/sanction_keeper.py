"""Keeps the sanctions going: takes in what workers tell and lets the clerk work, in the thread of the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from smppproxy.app.cluster_names import ClusterNames
from smppproxy.app.metrics import Metrics
from smppproxy.loggers import get_logger
from smppproxy.state import verdicts
from smppproxy.state.errors import StateError
from smppproxy.state.sanctions.clerk import Event
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import Kind
from smppproxy.state.sanctions.whole import Sanctions
from smppproxy.state.trace_days import node_of
from smppproxy.state.verdicts import Tidings

POLL: Final = 0.25  # s between looks into the folder; a file is finished a fifth of a second after its first row
TURN: Final = 1.0  # s between turns of the clerk while no verdict comes; measures end with this precision
RETRY: Final = 5.0  # s after a fault such as a full disk; files wait in their folder
PATIENCE: Final = 2.0  # s that files with volumes alone wait, so that they cost one write for many
FILES: Final = 200  # files taken at once
OCTETS: Final = 16 << 20  # of files taken at once
RECOUNT: Final = 5.0  # s between counts for the metrics
_TORN: Final = ".torn"

T = TypeVar("T")
RunInStore = Callable[[Callable[[], T]], Awaitable[T]]

log = get_logger(__name__)


class SanctionKeeper:
    """Lives in the process that holds the control lock; ``run_in_store`` does work in the store's thread."""

    def __init__(
        self,
        state_dir: Path,
        sanctions: Sanctions,
        run_in_store: RunInStore[float],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.counted = 0  # malignant verdicts
        self.faults = 0
        self.lag = 0.0  # s from the oldest verdict of the last file to its being counted
        self.waiting = 0  # files
        self._state_dir = state_dir
        self._sanctions = sanctions
        self._run_in_store = run_in_store
        self._clock = clock
        self._fault = ""
        self._impossible: set[tuple[str, str]] = set()
        # A worker's files have the same names on every node.
        self._node = f"{node_of(state_dir)}/" if sanctions.store.shared else ""
        self._names = ClusterNames(self._clusters_on_record)
        self._held: dict[Path, Tidings] = {}
        self._held_since = self._turned = self._recounted = float("-inf")
        self._counts: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Work until cancelled. A turn that runs then comes to its end."""
        while True:
            pause = await self._run_in_store(self.turn)
            await asyncio.sleep(pause)

    def turn(self) -> float:
        """Look once; return the seconds until the next look. Tells each new fault once, and its end."""
        now, fault = self._clock(), ""
        try:
            counted = self._take_in(now)
            if counted or not 0 <= now - self._turned < TURN:
                self._turned = now
                for event in self._sanctions.turn(now):
                    self._tell(event)
            if not 0 <= now - self._recounted < RECOUNT:
                self._recounted = now
                self._counts = self._sanctions.rows.counts()
        except (StateError, OSError) as error:
            fault = str(error)
            self.faults += 1
            self._held.clear()
        if fault and not self._fault:  # once: what it says changes with each attempt
            log.error("sanctions_halted", reason=fault)
        elif self._fault and not fault:
            log.info("sanctions_go_on")
        self._fault = fault
        return RETRY if fault else POLL

    def collect(self, metrics: Metrics) -> None:
        """Copy what is counted here; see :meth:`Metrics.collect`."""
        metrics.counter("sanction_verdicts_total").value = self.counted
        metrics.counter("sanction_faults_total").value = self.faults
        metrics.gauge("sanction_lag_seconds").value = self.lag
        metrics.gauge("sanction_files_waiting").value = self.waiting
        for (state, what), number in self._counts.copy().items():
            subject, _, action = what.partition(" ")
            metrics.gauge("sanctions", state=state, subject=subject, action=action).value = number

    def _take_in(self, now: float) -> int:
        """Count what finished files hold, and delete them; return the malignant verdicts."""
        verdicts.adopt(self._state_dir, now)
        found = verdicts.finished(self._state_dir)
        self.waiting = len(found)
        self._read([path for path in found if path not in self._held], now)
        if not self._held:
            return 0
        news = any(tidings.verdicts for tidings in self._held.values())
        if not news and len(self._held) < FILES and 0 <= now - self._held_since < PATIENCE:
            return 0
        held, self._held = self._held, {}
        counted = self._sanctions.clerk.ingest(
            [(self._node + path.name, tidings) for path, tidings in held.items()], now
        )
        self.counted += counted
        times = [row.at for tidings in held.values() for row in tidings.verdicts]
        self.lag = max(0.0, now - min(times)) if times else self.lag
        for path, tidings in held.items():
            if tidings.whole:
                path.unlink(missing_ok=True)
            else:
                path.rename(path.with_suffix(_TORN))
                log.warning("verdict_file_torn", kept=f"{verdicts.FOLDER}/*{_TORN}")
        return counted

    def _read(self, paths: list[Path], now: float) -> None:
        if paths and not self._held:
            self._held_since = now
        room = OCTETS
        for path in paths[: FILES - len(self._held)]:
            try:
                room -= path.stat().st_size
                self._held[path] = self._names.one(verdicts.read(path))
            except FileNotFoundError:
                continue  # its worker deleted it to stay within the spool's limit, and counts that
            if room <= 0:
                break

    def _clusters_on_record(self) -> list[bytes]:
        rows = self._sanctions.rows
        found = [each for state in (State.STANDING, State.PROPOSED, State.WARNED) for each in rows.in_state(state)]
        return [bytes.fromhex(each.whom.key) for each in found if each.whom.kind is Kind.CLUSTER]

    def _tell(self, event: Event) -> None:
        sanction = event.sanction
        # A sender's number belongs into no log; the id leads to it.
        subject = Kind.SENDER.value if sanction.whom.kind is Kind.SENDER else sanction.subject
        said = {"sanction": sanction.id, "subject": subject, "action": str(sanction.action), "rule": sanction.rule}
        match event.what:
            case "warned":
                log.warning("sanction_warned", **said)
            case "proposed":
                log.warning("sanction_proposed", **said)
            case "applied":
                log.warning("sanction_applied", **said)
            case "ended":
                log.info("sanction_ended", **said, how=sanction.ended_how)
            case "withdrawn":
                log.info("sanction_withdrawn", **said)
            case "late":
                log.error("sanction_not_in_force", **said, reason=event.fault)
            case _ if (sanction.subject, sanction.rule) not in self._impossible:
                self._impossible.add((sanction.subject, sanction.rule))
                log.error("sanction_impossible", **said, reason=event.fault)
