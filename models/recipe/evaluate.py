"""A model measured on labelled texts, through the same filter that serves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.filter import HAM, TextFilter, Verdict
from models.recipe import measure
from models.recipe.datasets import Dataset
from models.recipe.generate.evasion import OPERATORS
from models.recipe.labels import KINDS, SUBCLASSES, kind_targets
from models.recipe.progress import Progress

_BATCH = 64

#: Kind, and of the texts known to be of it how many are taken for each kind of the same group.
KindTable = list[tuple[str, dict[str, int]]]


@dataclass(slots=True)
class Judged:
    """What the model says of the texts of a set, row by row, and what is true."""

    name: str
    classes: tuple[str, ...]
    thresholds: dict[str, float]
    probabilities: npt.NDArray[np.float64]  # [text][class]
    truth: npt.NDArray[np.int8]  # [text][class]: 1, 0, or -1 where the set does not say
    over: list[str]  # the class whose threshold a text reaches in a known language, "" for none
    top: list[str]  # the class named
    familiar: npt.NDArray[np.bool_]
    categories: list[str]  # as the set spells them
    langs: list[str] = field(default_factory=list)  # of each text, "" where the set does not say
    kinds: KindTable = field(default_factory=list)  # per kind: texts known to be of it, and what they are taken for

    @property
    def flagged(self) -> npt.NDArray[np.bool_]:
        """Texts the shipped thresholds would record or refuse."""
        return np.array([bool(each) for each in self.over])

    def scores(self, name: str) -> tuple[measure.Scores, measure.Scores]:
        """Probabilities of a class: of the texts that are of it, and of those that surely are not."""
        column = self.classes.index(name)
        p, truth = self.probabilities[:, column], self.truth[:, column]
        return p[truth == 1], p[truth == 0]


def judge_dataset(judge: TextFilter, dataset: Dataset, progress: Progress | None = None) -> Judged:
    """Judge every text of a set through the filter that serves."""
    verdicts: list[Verdict] = []
    kinds: list[list[float]] = []
    for start in range(0, len(dataset.rows), _BATCH):
        prepared = judge.prepare_many([row.text for row in dataset.rows[start : start + _BATCH]])
        verdicts += judge.judge(prepared)
        kinds += judge.judge_model.kinds([each.key for each in prepared]).tolist()
        if progress:
            progress(min(start + _BATCH, len(dataset.rows)), len(dataset.rows))
    return Judged(
        dataset.name,
        judge.classes,
        judge.thresholds,
        np.array([verdict.probabilities for verdict in verdicts]).reshape(-1, len(judge.classes)),
        np.array([row.targets for row in dataset.rows], dtype=np.int8).reshape(-1, len(judge.classes)),
        [verdict.over if verdict.known_language else "" for verdict in verdicts],
        [verdict.top for verdict in verdicts],
        np.array([verdict.known_language and judge.readable(verdict.key) for verdict in verdicts], dtype=bool),
        [row.subclass for row in dataset.rows],
        [row.lang for row in dataset.rows],
        _kinds(dataset, judge.judge_model.manifest.kinds, kinds),
    )


def _kinds(dataset: Dataset, names: tuple[str, ...], rows: list[list[float]]) -> KindTable:
    """What texts of a known kind are taken for: the likeliest kind that their class has."""
    found: dict[str, dict[str, int]] = {}
    for row, probabilities in zip(dataset.rows, rows, strict=True):
        told = dict(zip(KINDS, kind_targets(row.targets, row.subclass), strict=True))
        for group in SUBCLASSES.values():
            mine = next((name for name in group if told[name] == 1), None)
            likely = [(p, name) for p, name in zip(probabilities, names, strict=True) if name in group]
            if mine and likely:
                counts = found.setdefault(mine, {})
                counts[max(likely)[1]] = counts.get(max(likely)[1], 0) + 1
    return [(name, found[name]) for name in KINDS if name in found]


def figures(judged: Judged) -> dict[str, Any]:
    """Figures of one set; recalls are of spam, with 95 % intervals, by the score of the ``spam`` column.

    ``recall_at_*`` takes its threshold from the set's own honest texts, so it says how well the model separates;
    ``flagged_*`` is what the shipped thresholds do. ``classes`` has the same by class.
    """
    bad, good = judged.scores(judged.classes[-1])
    p, truth, over = judged.probabilities[:, -1], judged.truth[:, -1], judged.flagged
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
    out["known_language"] = round(float(np.mean(judged.familiar)), 4)
    out["named"] = {name: judged.top.count(name) for name in (*judged.classes, HAM) if name in judged.top}
    out["kinds"] = {
        name: {
            "texts": sum(taken.values()),
            "right": round(taken.get(name, 0) / sum(taken.values()), 4),
            "taken": taken,
        }
        for name, taken in judged.kinds
    }
    out["languages"] = _by_language(judged)
    out["curves"] = {name: _curve(judged, name) for name in judged.classes if len(judged.scores(name)[0])}
    out["classes"] = {name: class_figures(judged, name) for name in judged.classes if len(judged.scores(name)[0])}
    return out


def _by_language(judged: Judged) -> dict[str, Any]:
    """Calibration, separation and familiarity by language, where the set has more than one."""
    langs = np.array(judged.langs)
    p, truth = judged.probabilities[:, -1], judged.truth[:, -1]
    out: dict[str, Any] = {}
    for lang in sorted(set(judged.langs)) if len(set(judged.langs)) > 1 else ():
        mine = langs == lang
        bad, good = p[mine & (truth == 1)], p[mine & (truth == 0)]
        out[lang or "unknown"] = {
            "texts": int(mine.sum()),
            "auc": round(measure.auc(bad, good), 4),
            "calibration_error": round(measure.calibration_error(p[mine], truth[mine]), 4),
            "known_language": round(float(judged.familiar[mine].mean()), 4),
        }
    return out


#: False-positive rates at which the curves of the JSON have a point.
CURVE_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def _curve(judged: Judged, name: str) -> list[dict[str, float]]:
    """The ROC and the precision-recall curve of a class at :data:`CURVE_RATES`."""
    positive, negative = judged.scores(name)
    if not len(negative):
        return []
    out = []
    for rate in CURVE_RATES:
        limit = measure.threshold_at(negative, rate) if rate < 1 else -1.0
        hits, wrong = int((positive > limit).sum()), int((negative > limit).sum())
        out.append(
            {
                "false_positive_rate": round(wrong / len(negative), 5),
                "recall": round(hits / len(positive), 4),
                "precision": round(hits / max(hits + wrong, 1), 4),
                "threshold": round(max(limit, 0.0), 5),
            }
        )
    return out


def class_figures(judged: Judged, name: str) -> dict[str, Any]:
    """Figures of one class against all texts that surely are not of it.

    Precision, recall and F1 are of what is flagged and named so; ``found`` is flagged, whatever it is named.
    """
    positive, negative = judged.scores(name)
    truth, flagged = judged.truth[:, judged.classes.index(name)], judged.flagged
    named = flagged if name == judged.classes[-1] else np.array([over == name for over in judged.over], dtype=bool)
    # as scores, so that what is named lies above a threshold
    precision, recall, f1 = measure.precision_recall(named[truth == 1] * 1.0, named[truth == 0] * 1.0, 0.5)
    found = float(flagged[truth == 1].mean()) if len(positive) else float("nan")
    return {
        "texts": len(positive),
        "others": len(negative),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "recall_interval": [round(edge, 4) for edge in measure.wilson(recall, len(positive))],
        "f1": round(f1, 4),
        "found": round(found, 4),
        "auc": round(measure.auc(positive, negative), 4),
        "recall_at_0.1%": round(measure.recall_at(positive, negative, 0.001), 4),
        "recall_at_1%": round(measure.recall_at(positive, negative, 0.01), 4),
    }


def measure_dataset(judge: TextFilter, dataset: Dataset, progress: Progress | None = None) -> dict[str, Any]:
    """Judge a set and return its :func:`figures`."""
    return figures(judge_dataset(judge, dataset, progress))


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
