"""The recipe from the generator to a model that serves, on a tiny set."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from filters.text.filter import TextFilter, TextSettings
from models.recipe.evaluate import measure_dataset

try:
    import numba  # noqa: F401
    import onnx  # noqa: F401
except ImportError:
    # visible in the report; continuous integration installs the extra, so there it must not be skipped
    if os.environ.get("CI"):
        raise
    pytest.skip('needs the "train" extra (numba, onnx)', allow_module_level=True)

from models.recipe import dedupe, fit, graph, train
from models.recipe.labels import KINDS, UNKNOWN, kind_targets, targets
from models.recipe.prepare import build, folds

OPTIONS = train.Options(
    fit=fit.Settings(epochs=3, rows_log2=14),
    folds=2,
    per_template_ham=2,
    per_template_spam=2,
    foreign=200,
    processes=1,
)


def quiet(what: str, done: int, total: int) -> None:
    """No progress shown."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    train.train([train.generated(OPTIONS)], out, OPTIONS, quiet)
    return out


def test_the_model_serves_and_has_learnt(made: Path) -> None:
    judge = TextFilter(TextSettings(model=str(made)))
    fresh = train.generated(replace(OPTIONS, fit=replace(OPTIONS.fit, seed=9), per_template_ham=1, per_template_spam=1))
    figures = measure_dataset(judge, fresh)
    assert figures["auc"] > 0.95
    assert figures["ham"] + figures["spam"] == len(fresh.rows)


def test_the_same_seed_and_data_give_the_same_model(made: Path, tmp_path: Path) -> None:
    manifest = train.train([train.generated(OPTIONS)], tmp_path, OPTIONS, quiet)
    assert manifest["sha256"] == TextFilter(TextSettings(model=str(made))).judge_model.manifest.sha256


def test_the_graph_computes_what_was_trained(made: Path) -> None:
    random = np.random.default_rng(3)
    table = random.integers(-127, 128, (1 << 14, 8), dtype=np.int64).astype(np.int8)
    bag = fit.Bag(table.astype(np.float32), np.zeros(8), 60, 0.7)
    keys = [random.integers(4, 256, size, dtype=np.uint8).tobytes() for size in (0, 1, 2, 3, 5, 80, 1900, 3900)]
    octets = graph.build(table, np.full(8, 0.001, np.float32), np.zeros(8, np.float32), 60, 0.7)
    from onnxruntime import InferenceSession

    from filters.text.judge import feed

    lanes = InferenceSession(octets, providers=["CPUExecutionProvider"]).run(["probabilities"], feed(keys, len(table)))[
        0
    ]
    rows = lanes.T
    expected = 1.0 / (1.0 + np.exp(-bag.logits(fit.pack(keys)) * 0.001))
    assert np.allclose(rows[:, :8], expected, atol=1e-5)


def test_the_mean_of_bags_says_the_mean() -> None:
    random = np.random.default_rng(4)
    bags = [
        fit.Bag(random.normal(size=(1 << 10, 3)).astype(np.float32), random.normal(size=3), 20, 0.65) for _ in "abc"
    ]
    packed = fit.pack([b"one text", b"", b"and another one"])
    assert np.allclose(
        fit.average(bags).logits(packed), np.mean([bag.logits(packed) for bag in bags], axis=0), atol=1e-5
    )


def test_sums_are_exact_at_their_largest() -> None:
    """Every weight at its limit and the longest key: the lanes must not run into each other."""
    table = np.full((1 << 14, 8), 127, dtype=np.int8)
    table[:, 1] = -127
    octets = graph.build(table, np.full(8, 0.0001, np.float32), np.zeros(8, np.float32), 60, 0.7)
    from onnxruntime import InferenceSession

    from filters.text.judge import feed
    from filters.text.normalise import MAX_KEY

    lanes = InferenceSession(octets, providers=["CPUExecutionProvider"]).run(
        ["probabilities"], feed([b"a" * MAX_KEY], len(table))
    )[0]
    row = lanes[:, 0]
    logit = 254 * (MAX_KEY + 2) / (MAX_KEY + 62) ** 0.7 * 0.0001
    assert np.allclose(row[:8], 1 / (1 + np.exp(-logit * np.array([1, -1, 1, 1, 1, 1, 1, 1]))), atol=1e-5)


def test_near_duplicates_share_a_group_and_a_fold() -> None:
    text = b"the reading circle meets at the library on the first floor every second week, bring a chair"
    keys = [
        text,
        text + b"!",
        text.replace(b"chair", b"stool"),
        b"something else altogether, about the garden and rain",
    ]
    groups = dedupe.groups(fit.pack(keys))
    assert groups[0] == groups[1] == groups[2] != groups[3]
    fold = folds(groups, 5, 1)
    assert fold[0] == fold[1] == fold[2]


def test_disguised_copies_stay_with_their_originals() -> None:
    rows = train.generated(replace(OPTIONS, per_template_ham=1, per_template_spam=1)).rows
    material = build(rows, 1, foreign=10)
    for index in np.flatnonzero(material.disguised):
        assert material.groups[index] == material.groups[material.origin[index]]
    ham = material.goals[:, -2] == 0
    share = material.disguised[ham].mean() / material.disguised[material.goals[:, -2] == 1].mean()
    assert 0.7 < share < 1.4  # honest texts are disguised as often as spam


def test_the_second_head_computes_what_was_trained() -> None:
    """Its own table over the same n-grams, and the first output is what it was without it."""
    random = np.random.default_rng(5)
    table = random.integers(-127, 128, (1 << 14, 8), dtype=np.int64).astype(np.int8)
    small = random.integers(-127, 128, (1 << 10, 10), dtype=np.int64).astype(np.int8)
    keys = [random.integers(4, 256, size, dtype=np.uint8).tobytes() for size in (0, 1, 5, 80, 3900)]
    scale, bias = np.full(8, 0.01, np.float32), np.zeros(8, np.float32)
    head = graph.Head(small, np.full(10, 0.02, np.float32), np.full(10, -0.5, np.float32))
    from onnxruntime import InferenceSession

    from filters.text.judge import feed

    both = InferenceSession(graph.build(table, scale, bias, 60, 0.7, head), providers=["CPUExecutionProvider"])
    alone = InferenceSession(graph.build(table, scale, bias, 60, 0.7), providers=["CPUExecutionProvider"])
    second = base64.b64decode(both.get_modelmeta().custom_metadata_map["kinds"])
    [kinds] = InferenceSession(second, providers=["CPUExecutionProvider"]).run(["kinds"], feed(keys, len(table)))
    told = both.run(["probabilities"], feed(keys, len(table)))[0]
    assert np.array_equal(told, alone.run(["probabilities"], feed(keys, len(table)))[0])
    bag = fit.Bag(small.astype(np.float32), np.zeros(10), 60, 0.7)
    expected = 1.0 / (1.0 + np.exp(-(bag.logits(fit.pack(keys)) * 0.02 - 0.5)))
    assert np.allclose(kinds, expected, atol=1e-5)


def test_kinds_are_told_and_named(made: Path) -> None:
    judge = TextFilter(TextSettings(model=str(made)))
    assert judge.judge_model.manifest.kinds == KINDS
    texts = ["[CJ대한통운] 고객님의 상품이 문 앞에 배송 완료되었습니다. 운송장번호 123412341234", "안녕"]
    rows = judge.judge_model.kinds([judge.prepare(text).key for text in texts])
    assert rows.shape == (2, len(KINDS))
    told = judge.explain(texts[0]).kinds
    assert set(told) == set(KINDS)
    assert list(told.values()) == sorted(told.values(), reverse=True)
    fresh = train.generated(replace(OPTIONS, fit=replace(OPTIONS.fit, seed=9), per_template_ham=1, per_template_spam=1))
    kinds = measure_dataset(judge, fresh)["kinds"]
    assert set(kinds) == set(KINDS)
    assert sum(each["right"] * each["texts"] for each in kinds.values()) / sum(k["texts"] for k in kinds.values()) > 0.5


@pytest.mark.parametrize(
    ("label", "category", "kind"),
    [("ham", "ham/public", "public"), ("smishing", "smishing/event", "event"), ("smishing", "parcel", "parcel")],
)
def test_a_kind_is_of_its_class_alone(label: str, category: str, kind: str) -> None:
    goals = dict(zip(KINDS, kind_targets(targets(label, category), category), strict=True))
    assert goals[kind] == 1
    assert [name for name in goals if goals[name]] == [kind]


def test_a_kind_that_is_not_said_is_unknown() -> None:
    goals = dict(zip(KINDS, kind_targets(targets("ham", ""), ""), strict=True))
    assert goals["personal"] == UNKNOWN
    assert goals["parcel"] == 0
    goals = dict(zip(KINDS, kind_targets(targets("gambling", ""), ""), strict=True))
    assert set(goals.values()) == {0}
