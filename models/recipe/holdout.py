"""Leave one set out: what a model says of texts from a source it never saw.

In-set figures flatter, since a set's own habits give its labels away. Here a model is trained without the set, without
the near-duplicates of its texts in other sets, and without a fifth of everything else; its recall is taken on the set's
spam at thresholds from the honest texts of its language in that fifth, and its false positives on the set's own honest
texts at the same thresholds. That fifth holds generated texts of templates not seen, harder than traffic is; ``own`` is
the recall at thresholds from the set's own honest texts, easier than traffic is.

``lang:xx`` stands for all texts of a language, generated ones too: left out, it is a language the model never saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.recipe import fit, measure
from models.recipe.datasets import DataError
from models.recipe.labels import CLASSES
from models.recipe.prepare import Material, folds
from models.recipe.train import Options, weights

_SPAM = len(CLASSES) - 1
_SMISHING = CLASSES.index("smishing")

#: What stands before the name of a language among the names of sets.
LANGUAGE = "lang:"


def leave_out(material: Material, names: frozenset[str], options: Options) -> dict[str, Any]:
    """Figures for the sets and languages in ``names``, which are left out together (sets may contain each other).

    Told by language, of the texts that are not generated. ``unfamiliar`` is the share taken for a language not known.
    Raises :class:`~models.recipe.datasets.DataError` where nothing is left to learn from.
    """
    source = np.array([row.source for row in material.rows])
    langs = np.array([row.lang for row in material.rows])
    own = material.origin >= 0
    held = np.zeros(len(material.keys), dtype=bool)
    lang = np.full(len(material.keys), "", dtype=object)
    lang[own] = langs[material.origin[own]]
    held[own] = np.isin(source[material.origin[own]], sorted(names))
    held |= np.isin(lang, sorted(name.removeprefix(LANGUAGE) for name in names if name.startswith(LANGUAGE)))
    real = own.copy()
    real[own] = [material.rows[index].group < 0 for index in material.origin[own]]
    near = np.isin(material.groups, np.unique(material.groups[held & real]))
    groups = folds(material.groups, 5, options.fit.seed)
    rest = np.flatnonzero(~held & ~near & (groups != 0))
    if not len(rest):
        raise DataError(f"without {', '.join(sorted(names))} and its near-duplicates no text is left to learn from.")
    bag = fit.fit(material.take(rest), material.goals[rest], weights(material, rest), options.fit)
    plain = own & ~material.disguised
    out: dict[str, Any] = {}
    for name in sorted(set(lang[held & plain & real])):
        mine = np.flatnonzero(held & plain & real & (lang == name))
        reference = np.flatnonzero(~held & plain & (lang == name) & (groups == 0) & (material.goals[:, _SPAM] == 0))
        told = bag.logits(material.take(mine))
        logits, goals = told[:, _SPAM], material.goals[mine]
        ham = logits[goals[:, _SPAM] == 0]
        normal = bag.logits(material.take(reference))[:, _SPAM] if len(reference) else logits[:0]
        result: dict[str, Any] = {"ham": len(ham), "reference_ham": len(reference)}
        result["unfamiliar"] = round(float((told[:, -1] < 0).mean()), 4)
        result |= _recalls(logits[goals[:, _SPAM] == 1], ham, normal)
        if (fraud := goals[:, _SMISHING] == 1).any():
            result["smishing"] = _recalls(logits[fraud], ham, normal)
        out[name] = result
    return out


def _recalls(spam: measure.Scores, ham: measure.Scores, normal: measure.Scores) -> dict[str, Any]:
    """Recall and false positives at two rates, with 95 % intervals; what is not there has no figures."""
    out: dict[str, Any] = {"spam": len(spam)}
    if len(spam) and len(ham):
        out["auc"] = round(measure.auc(spam, ham), 4)
    for label, rate in (("0.1%", 0.001), ("1%", 0.01)):
        for whose, honest in (("", normal), ("own_", ham)):
            if len(honest) and len(spam):
                recall = measure.recall_at(spam, honest, rate)
                out[f"{whose}recall_at_{label}"] = round(recall, 4)
                out[f"{whose}recall_at_{label}_interval"] = [round(e, 4) for e in measure.wilson(recall, len(spam))]
        if len(normal) and len(ham):
            limit = measure.threshold_at(normal, rate)
            out[f"false_positives_at_{label}"] = round(float((ham > limit).mean()), 4)
    return out
