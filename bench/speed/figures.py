"""What is measured: a name, how it is told, the target beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from speed.machine import Machine

#: Share of the intended rate below which an open loop has fallen behind.
KEPT = 0.95


@dataclass
class Series:
    """The runs of one scenario, interleaved with those of the others."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # microseconds of the worker per message
    share: list[float] = field(default_factory=list)  # of its core that the worker used
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    judged: list[float] = field(default_factory=list)  # share of the texts that went through the model
    faults: int = 0

    @property
    def rate(self) -> float:
        """Messages per second, median of the runs."""
        return median(self.rates) if self.rates else 0.0

    @property
    def cost(self) -> float:
        """Microseconds of processor time per message, median of the runs."""
        return median(self.cpu) if self.cpu else 0.0


@dataclass(frozen=True)
class Row:
    """One line of the table. ``remark`` tells what the figure alone would hide."""

    what: str
    reached: str
    target: str = ""
    remark: str = ""


@dataclass
class Results:
    """Everything of one run of the benchmark."""

    date: str
    machine: Machine
    kernel: str
    engines: str
    series: dict[str, Series] = field(default_factory=dict)
    memory: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON file."""
        plain = asdict(self)
        plain["machine"] = self.machine._asdict()
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Results:
        """Return what :meth:`to_json` was made from."""
        series = {name: Series(**values) for name, values in plain["series"].items()}
        return cls(**{**plain, "machine": Machine(**plain["machine"]), "series": series})


def rows(results: Results) -> list[Row]:
    """Return the table, in the order people ask."""
    found = results.series
    made = [
        _throughput(found, "relay", "relay and code check, trace off, 10 sessions x window 100", 500_000),
        _throughput(found, "trace", "the same, trace spooled", 300_000),
        _throughput(found, "pure", "the same as the first, pure-Python kernel", None),
        *_against_haproxy(found),
        _throughput(found, "gate", "whole gate, 70-character texts all different, trace off", 60_000),
        _throughput(found, "gate_trace", "the same, trace spooled", None),
        _throughput(found, "bulk", "whole gate, 100 texts varied in their digits, trace off", 200_000),
        *_latency(found),
        *_memory(results.memory),
        _throughput(found, "haproxy", "HAProxy relaying TCP, 10 sessions x window 100", None),
        _throughput(found, "direct", "nothing between generator and SMSC, 10 x 100", None),
        _throughput(found, "direct_narrow", "nothing between, 1 x 10", None),
    ]
    return [row for row in made if row is not None]


def _throughput(found: dict[str, Series], name: str, what: str, target: int | None) -> Row | None:
    series = found.get(name)
    if series is None or not series.rates:
        return None
    remark = []
    if series.cpu:
        busy = f", {median(series.share):.0%} of its core" if series.share else ""
        remark.append(f"{series.cost:.2f} us CPU per message{busy}")
    if series.judged:
        remark.append(f"model ran for {median(series.judged):.0%}")
    if len(series.rates) > 1:
        remark.append(f"runs {min(series.rates) / 1000:,.0f} to {max(series.rates) / 1000:,.0f} thousand")
    if series.faults:
        remark.append(f"{series.faults:,} messages FAILED")
    return Row(what, f"{series.rate:,.0f} msgs/s", f"{target:,}" if target else "", "; ".join(remark))


def _against_haproxy(found: dict[str, Series]) -> list[Row | None]:
    ours, theirs = found.get("narrow"), found.get("haproxy_narrow")
    lines = [
        _throughput(found, "narrow", "relay and code check, trace off, 1 session x window 10", None),
        _throughput(found, "haproxy_narrow", "HAProxy relaying TCP, 1 session x window 10", None),
    ]
    if ours and theirs and ours.rates and theirs.rates:
        # each of our runs is divided by the one that followed it at once
        ratios = [a / b for a, b in zip(ours.rates, theirs.rates, strict=False) if b]
        costs = f"{ours.cost:.1f} against {theirs.cost:.1f} us CPU per message"
        lines.append(Row("rate compared with HAProxy, 1 session x window 10", f"{median(ratios):.2f}", "0.6", costs))
    return lines


def _latency(found: dict[str, Series]) -> list[Row]:
    through, direct = found.get("latency"), found.get("latency_direct")
    if not (through and direct):
        return []
    pairs = list(zip(through.rates, direct.rates, through.p50, direct.p50, through.p99, direct.p99, strict=True))
    # a generator that did not keep its rate measured the queue it built, not the proxy
    kept = [pair for pair in pairs if min(pair[:2]) >= KEPT * max(pair[:2])]
    fell = f"; {len(pairs) - len(kept)} of {len(pairs)} runs fell behind and do not count" if kept != pairs else ""
    lines = []
    for place, name, target in ((2, "p50", "0.3 ms"), (4, "p99", "1 ms")):
        what = f"added latency at half of the maximum load, {name}"
        if not kept:
            lines.append(Row(what, "not measured", target, "no run kept its rate: the machine is too busy"))
            continue
        with_proxy, without = median(pair[place] for pair in kept), median(pair[place + 1] for pair in kept)
        # others' work on the cores only ever adds, so the least is told too
        least = min(pair[place] for pair in kept), min(pair[place + 1] for pair in kept)
        remark = (
            f"{with_proxy:,.0f} us, {without:,.0f} us without a proxy (least {least[0]:,.0f} and {least[1]:,.0f}); "
            f"open loop, {direct.rate:,.0f} msgs/s{fell}"
        )
        lines.append(Row(what, f"{(with_proxy - without) / 1000:.2f} ms", target, remark))
    return lines


def _memory(memory: dict[str, dict[str, float]]) -> list[Row]:
    lines = []
    if rest := memory.get("rest"):
        megabytes = f"{rest['worker'] / 1e6:.0f} MB"
        lines.append(Row("memory of a worker, with the model, empty books", megabytes, "120 MB"))
        if first := memory.get("first"):
            what = f"the same after its first {first['messages']:,.0f} messages, whole gate and trace, bulk texts"
            lines.append(Row(what, f"{first['worker'] / 1e6:.0f} MB", "120 MB"))
        pair = f"{rest['pair'] / 1e3:.1f} kB"
        lines.append(Row("memory per idle bind pair", pair, "40 kB", f"{rest['pairs']:.0f} pairs"))
    for name, what in (("trace", "code check and trace"), ("gate_trace", "whole gate and trace, bulk texts")):
        if grown := memory.get(name):
            quarters = ", ".join(f"{grown[f'quarter_{n}'] / 1e6:.1f}" for n in range(5))
            what = f"memory growth over the last three quarters of {grown['messages']:,.0f} messages, {what}"
            remark = f"MB at the start and after each quarter: {quarters}"
            lines.append(Row(what, f"{grown['growth'] / 1e6:+.1f} MB", "flat", remark))
    return lines
