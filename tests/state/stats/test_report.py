"""Tables made of counts: ranks, shares, the rest as one, resellers of several codes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.state.stats.report import RANKED, Row, change, share, steps, tables

KEYS = st.sampled_from(["", "a", "b", "c", "d"])
ROWS = st.lists(
    st.builds(
        Row, KEYS, KEYS, KEYS, st.sampled_from(["domestic", "international"]),
        st.sampled_from(["ham", "unjudged", "gambling", "smishing"]),
        st.sampled_from(["forward", "refuse", "throttle"]), KEYS, st.integers(0, 9), st.integers(0, 9),
    ),
    max_size=30,
)  # fmt: skip


def _row(code: str, label: str, messages: int, outcome: str = "forward") -> Row:
    return Row("acme", "smsc", code, "domestic", label, outcome, "", messages, messages)


def test_resellers_are_ranked_by_the_spam_of_all_their_codes() -> None:
    now = [_row("1", "ham", 100), _row("1", "loan", 3), _row("2", "adult", 4, "refuse"), _row("3", "spam", 5)]
    found = {table.name: table for table in tables(now, [_row("1", "loan", 1)], {"1": "Shop", "2": "Shop"})}
    shop, other = found["reseller"].lines
    assert (shop.key, shop.members, shop.now.spam, shop.now.malignant, shop.now.blocked) == ("Shop", 2, 7, 7, 4)
    assert (shop.before.spam, other.key, other.now.spam, other.now.malignant) == (1, "3", 5, 0)
    assert [(line.key, line.name) for line in found["code"].lines] == [("3", ""), ("2", "Shop"), ("1", "Shop")]


def test_without_spam_messages_are_ranked() -> None:
    table = tables([_row("1", "ham", 2), _row("2", "unjudged", 3)], [], {})[0]
    assert (table.measure, table.total.now.messages) == ("messages", 5)


@settings(deadline=None)
@given(ROWS, ROWS, st.integers(1, 3))
def test_every_table_holds_everything_once(now: list[Row], before: list[Row], top: int) -> None:
    for table in tables(now, before, {"a": "Owner", "b": "Owner"}, top=top):
        lines = [*table.lines, *([table.rest] if table.rest is not None else [])]
        assert len(table.lines) <= top or table.name not in RANKED
        for name in ("messages", "segments", "spam", "malignant", "blocked"):
            assert sum(getattr(line.now, name) for line in lines) == getattr(table.total.now, name)
            assert sum(getattr(line.before, name) for line in lines) == getattr(table.total.before, name)
        ranks = [getattr(line.now, table.measure) for line in table.lines]
        assert ranks == sorted(ranks, reverse=True)
        assert table.total.now.messages == sum(row.messages for row in now)


def test_steps_without_messages_are_zeros() -> None:
    found = steps([("2026-01-02", "ham", 5), ("2026-01-02", "loan", 2)], ["2026-01-01", "2026-01-02"])
    assert [(step.period, step.messages, step.spam) for step in found] == [
        ("2026-01-01", 0, {}), ("2026-01-02", 7, {"loan": 2}),
    ]  # fmt: skip


def test_shares_and_changes_of_nothing() -> None:
    assert (share(1, 0), change(5, 0), change(0, 4), change(6, 4)) == (0.0, None, -1.0, 0.5)
