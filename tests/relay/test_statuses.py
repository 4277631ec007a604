"""The one map from reason to command_status, row by row as the documents promise it."""

from __future__ import annotations

import pytest

from filters.contract import Action, Reason
from smppproxy.relay.statuses import RETRYABLE, TABLES, retried_though_permanent, status_of, table
from smppproxy.smpp import constants as c

#: Reasons and their status in the default table and in that of SMPP 5.0.
ROWS: list[tuple[str, int, int]] = [
    ("code_missing", 0xC3, 0xC3),
    ("code_length", 0xC2, 0xC2),
    ("code_format code_unregistered code_inactive code_not_allowed", 0xC4, 0xC4),
    ("tlv_stream_broken", 0xC0, 0xC0),
    ("code_sanctioned", 0x45, 0x101),
    ("account_sanctioned", 0x45, 0x101),
    ("sender_malformed sender_unregistered sender_spoofed sender_blacklisted", 0x0A, 0x0A),
    ("recipient_refused", 0x0B, 0x0B),
    ("text_gambling text_loan text_drug text_adult text_investment text_smishing text_spam", 0x45, 0x45),
    ("text_undecodable link_refused advert_rule", 0x45, 0x45),
    ("account_rate code_rate", 0x58, 0x58),
    ("draining overloaded quarantine_full window_full judge_late service_unavailable rule_failed", 0x58, 0x58),
    ("upstream_lost upstream_absent response_timeout reseller_gone", 0x08, 0x08),
    ("code_conflict segment_conflict", 0xC4, 0xC4),
    ("text_twice", 0xC1, 0xC1),
    ("not_owned", 0x0C, 0x0C),
    ("state_forbids", 0x04, 0x04),
    ("field_broken", 0x01, 0x01),
    ("carrier_refused", 0x45, 0x45),
]


@pytest.mark.parametrize(("reasons", "smpp34", "smpp50"), ROWS)
def test_each_row(reasons: str, smpp34: int, smpp50: int) -> None:
    for word in reasons.split():
        assert TABLES["smpp34"][Reason(word)] == smpp34
        assert TABLES["smpp50"][Reason(word)] == smpp50


def test_no_reason_is_left_out() -> None:
    assert sorted(word for words, _, _ in ROWS for word in words.split()) == sorted(Reason)
    assert all(set(statuses) == set(Reason) for statuses in TABLES.values())


def test_the_defaults_are_known_to_every_client() -> None:
    assert all(0 < status < 0x100 for status in TABLES["smpp34"].values())
    assert all(c.STATUSES[status].name34 for status in TABLES["smpp34"].values())


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_permanent_refusal_is_retried(name: str) -> None:
    assert retried_though_permanent(TABLES[name]) == []


def test_a_table_of_one_s_own() -> None:
    own = table({"code_missing": 0x58})
    assert own[Reason.CODE_MISSING] == 0x58
    assert own[Reason.NOT_OWNED] == 0x0C
    assert retried_though_permanent(own) == [Reason.CODE_MISSING]
    assert 0x58 in RETRYABLE
    assert table("vendor") is TABLES["vendor"]
    with pytest.raises(KeyError):
        table("none such")
    with pytest.raises(ValueError, match="none such"):
        table({"none such": 1})


def test_what_an_action_is_answered_with() -> None:
    statuses = TABLES["smpp50"]
    assert status_of(statuses, Reason.CODE_SANCTIONED, Action.REFUSE) == 0x101
    assert status_of(statuses, Reason.CODE_SANCTIONED, Action.THROTTLE) == 0x58
    assert status_of(table({"account_rate": 0x45}), Reason.ACCOUNT_RATE, Action.THROTTLE) == 0x45
    for action in (Action.FORWARD, Action.OBSERVE, Action.REWRITE, Action.SWALLOW, Action.QUARANTINE):
        assert status_of(statuses, Reason.TEXT_LOAN, action) == 0
