"""What the runtime reads and writes is the same memory from run to run, and what it says does not depend on that."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import manifest as manifests
from filters.text.bound import Bound
from filters.text.judge import PLACES, feed


class Pair:
    """A session, and the same one bound."""

    def __init__(self) -> None:
        directory = manifests.locate("")
        manifest = manifests.read(directory)
        octets = manifests.load_bytes(directory, manifest)
        self.session = onnxruntime.InferenceSession(octets, providers=["CPUExecutionProvider"])
        self.rows = manifest.mask + 1
        self.bound = Bound(self.session, self.rows, len(PLACES), 0)

    def agree(self, keys: list[bytes]) -> None:
        [expected] = self.session.run(["probabilities"], feed(keys, self.rows))
        assert np.array_equal(self.bound.lanes(keys), expected)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


@given(st.lists(st.lists(st.binary(max_size=80), min_size=1, max_size=6), min_size=1, max_size=4))
def test_batches_of_any_size_one_after_another(pair: Pair, batches: list[list[bytes]]) -> None:
    for keys in batches:
        pair.agree(keys)


def test_there_is_room_for_more() -> None:
    pair = Pair()
    pair.agree([b"one"])
    pair.agree([b"number %d" % number for number in range(300)])  # more texts than there was room for
    pair.agree([b"a", b"b"])
    pair.agree([bytes(range(1, 256)) * 15] * 20)  # more blocks
    pair.agree([b"one"])
