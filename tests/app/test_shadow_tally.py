"""Tallies: counted by account and class, kept in files, added up, reported with intervals."""

from __future__ import annotations

from pathlib import Path

from models.recipe.measure import wilson
from smppproxy.app import shadow_tally as tallies
from smppproxy.app.shadow_tally import EXAMPLES, Compared, Difference, Outcome, Tally

NEW = Compared(Outcome.NEWLY_FLAGGED, "loan", 0.1, 0.9)
SAME = Compared(Outcome.AGREE)


def tally(trial: int = 5) -> Tally:
    made = Tally("new", "old", "shadow", trial)
    made.count("a", SAME, first=True)
    made.count("a", SAME, first=False)
    made.count("b", NEW, first=True)
    made.keep(Difference(7.0 + trial, "b", "00ff", Outcome.NEWLY_FLAGGED, "loan", 0.1, 0.9))
    return made


def test_a_file_holds_what_was_counted(tmp_path: Path) -> None:
    path = tallies.file_of(tmp_path, 3)
    tallies.save(path, tallies.encode([tally()]))
    tallies.save(path, tallies.encode([tally(), tally(6)]))
    assert tallies.load(path) == [tally(), tally(6)]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["3.json"]


def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    path = tallies.file_of(tmp_path, 0)
    assert tallies.load(path) == []
    path.parent.mkdir(parents=True)
    path.write_text("{")
    assert tallies.load(path) == []


def test_files_and_examples_are_bounded(tmp_path: Path) -> None:
    one = tally()
    for number in range(EXAMPLES + 5):
        one.keep(Difference(float(number), "a", "", Outcome.OTHER_CLASS, "", 0.0, 0.0))
    assert len(one.examples) == EXAMPLES
    assert one.examples[-1].at == EXAMPLES + 4
    tallies.save(tallies.file_of(tmp_path, 0), tallies.encode(tally(n) for n in range(20)))
    assert [each.trial for each in tallies.of(tmp_path)] == [16, 17, 18, 19]


def test_workers_are_added_up(tmp_path: Path) -> None:
    second = tally()
    second.dropped = 3
    second.examples[0] = Difference(99.0, "b", "11ff", Outcome.NEWLY_FLAGGED, "loan", 0.2, 0.8)
    tallies.save(tallies.file_of(tmp_path, 0), tallies.encode([tally()]))
    tallies.save(tallies.file_of(tmp_path, 1), tallies.encode([second, tally(9)]))
    both, other = tallies.of(tmp_path)
    assert (both.trial, other.trial) == (5, 9)
    told = tallies.report(both, wilson)
    assert (told["texts"], told["messages"], told["dropped"], told["failed"]) == (4, 6, 3, 0)
    low, high = wilson(0.5, 4)
    rows = {row["outcome"]: row for row in told["outcomes"]}
    assert rows["newly_flagged"] == {
        "outcome": "newly_flagged", "class": "", "texts": 2, "messages": 2, "share": 0.5,
        "interval": [round(low, 6), round(high, 6)],
    }  # fmt: skip
    assert rows["no_longer_flagged"]["texts"] == 0
    assert [(row["outcome"], row["class"]) for row in told["classes"]] == [("newly_flagged", "loan")]
    assert {row["outcome"]: row["texts"] for row in told["accounts"]["a"]}["agree"] == 2
    assert [example["at"] for example in told["examples"]] == [99.0, 12.0]


def test_nothing_compared_is_no_division(tmp_path: Path) -> None:
    told = tallies.report(Tally("new", "old", "canary", 0), wilson)
    assert told["texts"] == 0
    assert {row["share"] for row in told["outcomes"]} == {0.0}
    assert tallies.of(tmp_path) == []
