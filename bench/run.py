"""How fast the proxy is on this machine: ``make bench``, or ``python bench/run.py [--quick] [--long] [--docs]``.

Prints one table with the targets beside the figures and writes ``bench/results.json``. It judges nothing: the exit
code is 0 whenever everything was measured. Everything runs on the loopback interface and ends with the run.

    --quick   one short round of each scenario, under a minute
    --long    ten million messages instead of one for the memory over time
    --docs    also rewrite the table of docs/explanation/speed.md
    --reuse   print (or write, with --docs) what bench/results.json holds instead of measuring

SMPPPROXY_BENCH_LOAD and SMPPPROXY_BENCH_SINK name other programs for generator and SMSC, see ``speed/engines.py``.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from speed import report
from speed.engines import engine_names
from speed.figures import Results
from speed.machine import Machine
from speed.programs import ProgramError
from speed.scenarios import QUICK, Bench, Effort

from smppproxy.smpp import kernel

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent / "docs" / "explanation" / "speed.md"

LONG = 10_000_000
LONG_PATIENCE = 300.0  # seconds


def main() -> int:
    """Measure or reuse, print, write. Returns 1 only when something could not be measured."""
    options = _options()
    if options.reuse:
        try:
            results = Results.from_json(json.loads(RESULTS.read_text(encoding="utf-8")))
        except FileNotFoundError:
            print(f"{RESULTS}: not there yet; run bench/run.py without --reuse first", file=sys.stderr)
            return 1
    else:
        # hundreds of idle binds need as many sockets here and twice as many in the worker
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        signal.signal(signal.SIGTERM, _terminated)
        results = Results(time.strftime("%Y-%m-%d"), Machine.look(), kernel.NAME, engine_names())
        effort = QUICK if options.quick else Effort()
        if options.long:
            effort = replace(effort, messages=LONG, patience=LONG_PATIENCE)
        try:
            Bench(effort, results, lambda line: print(line, file=sys.stderr, flush=True)).run()
        except (ProgramError, OSError) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        RESULTS.write_text(json.dumps(results.to_json(), indent=1) + "\n", encoding="utf-8")
    print(report.to_text(results))
    if options.docs:
        report.rewrite(PAGE, results)
    return 0


def _terminated(number: int, frame: object) -> None:
    """End the programs we started when somebody ends us."""
    sys.exit(128 + number)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round of each scenario, under a minute")
    parser.add_argument("--long", action="store_true", help="ten million messages for the memory over time")
    parser.add_argument("--docs", action="store_true", help="also rewrite the table of docs/explanation/speed.md")
    parser.add_argument("--reuse", action="store_true", help="use bench/results.json instead of measuring")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
