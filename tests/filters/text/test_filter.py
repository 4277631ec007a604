"""The text filter with the shipped model. All texts are made up."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.contract import Mode, Reason
from filters.text import manifest as manifests
from filters.text import normalise
from filters.text.filter import REASONS, TextFilter, TextSettings, Verdict
from filters.text.judge import BIAS, PLACES, unpack
from filters.text.manifest import ModelError
from filters.text.memo import Memo

TEXTS = [
    "[새봄은행] 인증번호 482913을 입력해 주세요. 타인에게 알려주지 마세요.",
    "내일 저녁 7시에 도서관 앞에서 보자",
    "첫충 30% 매충 15% 카지노 바카라 슬롯 가입코드 ab12 wxyz77.top",
    "엄마 나 폰 액정 깨져서 수리 맡겼어 이 번호로 톡 추가해줘 편의점 가서 기프트카드 사줄수 있어?",
    "",
    "Hi mum, running late, see you at six",
    "무직자 당일대출 무서류 신용불문 30분 입금 상담 010-0000-0000",
]


@pytest.fixture(scope="module")
def shipped() -> TextFilter:
    return TextFilter(TextSettings())


@pytest.fixture(scope="module")
def own() -> TextFilter:
    """One that a test may change."""
    return TextFilter(TextSettings())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "model"
    shutil.copytree(manifests.SHIPPED, target)
    return target


def test_the_result_does_not_depend_on_the_batch(shipped: TextFilter) -> None:
    keys = [text.key for text in shipped.prepare_many((TEXTS * 10)[:64])]
    together = shipped.judge_model.run(keys)
    for key, row in zip(keys, together, strict=True):
        assert np.array_equal(shipped.judge_model.run([key])[0], row)


def test_the_memo_gives_what_the_model_gave(shipped: TextFilter) -> None:
    prepared = shipped.prepare_many(TEXTS)
    verdicts = shipped.judge(prepared)
    for text, verdict in zip(prepared, verdicts, strict=True):
        assert shipped.recall(text.key) == verdict
    assert shipped.recall(b"never seen") is None
    assert shipped.judge([]) == []


def test_what_it_says_of_plain_cases(shipped: TextFilter) -> None:
    verdicts = shipped.judge(shipped.prepare_many(TEXTS))
    assert [verdict.top for verdict in verdicts] == ["ham", "ham", "gambling", "smishing", "ham", "ham", "loan"]
    finding = shipped.finding(verdicts[2])
    assert finding is not None
    assert finding.reason is Reason.TEXT_GAMBLING
    assert not finding.enforce
    assert shipped.finding(verdicts[0]) is None


def test_spam_that_is_likely_of_a_class_is_named_after_it(shipped: TextFilter) -> None:
    sure = Verdict(b"key", "loan", 0.9, "spam", True, struct.pack("<7f", 0.1, 0.9, 0, 0, 0, 0.2, 0.999))
    found = shipped.finding(sure)
    assert found is not None
    assert found.reason is Reason.TEXT_LOAN
    assert found.evidence.startswith("loan 0.900; spam 0.999, threshold 0.9")
    assert found.score == pytest.approx(0.999)
    for top, score in (("loan", 0.7), ("spam", 0.999)):
        found = shipped.finding(Verdict(b"key", top, score, "spam", True, struct.pack("<7f", *[0] * 6, 0.999)))
        assert found is not None
        assert found.reason is Reason.TEXT_SPAM
        assert found.evidence.startswith("spam 0.999, threshold")


def test_every_class_has_a_reason(shipped: TextFilter) -> None:
    assert set(shipped.classes) == set(REASONS)
    assert shipped.classes[-1] == "spam"


def test_the_mode_decides_what_a_finding_does() -> None:
    enforcing = TextFilter(TextSettings(mode=Mode.ENFORCE))
    [verdict] = enforcing.judge(enforcing.prepare_many(TEXTS[2:3]))
    finding = enforcing.finding(verdict)
    assert finding is not None
    assert finding.enforce
    off = TextFilter(TextSettings(mode=Mode.OFF))
    assert off.finding(verdict) is None


def test_thresholds_of_the_operator_win() -> None:
    never = dict.fromkeys(REASONS, 1.0)
    judge = TextFilter(TextSettings(thresholds=never))
    [verdict] = judge.judge(judge.prepare_many(TEXTS[2:3]))
    assert judge.finding(verdict) is None
    always = TextFilter(TextSettings(thresholds=dict.fromkeys(REASONS, 0.0)))
    [verdict] = always.judge(always.prepare_many(TEXTS[1:2]))
    assert always.finding(verdict) is not None


def test_the_international_route_has_thresholds_of_its_own() -> None:
    never = dict.fromkeys(REASONS, 1.0)
    judge = TextFilter(TextSettings(mode=Mode.ENFORCE, thresholds=never, international_thresholds={"gambling": 0.2}))
    text = judge.prepare_many([TEXTS[2]])
    for verdict in (*judge.judge(text), judge.recall(text[0].key)):  # remembered verdicts serve both routes
        assert verdict is not None
        assert judge.finding(verdict) is None
        found = judge.finding(verdict, "international")
        assert found is not None
        assert found.reason is Reason.TEXT_GAMBLING
        assert "threshold 0.200" in found.evidence
    (ham,) = judge.judge(judge.prepare_many([TEXTS[0]]))
    assert judge.finding(ham, "international") is None
    with pytest.raises(ModelError, match=r"international_thresholds: the model has no class 'nonsense'"):
        TextFilter(TextSettings(international_thresholds={"nonsense": 0.5}))


@pytest.mark.parametrize("given", [{"weather": 0.5}, {"loan": 1.5}])
def test_a_threshold_that_makes_no_sense_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="thresholds"):
        TextFilter(TextSettings(thresholds=given))


@pytest.mark.parametrize("text", ["สวัสดีครับ พัสดุของคุณมาถึงแล้ว", "Привет, ваша посылка ждёт вас на почте", "12345", ""])
def test_a_language_it_cannot_read_is_not_enforced(text: str) -> None:
    always = TextFilter(TextSettings(mode=Mode.ENFORCE, thresholds=dict.fromkeys(REASONS, 0.0)))
    [verdict] = always.judge(always.prepare_many([text]))
    assert not verdict.known_language
    assert always.finding(verdict) is None


def test_a_model_that_was_changed_is_refused(copy: Path) -> None:
    octets = bytearray((copy / manifests.MODEL_FILE).read_bytes())
    octets[-100] ^= 1
    (copy / manifests.MODEL_FILE).write_bytes(octets)
    with pytest.raises(ModelError, match="sha256"):
        TextFilter(TextSettings(model=str(copy)))


def test_a_model_of_another_normaliser_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    manifest["normaliser"] += 1
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="normaliser"):
        TextFilter(TextSettings(model=str(copy)))


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("threshold of loan is missing", lambda m: m["thresholds"].pop("loan")),
        ("threshold of loan is 1.5", lambda m: m["thresholds"].update(loan=1.5)),
        ("threshold of loan is 0", lambda m: m["thresholds"].update(loan=0)),
        ("poetry", lambda m: m["classes"].__setitem__(0, "poetry")),
        ("spam last", lambda m: m["classes"].reverse()),
    ],
)
def test_a_manifest_that_would_not_serve_is_refused(copy: Path, fault: str, change: Callable[[Any], None]) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    change(manifest)
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=fault):
        TextFilter(TextSettings(model=str(copy)))


def test_missing_and_broken_manifests_are_named(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx"):
        TextFilter(TextSettings(model=str(tmp_path / "nowhere")))
    (copy / manifests.MANIFEST_FILE).write_text("{}")
    with pytest.raises(ModelError, match="manifest"):
        TextFilter(TextSettings(model=str(copy)))
    (copy / manifests.MANIFEST_FILE).unlink()
    with pytest.raises(ModelError, match="missing"):
        TextFilter(TextSettings(model=str(copy / manifests.MODEL_FILE)))


def test_classes_that_do_not_fit_the_model_are_refused(copy: Path) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    manifest["classes"] = ["spam"]
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="columns"):
        TextFilter(TextSettings(model=str(copy)))


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("mask", (1 << 17) - 1, "rows=524288; expected 131072"),
        ("smoothing", 3, "add up"),
        ("bias", [0.0] * 8, "add up"),
    ],
)
def test_a_manifest_of_another_training_is_refused(copy: Path, field: str, value: Any, fault: str) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    manifest[field] = value
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=fault):
        TextFilter(TextSettings(model=str(copy)))


def test_kinds_that_do_not_fit_the_model_are_refused(copy: Path) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    manifest["kinds"] = ["parcel", "family"]
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="kinds"):
        TextFilter(TextSettings(model=str(copy)))


def test_a_model_may_tell_no_kinds(copy: Path) -> None:
    manifest = json.loads((copy / manifests.MANIFEST_FILE).read_text())
    manifest["kinds"] = []
    (copy / manifests.MANIFEST_FILE).write_text(json.dumps(manifest))
    judge = TextFilter(TextSettings(model=str(copy)))
    assert judge.explain(TEXTS[0]).kinds == {}
    assert judge.judge_model.kinds([b"a", b"b"]).shape == (2, 0)


def test_kinds_are_read_when_somebody_asks(copy: Path) -> None:
    judge, other = TextFilter(TextSettings(model=str(copy))), TextFilter(TextSettings(model=str(copy)))
    told = judge.explain(TEXTS[0]).kinds
    assert set(told) == set(judge.judge_model.manifest.kinds)
    (copy / manifests.MODEL_FILE).unlink()
    assert judge.explain(TEXTS[0]).kinds == told  # once read they stay
    assert judge.verdicts([b"any text"])[0].probabilities == other.verdicts([b"any text"])[0].probabilities
    with pytest.raises(ModelError, match="cannot be read"):
        other.explain(TEXTS[0])


def test_a_call_says_no_more_than_one_run_of_the_model_allows() -> None:
    judge = TextFilter(TextSettings())
    judge.limit(4)
    texts = [f"text of a kind {chr(97 + n) * 5}" for n in range(12)]
    first, asked = judge.said(texts[:8])
    assert (len(first), asked) == (4, 4)
    mixed = [texts[n] for n in (0, 5, 1, 6, 5, 7, 8, 2, 9)]
    again, asked = judge.said(mixed)
    assert asked == 4
    assert [verdict.key for verdict in again] == normalise.keys(mixed[:-1])
    assert (judge.chunk, judge.chunk_octets) == (4, 4 * 120)  # half of them were new
    judge.said([verdict.key.decode() for verdict in again[:1]] * 4)
    assert (judge.chunk, judge.chunk_octets) == (16, 16 * 120)  # as long as most are remembered, more at a time
    long = ["a long text " * 60, "another long text " * 60]
    assert [len(judge.said(long)[0]) for _ in range(2)] == [1, 2]


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=12), max_size=12), st.integers(0, 64))
@settings(max_examples=40)
def test_what_is_said_of_a_text_does_not_depend_on_what_is_remembered(
    own: TextFilter, batches: list[list[int]], memo: int
) -> None:
    judge = own
    judge.memo, judge._seen = Memo(memo), Memo(memo // 4)
    judge.limit(5)
    for batch in batches:
        texts = [f"{TEXTS[n % len(TEXTS)]} {chr(97 + n // 2 % 20) * 3}" for n in batch]
        said: list[Any] = []
        while len(said) < len(texts):
            some, asked = judge.said(texts[len(said) : len(said) + judge.chunk])
            assert some
            assert asked <= 5
            said += some
        assert [verdict.key for verdict in said] == normalise.keys(texts)
        for verdict in said:
            row = judge.judge_model.run([verdict.key])[0][: len(judge.classes)].astype(np.float32)
            assert verdict.row == row.tobytes()


def test_the_shares_of_an_explanation_make_the_logit(shipped: TextFilter) -> None:
    for text in TEXTS:
        prepared = shipped.prepare(text)
        shares = shipped.judge_model.contributions(prepared.key).sum(axis=0)
        row = shipped.judge_model.run([prepared.key])[0][: len(shares)]
        assert np.allclose(1.0 / (1.0 + np.exp(-shares)), row, atol=1e-5)


def test_an_explanation_names_the_words(shipped: TextFilter) -> None:
    explanation = shipped.explain(TEXTS[2])
    assert explanation.top == "gambling"
    words = [span.text for span in explanation.spans["gambling"] if span.weight > 0]
    assert {"카지노", "바카라"} & set(words)
    for span in explanation.spans["gambling"]:
        assert explanation.text[span.start : span.end] == span.text


def test_warming_sets_a_chunk(shipped: TextFilter) -> None:
    shipped.warm()
    assert 4 <= shipped.chunk <= 128
    assert shipped.chunk * 120 <= shipped.chunk_octets


def test_a_run_that_has_no_time_left_says_little() -> None:
    judge = TextFilter(TextSettings(memo=0), timer=lambda: 0.0)
    texts = [f"text of a kind {chr(97 + n % 26) * (2 + n // 26)}" for n in range(24)]
    assert len(judge.said(texts)[0]) == 24
    said, asked = judge.said(texts, spent=judge.hold)
    assert 1 <= len(said) == asked <= 8
    assert [verdict.key for verdict in said] == normalise.keys(texts[: len(said)])
    assert judge.said([]) == ([], 0)


def test_a_limit_of_texts_is_one_of_octets_too() -> None:
    judge = TextFilter(TextSettings(memo=0))
    judge.limit(512)
    assert (judge.chunk, judge.chunk_octets) == (512, 512 * 120)


def test_a_word_holds_eight_weights() -> None:
    weights = [-127, -1, 0, 1, 2, 64, 126, 127]
    word = sum((weight + BIAS) << 8 * place for weight, place in zip(weights, PLACES, strict=True))
    assert unpack(np.array([word, 0], np.uint64)).tolist() == [weights, [-BIAS] * 8]
