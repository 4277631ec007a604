"""What a large registry costs on either engine: a file imported, the books written anew, a change, a look-up.

    python bench/registry.py [--senders N] [--codes N] [--database postgresql://…]

Prints one line each. An import is measured in a process of its own, whose greatest memory is told too.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smppproxy.state import ledger
from smppproxy.state.authority import Authority


def timed(what: str, work: Callable[[], object]) -> None:
    """Do work once and tell its seconds, and those this process was at work: other load adds to the first only."""
    begin, used = time.perf_counter(), time.process_time()
    work()
    print(f"{what:40} {time.perf_counter() - begin:8.2f} s, {time.process_time() - used:8.2f} s of CPU", flush=True)


def ask(authority: Authority, do: str, **fields: object) -> None:
    """Ask the service as a command does."""
    answer = authority.service.dispatch({"do": do, **fields})
    if not answer["ok"]:
        raise SystemExit(answer)


def memory() -> str:
    """Return the greatest memory of this process so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


def main() -> None:
    """Measure in a directory of its own and in the database named, which should be empty."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--senders", type=int, default=1_000_000)
    parser.add_argument("--codes", type=int, default=100_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        authority = Authority.take(Path(name), database=given.database)
        codes = "code,owner\n" + "".join(f"{n:09d},Business {n % 1000}\n" for n in range(given.codes))
        timed(f"import of {given.codes} codes", lambda: ask(authority, "codes.import", text=codes))
        print(f"{'memory':40} {memory():>10}")
        rows = (f"010{n:08d},{n % given.codes:09d}\n" for n in range(given.senders))
        senders = "number,codes\n" + "".join(rows)
        timed(f"import of {given.senders} senders", lambda: ask(authority, "senders.import", text=senders))
        print(f"{'memory':40} {memory():>10}")
        timed("the same again, nothing to change", lambda: ask(authority, "senders.import", text=senders))
        head = ledger.head(authority.store)
        timed("books written anew", lambda: authority.publisher.rebuild(head))
        timed("one change, durable and in the books", lambda: ask(authority, "codes.suspend", code="000000007"))
        view = authority.books.view()
        keys = [f"8210{n:08d}" for n in range(0, given.senders, 10)]
        begin = time.perf_counter()
        found = sum(view.sender(key) is not None for key in keys)
        spent = (time.perf_counter() - begin) / max(len(keys), 1)
        print(f"{f'look-up of a sender ({found} of {len(keys)} found)':40} {spent * 1e6:9.2f} us")
        view.close()
        authority.close()


if __name__ == "__main__":
    main()
