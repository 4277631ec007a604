"""Feedback in training: what a person said of a text outweighs what a set says of it."""

from __future__ import annotations

import numpy as np

from models.recipe.datasets import Row
from models.recipe.labels import targets
from models.recipe.prepare import build
from models.recipe.train import weights


def rows_of(*said: tuple[str, str, float]) -> list[Row]:
    return [Row(text, targets(label, ""), "en", "set", weight=weight) for text, label, weight in said]


def test_of_equal_texts_the_weightiest_stays() -> None:
    rows = rows_of(("hello there", "loan", 1.0), ("hello there", "ham", 5.0), ("good day", "ham", 5.0))
    rows += rows_of(("good day", "spam", 1.0), ("other", "spam", 1.0), ("other", "loan", 1.0))
    material = build(rows, 1, 0.0, 0, share_ciphered=0.0)
    assert {row.text: row.targets for row in material.rows} == {
        "hello there": targets("ham", ""),
        "good day": targets("ham", ""),
        "other": targets("loan", ""),
    }


def test_a_row_teaches_as_much_as_its_weight() -> None:
    rows = rows_of(*((f"text {chr(97 + n) * 3}", "ham", 5.0 if n else 1.0) for n in range(4)))
    material = build(rows, 1, 1.0, 2, share_ciphered=0.0)
    found = weights(material, np.arange(len(material.keys)))[:, 0]
    own = found[material.origin >= 0]
    assert np.allclose(own / own[0], [1, 5, 5, 5, 1, 5, 5, 5])  # copies count as their originals do
    assert np.allclose(found[material.origin < 0], 1.0)
