"""What all rules, the judge and the relay cost a message together, without sockets and with real books.

    python bench/ruled.py [--rounds 10]

The messages are those of ``bench/gate.py``: *repeated* texts are those of bulk senders, *unique* ones are met for the
first time; a third has a link. Prints microseconds per message, request and answer together. Compare within one run.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import gate
from judged import reads_of, work
from relay import connected

from filters.code import CodeRule, CodeSettings
from filters.contract import Mode
from filters.gate import Gate
from filters.policy import Policy
from filters.text.filter import TextFilter, TextSettings
from smppproxy.load.generator.samples import MAX_SHORT_MESSAGE
from smppproxy.relay.house import House
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp import constants as c
from smppproxy.smpp.codec import encode
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.session import Limits

SESSIONS, BATCH = 10, 100
WARM = 2  # rounds before the measured ones


def submit(sequence: int, text: str) -> bytes:
    """A submit_sm in UCS2 of a registered sender; a long text goes into message_payload."""
    sender, octets = sequence % 40, text.encode("utf-16-be")
    short = len(octets) <= MAX_SHORT_MESSAGE
    fields = {
        "service_type": b"", "source_addr": gate.SENDERS[sender].encode(),
        "destination_addr": b"010%08d" % (sequence * 7919 % 10**8),
        "data_coding": 8, "short_message": octets if short else b"",
    }  # fmt: skip
    tlvs = [(0x1400, gate.CODES[sender].encode())]
    return encode(Pdu(c.SUBMIT_SM, 0, sequence, fields, tlvs if short else [*tlvs, (c.TAG_MESSAGE_PAYLOAD, octets)]))


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    count = (options.rounds + WARM) * SESSIONS * BATCH
    with tempfile.TemporaryDirectory() as directory:
        book = gate.books(Path(directory))
        for unique in (False, True):
            judge = TextFilter(TextSettings(mode=Mode.OBSERVE))
            judge.warm()
            account = AccountPlan(b"bench", "smsc", CodeRule(CodeSettings(), book), window=10_000, max_binds=1000)
            plan = Plan({b"bench": account}, {"smsc": UpstreamPlan("smsc")})
            rules = tuple(gate.rules(book).values())
            house = House(plan, Gate(rules, judge, Policy()), judge, Limits(), clock=time.time)
            pairs = connected(house, SESSIONS)
            some: list[str] = []
            while len(some) < count:
                some += gate.texts(unique, random.Random(len(some)))
            rounds = reads_of(some[:count], SESSIONS, BATCH, submit)
            work(house, pairs, rounds[:WARM])
            began = time.thread_time()
            work(house, pairs, rounds[WARM:])
            took = (time.thread_time() - began) / (len(rounds) - WARM) / SESSIONS / BATCH
            if house.desk.count.reasons or house.desk.count.in_flight:
                raise SystemExit(f"all should have passed: {house.desk.count.reasons}")
            print(f"{'unique' if unique else 'repeated':10} {took * 1e6:6.2f} µs per message")
        book.close()


if __name__ == "__main__":
    main()
