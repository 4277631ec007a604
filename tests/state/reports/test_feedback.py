"""Reported texts as feedback: what is written is what the model's feedback reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.feedback_rows import Authority, Said, read
from smppproxy.state.reports.feedback import language_of, render
from smppproxy.state.reports.record import LABELS


@pytest.mark.parametrize(("text", "language"), [("가나 abc", "ko"), ("百家乐", "zh"), ("hello", "en"), ("", "en")])
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


@given(
    st.sampled_from(sorted(set(LABELS.values()))), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
)
def test_rows_are_read_as_they_are_written(category: str, text: str) -> None:
    said = " ".join(text.split())
    rows = read(render([{"category": category, "text": f"{text}\n\ttail"}]), Said(line=0, text="", label=""))
    (row,) = rows
    assert (row.label, row.text.split(), row.authority) == (category, [*said.split(), "tail"], Authority.REGULATOR)
