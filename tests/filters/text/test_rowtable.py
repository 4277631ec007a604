"""A model's table where it is held for the runtime and the kernel."""

from __future__ import annotations

import mmap

import numpy as np
import onnxruntime
import pytest

from filters.text import manifest as manifests
from filters.text.judge import Judge, feed
from filters.text.rowtable import held


@pytest.mark.parametrize("words", [0, 1, 1000, (2 << 20) // 8, (4 << 20) // 8 + 1])
@pytest.mark.parametrize("large", ["yes", "no", "refused"])
def test_it_is_a_copy(words: int, large: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if large == "no":
        monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    elif large == "refused":
        monkeypatch.setattr(mmap, "MADV_HUGEPAGE", 1 << 20)  # as a kernel that was built without them refuses
    table = np.arange(words, dtype=np.uint64)
    copy = held(memoryview(table.tobytes()))
    assert copy.dtype == np.uint64
    assert np.array_equal(copy, table)


def test_octets_that_are_no_words_are_refused() -> None:
    with pytest.raises(ValueError):
        held(b"123")


def test_the_model_says_the_same_with_a_table_of_its_own() -> None:
    directory = manifests.locate("")
    judge = Judge(directory)
    octets = manifests.load_bytes(directory, judge.manifest)
    alone = onnxruntime.InferenceSession(octets, providers=["CPUExecutionProvider"])
    keys = ["택배가 보관 중입니다".encode(), b"your parcel is held", b"", bytes(range(1, 256))]
    [expected] = alone.run(["probabilities"], feed(keys, judge.rows))
    assert np.array_equal(judge.lanes(keys), expected)
