"""What a reseller is told of its messages."""

from __future__ import annotations

import csv
import io

import pytest

from filters.contract import Reason
from filters.reasons import MEANINGS
from smppproxy.state.refusals import COLUMNS, REASONS, as_csv, told
from smppproxy.state.trace import TraceRow

ROW = TraceRow(1_800_014_400.25, "t1", "acme", "smsc", 4, "301150232", "15881234", b"RECIPIENT-HASHED", b"TEXT",
               "refuse", "text_loan", "", "loan", 0.97, 0x45, "", 0.1)  # fmt: skip


def test_a_refusal_in_words() -> None:
    assert told(ROW) == {
        "time": "2027-01-15T12:00:00.250Z", "trace_id": "t1", "message_id": "", "code": "301150232",
        "sender": "15881234", "outcome": "refuse", "reason": "text_loan",
        "what_was_seen": MEANINGS[Reason.TEXT_LOAN].what, "what_to_do": MEANINGS[Reason.TEXT_LOAN].remedy,
        "status": "0x00000045", "status_name": "ESME_RSUBMITFAIL", "segment": "", "route": "domestic",
    }  # fmt: skip


def test_what_was_accepted_and_what_is_not_known() -> None:
    assert told(ROW._replace(reason="", status=0))["what_was_seen"] == "The carrier accepted it."
    strange = told(ROW._replace(reason="of a later version", status=0x9999))
    assert (strange["what_to_do"], strange["status_name"], strange["status"]) == ("", "", "0x00009999")


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words(reason: str) -> None:
    found = told(ROW._replace(reason=reason))
    assert found["what_was_seen"].endswith(".")
    assert found["what_to_do"].endswith(".")


def test_csv_holds_neither_recipient_nor_text_nor_formula() -> None:
    text = "".join(as_csv([ROW, ROW._replace(sender="=HYPERLINK(1)", message_id="+1")]))
    assert "RECIPIENT" not in text
    assert "TEXT" not in text.replace("text_loan", "")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[1]["sender"], rows[1]["message_id"]) == ("'=HYPERLINK(1)", "'+1")
    assert len(list(csv.reader(io.StringIO("".join(as_csv([ROW] * 12_000)))))) == 12_001
