"""The report of ``model eval``: a whole page, well-formed, with every set's tables and pictures. Texts are made up."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from filters.text import manifest as manifests
from models.recipe import charts, measure
from models.recipe.evaluate import Judged, figures
from models.recipe.labels import CLASSES, UNKNOWN
from models.recipe.report import page

MANIFEST = manifests.read(manifests.SHIPPED)


def judged(name: str, ham: int, gambling: int, unnamed: int = 0) -> Judged:
    """A set on which the model is right but for every tenth text."""
    source = np.random.default_rng(1)
    truth = [(0,) * 7] * ham + [(1, 0, 0, 0, 0, 0, 1)] * gambling + [(UNKNOWN,) * 6 + (1,)] * unnamed
    rows = len(truth)
    p = source.uniform(0.0, 0.3, (rows, len(CLASSES)))
    for row, goal in enumerate(truth):
        if goal[-1] and row % 10:
            p[row, [0, -1]] = source.uniform(0.7, 1.0, 2)
    over = ["gambling" if row[0] > 0.5 else "" for row in p]
    return Judged(
        name,
        CLASSES,
        dict.fromkeys(CLASSES, 0.5),
        p,
        np.array(truth, dtype=np.int8).reshape(-1, len(CLASSES)),
        over,
        [each or "ham" for each in over],
        np.ones(rows, dtype=bool),
        ["<otp>" if not goal[-1] else "casino" for goal in truth],
    )


def html(*sets: Judged) -> str:
    return page(MANIFEST, [(each, figures(each)) for each in sets], "smppproxy model eval --data <mine>.tsv")


def test_the_page_has_every_picture() -> None:
    text = html(judged("mixed", 200, 60, 20), judged("honest", 50, 0))
    pictures = re.findall(r"<svg.*?</svg>", text)
    assert len(pictures) == 3 + 1 + 1
    for each in pictures:
        ElementTree.fromstring(each)
        assert "nan" not in each.lower()
    assert MANIFEST.sha256[:12] in text
    for name in ("mixed", "honest"):
        assert f'<section id="{name}">' in text
        assert f'href="#{name}"' in text
    assert "spam, kind unknown" in text
    assert "http" not in text  # nothing is fetched


def test_what_comes_from_outside_is_escaped() -> None:
    text = html(judged("a<b", 20, 20))
    assert "a<b" not in text
    assert "<otp>" not in text
    assert "<mine>" not in text


@pytest.mark.parametrize("sizes", [(0, 0), (1, 0), (0, 1), (0, 50), (50, 0), (3, 3)])
def test_sets_too_small_for_pictures_have_their_tables(sizes: tuple[int, int]) -> None:
    text = html(judged("small", *sizes)) if any(sizes) else html()
    assert text.endswith("</html>\n")
    assert "nan" not in text.lower().replace("finance", "")


def test_evasion_is_told_where_it_was_measured() -> None:
    each = judged("mixed", 20, 20)
    told = figures(each) | {"evasion": {"letter_digit": {"recall": 0.5, "false_positives": 0.01}}}
    assert "letter digit" in page(MANIFEST, [(each, told)], "")


def test_figures_by_class() -> None:
    told = figures(judged("mixed", 100, 100))["classes"]
    assert set(told) == {"gambling", "spam"}
    assert told["gambling"]["recall"] == pytest.approx(0.9)
    assert told["gambling"]["precision"] == 1.0
    assert (told["gambling"]["texts"], told["gambling"]["others"]) == (100, 100)


def test_curves_begin_at_nothing_and_end_at_all() -> None:
    positive, negative = np.array([0.9, 0.8, 0.8, 0.1]), np.array([0.8, 0.2, 0.1])
    rates, recalls = measure.roc(positive, negative)
    assert recalls.tolist() == [0, 0.25, 0.75, 0.75, 1.0]
    assert rates == pytest.approx([0, 0, 1 / 3, 2 / 3, 1])
    reached, precisions = measure.precision_curve(positive, negative)
    assert reached.tolist() == [0.25, 0.75, 0.75, 1.0]
    assert precisions == pytest.approx([1, 3 / 4, 3 / 5, 4 / 7])
    area = float(np.sum(np.diff(rates) * (recalls[1:] + recalls[:-1]) / 2))
    assert area == pytest.approx(measure.auc(positive, negative))


def test_reliability_counts_every_text() -> None:
    p, truth = np.array([0.0, 0.05, 0.5, 1.0]), np.array([0, 1, 1, 1], dtype=np.int8)
    assert measure.reliability(p, truth) == [(pytest.approx(0.025), 0.5, 2), (0.5, 1.0, 1), (1.0, 1.0, 1)]


def test_a_logarithmic_axis_ends_where_it_is_told() -> None:
    line = charts.Curve("a & b", "spam", [0.0, 0.001, 1.0], [0.0, 0.5, 1.0], (0.01, 0.7))
    root = ElementTree.fromstring(charts.curves([line], "x", "y", logarithmic_from=0.001))
    ticks = [each.text for each in root.iter("text")]
    assert ticks[6:10] == ["0.1", "1", "10", "100"]
    [path] = root.iter("path")
    assert path.attrib["d"].startswith(f"M{charts.LEFT}.0")


def test_kinds_and_languages_are_told_where_the_set_has_them() -> None:
    each = judged("mixed", 20, 20)
    each.langs = ["ko"] * 20 + ["en"] * 20
    each.kinds = [("transactional", {"transactional": 15, "lawful_ad": 5})]
    told = figures(each)
    assert told["kinds"]["transactional"]["right"] == 0.75
    assert set(told["languages"]) == {"ko", "en"}
    text = page(MANIFEST, [(each, told)], "")
    assert "lawful_ad 5" in text
    assert "By language" in text


def test_curves_in_the_figures_fall_with_the_rate() -> None:
    points = figures(judged("mixed", 300, 100))["curves"]["spam"]
    assert [point["recall"] for point in points] == sorted(point["recall"] for point in points)
    assert points[-1]["false_positive_rate"] == 1.0
