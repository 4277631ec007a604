"""What the thresholds of a model are chosen by, and what they flag.

A text is flagged where it is spam beyond doubt, whatever kind of spam it is; or where it is of a class beyond that
class's threshold and likely spam at that. The first catches what no class is sure of, the second what its class is
surer of than the total: together they find more than either, for the same share of honest texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.rows import LIKELY
from models.recipe import measure
from models.recipe.calibration import probabilities
from models.recipe.labels import CLASSES

Array = npt.NDArray[Any]

#: Share of honest business texts that may be flagged at the shipped thresholds, all classes together, measured on kinds
#: of text the scoring model never saw.
FALSE_POSITIVES = 0.001

#: Of that share, what the threshold of spam of any kind may take; the classes get the rest.
ANY_KIND = 2 / 3

#: No class's threshold lies below this: what is flagged is named after the class, and that should be right.
SURE = 0.6

#: Nor does that of spam, where few honest texts stand against it, below this.
CERTAIN = 0.9


def choose(honest: Array) -> dict[str, float]:
    """The threshold of every class, from the logits ``[text][column]`` of honest business texts.

    All classes together flag at most :data:`FALSE_POSITIVES` of them. The specific classes get the same share each,
    which is found by bisection.
    """
    last = len(CLASSES) - 1
    if not len(honest):
        return dict.fromkeys(CLASSES, 0.99)
    p = probabilities(honest)[:, : last + 1]
    spam = max(measure.threshold_at(p[:, last], ANY_KIND * FALSE_POSITIVES), CERTAIN)
    asked = np.where(p[:, last] >= LIKELY, p[:, :last].T, 0.0)  # [class][text]; what is no likely spam is of no class

    def limits(share: float) -> dict[str, float]:
        values = [max(measure.threshold_at(column, share), SURE) for column in asked]
        return {n: round(float(min(v + 1e-4, 0.9999)), 4) for n, v in zip(CLASSES, [*values, spam], strict=True)}

    low, high, chosen = 0.0, FALSE_POSITIVES, limits(0.0)
    for _ in range(40):
        share = (low + high) / 2
        if flags(p, trial := limits(share)).mean() <= FALSE_POSITIVES:
            low, chosen = share, trial
        else:
            high = share
    return chosen


def flags(p: Array, limits: dict[str, float]) -> Array:
    """Which texts are flagged, by their probabilities ``[…][column]``: what ``filters.text.rows.over`` says of one."""
    last = len(CLASSES) - 1
    values = np.array([limits[name] for name in CLASSES])
    asked = np.minimum(LIKELY, values[:last])
    classes = (p[..., :last] >= values[:last]) & (p[..., last, None] >= asked)
    flagged: Array = classes.any(axis=-1) | (p[..., last] >= values[last])
    return flagged
