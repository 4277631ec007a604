"""Questions to the trace, answered alike from the store and from the spool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.reports.sightings import Wanted, sightings
from smppproxy.state.spool import Spool
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_mover import TraceMover
from smppproxy.state.trace_query import TraceQuestion, pseudonyms_of, search
from smppproxy.state.trace_store import FOLDER

NOON = 1_800_014_400.0
DAY = 86_400.0
HASH = b"h" * 16


def _row(number: int, **fields: Any) -> TraceRow:
    given: dict[str, Any] = {
        "at": NOON + number, "trace_id": f"t{number}", "account": "acme", "upstream": "smsc", "operation": 4,
        "code": "301150232", "sender": "15881234", "recipient": bytes(16), "text": b"", "action": "forward",
        "reason": "", "observed": "", "label": "", "score": 0.0, "status": 0, "message_id": "", "duration": 0.1,
    }  # fmt: skip
    return TraceRow(**(given | fields))


ROWS = [
    _row(1, recipient=HASH, at=NOON - DAY),
    _row(2, recipient=HASH, reason="code_missing", action="refuse", status=0xC3),
    _row(3, code="301210079", account="other"),
    _row(4, message_id="00000000FF", sender="Bank", text=b"x" * 16),
    _row(5, recipient=b"i" * 16, observed="text_loan,link_host"),
]


@pytest.fixture(params=["spool", "store", "sealed", "both"])
def filled(request: pytest.FixtureRequest, state_dir: Path) -> Path:
    where = request.param
    for rows in (ROWS[:3], ROWS[3:]):
        began = rows[-1].at
        spool = Spool(state_dir / "spool", 0, began)
        spool.write(rows)
        spool.close(began)
        if where in ("store", "sealed") or (where == "both" and rows[0].trace_id == "t1"):
            mover = TraceMover(state_dir)
            while mover.turn(NOON + (3 * DAY if where == "sealed" else 0)):
                pass
            mover.close()
    return state_dir


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, ["t5", "t4", "t3", "t2", "t1"]),
        ({"limit": 2}, ["t5", "t4"]),
        ({"trace_id": "t3"}, ["t3"]),
        ({"recipients": (HASH,)}, ["t2", "t1"]),
        ({"recipients": (HASH, b"i" * 16), "since": NOON}, ["t5", "t2"]),
        ({"recipients": (HASH,), "until": NOON}, ["t1"]),
        ({"since": NOON + 3, "until": NOON + 5}, ["t4", "t3"]),
        ({"code": "301210079"}, ["t3"]),
        ({"account": "other", "code": "301150232"}, []),
        ({"text": b"x" * 16}, ["t4"]),
        ({"text": b"y" * 16}, []),
        ({"observed": "link_host"}, ["t5"]),
        ({"observed": "link"}, []),
        ({"reason": "link_host"}, []),
        ({"message_id": "255"}, ["t4"]),
        ({"message_id": "ff"}, ["t4"]),
        ({"sender": "Bank"}, ["t4"]),
        ({"reason": "code_missing"}, ["t2"]),
        ({"trace_id": "' OR 1=1"}, []),
    ],
)
def test_questions(filled: Path, question: dict[str, Any], found: list[str]) -> None:
    assert [row.trace_id for row in search(filled, TraceQuestion(**question))] == found


def test_rows_come_back_as_they_were(filled: Path) -> None:
    assert search(filled, TraceQuestion(trace_id="t2")) == [ROWS[1]]


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    assert search(tmp_path / "var", TraceQuestion()) == []


def test_a_day_that_is_only_being_made_holds_nothing_yet(filled: Path) -> None:
    found = search(filled, TraceQuestion())
    (filled / FOLDER).mkdir(exist_ok=True)
    (filled / FOLDER / "2027-01-20.db").touch()
    assert search(filled, TraceQuestion()) == found
    wanted = Wanted(frozenset(), frozenset(), {}, 0.0, 4e9)
    assert list(sightings(filled, wanted)) == []


def test_what_is_moved_meanwhile_is_seen_once(filled: Path) -> None:
    """The row stands in the store, and its file is not deleted yet."""
    spool = Spool(filled / "spool", 9, NOON)
    spool.write([_row(6)])
    spool.close(NOON)
    (path,) = (filled / "spool").glob("009-*")
    octets = path.read_bytes()
    mover = TraceMover(filled)
    while mover.turn(NOON):
        pass
    mover.close()
    path.write_bytes(octets)
    assert [row.trace_id for row in search(filled, TraceQuestion(trace_id="t6"))] == ["t6"]


def test_garbage_in_the_spool_hides_nothing_else(filled: Path) -> None:
    (filled / "spool" / "000-0-0.spool").write_bytes(b"garbage" * 9)
    assert len(search(filled, TraceQuestion())) == 5


def test_a_recipient_is_found_in_each_spelling(tmp_path: Path) -> None:
    pseudonym = Pseudonymiser.load(tmp_path)
    wanted = pseudonyms_of("010-2345-6789", pseudonym)
    for sent in ("01023456789", "821023456789", "1023456789", "00821023456789", "8201023456789"):
        assert pseudonym(sent) in wanted
    assert pseudonym("7777") in pseudonyms_of("7777", pseudonym)
