"""Pictures of a report as inline SVG: curves, a calibration diagram, a confusion matrix. Colours come from the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final, NamedTuple

from models.recipe.measure import wilson

WIDTH: Final = 330
HEIGHT: Final = 280
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 10, 40
_INNER_WIDTH: Final = WIDTH - LEFT - RIGHT
_INNER_HEIGHT: Final = HEIGHT - TOP - BOTTOM


class Curve(NamedTuple):
    """A line of a chart: points from 0 to 1. ``style`` is the class of the page's style sheet that colours it."""

    name: str
    style: str
    xs: Sequence[float]
    ys: Sequence[float]
    mark: tuple[float, float]  # where the shipped threshold lies


def curves(lines: Sequence[Curve], x_label: str, y_label: str, *, logarithmic_from: float = 0.0) -> str:
    """Lines over the unit square, each with a ring where its threshold lies.

    ``logarithmic_from`` is the least x of a logarithmic axis, 0 for a plain one.
    """
    place = _logarithmic(logarithmic_from) if logarithmic_from else _plain
    ticks = _decades(logarithmic_from) if logarithmic_from else [(n / 5, f"{20 * n}") for n in range(6)]
    parts = [_frame(x_label, y_label, [(place(value), text) for value, text in ticks])]
    for line in lines:
        path = _path([(place(x), y) for x, y in zip(line.xs, line.ys, strict=True)])
        parts.append(f'<path class="line {line.style}" d="{path}"><title>{escape(line.name)}</title></path>')
    for line in lines:
        x, y = line.mark
        if not math.isnan(x + y):
            parts.append(
                f'<circle class="mark {line.style}" cx="{_x(place(x)):.1f}" cy="{_y(y):.1f}" r="4.5">'
                f"<title>{escape(line.name)} at its threshold: {x_label.rstrip(' %,')} {x:.3%}, "
                f"{y_label.rstrip(' %,')} {y:.2%}</title></circle>"
            )
    return _svg(parts, f"{y_label} over {x_label}")


def calibration(bins: Sequence[tuple[float, float, int]]) -> str:
    """How often texts of a probability are what it says; a dot's area tells how many, the diagonal is perfect."""
    ticks = [(n / 5, f"{20 * n}") for n in range(6)]
    parts = [_frame("probability given, %", "share that is spam, %", ticks)]
    parts.append(f'<line class="guide" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>')
    points = [(mean, share) for mean, share, _ in bins]
    parts.append(f'<path class="line spam thin" d="{_path(points)}"/>')
    most = max((count for _, _, count in bins), default=1)
    for mean, share, count in bins:
        radius = 2.5 + 7.5 * math.sqrt(count / most)
        low, high = wilson(share, count)
        parts.append(
            f'<line class="error" x1="{_x(mean):.1f}" y1="{_y(low):.1f}" x2="{_x(mean):.1f}" y2="{_y(high):.1f}"/>'
            f'<circle class="dot spam" cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="{radius:.1f}">'
            f"<title>{count:,} texts given {mean:.1%} on average; {share:.1%} are spam</title></circle>"
        )
    return _svg(parts, "Calibration: share that is spam over the probability given")


def confusion(rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """What texts are against what the thresholds make of them; shades are shares of a row."""
    cell_width, cell_height, left, top = 92, 36, 130, 34
    width, height = left + cell_width * len(columns) + 2, top + cell_height * len(rows) + 2
    parts = [
        f'<text class="tick" x="{left + (n + 0.5) * cell_width}" y="{top - 12}" text-anchor="middle">'
        f"{escape(name)}</text>"
        for n, name in enumerate(columns)
    ]
    for r, (name, row) in enumerate(zip(rows, counts, strict=True)):
        y, total = top + r * cell_height, sum(row)
        parts.append(
            f'<text class="tick" x="{left - 10}" y="{y + cell_height / 2 + 4}" text-anchor="end">{escape(name)}</text>'
        )
        for c, count in enumerate(row):
            share = count / total if total else 0.0
            x = left + c * cell_width
            ink = "over" if share > 0.4 else "tick"
            parts.append(
                f'<rect class="cell" x="{x + 1}" y="{y + 1}" width="{cell_width - 2}" height="{cell_height - 2}" '
                f'rx="3" fill-opacity="{0.06 + 0.94 * share if count else 0.03:.3f}">'
                f"<title>{escape(name)}, found to be {escape(columns[c])}: {count:,} ({share:.2%})</title></rect>"
            )
            if count:
                middle = f'x="{x + cell_width / 2}" text-anchor="middle"'
                parts.append(
                    f'<text class="{ink}" {middle} y="{y + 15}">{_short(share)}</text>'
                    f'<text class="{ink} small" {middle} y="{y + 27}">{count:,}</text>'
                )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="Confusion matrix">{"".join(parts)}</svg>'
    )


def _short(share: float) -> str:
    percent = 100 * share
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %" if percent < 99.95 else "100 %"


def _svg(parts: Sequence[str], label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _x(share: float) -> float:
    return LEFT + share * _INNER_WIDTH


def _y(share: float) -> float:
    return TOP + (1 - share) * _INNER_HEIGHT


def _plain(value: float) -> float:
    return value


def _logarithmic(least: float) -> Callable[[float], float]:
    span = -math.log10(least)
    return lambda value: 1 + math.log10(max(value, least)) / span


def _decades(least: float) -> list[tuple[float, str]]:
    return [(10.0**-n, f"{10.0 ** (2 - n):g}") for n in range(round(-math.log10(least)), -1, -1)]


def _frame(x_label: str, y_label: str, x_ticks: Sequence[tuple[float, str]]) -> str:
    """Grid, ticks and the names of the axes; the vertical one is always a share."""
    parts = []
    for n in range(6):
        y = _y(n / 5)
        parts.append(f'<line class="grid" x1="{_x(0)}" y1="{y:.1f}" x2="{_x(1)}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 7}" y="{y + 3.5:.1f}" text-anchor="end">{20 * n}</text>')
    for share, text in x_ticks:
        x = _x(share)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_y(0)}" x2="{x:.1f}" y2="{_y(1)}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{_y(0) + 15}" text-anchor="middle">{text}</text>')
    parts.append(f'<text class="axis" x="{_x(0.5)}" y="{HEIGHT - 7}" text-anchor="middle">{escape(x_label)}</text>')
    middle = _y(0.5)
    parts.append(
        f'<text class="axis" x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
        f"{escape(y_label)}</text>"
    )
    return "".join(parts)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line through the points; those that cannot be told apart are drawn once."""
    drawn: list[str] = []
    last = (-9.0, -9.0)
    for n, (x, y) in enumerate(points):
        at = (_x(x), _y(y))
        if n < len(points) - 1 and abs(at[0] - last[0]) < 0.4 and abs(at[1] - last[1]) < 0.4:
            continue
        drawn.append(f"{'L' if drawn else 'M'}{at[0]:.1f} {at[1]:.1f}")
        last = at
    return "".join(drawn)
