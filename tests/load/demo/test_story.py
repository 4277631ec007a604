"""The story's own parts: the file of reports, what counts as its messages, when it is over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smppproxy.load.demo.scoreboard import story_table, without_rogue
from smppproxy.load.demo.story import Story, dump


def test_the_file_is_one_the_importer_reads(tmp_path: Path) -> None:
    text = dump("hello\nthere", 3, datetime(2026, 11, 21, 15, 30, tzinfo=UTC))
    assert text.count("[(KISA:SOL)]202611220030[(KISA)]202611220030[(KISA)]도박[(KISA)]hello\nthere") == 3


def test_the_story_ends_with_the_first_step_that_does_not_happen(tmp_path: Path) -> None:
    story = Story(tmp_path, tmp_path / "c.toml")
    assert not story.over
    story.bait.held = True
    assert not story.over
    story.gambling.held = False
    assert story.over
    assert not story.holds
    for step in story.steps:
        step.held = True
    assert story.over
    assert story.holds
    assert story_table(story).row_count == len(story.steps)


@pytest.mark.parametrize(("texts", "codes"), [(5, 0), (2, 3)])
def test_its_refusals_are_taken_off_the_count(texts: int, codes: int) -> None:
    wanted = Counter(text_gambling=4, code_sanctioned=2, text_loan=1)
    told = Counter(text_gambling=4 + texts, code_sanctioned=2 + codes, text_loan=1, code_rate=7)
    assert without_rogue(told, wanted, Counter({0x45: 5, 0x58: 7, 0: 9})) == wanted
    assert without_rogue(told, wanted, Counter({0x45: 4, 0x58: 7})) != wanted
    assert without_rogue(told, wanted, Counter({0x45: 5, 0x58: 6})) != wanted
