"""What the state costs: look-ups and refresh of the books, a rebuild, a change, a spooled row, a pseudonym, a route.

    python bench/books.py [--codes N]

Prints one line each: what, the best of several rounds, the unit. The best is told because other load on the machine
only ever adds to it; run it on an idle machine all the same.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from filters.ports import CodeState
from smppproxy.state.authority import Authority
from smppproxy.state.book_layout import CODES, FILE
from smppproxy.state.book_writer import BookWriter
from smppproxy.state.books import Books
from smppproxy.state.codes import Code
from smppproxy.state.ledger import Head
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.routes import Routes
from smppproxy.state.spool import Spool

ROUNDS = 7
ROW = (
    1.5, "7f3a12345678", "reseller1", "smsc", 4, "301150232", "0215881588", b"r" * 16, b"t" * 8,
    "refuse", "text_gambling", "", "gambling", 0.93, 0x45, "a1b2c3d4e5", 0.0003,
)  # fmt: skip


class Route(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the relay keeps of a message."""

    account: str
    code: bytes | None
    data_coding: int


def best(work: Callable[[], int]) -> float:
    """Return the least seconds for one of the things ``work`` does; it returns how many it did."""
    least = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        done = work()
        least = min(least, (time.perf_counter() - begin) / done)
    return least


def tell(what: str, seconds: float, unit: str = "us") -> None:
    """Print one result."""
    print(f"{what:58} {seconds * {'us': 1e6, 'ms': 1e3, 's': 1.0}[unit]:10.3f} {unit}", flush=True)


def books(directory: Path, count: int) -> None:
    """Measure the books of ``count`` codes."""
    writer = BookWriter(directory / FILE)
    names = [f"{n:09d}" for n in range(count)]

    def codes() -> Iterator[tuple[str, Code]]:
        return ((name, Code(code=name, state=CodeState.ACTIVE, owner="A business of some name")) for name in names)

    begin = time.perf_counter()
    writer.rebuild({CODES: codes}, Head(1, bytes(32)))
    tell(f"rebuild of {count} codes", time.perf_counter() - begin, "s")
    print(f"{'file':58} {(directory / FILE).stat().st_size / 1e6:10.1f} MB")
    writer.close()
    view = Books(directory / FILE)
    some = random.Random(7).choices(names, k=20_000)
    absent = [f"x{name}" for name in some]

    def look_up(keys: list[str]) -> Callable[[], int]:
        def work() -> int:
            code = view.code
            for key in keys:
                code(key)
            return len(keys)

        return work

    def refresh() -> int:
        for _ in range(20_000):
            view.refresh()
        return 20_000

    tell("look-up, hit", best(look_up(some)))
    tell("look-up, miss", best(look_up(absent)))
    tell("refresh, nothing changed", best(refresh))
    view.close()
    writer = BookWriter(directory / FILE)
    view = writer.view()
    changes = 50

    def change() -> int:
        for n in range(changes):
            writer.apply([(names[n], Code(code=names[n], state=CodeState.SUSPENDED))], Head(2, bytes(32)))
            view.refresh()
        return changes

    tell("durable change of one code, seen by a reader", best(change), "ms")
    view.close()
    writer.close()


def registry(directory: Path) -> None:
    """Measure changes as a command makes them: store, ledger, books."""
    authority = Authority.take(directory)
    numbers = iter(range(10**6))

    def add() -> int:
        for _ in range(50):
            authority.codes.add(f"{next(numbers):09d}", who="bench")
        return 50

    tell("codes add: store, ledger and books, durable", best(add), "ms")
    authority.close()


def data_path(directory: Path) -> None:
    """Measure what a worker does for each message."""
    spool = Spool(directory / "spool", 0, 0.0, file_age=1e9)
    rows = [ROW] * 100
    ticks = iter(range(1, 10**6))

    def write() -> int:
        for _ in range(100):
            spool.write(rows)
            spool.flush(float(next(ticks)))
        return 100 * len(rows)

    tell("spool, a row of a batch of 100", best(write))
    spool.close(time.time())
    pseudonymise = Pseudonymiser.load(directory)
    numbers = [f"8210{n:08d}" for n in range(20_000)]

    def hash_all() -> int:
        for number in numbers:
            pseudonymise(number)
        return len(numbers)

    tell("pseudonym of a recipient", best(hash_all))
    now = time.time()
    routes = Routes(directory / "routes", 0, now, Route)
    ids = iter(f"{n * 2654435761 % 2**32:08x}" for n in range(10**6))
    route = Route("reseller1", b"301150232", 0)

    def remember() -> int:
        for _ in range(100):
            for _ in range(100):
                routes.remember("smsc", next(ids), route, now)
            routes.flush(now + 1)
        return 10_000

    tell("route, remembered and flushed by 100", best(remember))
    spellings = ("deadbeef", "DEADBEEF", "3735928559")

    def find() -> int:
        for _ in range(2_000):
            routes.find("smsc", spellings)
        return 2_000

    tell("route of an unknown id in 3 spellings, one file", best(find))
    routes.close(now)


def main() -> None:
    """Measure everything in a directory of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codes", type=int, default=100_000)
    count = parser.parse_args().codes
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        books(directory, count)
        registry(directory / "registry")
        data_path(directory)


if __name__ == "__main__":
    main()
