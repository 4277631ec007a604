"""Why a text got its probabilities. The model is additive, so the shares are exact, not an estimate.

Every n-gram adds its row to the sum; a character's share of a class is what the n-grams over it add, split evenly over
their octets. Shares of all octets, the tokens' and the bias make the logit.
"""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from filters.text import dense
from filters.text.judge import Judge
from filters.text.normalise import Prepared

_PIECE: Final = re.compile(r"\S+")
#: Spans shown for a class.
MAX_SPANS: Final = 12
#: Strange words shown.
MAX_WORDS: Final = 20

#: Probability from which on n-grams are those of a known language.
FAMILIAR: Final = 0.5


class Span(msgspec.Struct, frozen=True):
    """A piece of the normalised text and how far it moved the logit of a class."""

    start: int  # character offsets in ``Explanation.text``
    end: int
    text: str
    weight: float


class Explanation(msgspec.Struct, frozen=True):
    """What the model saw and what moved it."""

    text: str  # normalised
    features: dict[str, int]
    probabilities: dict[str, float]
    familiar: float  # of the n-grams; below 0.5: of a language the model does not know
    top: str
    spans: dict[str, list[Span]]  # per class, heaviest first, either sign
    removed: dict[str, float]  # per class, what the feature tokens added
    bias: dict[str, float]
    rest: dict[str, float] = {}  # per class, what spaces and the spans that are not listed added
    kinds: dict[str, float] = {}  # what honest texts and smishing are, more closely; likeliest first
    known_language: bool = True  # by n-grams, letters and words; where not, nothing is found by the text alone
    strange_words: list[str] = []  # words in Latin letters that the model never met, or seldom


def explain(judge: Judge, prepared: Prepared, top: str, readable: bool = True) -> Explanation:
    """Judge one text and share out its logits. ``readable``: its letters and words are of languages the model knows."""
    key = prepared.key
    own = len(dense.encode(prepared.text))
    row = judge.run([key])[0].tolist()
    weights = judge.contributions(key)  # [octet][class], logit units
    names = judge.manifest.classes
    spans: dict[str, list[Span]] = {}
    removed: dict[str, float] = {}
    bias: dict[str, float] = {}
    rest: dict[str, float] = {}
    for column, name in enumerate(names):
        shares = weights[:, column]
        spans[name] = _spans(prepared.text, shares.tolist())
        removed[name] = float(shares[own:-1].sum())
        bias[name] = float(shares[-1])
        rest[name] = float(shares[:own].sum()) - math.fsum(span.weight for span in spans[name])
    return Explanation(
        prepared.text,
        prepared.features,
        dict(zip(names, row, strict=False)),
        row[len(names)],
        top,
        spans,
        removed,
        bias,
        rest,
        _kinds(judge, key),
        readable and row[len(names)] >= FAMILIAR,
        list(dict.fromkeys(judge.words.strange(prepared.text)))[:MAX_WORDS] if judge.words else [],
    )


def _kinds(judge: Judge, key: bytes) -> dict[str, float]:
    """Probability by kind, the likeliest first; empty for a model that tells no kinds."""
    row = judge.kinds([key])[0].tolist()
    return dict(sorted(zip(judge.manifest.kinds, row, strict=True), key=lambda item: -item[1]))


def _spans(text: str, shares: list[float]) -> list[Span]:
    """Shares by word, heaviest first."""
    spans = []
    offset = 0
    position = 0
    for match in _PIECE.finditer(text):
        offset += len(dense.encode(text[position : match.start()]))
        width = len(dense.encode(match[0]))
        weight = math.fsum(shares[offset : offset + width])
        spans.append(Span(match.start(), match.end(), match[0], round(weight, 4)))
        offset += width
        position = match.end()
    spans.sort(key=lambda span: -abs(span.weight))
    return spans[:MAX_SPANS]
