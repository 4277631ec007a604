"""The messages of a run, drawn from the plan: which text, which numbers, which code, expected with which answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import cycle
from random import Random

from smppproxy.load import wire
from smppproxy.load.generator.alphabet import DATA_CODING, encode
from smppproxy.load.generator.plan import NO_CODE, Codes, Plan
from smppproxy.load.generator.texts import SAMPLES

MAX_SHORT_MESSAGE = 254  # octets (3.4 s. 4.4.1); a longer text goes into message_payload
TAG_MESSAGE_PAYLOAD = 0x0424
POOL_SIZE = 2048  # messages prepared at least; a run repeats them in order

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sample:
    """One message before it becomes octets. ``kind`` indexes :func:`kinds_of`."""

    text: str
    octets: bytes
    data_coding: int
    source: str
    destination: str
    code: bytes | None
    kind: int


def kinds_of(plan: Plan) -> list[str]:
    """The kinds of messages a run has."""
    if plan.codes is None:
        return [NO_CODE]
    return [kind for kind, share in plan.codes.shares.items() if share > 0]


def draw(plan: Plan) -> list[Sample]:
    """The run's messages: every text equally often and in order, kinds in their shares, seeded."""
    random = Random(plan.seed)
    texts = plan.texts or SAMPLES
    if plan.varied_digits:
        texts = tuple(text if _DIGITS.search(text) else f"{text} 000000" for text in texts)
    encoded = [encode(text, plan.encoding) for text in texts]
    kinds = kinds_of(plan)
    size = len(texts) * max(1, -(-POOL_SIZE // len(texts)))
    weights = [plan.codes.shares[kind] for kind in kinds] if plan.codes else [1.0]
    drawn = random.choices(range(len(kinds)), weights, k=size)
    makers = _CodeMaker(plan.codes, random) if plan.codes else None
    samples = []
    for number, kind in enumerate(drawn):
        octets, taken = encoded[number % len(texts)]
        samples.append(
            Sample(
                text=texts[number % len(texts)],
                octets=octets,
                data_coding=DATA_CODING[taken] if plan.data_coding is None else plan.data_coding,
                source=_fill(plan.source, random),
                destination=_fill(plan.destination, random),
                code=makers.make(kinds[kind]) if makers else None,
                kind=kind,
            )
        )
    return samples


def body(sample: Sample, plan: Plan) -> tuple[bytes, bytes]:
    """Body of the submit_sm (3.4 s. 4.4.1) in two parts, before and after the octets of the text."""
    numeric = sample.source.lstrip("+").isdigit()
    head = (
        b"\0"
        + wire.address(0 if numeric else 5, 1 if numeric else 0, sample.source)
        + wire.address(0, 1, sample.destination)
        + b"\0\0\0"  # esm_class, protocol_id, priority_flag
        + b"\0\0"  # schedule_delivery_time, validity_period
        + bytes((plan.registered_delivery, 0, sample.data_coding, 0))
    )
    code = b"" if sample.code is None or plan.codes is None else wire.tlv(plan.codes.tag, sample.code)
    if len(sample.octets) <= MAX_SHORT_MESSAGE:
        return head + bytes((len(sample.octets),)), code
    payload_header = wire.tlv(TAG_MESSAGE_PAYLOAD, sample.octets)[:4]  # sm_length 0, the text ends the PDU
    return head + b"\0" + code + payload_header, b""


class _CodeMaker:
    """Makes the value of the code TLV for each kind."""

    def __init__(self, codes: Codes, random: Random) -> None:
        self._values = codes.values
        self._known = frozenset(codes.values)
        self._turn = cycle(codes.values)
        self._random = random

    def make(self, kind: str) -> bytes | None:
        """The TLV's value; None leaves the TLV out."""
        if kind == "missing":
            return None
        if kind == "list":
            return next(self._turn)
        if kind == "unknown":
            return self._unknown()
        value = self._random.choice(self._values)
        if kind == "wrong":
            return b"X" + value[1:]
        if kind == "short":
            return value[:-1]
        return value

    def _unknown(self) -> bytes:
        length = len(self._values[0]) if self._values else 9
        while True:
            value = b"%0*d" % (length, self._random.randrange(10**length))
            if value not in self._known:
                return value


def _fill(pattern: str, random: Random) -> str:
    return "".join(random.choice("0123456789") if character == "#" else character for character in pattern)
