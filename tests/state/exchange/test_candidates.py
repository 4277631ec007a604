"""Candidates: gathered from reports, verdicts, sanctions and our own list, with the day's criterion made plain."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.exchange.candidates import LEAST_VERDICTS, candidates
from smppproxy.state.exchange.signed_file import Entry, Evidence
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind

NOON = 1_800_000_000  # 2027-01-15T08:00:00Z


def _insert(authority: Authority, table: str, **values: Any) -> None:
    with authority.store.transaction() as cursor:
        marks = ", ".join("?" * len(values))
        cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _verdict(authority: Authority, number: int, sender: str, **values: Any) -> None:
    blank: dict[str, Any] = {
        "number": number, "at": NOON * 1000, "counted_at": 0.0, "trace_id": f"t{number}", "account": "a", "code": "c",
        "owner": "", "sender": sender, "recipient": bytes([number % 7]), "fingerprint": b"", "cluster": "", "host": "",
        "reason": "text_loan", "label": "loan", "score": 0.9, "model": "", "rule": "", "enforced": 1, "refused": 1,
        "route": "domestic",
    }  # fmt: skip
    _insert(authority, "sanction_verdicts", **(blank | values))


def _report(authority: Authority, number: int, sender: str, at: int, category: str = "loan") -> None:
    _insert(authority, "reports", mark=bytes([number]), file=1, place=number, received=at, reported=at, label="x",
            category=category, channel="SMS", sender=sender, origin="", relay="", recipient=b"", text=b"",
            text_day="")  # fmt: skip


def _ask(authority: Authority, own: list[tuple[str, Item]] | None = None, **limits: int) -> tuple[list[Entry], int]:
    read = authority.lists.keys.reader(ListKind.SENDER_BLACKLIST)
    return candidates(authority.store, read, own or [], **limits)


def test_the_criterion_is_visible(authority: Authority) -> None:
    for sender, reports in (("821011112222", 57), ("821033334444", 49)):
        _insert(authority, "blacklist_candidates", sender=sender, day="2027-01-14", reports=reports, total=80, days=3,
                reporters=9, texts=2, category="gambling", first_at=1, last_at=2, expires=3, changed_at=4)  # fmt: skip
    (first, second), left_out = _ask(authority)
    assert first == Entry(
        entry="821011112222", reason="gambling", source="reports",
        evidence=Evidence(criterion=True, reports=80, reports_in_a_day=57, day="2027-01-14", days=3, reporters=9,
                          texts=2, category="gambling"),
    )  # fmt: skip
    assert second.evidence is not None
    assert (second.evidence.criterion, second.evidence.reports_in_a_day, left_out) == (False, 49, 0)
    (first, second), _ = _ask(authority, criterion=40)
    assert second.evidence is not None
    assert second.evidence.criterion


def test_verdicts_count_in_every_spelling_and_not_when_overturned(authority: Authority) -> None:
    for number in range(LEAST_VERDICTS):
        _verdict(authority, number, "15881234")
        _verdict(authority, 100 + number, "+82-1588-1234", refused=0)
        _verdict(authority, 200 + number, "EVENT")  # a name: a list of numbers cannot hold it
        _verdict(authority, 300 + number, "15880000", overturned=1)
    for number in range(LEAST_VERDICTS - 1):
        _verdict(authority, 400 + number, "15889999")
    (entry,), left_out = _ask(authority)
    assert (entry.entry, entry.source, left_out) == ("8215881234", "verdicts", 1)
    assert entry.evidence == Evidence(verdicts=2 * LEAST_VERDICTS, verdicts_refused=LEAST_VERDICTS, recipients=14)


def test_our_own_list_goes_out_with_what_is_known(authority: Authority) -> None:
    for number, at in enumerate((NOON, NOON, NOON - 86_400)):
        _report(authority, number, "8215881234", at)
    _report(authority, 9, "8215881234", NOON, "ham")
    (entry,), _ = _ask(authority, [("8215881234", Item("desk", "asked by the bank"))])
    assert (entry.reason, entry.source) == ("asked by the bank", "reports,list")
    assert entry.evidence == Evidence(reports=3, reports_in_a_day=2, days=2)


@pytest.mark.parametrize(("state", "there"), [("standing", True), ("proposed", False)])
def test_sanctions_in_force_count(authority: Authority, state: str, there: bool) -> None:
    _insert(authority, "sanctions", id=1, subject="sender:8215881234", action="strike", state=state, made_by="t",
            made_at=1)  # fmt: skip
    found, _ = _ask(authority)
    assert [(each.entry, each.source) for each in found] == ([("8215881234", "sanction")] if there else [])
