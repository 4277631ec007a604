"""What it costs a worker to tell the sanctions how much is sent: µs a message, by how many are answered together.

python bench/feed.py
"""

from __future__ import annotations

import timeit
from functools import partial
from types import SimpleNamespace
from typing import Any

from smppproxy.app.feed import Feed
from smppproxy.relay.ticket import Judgement
from smppproxy.smpp import kernel
from smppproxy.state.pseudonyms import Pseudonymiser

BODY = b"\0\x01\x0115880000\0\x01\x0101050001234\0" + b"\0" * 9 + b"\x02hi"
PDU = (16 + len(BODY)).to_bytes(4) + b"\0\0\0\x04\0\0\0\0\0\0\0\1" + BODY


class _Nowhere:
    def put(self, verdicts: Any, volumes: Any = ()) -> None: ...

    def flush(self, now: float) -> None: ...

    def close(self, now: float) -> None: ...


class _Account:
    name = "one"
    plan = SimpleNamespace(rule=SimpleNamespace(trimmed=lambda code: code.decode()))


def main() -> None:
    """Measure."""
    feed = Feed(_Nowhere(), Pseudonymiser(bytes(32)), lambda account: "")
    reseller: Any = SimpleNamespace(account=_Account())
    for size in (1, 16, 128):
        tickets = [kernel.cut(PDU, len(PDU), None, 0.0)[0][0] for _ in range(size)]
        for judged in (False, True):
            for number, ticket in enumerate(tickets):
                code = b"30115023%d\0" % (number % 2)
                ticket.note = Judgement(code=code) if judged else code
            rounds = 300_000 // size
            took = min(timeit.repeat(partial(feed.answered, reseller, tickets), number=rounds, repeat=5))
            print(f"{size:4} together{', judged' if judged else '':8} {took / rounds / size * 1e6:.3f} µs a message")


if __name__ == "__main__":
    main()
