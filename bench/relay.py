"""What the relay costs without sockets: reads of submit_sm in, forwarded octets out, answers back.

    python bench/relay.py [--sessions 10] [--batch 1 10 100] [--messages 200000]

Prints microseconds of processor time per message (request and answer together), and per read with the answers to it,
for the kernel in use: what a read costs beside its messages shows where it brings few. The machine's own speed is in
every figure: compare within one run.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time

from filters.code import CodeRule, CodeSettings
from filters.gate import Gate
from filters.policy import Policy
from filters.ports import CodeEntry, CodeState
from smppproxy.relay.house import House
from smppproxy.relay.links import Link
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.codec import encode
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits


class Book:
    """A registry in which every code is active."""

    version = 1

    def code(self, code: str) -> CodeEntry:
        """Return an active entry."""
        return CodeEntry(CodeState.ACTIVE)


def submit(sequence: int, code: int) -> bytes:
    """A submit_sm of about 200 octets."""
    text = ("주문하신 상품이 오늘 도착할 예정입니다. 문의는 고객센터로 연락해 주세요. 감사합니다. " * 2)[:70]
    fields = {
        "service_type": b"",
        "source_addr_ton": 0,
        "source_addr_npi": 1,
        "source_addr": b"0215880000",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": b"8210%08d" % sequence,
        "data_coding": 8,
        "short_message": text.encode("utf-16-be"),
    }
    return encode(Pdu(c.SUBMIT_SM, 0, sequence, fields, [(0x1400, b"%09d" % (301150000 + code % 1000))]))


def bind(sequence: int) -> bytes:
    """A bind_transceiver of the account ``bench``."""
    fields = {"system_id": b"bench", "password": b"", "system_type": b"", "interface_version": 0x34}
    return encode(Pdu(c.BIND_TRANSCEIVER, 0, sequence, fields))


def connected(house: House, sessions: int) -> list[tuple]:  # type: ignore[type-arg]
    """Bind reseller sessions, each with its carrier link."""
    pairs = []
    for _ in range(sessions):
        reseller = house.arrived("127.0.0.1", 0, 0.0)
        house.sent(reseller, bind(1), 0.0)
        carrier = house.doors.to_dial.pop().carrier
        house.connected(carrier, 0.0)
        carrier.take()
        answer = Pdu(c.BIND_TRANSCEIVER_RESP, 0, carrier.bind_sequence, {"system_id": b"smsc"})
        house.sent(carrier, encode(answer), 0.0)
        reseller.take()
        pairs.append((reseller, carrier))
    return pairs


def give(house: House, link: Link, octets: bytes, now: float) -> None:
    """Let a link's peer send octets; what is to go to the other end at once is put with the rest of it."""
    said = house.sent(link, octets, now)
    if said is not None and link.pair is not None:
        link.pair.hand(said)


def answers_to(octets: bytes) -> bytes:
    """What an SMSC answers to all submit_sm of a write."""
    frames, _, _ = kernel.cut(octets, 1 << 24)
    return b"".join(
        b"\0\0\0\x19\x80\0\0\x04\0\0\0\0" + frame.sequence_number.to_bytes(4, "big") + b"1234abcd\0" for frame in frames
    )


def work(house: House, pairs: list, reads: list[bytes], rounds: int) -> None:  # type: ignore[type-arg]
    """Rounds of: every session sends a read, its carrier answers all of it."""
    for turn in range(rounds):
        now = turn * 0.001
        for (reseller, _), read in zip(pairs, reads, strict=True):
            give(house, reseller, read, now)
        house.dirty.clear()
        answers = [answers_to(carrier.take()) for _, carrier in pairs]
        for (_, carrier), answer in zip(pairs, answers, strict=True):
            give(house, carrier, answer, now)
        house.dirty.clear()
        for reseller, _ in pairs:
            reseller.take()


def measured(sessions: int, batch: int, rounds: int, profile: bool) -> float:
    """Microseconds per message of reads that bring ``batch`` messages each; the stand-in for the SMSC taken away."""
    rule = CodeRule(CodeSettings(), Book())
    plan = Plan(
        {b"bench": AccountPlan(b"bench", "smsc", rule, window=10_000, max_binds=1000)}, {"smsc": UpstreamPlan("smsc")}
    )
    house = House(plan, Gate((), None, Policy()), None, Limits(), clock=lambda: 0.0)
    pairs = connected(house, sessions)
    reads = [b"".join(submit(n + 2, n + k) for n in range(batch)) for k in range(sessions)]
    work(house, pairs, reads, 20)
    best = float("inf")
    for _ in range(1 if profile else 5):
        started = time.thread_time()
        if profile:
            profiler = cProfile.Profile()
            profiler.runcall(work, house, pairs, reads, rounds)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(22)
        else:
            work(house, pairs, reads, rounds)
        best = min(best, time.thread_time() - started)
    if house.desk.count.in_flight:
        raise SystemExit("requests are left in flight: the relay lost some")
    started = time.thread_time()
    for _ in range(rounds):
        answers_to(reads[0])
    aside = (time.thread_time() - started) / rounds
    return (best / rounds / sessions - aside) / batch * 1e6


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 10, 100], help="messages that a read brings")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    for batch in options.batch:
        rounds = max(1, options.messages // options.sessions // batch)
        cost = measured(options.sessions, batch, rounds, options.profile)
        each, read = f"{cost:6.2f} µs per message", f"{cost * batch:6.1f} per read and the answers to it"
        print(f"{kernel.NAME}, {batch:4} to a read: {each}, {read}")


if __name__ == "__main__":
    main()
