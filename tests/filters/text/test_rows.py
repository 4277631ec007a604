"""The compiled rows and their pure twin: the same buffers from keys, the same verdicts from rows."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import _rows_pure as pure
from filters.text import dense
from filters.text.language import Scripts
from smppproxy.smpp.kernel import BUILD_COMMAND

CLASSES = ("loan", "drug", "adult", "spam")
#: Probabilities as the model writes them, and often those at which something changes.
SHARES = st.floats(0, 1, width=32) | st.sampled_from([0.0, 0.25, 0.4, 0.5, 0.75, 1.0])
LETTERS = "az 09가힣一龠、.!éяЯ한あA\u9fcf\U0001f600"
KEYS = st.text(LETTERS).map(dense.encode) | st.binary(max_size=20).map(lambda octets: octets.replace(b"\0", b"\1"))
TOKENS = st.sampled_from([b"", b"\x02ab\x03", b"\x02\x80\x81\x03\x02zz\x03"])


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("filters.text._rows", reason=f"not compiled; run `{BUILD_COMMAND}`")


def reader(module: Any, limits: list[float], scripts: tuple[str, ...]) -> Any:
    known = Scripts(scripts)
    single = [float(np.float32(limit)) for limit in limits]
    return module.Rows(
        lambda *told: told, "ham", CLASSES, single, min(0.5, *single),
        lambda key: known.readable(dense.decode(key)), known.names, dense.TRAILS,
    )  # fmt: skip


@given(st.lists(KEYS, max_size=9))
def test_the_model_reads_the_same(compiled, keys):
    octets, splits = pure.pack(keys)
    assert compiled.pack(keys) == (octets, splits)
    ends = np.frombuffer(splits, np.int32)
    windows = [window.tobytes() for window in np.frombuffer(octets, "<u8")]
    assert len(ends) == len(keys) + 1
    assert len(windows) == ends[-1] + 1
    for key, start, stop in zip(keys, ends, ends[1:], strict=False):
        alone = pure.GAP + key + pure.GAP
        mine = [window[:6] for window in windows[start:stop]]  # as much as the longest n-gram sees
        assert mine == [alone[place : place + 6] for place in range(len(key) + 5)]  # nothing of another message


@given(
    st.lists(st.tuples(st.tuples(KEYS, TOKENS), st.lists(SHARES, min_size=5, max_size=5)), min_size=1, max_size=9),
    st.lists(SHARES.filter(bool) | st.just(1.1), min_size=4, max_size=4),
    st.sampled_from([("latin", "hangul", "han"), ("latin", "hangul"), ("hangul",), ("cyrillic", "latin"), ()]),
)
def test_the_same_is_said_of_every_row(compiled, some, limits, scripts):
    keys = [letters + tokens for (letters, tokens), _ in some]
    lanes = np.zeros((3, 2, len(some)), np.float32)
    for place, (_, shares) in enumerate(some):
        lanes.reshape(6, -1)[:5, place] = shares
    told = reader(pure, limits, scripts).verdicts(keys, lanes)
    assert reader(compiled, limits, scripts).verdicts(keys, lanes) == told
    for verdict, key, (_, shares) in zip(told, keys, some, strict=True):
        assert verdict[0] == key
        assert verdict[5] == np.array(shares[:4], np.float32).tobytes()


@pytest.mark.parametrize("which", ["pure", "compiled"])
def test_rows_that_do_not_fit_are_refused(compiled, which):
    module = compiled if which == "compiled" else pure
    rows = reader(module, [0.5] * 4, ("latin",))
    assert rows.verdicts([], np.zeros((3, 2, 0), np.float32)) == []
    with pytest.raises(ValueError, match="2 keys"):
        rows.verdicts([b"a", b"b"], np.zeros((3, 2, 1), np.float32))
    with pytest.raises(ValueError, match="1 keys"):
        rows.verdicts([b"a"], np.zeros((1, 4, 1), np.float32))
    with pytest.raises(ValueError, match="expected 1 to 32"):
        reader(module, [0.5] * 3, ("latin",))


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
    lanes = np.array(shares, np.float32).reshape(5, 1, 1)
    for module in (pure, compiled):
        [verdict] = reader(module, [0.9] * 4, ("latin",)).verdicts([b"abc"], lanes)
        assert verdict[1] == top
        assert verdict[2] == pytest.approx(score)
        assert verdict[3] == over
