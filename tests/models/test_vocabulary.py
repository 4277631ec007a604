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


def sources(lang: str, words: str, count: int, first: int = 0) -> list[Row]:
    """So many texts of these words and one of their own, each of a group of its own."""
    names = ["".join(chr(ord("a") + number // 26**place % 26) for place in range(4)) for number in range(count)]
    return [Row(f"{words} q{name}", targets("ham", ""), lang, "mine", "", first + n) for n, name in enumerate(names)]


def met_in(*rows: list[Row]) -> Words:
    made = build([row for some in rows for row in some], 1, share_disguised=0.0, foreign=0, share_ciphered=0.0)
    return Words(vocabulary.meet(made, range(len(made.keys))))


def test_the_more_sources_a_word_has_the_more_familiar_it_is() -> None:
    met = met_in(
        sources("en", "parcel", 950), sources("en", "parcel held", 4, 1000), sources("en", "held dock", 3, 2000)
    )
    assert met.strangeness("parcel") == 0
    assert 0 < met.strangeness("held") < met.strangeness("dock") < 255


def test_a_language_of_few_texts_has_its_common_words_too() -> None:
    met = met_in(sources("en", "parcel", 2000), sources("fil", "ninyo", 20, 5000), sources("en", "hold", 20, 6000))
    assert met.strangeness("parcel") == met.strangeness("ninyo") == 0
    assert met.strangeness("hold") > 0


def test_a_word_that_other_languages_use_most_is_not_met_by_chance() -> None:
    met = met_in(sources("en", "parcel", 1000), sources("en", "zaufany", 4, 2000), sources("en", "dziękuję", 4, 3000))
    assert "zaufany" in met  # in no list of those words
    assert "dziękuję" not in met


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
