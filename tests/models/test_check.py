"""The shipped model on texts made up apart from the generator, by hand and in other words: every class, and honest ones
that share their words.

The bounds are wide: they tell a model that was broken from one that was not, and say nothing of how good it is.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from filters.text.filter import TextFilter, TextSettings
from filters.text.normalise import prepare
from models.recipe import measure
from models.recipe.datasets import Row, read
from models.recipe.generate import corpus
from models.recipe.labels import CLASSES

CHECK = Path(__file__).parent / "check.tsv"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(CHECK).rows


@pytest.fixture(scope="module")
def shipped() -> TextFilter:
    return TextFilter(TextSettings())


@pytest.fixture(scope="module")
def spam(rows: list[Row], shipped: TextFilter) -> npt.NDArray[np.float64]:
    verdicts = shipped.judge(shipped.prepare_many([row.text for row in rows]))
    return np.array([verdict.probabilities[len(CLASSES) - 1] for verdict in verdicts])


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_class_is_there(rows: list[Row], lang: str) -> None:
    mine = [row.targets for row in rows if row.lang == lang]
    assert len(mine) >= 100
    assert np.array(mine).max(axis=0).tolist() == [1] * len(CLASSES)
    assert 0.4 < np.mean([row[-1] == 0 for row in mine]) < 0.6


@pytest.mark.parametrize(("lang", "least"), [("en", 0.85), ("ko", 0.96)])
def test_spam_scores_above_honest_texts(
    rows: list[Row], spam: npt.NDArray[np.float64], lang: str, least: float
) -> None:
    of = np.array([row.lang == lang for row in rows])
    bad = np.array([row.targets[-1] == 1 for row in rows])
    assert measure.auc(spam[of & bad], spam[of & ~bad]) > least


def test_hardly_an_honest_text_is_flagged(rows: list[Row], shipped: TextFilter) -> None:
    verdicts = shipped.judge(shipped.prepare_many([row.text for row in rows if row.targets[-1] == 0]))
    flagged = [verdict for verdict in verdicts if shipped.finding(verdict)]
    assert len(flagged) <= 2


#: Firms that the recipe does not name: what a link is known by must not be that nobody knows it.
HOSTS = (
    "www.hyundaicapital.com", "m.lottemart.com", "www.kdb.co.kr", "ebook.kyobo.co.kr", "www.idongbu.com", "m.cgv.co.kr",
    "www.kyowonlife.co.kr", "m.coway.com", "www.ssfshop.com", "m.lotteon.com", "www.kurly.com", "zigzag.kr",
    "www.29cm.co.kr", "www.socar.kr", "www.kbinsure.co.kr", "m.heungkuklife.co.kr", "www.chunjae.co.kr", "skmagic.com",
    "www.dbinsurance.kr", "m.ticketlink.co.kr", "www.hmall.com", "store.hanssem.com", "m.ehyundai.com",
)  # fmt: skip
LINK = re.compile(r"https?://[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}")


def test_honest_links_of_firms_that_nobody_told_it_of(shipped: TextFilter) -> None:
    rng = random.Random(5)
    rows = [row for row in corpus.generate(77, 2) if row.lang == "ko" and row.targets[-1] == 0]
    made = [row.text for row in rows if not row.subclass.endswith("personal") and LINK.search(row.text)]
    texts = [LINK.sub(lambda _: "https://" + rng.choice(HOSTS), text) for text in made]
    assert len(texts) > 200
    verdicts = shipped.judge(shipped.prepare_many(texts))
    assert sum(bool(shipped.finding(verdict)) for verdict in verdicts) <= 0.005 * len(texts)


def test_it_is_in_other_words_than_the_generators(rows: list[Row]) -> None:
    pytest.importorskip("numba", reason='needs the "train" extra')
    from models.recipe import dedupe, fit

    made = [row.text for row in corpus.generate(1, 1)]
    keys = [prepare(text).key for text in (*made, *(row.text for row in rows))]
    groups = dedupe.groups(fit.pack(keys))
    near = np.isin(groups[len(made) :], groups[: len(made)])
    assert near.mean() < 0.03
