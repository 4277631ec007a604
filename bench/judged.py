"""What the whole gate costs per message without sockets: reads of submit_sm in, judged, forwarded, answered.

    python bench/judged.py [--sessions 10] [--batch 100] [--rounds 20] [--payload] [--profile different|digits|same]

``different``: every text is another; ``digits``: a hundred texts whose digits change; ``same``: a thousand texts again
and again. With ``--payload`` they stand in the TLV message_payload, as longer ones do. Prints microseconds per
message, request and answer together. Compare within one run.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from relay import Book, connected

from filters.code import CodeRule, CodeSettings
from filters.contract import Mode
from filters.gate import Gate
from filters.policy import Policy
from filters.text.filter import TextFilter, TextSettings
from smppproxy.load.generator.samples import MAX_SHORT_MESSAGE
from smppproxy.load.generator.texts import invented
from smppproxy.relay.house import House
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.codec import encode
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits

LENGTH = 70


def submit(sequence: int, text: str, payload: bool = False) -> bytes:
    """A submit_sm with a text in UCS2."""
    octets = text.encode("utf-16-be")
    payload = payload or len(octets) > MAX_SHORT_MESSAGE
    fields = {
        "service_type": b"", "source_addr_ton": 0, "source_addr_npi": 1, "source_addr": b"0215880000",
        "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": b"8210%08d" % (sequence % 10**8),
        "data_coding": 8, "short_message": b"" if payload else octets,
    }  # fmt: skip
    tlvs = [(0x1400, b"%09d" % (301150000 + sequence % 1000))]
    if payload:
        tlvs.append((c.TAG_MESSAGE_PAYLOAD, octets))
    return encode(Pdu(c.SUBMIT_SM, 0, sequence, fields, tlvs))


def texts(kind: str, count: int) -> list[str]:
    """So many texts of a kind."""
    draw = random.Random(1)
    if kind == "different":
        whole = invented(800, LENGTH, 3)
        heads = sorted({text[: LENGTH // 2] for text in whole})
        tails = sorted({text[LENGTH // 2 :] for text in whole})
        pairs = draw.sample(range(len(heads) * len(tails)), count)
        return [heads[pair // len(tails)] + tails[pair % len(tails)] for pair in pairs]
    if kind == "digits":
        some = [text[: LENGTH - 16].rpartition(" ")[0] for text in invented(100, LENGTH, 0)]
        return [f"{some[n % 100]} 접수번호 {draw.randrange(10**10):010d}" for n in range(count)]
    some = invented(1000, LENGTH, 0)
    return [some[n % 1000] for n in range(count)]


def work(
    house: House,
    pairs: list,  # type: ignore[type-arg]
    rounds: list[list[bytes]],
    run: Callable[[float], bool] | None = None,
) -> None:
    """Rounds of: every session sends a read, all is judged, its carrier answers all of it."""
    run = run or house.judging.run
    for turn, reads in enumerate(rounds):
        now = turn * 0.001
        for (reseller, _), read in zip(pairs, reads, strict=True):
            house.sent(reseller, read, now)
        while run(now):
            pass
        house.dirty.clear()
        answers = []
        for _, carrier in pairs:
            frames, _, _ = kernel.cut(carrier.take(), 70_000)
            answers.append(
                b"".join(
                    b"\0\0\0\x19\x80\0\0\x04\0\0\0\0" + frame.sequence_number.to_bytes(4, "big") + b"1234abcd\0"
                    for frame in frames
                )
            )
        for (_, carrier), answer in zip(pairs, answers, strict=True):
            house.sent(carrier, answer, now)
        house.dirty.clear()
        for reseller, _ in pairs:
            reseller.take()


def reads_of(
    some: list[str], sessions: int, batch: int, written: Callable[[int, str], bytes] | None = None
) -> list[list[bytes]]:
    """The texts dealt out to rounds of one read a session."""

    written = written or submit

    def read(start: int) -> bytes:
        return b"".join(written(start + n + 2, text) for n, text in enumerate(some[start : start + batch]))

    each = sessions * batch
    return [[read(start + k * batch) for k in range(sessions)] for start in range(0, len(some) - each + 1, each)]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--payload", action="store_true")
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    for kind in [options.profile] if options.profile else ["different", "digits", "same"]:
        judge = TextFilter(TextSettings(mode=Mode.ENFORCE))
        judge.warm()
        rule = CodeRule(CodeSettings(), Book())
        account = AccountPlan(b"bench", "smsc", rule, window=10_000, max_binds=1000)
        plan = Plan({b"bench": account}, {"smsc": UpstreamPlan("smsc")})
        house = House(plan, Gate((), judge, Policy()), judge, Limits(), clock=lambda: 0.0, timer=time.thread_time)
        pairs = connected(house, options.sessions)
        each = options.sessions * options.batch
        some = texts(kind, each * (options.rounds + 2))
        rounds = reads_of(some, options.sessions, options.batch, partial(submit, payload=options.payload))
        work(house, pairs, rounds[:2])
        started = time.thread_time()
        if options.profile:
            profile = cProfile.Profile()
            profile.runcall(work, house, pairs, rounds[2:])
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        else:
            work(house, pairs, rounds[2:])
        took = time.thread_time() - started
        if house.desk.count.in_flight:
            raise SystemExit("requests are left in flight: the relay lost some")
        print(f"{kind:10} chunk {judge.chunk:3}  {took / (each * options.rounds) * 1e6:6.2f} µs per message")


if __name__ == "__main__":
    main()
