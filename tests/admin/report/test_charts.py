"""Pictures: what is drawn adds up and stays inside."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.admin.report import charts

COUNTS = st.integers(0, 10**12)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(charts.COLOURS)), COUNTS), max_size=40))
def test_columns_stay_inside_and_are_as_tall_as_they_count(columns: list[dict[str, int]]) -> None:
    labels = [f"10-{n:02}" for n in range(len(columns))]
    svg = ElementTree.fromstring(charts.stacked(labels, columns, list(charts.COLOURS), "title", 190))
    tall = 0.0
    for rect in svg.iter("rect"):
        y, height = float(rect.attrib["y"]), float(rect.attrib["height"])
        assert y >= 11.9
        assert y + height <= 190 - 33.9
        assert 0 <= float(rect.attrib["x"]) <= charts.WIDTH
        tall += height
    assert (tall > 0) == (sum(sum(each.values()) for each in columns) > 0) or tall == 0.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.text("<&'\"aé가", max_size=5), COUNTS), max_size=9))
def test_bars_and_splits_are_well_formed(rows: list[tuple[str, int]]) -> None:
    svg = ElementTree.fromstring(charts.bars([("loan", name, count, f"{count}") for name, count in rows], "<title>"))
    assert all(float(rect.attrib["width"]) <= charts.WIDTH for rect in svg.iter("rect"))
    parts = [("#000", name, count) for name, count in rows]
    svg = ElementTree.fromstring(charts.split([("all", "1", parts)], "title"))
    wide = sum(float(rect.attrib["width"]) for rect in svg.iter("rect"))
    assert wide == pytest.approx(470 if any(count for _, count in rows) else 0, abs=5)


@pytest.mark.parametrize(
    ("most", "top", "step"), [(0, 5, 1), (1, 5, 1), (7, 8, 2), (999, 1000, 200), (10**6, 10**6, 200_000)]
)
def test_axes_end_on_a_round_number(most: int, top: int, step: int) -> None:
    found = charts._scale(most)
    assert found[1] == step
    assert found[0] >= max(most, 1)
    assert found[0] % step == 0
    assert most == 0 or found[0] <= top


def test_short_numbers() -> None:
    assert [charts.short(n) for n in (0, 999, 1500, 2_000_000, 3e9)] == ["0", "999", "1.5k", "2M", "3G"]
    assert re.fullmatch("#[0-9a-f]{6}", charts.colour("never heard of"))
