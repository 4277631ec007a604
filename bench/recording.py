"""What the trace costs per message without sockets: the relay with and without a recorder, one after the other.

    python bench/recording.py [--sessions 10] [--batch 100] [--rounds 100] [--runs 7] [--only with|without]

Prints microseconds of processor time per message for both, and the difference. The spool is written to a directory of
its own under --directory, or the system's. Compare within one run; ``--only`` serves a profiler.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

from relay import Book, connected, submit, work

from filters.code import CodeRule, CodeSettings
from filters.gate import Gate
from filters.policy import Policy
from smppproxy.app.recorder import Recorder
from smppproxy.relay.house import House
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp import kernel
from smppproxy.smpp.session import Limits
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import Spool


class Recorded:
    """A house with or without a recorder, driven a round at a time as a worker's turns drive it."""

    def __init__(self, options: argparse.Namespace, directory: Path | None) -> None:
        plan = Plan(
            {b"bench": AccountPlan(b"bench", "smsc", CodeRule(CodeSettings(), Book()), window=10_000, max_binds=1000)},
            {"smsc": UpstreamPlan("smsc")},
        )
        self.recorder = None
        if directory is not None:
            spool = Spool(directory, 0, time.time(), limit_bytes=1 << 28)
            self.recorder = Recorder(spool, Pseudonymiser(bytes(32)), 0)
        self.house = House(plan, Gate((), None, Policy()), None, Limits(), clock=time.time, recorder=self.recorder)
        self.pairs = connected(self.house, options.sessions)
        count, batch = options.sessions, options.batch
        self.reads = [b"".join(submit(n + 2, n + k) for n in range(batch)) for k in range(count)]
        self.messages = options.rounds * count * batch
        self.rounds = options.rounds
        work.answering = 0.0  # type: ignore[attr-defined]

    def run(self) -> float:
        """Return microseconds of processor time per message."""
        started = time.process_time()
        for _ in range(self.rounds):
            if self.recorder is not None:
                self.recorder.begin(time.monotonic(), time.time())
            work(self.house, self.pairs, self.reads, 1)
            if self.recorder is not None:
                self.recorder.flush(time.time())
        spent = (time.process_time() - started) / self.messages * 1e6
        if self.house.desk.count.in_flight:
            raise SystemExit("requests are left in flight: the relay lost some")
        return spent


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--only", choices=("with", "without"))
    options = parser.parse_args()
    with TemporaryDirectory(prefix="smppproxy-recording-", dir=options.directory) as name:
        driven = {
            kind: Recorded(options, Path(name) if kind == "with" else None)
            for kind in ("without", "with")
            if options.only in (None, kind)
        }
        best: dict[str, float] = {}
        for _ in range(options.runs):
            for kind, each in driven.items():
                best[kind] = min(best.get(kind, float("inf")), each.run())
    told = ", ".join(f"{kind} a trace {cost:.2f}" for kind, cost in best.items())
    more = f", {best['with'] - best['without']:.2f} for the trace" if len(best) == 2 else ""
    print(f"{kernel.NAME}: µs per message {told}{more} (the stand-in for the SMSC included)")


if __name__ == "__main__":
    main()
