"""A candidate in one worker: follows the record, loads it beside the traffic, has it compared or tried on accounts.

While nothing is on trial none of this is asked: a turn tests one flag.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from filters.text.manifest import ModelError
from smppproxy.app import build, judges, shadow_tally
from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings
from smppproxy.app.shadow import Shadow
from smppproxy.app.shadow_tally import Tally
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.relay.house import House
from smppproxy.state import models
from smppproxy.state.errors import StateError
from smppproxy.state.models import Stage, Trial

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, TextSettings

SAVE_EVERY: Final = 2.0  # s between two saves of what was counted; a worker that is killed loses so much of it

log = get_logger(__name__)


class Trials:
    """The trial of one worker. ``follow`` may be called at any time, by one caller at once."""

    def __init__(self, house: House, tasks: Tasks, wake: Callable[[], None], state_dir: Path, worker: int) -> None:
        """``wake`` asks for another turn of the worker."""
        self.active = False
        self.error = ""  # why the candidate on record is not on trial here
        self._house = house
        self._tasks = tasks
        self._wake = wake
        self._file = shadow_tally.file_of(state_dir, worker)
        self._state_dir = state_dir
        self._tallies: dict[tuple[str, str, str, int], Tally] = {}
        self._wanted: tuple[TextSettings, int] | None = None
        self._trial: Trial | None = None
        self._current: TextFilter | None = None
        self._candidate: TextFilter | None = None
        self._shadow: Shadow | None = None
        self._ended: Counter[tuple[str, str]] = Counter()  # what shadows that are no more have counted
        self._lost = [0, 0]  # dropped and failed, likewise
        self._canaried = 0  # texts the candidates that are no more have judged for real
        self._versions: dict[str, str] = {}  # by account, as long as the trial stays as it is
        self._saved = 0.0
        self._saving = asyncio.Lock()

    async def follow(self, settings: Settings, text: TextFilter | None, *, retry: bool = False) -> None:
        """Try out what the record says, beside ``text``, the model in use. Raises nothing: see ``error``.

        With ``retry`` a candidate that could not be loaded before is tried again.
        """
        try:
            trial = models.read(self._state_dir).trial if text is not None else None
        except StateError as error:
            self.error = str(error)
            return
        wanted = None
        if trial is not None:
            folder = models.directory(self._state_dir, trial.model)
            ours = build.text_settings(settings, recorded=False)
            wanted = msgspec.structs.replace(ours, model=folder), settings.proxy.limits.judge_chunk
        if wanted == self._wanted and trial == self._trial and text is self._current and not (retry and self.error):
            return
        candidate = self._candidate if wanted == self._wanted else None
        self.error = ""
        if wanted is not None and candidate is None:
            try:
                candidate = await judges.load(*wanted)
            except ModelError as error:
                self.error = str(error)
                log.error("candidate_unusable", reason=str(error))  # noqa: TRY400  the text is for people
        self._wanted, self._trial = wanted, trial
        left = self._candidate if self._candidate is not candidate else None
        ended = [each for each in (self._shadow, left) if each is not None]
        self._begin(text, candidate)
        for each in ended:  # to free at once what they remember would hold the loop for milliseconds
            await asyncio.get_running_loop().run_in_executor(None, each.forget)

    def work(self, unix: float) -> None:
        """Compare a few texts, at the end of a turn. ``unix`` is Unix time in seconds."""
        if self._shadow is not None and self._shadow.work(unix, busy=self._house.to_judge):
            self._wake()
        if abs(unix - self._saved) >= SAVE_EVERY and not self._saving.locked():
            self._saved = unix
            self._tasks.spawn(self.save(), "save shadow")

    def told(self) -> dict[str, str]:
        """What to say of the trial: the candidate's folder, "" where there is none, and what is wrong with it."""
        return {"candidate": judges.told(self._candidate)["folder"], "error": self.error}

    def version(self, account: str) -> str:
        """The version of the candidate where it judges an account for real, else ""."""
        if self._house.canary is None or self._candidate is None or self._trial is None:
            return ""
        told = self._versions.get(account)
        if told is None:
            told = self._versions[account] = self._candidate.version if self._trial.judges(account) else ""
        return told

    def close(self) -> None:
        """Save what was counted."""
        if self.active:
            self._end()
            self._write(shadow_tally.encode(self._tallies.values()))

    def collect(self, metrics: Metrics) -> None:
        """Copy what was counted; for :meth:`Metrics.collect`."""
        shadow = self._shadow
        counted = self._ended + shadow.counts if shadow is not None else self._ended
        outcomes: Counter[str] = Counter()
        for (outcome, label), number in counted.items():
            outcomes[outcome] += number
            if label:
                metrics.counter("model_shadow_flagged_total", **{"outcome": outcome, "class": label}).value = number
        for outcome, number in outcomes.items():
            metrics.counter("model_shadow_messages_total", outcome=outcome).value = number
        here = [shadow.tally.dropped, shadow.tally.failed] if shadow is not None else [0, 0]
        dropped, failed = (sum(pair) for pair in zip(self._lost, here, strict=True))
        metrics.counter("model_shadow_dropped_total").value = dropped
        metrics.counter("model_shadow_failed_total").value = failed
        metrics.gauge("model_shadow_waiting").value = len(shadow) if shadow is not None else 0
        metrics.counter("model_canary_texts_total").value = self._canaried + self._judged_for_real()

    def _judged_for_real(self) -> int:
        canary = self._house.canary
        return canary.candidate.judged + canary.candidate.recalled if canary is not None else 0

    def _begin(self, text: TextFilter | None, candidate: TextFilter | None) -> None:
        """Wire the house for a trial, or for none."""
        self._end()
        house, trial = self._house, self._trial
        self._current, self._candidate = text, candidate
        self._versions = {}
        if text is None or candidate is None or trial is None:
            if self.active:
                self._write(shadow_tally.encode(self._tallies.values()))
            self.active = False
            return
        if not self.active:
            self._tallies = {tally.key: tally for tally in shadow_tally.load(self._file)}
        names = judges.told(candidate)["folder"], judges.told(text)["folder"]
        tally = Tally(*names, trial.stage.value, trial.since)
        tally = self._tallies.setdefault(tally.key, tally)
        self._lost = [self._lost[0] - tally.dropped, self._lost[1] - tally.failed]
        share = trial.share if trial.stage is Stage.SHADOW else 1.0
        self._shadow = Shadow(text, candidate, share, tally)
        house.judging.tap = self._shadow.tap
        if trial.stage is Stage.CANARY:
            house.try_out(candidate, candidate, trial.judges)
        self.active = True
        log.info("model_on_trial", stage=trial.stage.value, model=candidate.version, folder=tally.candidate)

    def _end(self) -> None:
        self._canaried += self._judged_for_real()
        self._house.try_no_more()
        self._house.judging.tap = None
        if self._shadow is not None:
            self._shadow.give_up()
            self._ended += self._shadow.counts
            self._lost[0] += self._shadow.tally.dropped
            self._lost[1] += self._shadow.tally.failed
            self._shadow = None

    async def save(self) -> dict[str, Any]:
        """Save what was counted so far: now and then, and for a report."""
        if self.active:
            async with self._saving:
                octets = shadow_tally.encode(self._tallies.values())
                await asyncio.get_running_loop().run_in_executor(None, self._write, octets)
        return {"ok": True}

    def _write(self, octets: bytes) -> None:
        try:
            shadow_tally.save(self._file, octets)
        except OSError as error:
            log.warning("shadow_not_saved", file=str(self._file), reason=error.strerror)
