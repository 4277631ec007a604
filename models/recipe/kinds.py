"""The second head: what honest texts and smishing are, more closely. A small table of its own over the same n-grams."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.recipe import fit, measure
from models.recipe.calibration import calibrate, quantise
from models.recipe.graph import Head
from models.recipe.labels import KINDS, SUBCLASSES, UNKNOWN, kind_targets
from models.recipe.prepare import Material, folds

Array = npt.NDArray[Any]

#: Two are enough to calibrate on texts of templates not seen; the head decides nothing.
FOLDS = 2


def start(
    material: Material, settings: fit.Settings, rows_log2: int, pool: Executor
) -> Callable[[], tuple[Head, dict[str, Any]]]:
    """Begin to train in a pool. Call what is returned for the head, calibrated, and its figures by kind."""
    known = np.flatnonzero(material.origin >= 0)
    familiar = known[material.goals[known, -1] == 1]  # a ciphered text tells its kind to nobody
    goals = np.array([kind_targets(row.targets, row.subclass) for row in material.rows], np.int8)
    goals = goals[material.origin[familiar]]
    rows_log2 = min(rows_log2, settings.rows_log2)  # its rows are found by the upper bits of the first head's
    settings = replace(settings, rows_log2=rows_log2, epochs=max(settings.epochs - 1, 1))
    weights = _weights(goals)
    fold = folds(material.groups, FOLDS, settings.seed)[familiar]
    scores = np.zeros(goals.shape)

    def one(number: int) -> fit.Bag:
        rest, mine = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        bag = fit.fit(material.take(familiar[rest]), goals[rest], weights[rest], settings)
        if number < FOLDS:  # the last one is trained on all
            scores[mine] = bag.logits(material.take(familiar[mine]))
        return bag

    bags = pool.map(one, range(FOLDS + 1))

    def finish() -> tuple[Head, dict[str, Any]]:
        bag = fit.average(list(bags))
        slope, offset = calibrate(scores, goals)
        table, scale = quantise(bag.table * slope.astype(np.float32))
        head = Head(table, scale, (bag.bias * slope + offset).astype(np.float32))
        plain = ~material.disguised[familiar]
        return head, _figures(scores[plain] * slope + offset, goals[plain])

    return finish


def _weights(goals: Array) -> Array:
    """Positives of a rare kind count more, up to eight times."""
    factor = np.sqrt(0.05 * len(goals) / np.maximum((goals == 1).sum(axis=0), 1))
    return np.where(goals == 1, np.clip(factor, 1.0, 8.0), 1.0).astype(np.float32)


def _figures(logits: Array, goals: Array) -> dict[str, Any]:
    """Cross-fitted: how often the likeliest kind of a text whose kind is known is right, and how honest its number.

    ``recall_within`` is of the kinds that the text's class has, where the class is known from elsewhere.
    """
    out: dict[str, Any] = {}
    p = 1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40)))
    told = (goals == 1).any(axis=1)
    likeliest = p.argmax(axis=1)
    for column, name in enumerate(KINDS):
        mine = told & (goals[:, column] == 1)
        clear = goals[:, column] != UNKNOWN
        named = told & (likeliest == column)
        out[name] = {
            "texts": int(mine.sum()),
            "recall": measure.share(likeliest[mine] == column),
            "precision": measure.share(goals[named, column] == 1),
            "auc": round(measure.auc(logits[mine, column], logits[clear & (goals[:, column] == 0), column]), 4),
            "calibration_error": round(measure.calibration_error(p[clear, column], goals[clear, column]), 4),
        }
    for group, names in SUBCLASSES.items():
        columns = [KINDS.index(name) for name in names]
        mine = (goals[:, columns] == 1).any(axis=1)
        of = goals[mine][:, columns].argmax(axis=1)
        right = logits[mine][:, columns].argmax(axis=1) == of
        for place, name in enumerate(names):
            out[name]["recall_within"] = measure.share(right[of == place])
        out[group] = {"texts": int(mine.sum()), "accuracy_within": measure.share(right)}
    return out
