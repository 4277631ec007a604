"""The scenarios: which relay, which load, how often, in which order."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from speed import machine, memory, texts
from speed.engines import WARM_UP, Engines, Load
from speed.figures import Results, Series
from speed.machine import Cores
from speed.relays import HAProxy, Proxy, Relay, Setting


@dataclass(frozen=True)
class Effort:
    """How long and how often. ``budget`` bounds the repetitions, in seconds from the start."""

    seconds: float = 3.0
    rounds: int = 3
    pairs: int = 500
    messages: int = 1_000_000  # of each look at memory over time, as far as they fit in ``patience``
    patience: float = 20.0  # seconds
    budget: float = 150.0


QUICK = Effort(seconds=0.7, rounds=1, pairs=200, messages=40_000, patience=1.0, budget=25.0)

#: Different texts per second of a run: more than the judge gets through.
TEXTS_PER_SECOND = 45_000

SETTINGS = {
    "relay": Setting(),
    "trace": Setting(trace=True),
    "pure": Setting(pure=True),
    "gate": Setting(judge=True),
    "gate_trace": Setting(judge=True, trace=True),
}


class Bench:
    """One run of everything. ``tell`` hears what happens."""

    def __init__(self, effort: Effort, results: Results, tell: Callable[[str], None]) -> None:
        self.effort = effort
        self.results = results
        self._tell = tell
        self._cores = Cores.of_this_machine()
        self._begun = time.monotonic()
        self._relays: dict[str, Relay] = {}

    def run(self) -> None:
        """Measure everything, then end everything that was started."""
        # programs end before their directory goes
        with TemporaryDirectory(prefix="smppproxy-bench-") as name, ExitStack() as stack:
            self._directory = Path(name)
            self._engines = Engines(self._directory, self._cores)
            smsc, self._upstream = self._engines.smsc()
            stack.callback(smsc.stop)
            self._start(stack)
            self._bulk = texts.bulk(self._directory / "bulk.txt")
            for number in range(self.effort.rounds):
                if number and self._late():
                    self.results.notes.append(f"stopped after {number} of {self.effort.rounds} rounds: out of time")
                    break
                self._tell(f"round {number + 1} of {self.effort.rounds}")
                self._round(number)
            self._latencies()
            self._look_at_memory()

    def _start(self, stack: ExitStack) -> None:
        self._tell(f"starting {len(SETTINGS)} proxies")
        proxies: dict[str, Proxy] = {}
        for name, setting in SETTINGS.items():
            proxies[name] = Proxy(self._directory, name, setting, self._upstream)
            stack.callback(proxies[name].stop)
        for proxy in proxies.values():
            proxy.settle(self._cores)
        self._relays |= proxies
        haproxy = HAProxy(self._directory, self._upstream, self._cores)
        stack.callback(haproxy.stop)
        self._relays["haproxy"] = haproxy

    def _late(self) -> bool:
        return time.monotonic() - self._begun > self.effort.budget

    # ------------------------------------------------------------ throughput

    def _round(self, number: int) -> None:
        """Every scenario once: with the rounds, runs of all scenarios are interleaved."""
        seconds = self.effort.seconds
        wide, narrow = Load(seconds=seconds, seed=number), Load(1, 10, seconds, seed=number)
        self._measure("relay", self._relays["relay"], wide)
        self._measure("trace", self._relays["trace"], wide)
        self._measure("haproxy", self._relays["haproxy"], wide)
        self._measure("narrow", self._relays["relay"], narrow)
        self._measure("haproxy_narrow", self._relays["haproxy"], narrow)
        self._measure("direct", None, wide)
        self._measure("direct_narrow", None, narrow)
        self._measure("pure", self._relays["pure"], wide)
        self._measure("bulk", self._relays["gate"], Load(seconds=seconds, texts=self._bulk, seed=number))
        # an external generator may draw lines at random: more of them keep repetitions rare
        lines = int(seconds * TEXTS_PER_SECOND * (4 if self._engines.external else 1))
        different = texts.different(self._directory / "different.txt", lines, number)
        for name in ("gate", "gate_trace"):
            self._measure(name, self._relays[name], Load(seconds=seconds, texts=different, seed=number))

    def _measure(self, name: str, relay: Relay | None, load: Load) -> None:
        series = self.results.series.setdefault(name, Series())
        judged = _Judged(relay)
        spent = machine.cpu_seconds(relay.pid) if relay else 0.0
        outcome = self._engines.run(relay.port if relay else self._upstream, load)
        series.rates.append(outcome.rate)
        series.p50.append(outcome.p50)
        series.p99.append(outcome.p99)
        series.faults += outcome.faults
        if relay and outcome.answered:
            spent = machine.cpu_seconds(relay.pid) - spent
            series.cpu.append(spent / outcome.answered * 1e6)
            lasted = outcome.seconds + WARM_UP
            series.share.append(min(1.0, spent / lasted) if lasted else 0.0)
        if (share := judged.share()) is not None:
            series.judged.append(share)
        cost = f", {series.cpu[-1]:.2f} us CPU per message" if series.cpu else ""
        self._tell(f"  {name:15} {outcome.rate:12,.0f} msgs/s{cost}")

    # ------------------------------------------------------------ the rest

    def _latencies(self) -> None:
        """At half of the load the relay carried, with the proxy and without, one after the other."""
        rate = self.results.series["relay"].rate / 2
        for number in range(self.effort.rounds):
            if number and self._late():
                break
            load = Load(seconds=self.effort.seconds, rate=rate, seed=number)
            self._measure("latency_direct", None, load)
            self._measure("latency", self._relays["relay"], load)

    def _look_at_memory(self) -> None:
        found = self.results.memory
        self._tell("memory")
        found["rest"] = memory.at_rest(self._directory, self._upstream, self._cores, self.effort.pairs)
        found["first"] = memory.of_the_first(self._directory, self._upstream, self._cores, self._engines, self._bulk)
        for name, series, file in (("trace", "trace", None), ("gate_trace", "bulk", self._bulk)):
            proxy = self._relays[name]
            # a quarter must be long enough to show growth, and all of them must end
            fitting = int(self.results.series[series].rate * self.effort.patience)
            messages = max(4_000, min(self.effort.messages, fitting))
            found[name] = memory.over_messages(self._engines, proxy, file, messages)
            if isinstance(proxy, Proxy) and not proxy.spooled():
                self.results.notes.append(f"{name}: no trace reached the disk, the figures are without one")


class _Judged:
    """How many texts of a run the model saw, and how many were known from earlier ones."""

    def __init__(self, relay: Relay | None) -> None:
        judges = isinstance(relay, Proxy) and relay.setting.judge
        self._proxy = relay if judges and isinstance(relay, Proxy) else None
        self._before = self._counts()

    def _counts(self) -> tuple[float, float]:
        if self._proxy is None:
            return 0.0, 0.0
        counters = self._proxy.metrics()
        return (
            counters.get("smppproxy_texts_judged_total", 0.0),
            counters.get("smppproxy_texts_remembered_total", 0.0),
        )

    def share(self) -> float | None:
        """Return the share the model saw; None where nothing was judged."""
        judged, remembered = (after - before for after, before in zip(self._counts(), self._before, strict=True))
        return judged / (judged + remembered) if judged + remembered else None
