"""Import: the difference, all or nothing, and no sanction lifted by a file."""

from __future__ import annotations

from typing import Any

import pytest

from filters.ports import CodeState
from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.code_registry import RECORDS
from smppproxy.state.codes_csv import render
from smppproxy.state.codes_import import import_codes
from smppproxy.state.errors import InputError

A, B, C = "301150232", "301210079", "302190001"


def _state(authority: Authority) -> tuple[list[Any], int]:
    return list(RECORDS.everything(authority.store)), ledger.head(authority.store).revision


def test_new_changed_and_unchanged(authority: Authority) -> None:
    authority.codes.add(A, who="test", owner="ACME")
    authority.codes.add(B, who="test", owner="Old")
    outcome = import_codes(authority.codes, f"code,owner\n{A},ACME\n{B},New\n{C},Third\n", who="test")
    assert (outcome.added, outcome.changed, outcome.unchanged) == (1, 1, 1)
    assert [(each.code, each.owner, each.state) for each in authority.codes.page()] == [
        (A, "ACME", CodeState.ACTIVE),
        (B, "New", CodeState.ACTIVE),
        (C, "Third", CodeState.ACTIVE),
    ]
    assert [(each.code, each.what, each.fields) for each in outcome.differences] == [
        (B, "change", {"owner": ("Old", "New")}),
        (C, "add", {"state": (None, "active"), "owner": (None, "Third")}),
    ]


def test_a_dry_run_changes_nothing(authority: Authority) -> None:
    before = _state(authority)
    outcome = import_codes(authority.codes, f"{A}\n{B}\n", who="test", dry_run=True)
    assert (outcome.added, outcome.dry_run) == (2, True)
    assert _state(authority) == before


def test_importing_twice_changes_nothing_the_second_time(authority: Authority) -> None:
    text = f"code,state,owner,valid_until\n{A},struck,x,\n{B},active,y,2020-01-01\n"
    import_codes(authority.codes, text, who="test")
    before = _state(authority)
    assert import_codes(authority.codes, text, who="test").unchanged == 2
    assert _state(authority) == before


def test_an_export_is_in_line_with_itself(authority: Authority, clock: Any) -> None:
    authority.codes.add(A, who="test", owner="a,b", valid_until=int(clock.now) + 7)
    authority.codes.add(B, who="test")
    authority.codes.strike(B, who="test", why="why")
    text = render(RECORDS.everything(authority.store))
    assert import_codes(authority.codes, text, who="test").unchanged == 2


def test_a_file_can_sanction(authority: Authority) -> None:
    import_codes(authority.codes, f"{A}\n{B}\n", who="test")
    import_codes(authority.codes, f"code,state\n{A},suspended\n{B},struck\n", who="regulator", why="list 7")
    assert authority.codes.show(A).state is CodeState.SUSPENDED
    entry = authority.codes.history(B)[0]
    assert (entry.action, entry.who, entry.why) == ("code.strike", "regulator", "list 7")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"code,state\n{C},active\n{A},active\n", "row 3, state: 'active': the code is suspended; an import lifts no"),
        (f"code,state\n{C},active\n{B},suspended\n", "row 3, state: 'suspended': the code is struck"),
        (f"code,state\n{C},inactive\n", "row 2, state: 'inactive': inactive follows from the dates"),
        (f"code,valid_from\n{C},\n{A},2099-01-01\n", "row 3, valid_until: the code would never be valid"),
    ],
)
def test_rows_that_contradict_the_registry(authority: Authority, text: str, told: str) -> None:
    authority.codes.add(A, who="test", valid_until=2_000_000_000)
    authority.codes.suspend(A, who="test")
    authority.codes.add(B, who="test")
    authority.codes.strike(B, who="test")
    before = _state(authority)
    with pytest.raises(InputError, match="nothing was changed") as caught:
        import_codes(authority.codes, text, who="test")
    assert told in [str(fault)[: len(told)] for fault in caught.value.faults]
    assert _state(authority) == before


def test_sanctions_stay_where_the_file_does_not_speak_of_states(authority: Authority) -> None:
    authority.codes.add(A, who="test")
    authority.codes.suspend(A, who="test")
    import_codes(authority.codes, f"code,owner\n{A},New\n", who="test")
    assert authority.codes.show(A).state is CodeState.SUSPENDED


def test_inactive_with_a_date_that_has_passed_is_active_by_record(authority: Authority, clock: Any) -> None:
    import_codes(authority.codes, f"code,state,valid_until\n{A},inactive,2020-01-01\n", who="test")
    assert authority.codes.show(A).state_at(clock.now) is CodeState.INACTIVE


def test_progress_is_told(authority: Authority) -> None:
    told: list[tuple[int, int]] = []
    text = "".join(f"{n:09d}\n" for n in range(1200))
    import_codes(authority.codes, text, who="test", progress=lambda *now: told.append(now))
    assert told == [(0, 1200), (500, 1200), (1000, 1200)]
    assert ledger.verify(authority.store).entries == 1200
