"""Tables and progress on a terminal; piped output is seen in the tests of each command."""

from __future__ import annotations

import io
import sys

import pytest

from smppproxy.cli.tables import STYLES, print_outcome, print_table, progress_bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_head_and_no_markup_of_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", out := Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(("code", "state", "owner"), [("301150232", "active", "[red]ACME[/red]")], STYLES)
    assert "code" in out.getvalue()
    assert "[red]ACME[/red]" in out.getvalue()


def test_a_pipe_gets_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar("importing") as tell:
        assert tell is None


def test_a_terminal_gets_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", err := Terminal())
    with progress_bar("importing") as tell:
        assert tell is not None
        tell(5, 10)
    assert "importing" in err.getvalue()


def test_differences_beyond_the_first_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    difference = {"code": "1", "what": "change", "fields": {"valid_until": [None, 0]}}
    print_outcome({"added": 2, "changed": 3, "unchanged": 4, "dry_run": True, "differences": [difference]})
    assert capsys.readouterr().out.splitlines() == [
        "~ 1  valid_until: none -> 1970-01-01T00:00:00Z",
        "… and 4 more",
        "would be added 2, would be changed 3, unchanged 4",
    ]
