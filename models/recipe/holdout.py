"""Leave one set out: what a model says of texts from a source it never saw.

In-set figures flatter, since a set's own habits give its labels away. Here models are trained without the set and
without the near-duplicates of its texts in other sets, one for each fifth of everything else, which that one does not
learn from either. Their mean, as a model to ship is one, is asked for the set's texts. Recall is taken on its spam at
thresholds from the honest texts of its language in all fifths, each scored by the model that did not see it, and false
positives on its honest texts at the same thresholds. Those fifths hold generated texts of templates not seen, harder
than traffic is; ``own`` is the recall at thresholds from the set's own honest texts, easier than traffic is; ``real``
that at thresholds from the honest texts of the other sets alone, for a set may have none of its own.
``flagged`` is what thresholds do that were chosen as those of a model to ship are, on texts whose language is taken for
known: nothing else is refused.

One fifth alone as the reference would make the figures hang on which templates it holds, by ten points and more.

``lang:xx`` stands for all texts of a language, generated ones too: left out, it is a language the model never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.recipe import fit, hands, measure, vocabulary
from models.recipe.calibration import calibrate, probabilities
from models.recipe.datasets import DataError
from models.recipe.labels import CLASSES
from models.recipe.prepare import Material, folds
from models.recipe.thresholds import choose, flags
from models.recipe.train import Options, business, familiar_from, weights

_SPAM = len(CLASSES) - 1
_SMISHING = CLASSES.index("smishing")

#: Parts of what is not left out; each is the reference of the model that does not learn from it.
PARTS = 5

#: What stands before the name of a language among the names of sets.
LANGUAGE = "lang:"

Array = npt.NDArray[Any]


@dataclass(slots=True)
class _Scored:
    """Logits of what was left out, by the mean of the models, and of the rest, each by the one that did not see it."""

    mine: Array  # texts left out: numbers among all
    told: Array  # [text][column]
    others: Array  # the rest, undisguised: numbers among all
    reference: Array  # [text][column]
    met: bytes  # words of what was learnt from
    scripts: tuple[str, ...]  # and its scripts


def leave_out(material: Material, names: frozenset[str], options: Options) -> dict[str, Any]:
    """Figures for the sets and languages in ``names``, which are left out together (sets may contain each other).

    Told by language, of the texts that are not generated. ``unfamiliar`` is the share taken for a language not known.
    Raises :class:`~models.recipe.datasets.DataError` where nothing is left to learn from.
    """
    langs = np.array([row.lang for row in material.rows])
    own = material.origin >= 0
    lang = np.full(len(material.keys), "", dtype=object)
    lang[own] = langs[material.origin[own]]
    scored = _score(material, names, lang, options)
    out: dict[str, Any] = {}
    if not len(scored.mine):
        return out
    goals, honest = material.goals[scored.others], business(material)[scored.others]
    slope, offset = calibrate(scored.reference, goals)
    offset[-1] -= familiar_from(scored.reference[:, -1] * slope[-1] + offset[-1], lang[scored.others].astype(str))
    limits = choose((scored.reference * slope + offset)[honest])
    known = scored.told[:, -1] * slope[-1] + offset[-1] >= 0
    known &= vocabulary.known(material, scored.mine, scored.met, scored.scripts)
    over = flags(probabilities(scored.told * slope + offset), limits) & known
    normal = goals[:, _SPAM] == 0
    made = _generated(material)[material.origin[scored.others]]
    for name in sorted(set(lang[scored.mine])):
        here = lang[scored.mine] == name
        told, truth = scored.told[here], material.goals[scored.mine[here]]
        same = normal & (lang[scored.others] == name)
        reference, real = (scored.reference[which, _SPAM] for which in (same, same & ~made))
        ham, spam, fraud = truth[:, _SPAM] == 0, truth[:, _SPAM] == 1, truth[:, _SMISHING] == 1
        result: dict[str, Any] = {"ham": int(ham.sum()), "reference_ham": len(reference), "real_ham": len(real)}
        result["unfamiliar"] = round(float((~known[here]).mean()), 4)
        for label, which in (("flagged_ham", ham), ("flagged_business", business(material)[scored.mine[here]])):
            if which.any():
                result[label] = round(float(over[here][which].mean()), 5)
        scores = told[..., _SPAM]
        result |= _recalls(scores[spam], scores[ham], reference, real) | _flagged(over[here][spam])
        if fraud.any():
            result["smishing"] = _recalls(scores[fraud], scores[ham], reference, real)
            result["smishing"] |= _flagged(over[here][fraud])
        out[name] = result
    return out


def _score(material: Material, names: frozenset[str], lang: Array, options: Options) -> _Scored:
    source = np.array([row.source for row in material.rows])
    own = material.origin >= 0
    held = np.zeros(len(material.keys), dtype=bool)
    held[own] = np.isin(source[material.origin[own]], sorted(names))
    held |= np.isin(lang, sorted(name.removeprefix(LANGUAGE) for name in names if name.startswith(LANGUAGE)))
    real, plain = own.copy(), own & ~material.disguised
    real[own] = ~_generated(material)[material.origin[own]]
    near = np.isin(material.groups, np.unique(material.groups[held & real]))
    part = folds(material.groups, PARTS, options.fit.seed)
    mine = np.flatnonzero(held & plain & real)
    if not (~held & ~near).any():
        raise DataError(f"without {', '.join(sorted(names))} and its near-duplicates no text is left to learn from.")

    def one(number: int) -> tuple[list[fit.Bag], Array, Array]:
        rest = np.flatnonzero(~held & ~near & (part != number))
        others = np.flatnonzero(~held & plain & (part == number))
        if not len(rest):
            return [], others[:0], np.zeros((0, len(CLASSES) + 1))
        bag = fit.fit(material.take(rest), material.goals[rest], weights(material, rest), options.fit)
        return [bag], others, bag.logits(material.take(others))

    with hands.threads(options.processes) as pool:
        bags, others, reference = zip(*pool.map(one, range(PARTS)), strict=True)
    told = fit.average([bag for each in bags for bag in each]).logits(material.take(mine))
    learnt = np.flatnonzero(~held & ~near)
    met, scripts = vocabulary.meet(material, learnt), vocabulary.scripts(material, learnt)
    return _Scored(mine, told, np.concatenate(others), np.concatenate(reference), met, scripts)


def _generated(material: Material) -> npt.NDArray[np.bool_]:
    """Which rows are the generator's."""
    return np.array(["generated_" in row.source for row in material.rows], dtype=bool)


def _flagged(over: Array) -> dict[str, Any]:
    """The share of spam at thresholds chosen as those of a model to ship, with its 95 % interval."""
    share = float(over.mean()) if len(over) else float("nan")
    interval = [round(edge, 4) for edge in measure.wilson(share, len(over))]
    return {"flagged": round(share, 4), "flagged_interval": interval}


def _recalls(spam: measure.Scores, ham: measure.Scores, normal: measure.Scores, real: measure.Scores) -> dict[str, Any]:
    """Recall and false positives at two rates, with 95 % intervals; what is not there has no figures."""
    out: dict[str, Any] = {"spam": len(spam)}
    if len(spam) and len(ham):
        out["auc"] = round(measure.auc(spam, ham), 4)
    for label, rate in (("0.1%", 0.001), ("1%", 0.01)):
        for whose, honest in (("", normal), ("own_", ham), ("real_", real)):
            if len(honest) and len(spam):
                recall = measure.recall_at(spam, honest, rate)
                out[f"{whose}recall_at_{label}"] = round(recall, 4)
                out[f"{whose}recall_at_{label}_interval"] = [round(e, 4) for e in measure.wilson(recall, len(spam))]
        if len(normal) and len(ham):
            limit = measure.threshold_at(normal, rate)
            out[f"false_positives_at_{label}"] = round(float((ham > limit).mean()), 4)
    return out
