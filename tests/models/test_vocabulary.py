"""The words a model has met are those of several sources."""

from __future__ import annotations

import os

import numpy as np
import pytest

from filters.text.words import Words

try:
    import numba  # noqa: F401
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip('needs the "train" extra (numba, onnx)', allow_module_level=True)

from models.recipe import vocabulary
from models.recipe.datasets import Row
from models.recipe.labels import targets
from models.recipe.prepare import Material, build

SCRIPTS = ("latin", "hangul")


def material(*texts: str) -> Material:
    """Each text of a group of its own."""
    rows = [Row(text, targets("ham", ""), "en", "mine", "", number) for number, text in enumerate(texts)]
    return build(rows, 1, share_disguised=1.0, foreign=5, share_ciphered=1.0)


def test_a_word_of_several_sources_is_met_and_a_slip_of_one_is_not() -> None:
    made = material("parcel one held", "parcel two held", "parcel three hedl hedl")
    met = Words(vocabulary.meet(made, np.arange(len(made.keys))))
    assert "parcel" in met
    assert "held" not in met  # of two
    assert "hedl" not in met
    assert len(met) == 1  # and no word of ciphered and of foreign texts


def test_texts_of_one_group_are_one_source() -> None:
    rows = [Row(f"parcel {number}x", targets("ham", ""), "en", "mine", "", 7) for number in range(9)]
    made = build(rows, 1, share_disguised=0.0, foreign=0, share_ciphered=0.0)
    assert len(Words(vocabulary.meet(made, range(len(made.keys))))) == 0


def test_a_text_is_not_known_by_its_own_words() -> None:
    parcels = [f"parcel held {thing}" for thing in ("today", "here", "now", "there")]
    texts = [*parcels, "bayaran ninyo ito", "bayaran ninyo iyan", "bayaran ninyo", "посылка", "소포 보관"]
    made = material(*texts)
    own = np.flatnonzero((made.origin >= 0) & ~made.disguised)
    together = vocabulary.known(made, own, vocabulary.meet(made, range(len(made.keys))), SCRIPTS)
    assert together.tolist() == [True] * 7 + [False, True]
    _, fold = np.unique(made.groups, return_inverse=True)
    apart = vocabulary.known_apart(made, own, fold, SCRIPTS)
    assert apart.tolist() == [True] * 4 + [False] * 4 + [True]  # without its own, each of three was met but twice


def test_a_script_is_learnt_that_enough_texts_are_written_in() -> None:
    def rows(lang: str, letters: str, words: str) -> list[Row]:
        names = [letter * times for letter in letters for times in range(2, 8)]
        return [Row(f"{name} {words}", targets("ham", ""), lang, "mine") for name in names]

    russian = [Row("посылка на складе", targets("ham", ""), "ru", "mine")]
    several = [*rows("ko", "가나다라마바", "소포 보관"), *rows("en", "abcdef", "parcel held"), *russian]
    made = build(several, 1, share_disguised=0.0, foreign=50, share_ciphered=1.0)
    everything = np.arange(len(made.keys))
    assert vocabulary.scripts(made, everything) == ("latin", "hangul")
    assert vocabulary.scripts(made, everything[:1]) == ("hangul",)
    assert vocabulary.scripts(made, everything[:0]) == ()
