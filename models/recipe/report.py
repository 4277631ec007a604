"""The figures of ``model eval`` as one HTML page: tables and pictures, nothing loaded from elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from filters.text.filter import HAM
from filters.text.manifest import Manifest
from filters.text.rows import LIKELY
from models.recipe import charts, measure
from models.recipe.charts import Curve
from models.recipe.evaluate import Judged
from models.recipe.report_style import STYLE

#: Texts a class needs for a curve that says anything.
ENOUGH: Final = 10
#: Categories listed of a set that has many.
CATEGORIES: Final = 30
UNNAMED: Final = "spam, kind unknown"


def page(manifest: Manifest, sets: Sequence[tuple[Judged, Mapping[str, Any]]], command: str) -> str:
    """The report on a model: ``sets`` are what it says of each set and the figures of that, as ``evaluate`` gives."""
    body = [
        f"<header><h1>{escape(manifest.name)} <code>{manifest.sha256[:12]}</code></h1>",
        f"<p>Text model made {escape(manifest.created[:10])}, measured on {_many(len(sets), 'set')} of labelled "
        "texts.</p>",
        f"<pre>{escape(command)}</pre></header>",
        _summary(sets),
        _thresholds(sets[0][0]) if sets else "",
        *(_section(judged, figures) for judged, figures in sets),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(manifest.name)} {manifest.sha256[:12]}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _summary(sets: Iterable[tuple[Judged, Mapping[str, Any]]]) -> str:
    rows = [
        [
            f'<a href="#{escape(judged.name)}">{escape(judged.name)}</a>',
            _count(figures["ham"]),
            _count(figures["spam"]),
            _share(figures["recall_at_0.1%"], figures["recall_at_0.1%_interval"]),
            _share(figures["recall_at_1%"], figures["recall_at_1%_interval"]),
            _plain(figures["auc"]),
            _share(figures["calibration_error"]),
            _share(figures.get("flagged_spam")),
            _share(figures.get("flagged_ham"), figures.get("flagged_ham_interval"), digits=2),
            _share(figures["known_language"]),
        ]
        for judged, figures in sets
    ]
    head = [
        "set", "honest texts", "spam texts", "recall at 0.1 % false positives", "at\u00a01\u00a0%", "area under ROC",
        "calibration error", "spam found", "honest texts flagged", "language known",
    ]  # fmt: skip
    return (
        "<section><h2>All sets</h2>"
        + _table(head, rows)
        + '<p class="note">The recalls at a false-positive rate take their threshold from the honest texts of the set '
        "itself: they say how well the model separates. <i>Spam found</i> and <i>honest texts flagged</i> are what the "
        "model's own thresholds do. Small figures are 95 % intervals. A rate of 0.1 % means little on a set with "
        "fewer than some thousand honest texts.</p></section>"
    )


def _thresholds(judged: Judged) -> str:
    marks = "".join(
        f'<li><i class="swatch {_style(name)}"></i>{escape(name)} <b>{judged.thresholds[name]:.3f}</b></li>'
        for name in judged.classes
    )
    return (
        "<section><h2>Thresholds, and the colours of the curves</h2>"
        f'<ul class="legend">{marks}</ul><p class="note">A text is flagged where spam of any kind reaches its '
        "threshold, or where a class reaches its own and spam is at least "
        f"{LIKELY:g} likely, or as likely as that threshold where it is lower.</p></section>"
    )


def _section(judged: Judged, figures: Mapping[str, Any]) -> str:
    return (
        f'<section id="{escape(judged.name)}"><h2>{escape(judged.name)}</h2>'
        f"<p>{_many(figures['ham'], 'honest text')} and {_many(figures['spam'], 'spam text')}.</p>"
        f"{_pictures(judged)}{_classes(figures)}{_confusion(judged)}{_categories(judged)}"
        f"{_kinds(figures)}{_languages(figures)}{_evasion(figures)}</section>"
    )


def _pictures(judged: Judged) -> str:
    drawn, precise, most = [], [], 0
    for name in judged.classes:
        positive, negative = judged.scores(name)
        if len(positive) < ENOUGH or len(negative) < ENOUGH:
            continue
        most = max(most, len(negative))
        limit = judged.thresholds[name]
        precision, recall, _ = measure.precision_recall(positive, negative, limit)
        wrong = float((negative >= limit).mean())
        rates, recalls = measure.roc(positive, negative)
        drawn.append(Curve(name, _style(name), rates.tolist(), recalls.tolist(), (wrong, recall)))
        reached, precisions = measure.precision_curve(positive, negative)
        precise.append(Curve(name, _style(name), reached.tolist(), precisions.tolist(), (recall, precision)))
    figures = []
    if drawn:
        least = 10.0 ** -min(4, max(2, math.ceil(math.log10(most))))
        roc = charts.curves(drawn, "false-positive rate, %", "recall, %", logarithmic_from=least)
        figures.append(("ROC of each class against all other texts", roc))
        figures.append(("Precision and recall", charts.curves(precise, "recall, %", "precision, %")))
    p, truth = judged.probabilities[:, -1], judged.truth[:, -1]
    if ENOUGH <= truth.sum() <= len(truth) - ENOUGH:
        figures.append(("Calibration of spam", charts.calibration(measure.reliability(p, truth))))
    told = "".join(f"<figure>{svg}<figcaption>{caption}</figcaption></figure>" for caption, svg in figures)
    return f'<div class="pictures">{told}</div>' + _few(len(figures))


def _few(pictures: int) -> str:
    if pictures == 0:
        return '<p class="note">There are too few texts of either kind for curves.</p>'
    missing = "" if pictures == 3 else " Calibration needs honest texts and spam."
    told = f"A ring is where the threshold lies, by this class alone; a dot's area is the number of texts.{missing}"
    return f'<p class="note">{told}</p>'


def _classes(figures: Mapping[str, Any]) -> str:
    rows = [
        [
            f'<i class="swatch {_style(name)}"></i>{escape(name)}',
            _count(each["texts"]),
            _count(each["others"]),
            _share(each["precision"]),
            _share(each["recall"], each["recall_interval"]),
            _share(each["f1"]),
            _share(each["found"]),
            _plain(each["auc"]),
            _share(each["recall_at_0.1%"]),
            _share(each["recall_at_1%"]),
        ]
        for name, each in figures["classes"].items()
    ]
    if not rows:
        return ""
    head = ["class", "texts", "others", "precision", "recall", "F1", "found under any name", "area under ROC",
            "recall at 0.1 %", "at 1 %"]  # fmt: skip
    return (
        "<h3>By class, as texts are named at the thresholds</h3>"
        + _table(head, rows)
        + '<p class="note">Precision, recall and F1 are of texts flagged and named so; the last three columns are of '
        "the class's probability alone, whatever the thresholds are.</p>"
    )


def _confusion(judged: Judged) -> str:
    counts: dict[str, Counter[str]] = {}
    for goal, over in zip(judged.truth.tolist(), judged.over, strict=True):
        counts.setdefault(_true_class(judged.classes, goal), Counter())[over or HAM] += 1
    columns = [HAM, *judged.classes]
    rows = [name for name in (*columns, UNNAMED) if name in counts]
    table = [[counts[row][column] for column in columns] for row in rows]
    picture = charts.confusion([_row_name(row) for row in rows], ["not flagged", *judged.classes], table)
    return (
        "<h3>What texts are, and what is found</h3>"
        f'<div class="wide">{picture}</div><p class="note">A row is what the texts are, a column the class whose '
        "threshold they reach; a text in a language the model does not know is not flagged.</p>"
    )


def _categories(judged: Judged) -> str:
    """How often each category of the set is flagged, where it has any."""
    total, found = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for category, goal, over in zip(judged.categories, judged.truth[:, -1].tolist(), judged.over, strict=True):
        total[category, goal == 1] += 1
        found[category, goal == 1] += bool(over)
    if len({category for category, _ in total}) < 2:
        return ""
    rows = [
        [escape(key[0] or "none"), "spam" if key[1] else "honest", _count(count), _bar(found[key], count, key[1])]
        for key, count in sorted(total.most_common(CATEGORIES), key=lambda item: (not item[0][1], -item[1]))
    ]
    return "<h3>By category of the set</h3>" + _table(["category", "is", "texts", "flagged"], rows, "categories")


def _kinds(figures: Mapping[str, Any]) -> str:
    """How well the second output tells kinds of honest texts and of smishing."""
    rows = []
    for name, each in figures.get("kinds", {}).items():
        wrong = sorted(((n, other) for other, n in each["taken"].items() if other != name), reverse=True)
        told = ", ".join(f"{escape(other)} {_count(n)}" for n, other in wrong[:3]) or "–"
        edges = measure.wilson(each["right"], each["texts"])
        rows.append([escape(name.replace("_", " ")), _count(each["texts"]), _share(each["right"], edges), told])
    if not rows:
        return ""
    return (
        "<h3>By kind</h3>"
        + _table(["kind", "texts", "told right", "else taken for"], rows, "categories")
        + '<p class="note">The likeliest kind among those of the text\'s class. It is told to people; nothing is '
        "refused by it.</p>"
    )


def _languages(figures: Mapping[str, Any]) -> str:
    """By language, where a set has several."""
    rows = [
        [
            escape(lang),
            _count(each["texts"]),
            _plain(each["auc"]),
            _share(each["calibration_error"]),
            _share(each["known_language"]),
        ]
        for lang, each in figures.get("languages", {}).items()
    ]
    if not rows:
        return ""
    head = ["language", "texts", "area under ROC", "calibration error", "language known"]
    return "<h3>By language</h3>" + _table(head, rows, "categories")


def _evasion(figures: Mapping[str, Any]) -> str:
    rows = [
        [escape(name.replace("_", " ")), _share(each["recall"]), _share(each["false_positives"], digits=2)]
        for name, each in figures.get("evasion", {}).items()
    ]
    if not rows:
        return ""
    head = ["disguise", "recall", "honest texts flagged"]
    return (
        "<h3>Disguised, at the threshold of 1 % false positives on plain texts</h3>"
        + _table(head, rows, "categories")
        + '<p class="note">Honest texts are disguised alike.</p>'
    )


def _bar(found: int, count: int, good: bool) -> str:
    share = found / count
    style = "found" if good else "wrong"
    edges = measure.wilson(share, count)
    return f'<span class="bar {style}"><i style="width:{share:.1%}"></i></span>{_share(share, edges, digits=2)}'


def _true_class(classes: Sequence[str], goal: Sequence[int]) -> str:
    if goal[-1] == 0:
        return HAM
    named = [name for name, known in zip(classes[:-1], goal, strict=False) if known == 1]
    return named[0] if named else UNNAMED if -1 in goal else classes[-1]


def _row_name(name: str) -> str:
    return {"spam": "other spam", HAM: "honest"}.get(name, name)


def _style(name: str) -> str:
    return name if name.isidentifier() else "spam"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], style: str = "") -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table class="{style}"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _count(value: int) -> str:
    return f"{value:,}"


def _plain(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4f}"


def _share(value: float | None, interval: Sequence[float] | None = None, digits: int = 1) -> str:
    if value is None or math.isnan(value):
        return "–"
    told = f"{100 * value:.{digits}f} %"
    if interval is not None and not math.isnan(interval[0]):
        told += f"<small>{100 * interval[0]:.{digits}f} to {100 * interval[1]:.{digits}f}</small>"
    return told
