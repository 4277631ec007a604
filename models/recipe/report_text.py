"""The figures of ``model eval`` for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def lines(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """The figures of one set, as ``evaluate.figures`` gives them (and maybe ``evasion``)."""
    yield f"{name}: {figures['ham']:,} honest texts, {figures['spam']:,} spam"
    for rate in ("0.1%", "1%"):
        recall, edges = figures[f"recall_at_{rate}"], figures[f"recall_at_{rate}_interval"]
        yield f"  recall at {rate:<5} false positives   {_share(recall)}{_interval(edges)}"
    yield f"  area under the ROC curve         {_plain(figures['auc'])}"
    yield f"  calibration error                {_share(figures['calibration_error'])}"
    if "flagged_spam" in figures:
        yield f"  spam found at the thresholds     {_share(figures['flagged_spam'])}"
    if "flagged_ham" in figures:
        edges = figures["flagged_ham_interval"]
        yield f"  honest texts flagged             {_share(figures['flagged_ham'], 2)}{_interval(edges, 2)}"
    yield f"  language known                   {_share(figures['known_language'])}"
    yield from _table(
        ("class", "texts", "precision", "recall", "F1", "found", "at 0.1%", "at 1%"),
        [
            (
                each,
                f"{row['texts']:,}",
                *(_share(row[key]) for key in ("precision", "recall", "f1", "found", "recall_at_0.1%", "recall_at_1%")),
            )
            for each, row in figures["classes"].items()
        ],
    )
    yield from _table(
        ("kind", "texts", "told right"),
        [(each, f"{row['texts']:,}", _share(row["right"])) for each, row in figures.get("kinds", {}).items()],
    )
    yield from _table(
        ("language", "texts", "ROC area", "calibration", "known"),
        [
            (
                each,
                f"{row['texts']:,}",
                _plain(row["auc"]),
                _share(row["calibration_error"]),
                _share(row["known_language"]),
            )
            for each, row in figures.get("languages", {}).items()
        ],
    )
    yield from _table(
        ("disguise", "recall", "false positives"),
        [
            (each, _share(row["recall"]), _share(row["false_positives"], 2))
            for each, row in figures.get("evasion", {}).items()
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Nothing where there are no rows; the first column to the left, numbers to the right."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    yield ""
    for row in (head, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  " + "  ".join([row[0].ljust(widths[0]), *cells])


def _share(value: float | None, digits: int = 1) -> str:
    return "-" if value is None or math.isnan(value) else f"{100 * value:.{digits}f} %"


def _plain(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _interval(edges: Sequence[float], digits: int = 1) -> str:
    if math.isnan(edges[0]):
        return ""
    return f"  (95 %: {100 * edges[0]:.{digits}f} to {100 * edges[1]:.{digits}f})"
