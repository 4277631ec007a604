"""Pictures of a report as inline SVG, made to be printed: dark on white, without a script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

#: Classes have the same colour in every picture; told apart by people who see few colours, and in grey.
COLOURS: Final[dict[str, str]] = {
    "gambling": "#0b3c6f", "loan": "#c8501e", "drug": "#1c8a6c", "adult": "#8e3a7d",
    "investment": "#d39a00", "smishing": "#4aa3df", "spam": "#8a8f98",
}  # fmt: skip
PLAIN: Final = "#5a6572"
WIDTH: Final = 700
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 12, 34
_SMALLEST_LABEL: Final = 46  # px of a bar that holds a share inside


def colour(name: str) -> str:
    """Return the colour of a class."""
    return COLOURS.get(name, PLAIN)


def stacked(
    labels: Sequence[str], columns: Sequence[Mapping[str, int]], classes: Sequence[str], title: str, height: int = 190
) -> str:
    """Return columns over time, each made up of its classes; ``labels`` stand under them, as many as there is room."""
    inner_width, inner_height = WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    top, step = _scale(max((sum(column.values()) for column in columns), default=0))
    parts = []
    for n in range(round(top / step) + 1):
        y = _TOP + inner_height * (1 - n * step / top)
        style = "axis" if n == 0 else "grid"
        parts.append(f'<line class="{style}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{short(n * step)}</text>')
    slot = inner_width / max(1, len(columns))
    width = min(44.0, slot * 0.72)
    every = math.ceil(max((len(label) for label in labels), default=1) * 6.2 / slot) if labels else 1
    for n, (label, column) in enumerate(zip(labels, columns, strict=True)):
        x, y = _LEFT + slot * (n + 0.5) - width / 2, float(_TOP + inner_height)
        for name in classes:
            if count := column.get(name, 0):
                tall = inner_height * count / top
                y -= tall
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.2f}" width="{width:.1f}" height="{tall:.2f}" fill="{colour(name)}">'
                    f"<title>{escape(label)}: {count:,}</title></rect>"
                )
        if n % every == 0:
            middle = x + width / 2
            parts.append(f'<text x="{middle:.1f}" y="{height - 16}" text-anchor="middle">{escape(label)}</text>')
    return _svg(parts, height, title)


def bars(rows: Sequence[tuple[str, str, int, str]], title: str) -> str:
    """Return lying bars, one a row of (class, name, count, what stands behind the bar)."""
    pitch, name_width, end_width = 24, 150, 150
    most = max((count for _, _, count, _ in rows), default=0) or 1
    room = WIDTH - name_width - end_width
    parts = []
    for n, (key, name, count, told) in enumerate(rows):
        y = 4 + n * pitch
        wide = max(1.0 if count else 0.0, room * count / most)
        parts.append(f'<text x="{name_width - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{name_width}" y="{y}" width="{wide:.1f}" height="18" fill="{colour(key)}"/>')
        parts.append(f'<text class="strong" x="{name_width + wide + 7:.1f}" y="{y + 13}">{escape(told)}</text>')
    return _svg(parts, 4 + pitch * len(rows), title)


def split(rows: Sequence[tuple[str, str, Sequence[tuple[str, str, int]]]], title: str) -> str:
    """Return bars of 100 %, one a row of (name, what stands behind, parts as (colour, name, count))."""
    pitch, name_width, end_width = 40, 110, 120
    room = WIDTH - name_width - end_width
    parts = []
    for n, (name, told, members) in enumerate(rows):
        y, x = 18 + n * pitch, float(name_width)
        total = sum(count for _, _, count in members)
        parts.append(f'<text x="{name_width - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<text class="strong" x="{WIDTH - end_width + 7}" y="{y + 14}">{escape(told)}</text>')
        for fill, member, count in members:
            wide = room * count / total if total else 0.0
            if wide <= 0:
                continue
            text = f"{count / total:.1%}".replace("%", " %")
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="20" fill="{fill}" stroke="#fff">'
                f"<title>{escape(member)}: {count:,} ({text})</title></rect>"
            )
            if wide >= _SMALLEST_LABEL:
                parts.append(
                    f'<text class="over" x="{x + wide / 2:.1f}" y="{y + 14}" text-anchor="middle">{text}</text>'
                )
            x += wide
    return _svg(parts, 8 + pitch * len(rows), title)


def short(number: float) -> str:
    """Return a number for an axis: ``1.5M``, ``20k``, ``7``."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _scale(most: int) -> tuple[int, int]:
    """Return where an axis ends, and its step: three to six steps of 1, 2 or 5 times a power of ten."""
    rough = max(1.0, most / 5)
    power = 10 ** math.floor(math.log10(rough))
    step = next(n for n in (1, 2, 5, 10) if n * power >= rough) * power
    return max(step, math.ceil(most / step) * step), step


def _svg(parts: Sequence[str], height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
