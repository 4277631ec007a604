"""The recipe: data in, a model directory out. The same data, seed and versions give the same model.

1. Read the sets, generate the corpus, normalise, add disguised copies, group near-duplicates.
2. Cross-fit: every text is scored by a model that saw nothing of its group. These scores calibrate the probabilities
   and choose the thresholds.
3. Train on everything; the mean of that model and of those of step 2 is the model. The calibration is folded in, the
   table quantised, and ``model.onnx`` and ``manifest.json`` are written.

The mean costs nothing, since the mean of linear models is one, and what one of them learnt of a few texts alone weighs
less in it: on sets left out it finds a point more than any one of them.
"""

from __future__ import annotations

import datetime
import hashlib
import platform
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import onnx

from filters.text import normalise
from models.recipe import fit, graph, hands, kinds, measure, output, thresholds, vocabulary
from models.recipe.calibration import calibrate, probabilities, quantise
from models.recipe.datasets import DataError, Dataset
from models.recipe.generate import corpus
from models.recipe.labels import CLASSES, KINDS
from models.recipe.prepare import Material, build, folds
from models.recipe.progress import Report

#: Texts of spam, and honest ones, below which nothing can be said of texts not seen: one for each fold would be two.
LEAST = 10

#: A language with fewer texts than this is learnt from harder, at most so many times.
SCARCE, RARE = 10_000, 3.0

#: Share of the texts of a large known language that may be taken for an unfamiliar one.
STRANGE = 0.005

BUSINESS = ("ham/transactional", "ham/lawful_ad", "ham/public", "delivery_template")


@dataclass(frozen=True, slots=True)
class Options:
    """What a training run depends on besides the data."""

    fit: fit.Settings = field(default_factory=fit.Settings)
    folds: int = 4
    per_template_ham: int = 80
    per_template_spam: int = 100
    disguised: float = 0.5  # copies by the evasion engine, as a share of the texts
    foreign: int = 24_000  # sentences in languages not trained on
    ciphered: float = 0.12  # copies in letters of no language, as a share of the texts
    kinds_rows_log2: int = 17  # rows of the second table: 131,072 x 10 octets
    processes: int = 2  # that generate and normalise; as many threads fit


def generated(options: Options, report: Report | None = None) -> Dataset:
    """The generated corpus as a data set."""
    rows = corpus.generate(
        options.fit.seed,
        options.per_template_ham,
        options.per_template_spam,
        options.processes,
        partial(report, "generate") if report else None,
    )
    digest = hashlib.sha256("\0".join(row.text for row in rows).encode()).hexdigest()
    return Dataset("generated", digest, rows)


def train(datasets: Sequence[Dataset], out: Path, options: Options, report: Report) -> dict[str, Any]:
    """Train on data sets and write a model directory. Returns the manifest.

    Raises :class:`~models.recipe.datasets.DataError` where nothing can be learnt from them, OSError where the directory
    cannot be written to; :func:`models.recipe.output.prepare` tells that before the work.
    """
    check(datasets)
    material = build(
        [row for dataset in datasets for row in dataset.rows],
        options.fit.seed,
        options.disguised,
        options.foreign,
        options.processes,
        lambda done, total: report("normalise", done, total),
        options.ciphered,
    )
    everything = np.arange(len(material.keys))
    with hands.threads(options.processes) as pool:  # the longest first; none depends on another
        whole = pool.submit(
            fit.fit,
            material.take(everything),
            material.goals,
            weights(material, everything),
            options.fit,
            lambda done, total: report("train", done, total),
        )
        finish_kinds = kinds.start(material, options.fit, options.kinds_rows_log2, pool)
        scores, parts = cross_fit(material, options, pool, report)
        bag = fit.average([whole.result(), *parts])
        head, kind_figures = finish_kinds()
    slope, offset = calibrate(scores, material.goals)
    plain = np.flatnonzero(~material.disguised & (material.origin >= 0))
    lang = np.array([material.rows[index].lang for index in material.origin[plain]])
    offset[-1] -= familiar_from(scores[plain, -1] * slope[-1] + offset[-1], lang)
    calibrated = scores * slope + offset
    limits = thresholds.choose(calibrated[business(material)])
    table, scale = quantise(bag.table * slope.astype(np.float32))
    bias = (bag.bias * slope + offset).astype(np.float32)
    met, scripts = vocabulary.meet(material, everything), vocabulary.scripts(material, everything)
    octets = graph.build(table, scale, bias, options.fit.smoothing, options.fit.power, head, met)
    manifest = {
        "name": "clean_text",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(octets).hexdigest(),
        "normaliser": normalise.VERSION,
        "classes": list(CLASSES),
        "kinds": list(KINDS),
        "thresholds": limits,
        "scripts": list(scripts),
        "scale": [float(value) for value in scale],
        "bias": [float(value) for value in bias],
        "smoothing": options.fit.smoothing,
        "power": options.fit.power,
        "mask": len(table) - 1,
        "seed": options.fit.seed,
        "data": [{"name": d.name, "rows": len(d.rows), "sha256": d.sha256} | d.about for d in datasets],
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
            "onnx": onnx.__version__,
            "corpus": str(corpus.VERSION),
        },
        "options": asdict(options),
        "figures": measure.finite(figures(calibrated, material, limits, options, scripts) | {"kinds": kind_figures}),
    }
    output.write(out, octets, manifest)
    return manifest


def check(datasets: Sequence[Dataset]) -> None:
    """Raises :class:`~models.recipe.datasets.DataError` where spam and honest texts are not both there."""
    spam = sum(row.targets[-1] == 1 for dataset in datasets for row in dataset.rows)
    honest = sum(len(dataset.rows) for dataset in datasets) - spam
    if min(spam, honest) < LEAST:
        raise DataError(
            f"{honest} honest texts and {spam} of spam: at least {LEAST} of each are needed to tell them apart. "
            "Add texts, or train with --shipped, which adds generated ones."
        )


def weights(material: Material, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """How much each text teaches each column. Positives of a rare class count more, up to eight times."""
    goals = material.goals[indices]
    positive = np.maximum((goals == 1).sum(axis=0), 1)
    factor = np.clip(np.sqrt(0.05 * len(goals) / positive), 1.0, 8.0).astype(np.float32)
    factor[-1] = 1.0
    return np.where(goals == 1, factor, np.float32(1.0)).astype(np.float32) * _rarity(material, indices)[:, None]


def _rarity(material: Material, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Texts of a language with few count more, up to :data:`RARE` times; ciphered ones and strangers once.

    All as often as their row's weight says besides.
    """
    langs, which = np.unique([row.lang for row in material.rows], return_inverse=True)
    factor = np.clip(np.sqrt(SCARCE / np.bincount(which, minlength=len(langs))), 1.0, RARE)
    out = np.ones(len(indices), np.float32)
    own = (material.origin[indices] >= 0) & (material.goals[indices, -1] == 1)
    out[own] = factor[which[material.origin[indices[own]]]]
    theirs = material.origin[indices] >= 0
    given = np.array([row.weight for row in material.rows], np.float32)
    out[theirs] *= given[material.origin[indices[theirs]]]
    return out


def cross_fit(
    material: Material, options: Options, pool: Executor, report: Report
) -> tuple[npt.NDArray[np.float64], list[fit.Bag]]:
    """Logits of every text by a model that has seen nothing of its group, and these models."""
    fold = folds(material.groups, options.folds, options.fit.seed)
    scores = np.zeros(material.goals.shape)
    settings = replace(options.fit, epochs=max(options.fit.epochs - 1, 1))

    def one(number: int) -> fit.Bag:
        rest, mine = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        bag = fit.fit(material.take(rest), material.goals[rest], weights(material, rest), settings)
        scores[mine] = bag.logits(material.take(mine))
        return bag

    bags = []
    for bag in pool.map(one, range(options.folds)):
        bags.append(bag)
        report("cross-fit", len(bags), options.folds)
    return scores, bags


def familiar_from(logits: npt.NDArray[np.float64], lang: npt.NDArray[np.str_]) -> float:
    """The logit from which a text counts as of a known language: of each large one :data:`STRANGE` lie below.

    To be sure of a language costs little recall, and a language never seen is seldom judged as if it were known.
    ``logits`` are those of undisguised texts, ``lang`` is each one's language.
    """
    names, counts = np.unique(lang, return_counts=True)
    large = names[counts >= SCARCE]
    return min((float(np.quantile(logits[lang == name], STRANGE)) for name in large), default=0.0)


def business(material: Material) -> npt.NDArray[np.bool_]:
    """Which texts are honest business texts, undisguised."""
    kind = np.array([row.subclass in BUSINESS and row.targets[-1] == 0 for row in material.rows])
    out = np.zeros(len(material.keys), dtype=bool)
    own = material.origin >= 0
    out[own] = kind[material.origin[own]]
    return out & ~material.disguised


def figures(
    logits: npt.NDArray[np.float64],
    material: Material,
    limits: dict[str, float],
    options: Options,
    scripts: tuple[str, ...],
) -> dict[str, Any]:
    """Cross-fitted figures for the manifest: per class, per language, and false positives on business texts."""
    plain = ~material.disguised & (material.origin >= 0)
    goals, spam = material.goals, len(CLASSES) - 1
    p = probabilities(logits)
    out: dict[str, Any] = {"classes": {}, "languages": {}}
    ham = plain & (goals[:, spam] == 0)
    for column, name in enumerate(CLASSES):
        positive = logits[plain & (goals[:, column] == 1), column]
        out["classes"][name] = {
            "texts": len(positive),
            "recall_at_0.1%": round(measure.recall_at(positive, logits[ham, column], 0.001), 4),
            "recall_at_1%": round(measure.recall_at(positive, logits[ham, column], 0.01), 4),
            "auc": round(measure.auc(positive, logits[ham, column]), 4),
            "recall_at_threshold": measure.share(p[plain & (goals[:, column] == 1), column] >= limits[name]),
        }
    langs = np.array([row.lang for row in material.rows])
    of = np.where(material.origin >= 0, langs[np.maximum(material.origin, 0)], "")
    looked = np.flatnonzero(plain | (material.origin < 0))
    fold = folds(material.groups, options.folds, options.fit.seed)
    known = p[:, -1] >= 0.5
    known[looked] &= vocabulary.known_apart(material, looked, fold, scripts)
    for lang in sorted(set(langs)):
        mine = plain & (of == lang)
        out["languages"][lang] = {
            "texts": int(mine.sum()),
            "calibration_error": round(measure.calibration_error(p[mine, spam], goals[mine, spam]), 4),
            "auc": round(measure.auc(logits[mine & (goals[:, spam] == 1), spam], logits[mine & ham, spam]), 4),
            "unfamiliar": measure.share(~known[mine]),
        }
    flagged, honest = thresholds.flags(p, limits), business(material)
    out["business"] = {"texts": int(honest.sum()), "flagged": measure.share(flagged[honest], 5)}
    out["flagged_spam"] = measure.share(flagged[plain & (goals[:, spam] == 1)])
    out["calibration_error"] = round(measure.calibration_error(p[plain, spam], goals[plain, spam]), 4)
    strangers = material.origin < 0
    if strangers.any():
        out["strangers_recognised"] = round(float((~known[strangers]).mean()), 4)
    return out
