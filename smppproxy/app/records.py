"""What a worker writes down: the trace, and what the sanctions are told. Either can be off."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from smppproxy.app.metrics import Metrics
from smppproxy.app.recorder import Recorder
from smppproxy.app.settings import Settings
from smppproxy.loggers import get_logger
from smppproxy.relay.house import House
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import Spool
from smppproxy.state.verdicts import VerdictSpool

if TYPE_CHECKING:
    from smppproxy.app.feed import Feed

log = get_logger(__name__)


class Records:
    """Both as one, for the worker's turns. :meth:`follow` turns the feed of the sanctions on or off."""

    def __init__(self, house: House, recorder: Recorder | None, settings: Settings, worker: int) -> None:
        """Raises StoreError, OSError: the state directory cannot be written."""
        self.recorder = recorder
        self.feed: Feed | None = None
        self._spool: VerdictSpool | None = None
        self._faulty: set[str] = set()  # what the disk refuses, as far as it was told
        self._house = house
        self._worker = worker
        self.follow(settings, first=True)

    def follow(self, settings: Settings, *, first: bool = False) -> None:
        """Tell the sanctions where ``[sanctions]`` asks for it, and nobody where it does not.

        ``first``: nobody is served yet, so there is time to make what will be needed.
        """
        wanted = told(settings)
        if wanted and self.feed is None:
            from smppproxy.app.feed import Feed  # brings tables of links and texts, for those alone who sanction

            state_dir = settings.proxy.state_path
            self._spool = VerdictSpool(state_dir, self._worker, time.time())
            name = self.recorder.name if self.recorder is not None else None
            aside = ThreadPoolExecutor(1, "looker")
            self.feed = Feed(self._spool, Pseudonymiser.load(state_dir), self._model, name, aside=aside)
            gate = self._house.desk.gate
            if first and (gate.wants_text or gate.rules):
                self.feed.prepare()
        elif not wanted and self.feed is not None:
            self.feed.close(time.time())
            self.feed = None
        self._house.desk.feed = self.feed

    def begin(self, now: float, unix: float) -> None:
        """A turn begins: it is ``now`` on the loop's clock and ``unix`` in Unix time."""
        if self.recorder is not None:
            self.recorder.begin(now, unix)
        if self.feed is not None:
            self.feed.begin(now, unix)

    def flush(self, unix: float) -> None:
        """A turn ends: write what it is time to write."""
        if self.recorder is not None:
            self.recorder.flush(unix)
        if self.feed is not None:
            self.feed.flush(unix)
        for what, spool in (("trace", self._trace_spool), ("verdicts", self._spool)):
            if spool is not None and (spool.fault or what in self._faulty):
                self._tell(what, spool)

    @property
    def _trace_spool(self) -> Spool | None:
        return self.recorder.spool if self.recorder is not None else None

    def _tell(self, what: str, spool: Spool) -> None:
        """Say once that the disk refuses rows, long before the first is lost, and once that it takes them again."""
        if spool.fault and what not in self._faulty:
            self._faulty.add(what)
            log.error("rows_not_written", rows=what, reason=spool.fault)
        elif not spool.fault:
            self._faulty.discard(what)
            log.info("rows_written_again", rows=what)

    @property
    def pressing(self) -> bool:
        """Whether :meth:`flush` has something to do in each turn, and not only now and then."""
        return self.recorder is not None or (self.feed is not None and self.feed.behind)

    def close(self, unix: float) -> None:
        """Write all there is."""
        if self.recorder is not None:
            self.recorder.flush(unix)
            self.recorder.spool.close(unix)
            if self.recorder.texts is not None:
                self.recorder.texts.close(unix)
        if self.feed is not None:
            self.feed.close(unix)

    async def cut(self, _: dict[str, Any]) -> dict[str, Any]:
        """Finish the file of the trace, so that a report knows what was sent until now."""
        unix = time.time()
        if self.recorder is not None:
            self.recorder.flush(unix)
            self.recorder.spool.cut(unix)
        return {"ok": True}

    def collect(self, metrics: Metrics) -> None:
        """Copy what was counted."""
        if self.feed is not None:
            metrics.counter("verdicts_total").value = self.feed.found
        if self._spool is not None:
            metrics.counter("verdict_rows_total").value = self._spool.rows_written
            metrics.gauge("verdict_rows_waiting").value = self._spool.pending
            metrics.counter("verdict_rows_lost_total").value = self._spool.rows_lost
            metrics.counter("verdict_files_lost_total").value = self._spool.files_lost

    def _model(self, account: str) -> str:
        """The version of the model that judges an account's texts, "" for none."""
        if self.recorder is not None:
            return self.recorder.model_of(account)
        return str(getattr(self._house.desk.gate.text, "version", ""))


def told(settings: Settings) -> bool:
    """Whether the sanctions are to be told: something counts, and a rule asks for it."""
    return bool(settings.sanctions.malignant and settings.sanctions.rules)
