"""Prepared submit_sm PDUs: a run takes them in order and patches nothing but sequence_numbers.

Making a PDU costs ten times as much as patching one, so it is done before the clock starts. Where every message
must differ in its digits, only the digits are made on the way.
"""

from __future__ import annotations

import re
from itertools import accumulate
from random import Random
from typing import NamedTuple, Protocol

from smppproxy.load import wire
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.samples import Sample, body
from smppproxy.smpp import kernel
from smppproxy.smpp.constants import SUBMIT_SM

_MAX_PDU = 1 << 20  # octets; our own PDUs, only ever smaller
_RANDOM_DIGITS = 18  # per message; a text with more repeats them


class Batch(NamedTuple):
    """Messages to be sent together: frames, their kinds and the sum of their body hashes."""

    frames: list[kernel.Frame]
    kinds: list[int]
    hashes: int


class Pool(Protocol):
    """Where messages come from."""

    def take(self, count: int) -> Batch:
        """The next ``count`` messages."""


def make_pool(samples: list[Sample], plan: Plan) -> Pool:
    """The pool a plan asks for."""
    return VariedPool(samples, plan) if plan.varied_digits else FixedPool(samples, plan)


class FixedPool:
    """Whole PDUs, the same again and again."""

    def __init__(self, samples: list[Sample], plan: Plan) -> None:
        bodies = [head + sample.octets + tail for sample in samples for head, tail in [body(sample, plan)]]
        self._frames = _cut([wire.pack(SUBMIT_SM, 0, octets) for octets in bodies])
        self._kinds = [sample.kind for sample in samples]
        self._sums = [0, *accumulate(wire.body_hash(octets) for octets in bodies)]
        self._next = 0

    def take(self, count: int) -> Batch:
        start = self._next
        stop = start + count
        if stop <= len(self._frames):
            self._next = stop
            return Batch(self._frames[start:stop], self._kinds[start:stop], self._sums[stop] - self._sums[start])
        self._next = 0
        first = Batch(self._frames[start:], self._kinds[start:], self._sums[-1] - self._sums[start])
        rest = self.take(count - len(first.frames))
        return Batch(first.frames + rest.frames, first.kinds + rest.kinds, first.hashes + rest.hashes)


class VariedPool:
    """PDUs whose texts differ in their digits, each message anew."""

    def __init__(self, samples: list[Sample], plan: Plan) -> None:
        self._templates = [_Template(sample, plan) for sample in samples]
        self._kinds = [sample.kind for sample in samples]
        self._random = Random(plan.seed + 1)
        self._next = 0

    def take(self, count: int) -> Batch:
        pdus = []
        kinds = []
        hashes = 0
        for _ in range(count):
            index = self._next
            self._next = (index + 1) % len(self._templates)
            octets = self._templates[index].fill(self._random.randrange(10**_RANDOM_DIGITS))
            hashes += wire.body_hash(octets[16:])
            pdus.append(octets)
            kinds.append(self._kinds[index])
        return Batch(_cut(pdus), kinds, hashes)


class _Template:
    """One PDU cut open at the digits of its text."""

    def __init__(self, sample: Sample, plan: Plan) -> None:
        head, tail = body(sample, plan)
        wide = sample.octets == sample.text.encode("utf-16-be")
        # in UCS2 a digit is two octets, so the text is cut by characters there
        parts = re.split(r"(\d+)", sample.text) if wide else re.split(rb"([0-9]+)", sample.octets)
        self._pieces: list[bytes] = [part.encode("utf-16-be") if isinstance(part, str) else part for part in parts]
        self._wide = wide
        width = 2 if wide else 1
        self._lengths = [len(piece) // width for piece in self._pieces[1::2]]
        whole = wire.pack(SUBMIT_SM, 0, head + sample.octets + tail)
        self._head = whole[: 16 + len(head)]
        self._tail = tail

    def fill(self, number: int) -> bytes:
        """The PDU with other digits."""
        digits = f"{number:0{_RANDOM_DIGITS}d}"
        source = digits.encode("utf-16-be") if self._wide else digits.encode()
        width = 2 if self._wide else 1
        pieces = self._pieces.copy()
        at = 0
        for index, length in enumerate(self._lengths):
            run = source[at * width : (at + length) * width]
            while len(run) < length * width:
                run += source[: length * width - len(run)]
            pieces[2 * index + 1] = run
            at = (at + length) % _RANDOM_DIGITS
        return self._head + b"".join(pieces) + self._tail


def _cut(pdus: list[bytes]) -> list[kernel.Frame]:
    return kernel.cut(b"".join(pdus), _MAX_PDU)[0]
