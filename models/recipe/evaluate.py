"""A model measured on labelled texts, through the same filter that serves."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from filters.text.filter import HAM, TextFilter
from models.recipe import measure
from models.recipe.datasets import Dataset
from models.recipe.generate.evasion import OPERATORS
from models.recipe.progress import Progress

_BATCH = 64


def measure_dataset(judge: TextFilter, dataset: Dataset, progress: Progress | None = None) -> dict[str, Any]:
    """Figures of one set; recalls are of spam, with 95 % intervals, by the score of the ``spam`` column.

    ``recall_at_*`` takes its threshold from the set's own honest texts, so it says how well the model separates;
    ``flagged_*`` is what the shipped thresholds do.
    """
    spam = judge.classes.index("spam")
    scores: list[float] = []
    flagged: list[bool] = []
    familiar: list[bool] = []
    named: list[str] = []
    for start in range(0, len(dataset.rows), _BATCH):
        batch = judge.prepare_many([row.text for row in dataset.rows[start : start + _BATCH]])
        for verdict in judge.judge(batch):
            scores.append(verdict.probabilities[spam])
            flagged.append(bool(verdict.over) and verdict.known_language)
            familiar.append(verdict.known_language)
            named.append(verdict.top)
        if progress:
            progress(min(start + _BATCH, len(dataset.rows)), len(dataset.rows))
    p = np.array(scores)
    truth = np.array([row.targets[-1] for row in dataset.rows], dtype=np.int8)
    over = np.array(flagged)
    good, bad = p[truth == 0], p[truth == 1]
    out: dict[str, Any] = {"texts": len(p), "ham": len(good), "spam": len(bad)}
    for name, rate in (("0.1%", 0.001), ("1%", 0.01)):
        recall = measure.recall_at(bad, good, rate)
        out[f"recall_at_{name}"] = round(recall, 4)
        out[f"recall_at_{name}_interval"] = [round(edge, 4) for edge in measure.wilson(recall, len(bad))]
    out["auc"] = round(measure.auc(bad, good), 4)
    out["calibration_error"] = round(measure.calibration_error(p, truth), 4)
    precision, recall, f1 = measure.precision_recall(bad, good, 0.5)
    out |= {"precision_at_0.5": round(precision, 4), "recall_at_0.5": round(recall, 4), "f1_at_0.5": round(f1, 4)}
    if len(good):
        out["flagged_ham"] = round(float(over[truth == 0].mean()), 5)
        out["flagged_ham_interval"] = [round(e, 5) for e in measure.wilson(out["flagged_ham"], len(good))]
    if len(bad):
        out["flagged_spam"] = round(float(over[truth == 1].mean()), 4)
    out["known_language"] = round(float(np.mean(familiar)), 4)
    out["named"] = {name: named.count(name) for name in (*judge.classes, HAM) if name in named}
    return out


def measure_evasion(
    judge: TextFilter, dataset: Dataset, seed: int = 1, limit: int = 1000
) -> dict[str, dict[str, float]]:
    """Every operator of the evasion engine on a set: recall of spam and false positives on ham disguised alike.

    The threshold is that of 1 % false positives on the set's undisguised honest texts.
    """
    rng = random.Random(seed)
    ham = [row.text for row in dataset.rows if row.targets[-1] == 0]
    spam = [row.text for row in dataset.rows if row.targets[-1] == 1]
    ham, spam = rng.sample(ham, min(limit, len(ham))), rng.sample(spam, min(limit, len(spam)))
    if not ham or not spam:
        return {}
    limit_at = measure.threshold_at(_spam_scores(judge, ham), 0.01)
    out = {"none": _at(judge, spam, ham, limit_at)}
    for name, operator in OPERATORS.items():
        source = random.Random(f"{seed}/{name}")
        out[name] = _at(judge, [operator(t, source) for t in spam], [operator(t, source) for t in ham], limit_at)
    return out


def _at(judge: TextFilter, spam: list[str], ham: list[str], limit: float) -> dict[str, float]:
    recall = float((_spam_scores(judge, spam) > limit).mean())
    wrong = float((_spam_scores(judge, ham) > limit).mean())
    return {"recall": round(recall, 4), "false_positives": round(wrong, 4)}


def _spam_scores(judge: TextFilter, texts: list[str]) -> measure.Scores:
    column = judge.classes.index("spam")
    scores: list[float] = []
    for start in range(0, len(texts), _BATCH):
        verdicts = judge.judge(judge.prepare_many(texts[start : start + _BATCH]))
        scores.extend(verdict.probabilities[column] for verdict in verdicts)
    return np.array(scores)
