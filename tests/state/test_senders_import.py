"""Files of senders: out and in again, differences, and rows that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from filters.ports import SenderState
from smppproxy.state import ledger, senders_import
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError
from smppproxy.state.sender_registry import RECORDS
from smppproxy.state.senders_csv import render
from smppproxy.state.senders_import import import_senders

A, B, C = "821023456789", "8215881234", "827012345678"


def _import(authority: Authority, text: str, **fields: Any) -> Any:
    return import_senders(authority.senders, text, who="test", **fields)


def test_a_file_is_registered_all_at_once(authority: Authority) -> None:
    text = "number,codes,evidence,valid_until\n010-2345-6789,301210079 301150232,paper 7,2099-12-31\n1588-1234,,,\n"
    tried = _import(authority, text, dry_run=True)
    assert (tried.added, tried.changed, tried.dry_run) == (2, 0, True)
    assert tried.differences[0].fields["codes"] == (None, ("301150232", "301210079"))
    assert list(RECORDS.everything(authority.store)) == []
    assert _import(authority, text).added == 2
    assert authority.senders.show(A).codes == ("301150232", "301210079")
    again = _import(authority, text)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert ledger.head(authority.store).revision == 2


def test_what_export_writes_import_reads(authority: Authority, clock: Any) -> None:
    senders = authority.senders
    senders.add(A, who="test", codes=["301150232"], accounts=["acme"], evidence="paper, 7", valid_until=2_000_000_000)
    senders.block(B, SenderState.BLACKLISTED, who="test", until=1_900_000_000, why="50 reports")
    before = list(RECORDS.everything(authority.store))
    text = render(before)
    assert _import(authority, text).unchanged == 2
    for number in (A, B):
        senders.remove(number, who="test", force=True)
    assert _import(authority, text).added == 2
    after = list(RECORDS.everything(authority.store))
    shown = [(e.number, e.state, e.registered, e.codes, e.accounts, e.evidence, e.state_until) for e in after]
    assert shown == [(e.number, e.state, e.registered, e.codes, e.accounts, e.evidence, e.state_until) for e in before]


def test_bare_numbers_are_a_file_too(authority: Authority) -> None:
    assert _import(authority, f"{A}\n\n{B}\n{A}\n").added == 2


def test_absent_columns_stay_and_empty_cells_clear(authority: Authority) -> None:
    _import(authority, f"number,codes,evidence\n{A},1,paper\n")
    assert _import(authority, f"number,evidence\n{A},\n").changed == 1
    assert (authority.senders.show(A).codes, authority.senders.show(A).evidence) == (("1",), "")


def test_states_of_a_file(authority: Authority) -> None:
    _import(authority, f"number,state,codes\n{A},suspended,1\n{B},theft_blocked,\n{C},,\n")
    found = {each.number: (each.state, each.registered) for each in RECORDS.everything(authority.store)}
    assert found == {
        A: (SenderState.SUSPENDED, True),
        B: (SenderState.THEFT_BLOCKED, False),
        C: (SenderState.ACTIVE, True),
    }
    _import(authority, f"number,state\n{A},blacklisted\n{C},suspended\n")
    assert [each.action for each in authority.senders.history(A)] == ["sender.block", "sender.add"]
    assert authority.senders.history(C)[0].action == "sender.suspend"


@pytest.mark.parametrize(
    ("text", "row", "column", "told"),
    [
        ("number,state\n1588-1234,asleep\n", 2, "state", "one of active"),
        ("number\n1588-1234\n7777\n", 3, "number", "telephone number"),
        ("number,why\n1588-1234,a\n15881234,b\n", 3, "number", "row 2 says otherwise"),
        ("number,valid_until\n1588-1234,soon\n", 2, "valid_until", "2026-12-31"),
        ("number,valid_from,valid_until\n1588-1234,2027-01-02,2027-01-01\n", 2, "valid_until", "never be valid"),
        ("number,colour\n1588-1234,red\n", 1, "colour", "no such column"),
        ("number,why\n1588-1234\n", 2, "", "2 cells are expected"),
        ("colour\nred\n", 1, "", "columns: number"),
        ("number,evidence\n1588-1234," + "x" * 501 + "\n", 2, "evidence", "at most 500"),
        ("number,codes\n1588-1234,é\n", 2, "codes", "ASCII"),
    ],
)
def test_rows_that_are_wrong(authority: Authority, text: str, row: int, column: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        _import(authority, text)
    (fault,) = caught.value.faults
    assert (fault.row, fault.column) == (row, column)
    assert told in fault.expected
    assert list(RECORDS.everything(authority.store)) == []


def test_an_import_lifts_nothing(authority: Authority) -> None:
    _import(authority, f"number,state\n{A},suspended\n{B},blacklisted\n")
    with pytest.raises(InputError, match="2 rows contradict"):
        _import(authority, f"number,state\n{A},active\n{B},suspended\n{C},\n")
    assert len(list(RECORDS.everything(authority.store))) == 2


def test_a_blocked_number_is_registered_by_a_file_that_names_its_holder(authority: Authority) -> None:
    authority.senders.block(A, SenderState.PROTECTED, who="test")
    _import(authority, f"number,codes\n{A},301150232\n")
    found = authority.senders.show(A)
    assert (found.state, found.registered, found.codes) == (SenderState.PROTECTED, True, ("301150232",))


def test_a_file_is_read_line_by_line_whatever_ends_its_lines(authority: Authority) -> None:
    text = '\ufeffnumber,codes\r\n01011112222,"301150232\n301150233"\r\r\n01011113333,last'
    outcome = authority.service.dispatch({"do": "senders.import", "text": text, "who": "anna"})
    assert (outcome["ok"], outcome["added"]) == (True, 2), outcome
    assert authority.senders.show("821011112222").codes == ("301150232", "301150233")
    wrong = text.replace("last", "last,one,more")
    [fault] = authority.service.dispatch({"do": "senders.import", "text": wrong})["error"]["faults"]
    assert fault["row"] == 5


def test_faults_are_told_in_the_order_of_the_file_however_many_rows_are_looked_up_at_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders_import, "TOGETHER", 2)
    names = [f"0101111222{n}" for n in range(5)]
    assert authority.service.dispatch({"do": "senders.import", "text": "number\n" + "\n".join(names)})["added"] == 5
    for name in names:
        authority.senders.block(name, SenderState.BLACKLISTED, who="anna")
    text = "number,state\n" + "\n".join(f"{name},active" for name in names)
    refused = authority.service.dispatch({"do": "senders.import", "text": text})
    assert [each["row"] for each in refused["error"]["faults"]] == [2, 3, 4, 5, 6]


def test_all_faults_of_a_row_are_told(authority: Authority) -> None:
    with pytest.raises(InputError, match="1 row is wrong") as caught:
        _import(authority, f"number,state,valid_from,evidence\n77,asleep,soon,{'x' * 501}\n")
    assert {fault.column for fault in caught.value.faults} == {"number", "state", "valid_from", "evidence"}
    with pytest.raises(InputError, match="1 row contradicts the registry") as caught:
        _import(authority, "number,codes,valid_from,valid_until\n1588-1234,é,2027-01-02,2027-01-01\n")
    assert {fault.column for fault in caught.value.faults} == {"codes", "valid_until"}
