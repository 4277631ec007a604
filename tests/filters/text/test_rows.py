"""The compiled rows and their pure twin: the same buffers from keys, the same verdicts from rows."""

from __future__ import annotations

from itertools import accumulate
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import _rows_pure as pure
from filters.text import dense
from smppproxy.smpp.kernel import BUILD_COMMAND

CLASSES = ("loan", "drug", "adult", "spam")
#: Probabilities as the model writes them, and often those at which something changes.
SHARES = st.floats(0, 1, width=32) | st.sampled_from([0.0, 0.25, 0.4, 0.5, 0.75, 1.0])
LETTERS = "az 09가힣一龠、.!éяЯ한あA\u9fcf\U0001f600\U00010400▶£÷٣①ㅋ"
KEYS = st.text(LETTERS).map(dense.encode) | st.binary(max_size=20).map(lambda octets: octets.replace(b"\0", b"\1"))
TOKENS = st.sampled_from([b"", b"\x02ab\x03", b"\x02\x80\x81\x03\x02zz\x03"])


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("filters.text._rows", reason=f"not compiled; run `{BUILD_COMMAND}`")


def reader(module: Any, limits: list[float]) -> Any:
    single = [float(np.float32(limit)) for limit in limits]
    return module.Rows(
        lambda *told: told, "ham", CLASSES, single, min(0.5, *single), lambda key: sum(key) % 2 == 0
    )  # fmt: skip


@given(st.lists(KEYS | st.binary(min_size=20, max_size=90), max_size=9), st.integers(4, 20))
def test_the_model_reads_the_same(compiled, keys, rows_log2):
    rows = 1 << rows_log2
    told = pure.pack(keys, rows)
    assert compiled.pack(keys, rows) == told
    table = np.zeros(rows + 1, np.uint64)
    assert compiled.pack(keys, rows, table.ctypes.data) == pure.pack(keys, rows, table.ctypes.data) == told
    found, blocks, lengths = (np.frombuffer(each, kind) for each, kind in zip(told, "ilf", strict=True))
    grid = found.reshape(-1, pure.BLOCK)
    assert (grid[0] == rows).all()
    assert lengths.tolist() == [len(pure.places(key)) for key in keys]
    assert len(blocks) == len(keys) + 1
    assert len(grid) == blocks[-1] + 1
    for key, start, stop in zip(keys, blocks, blocks[1:], strict=False):
        alone = pure.GAP + key + pure.GAP  # nothing of another message
        begins = [at + len(pure.GAP) for at in pure.places(key)]
        expected = [row(alone[at : at + order], rows) for at in begins for order in pure.ORDERS]
        mine = grid[start + 1 : stop + 1].reshape(-1).tolist()
        assert mine[: len(expected)] == expected
        assert mine[len(expected) :] == [rows] * (len(mine) - len(expected))
        assert len(mine) - len(expected) < pure.BLOCK


@given(
    st.lists(KEYS | st.binary(min_size=20, max_size=90), min_size=1, max_size=9), st.integers(1, 12), st.integers(1, 30)
)
def test_memory_that_is_held_is_written_alike(compiled, keys, messages, blocks):
    told = [np.frombuffer(each, kind) for each, kind in zip(pure.pack(keys, 1 << 9), "ilf", strict=True)]
    most = 1 + sum(map(pure.most_blocks, keys))
    for module in (pure, compiled):
        held = (
            np.full(blocks * pure.BLOCK, -1, np.int32),
            np.full(messages + 1, -1, np.int64),
            np.full(messages, -1, "f"),
        )
        packer = module.Packer(1 << 9, 0, *held)
        assert packer.pack([]) == 0
        written = packer.pack(keys)
        if len(keys) > messages or most > blocks:
            assert written == 0
            continue
        assert written * pure.BLOCK == len(told[0])
        for mine, expected in zip(held, told, strict=True):
            assert np.array_equal(mine[: len(expected)], expected)
            assert (mine[len(expected) :] == -1).all()


@given(st.text(LETTERS))
def test_a_window_begins_at_each_letter(text):
    key = dense.encode(text)
    ends = list(accumulate((len(dense.octets_of(ord(letter))) for letter in text), initial=0))
    assert pure.places(key) == [-4, -2, *ends[:-1]]
    assert pure.places(b"\x02ab\x03") == [-4, -2, 0, 1, 2, 3]  # a feature token


def row(gram: bytes, rows: int) -> int:
    """The row of an n-gram, in Python's own integers."""
    multiplier = dict(zip(pure.ORDERS, pure.MULTIPLIERS, strict=True))[len(gram)]
    return int.from_bytes(gram, "little") * multiplier % (1 << 64) * rows >> 64


@given(
    st.lists(st.tuples(st.tuples(KEYS, TOKENS), st.lists(SHARES, min_size=5, max_size=5)), min_size=1, max_size=9),
    st.lists(SHARES.filter(bool) | st.just(1.1), min_size=4, max_size=4),
)
def test_the_same_is_said_of_every_row(compiled, some, limits):
    keys = [letters + tokens for (letters, tokens), _ in some]
    lanes = np.zeros((8, len(some)), np.float32)
    for place, (_, shares) in enumerate(some):
        lanes[:5, place] = shares
    told = reader(pure, limits).verdicts(keys, lanes)
    assert reader(compiled, limits).verdicts(keys, lanes) == told
    for verdict, key, (_, shares) in zip(told, keys, some, strict=True):
        assert verdict[0] == key
        assert verdict[5] == np.array(shares[:4], np.float32).tobytes()


@pytest.mark.parametrize("which", ["pure", "compiled"])
def test_rows_that_do_not_fit_are_refused(compiled, which):
    module = compiled if which == "compiled" else pure
    rows = reader(module, [0.5] * 4)
    assert rows.verdicts([], np.zeros((8, 0), np.float32)) == []
    with pytest.raises(ValueError, match="2 keys"):
        rows.verdicts([b"a", b"b"], np.zeros((8, 1), np.float32))
    with pytest.raises(ValueError, match="1 keys"):
        rows.verdicts([b"a"], np.zeros((4, 1), np.float32))
    with pytest.raises(ValueError, match="expected 1 to 32"):
        reader(module, [0.5] * 3)


@pytest.mark.parametrize(
    ("shares", "top", "score", "over"),
    [
        ([0.1, 0.1, 0.1, 0.2, 1.0], "ham", 0.8, ""),
        ([0.1, 0.1, 0.1, 0.6, 1.0], "spam", 0.6, ""),
        ([0.1, 0.1, 0.1, 0.95, 1.0], "spam", 0.95, "spam"),
        ([0.1, 0.7, 0.6, 0.8, 1.0], "drug", 0.7, ""),
        ([0.1, 0.7, 0.1, 0.4, 1.0], "ham", 0.6, ""),  # what is no spam is of no kind of it
        ([0.1, 0.95, 0.1, 0.4, 1.0], "ham", 0.6, ""),  # nor where its threshold is reached
        ([0.1, 0.95, 0.1, 0.7, 1.0], "drug", 0.95, ""),  # and what is no likely spam is named, and not more
        ([0.1, 0.91, 0.92, 0.99, 1.0], "adult", 0.92, "adult"),
    ],
)
def test_a_specific_class_says_more(compiled, shares, top, score, over):
    lanes = np.array(shares, np.float32).reshape(5, 1)
    for module in (pure, compiled):
        [verdict] = reader(module, [0.9] * 4).verdicts([b"abc"], lanes)
        assert verdict[1] == top
        assert verdict[2] == pytest.approx(score)
        assert verdict[3] == over
