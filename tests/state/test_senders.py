"""Senders: what a number is worth, and how it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.ports import SenderState
from smppproxy.state.senders import BLOCKS, Sender, read_number

ACTIVE, SUSPENDED, BLACKLISTED = SenderState.ACTIVE, SenderState.SUSPENDED, SenderState.BLACKLISTED


@pytest.mark.parametrize(
    ("state", "registered", "dates", "now", "worth"),
    [
        (ACTIVE, True, {}, 5, ACTIVE),
        (ACTIVE, True, {"valid_from": 6}, 5, None),
        (ACTIVE, True, {"valid_until": 5}, 5, None),
        (ACTIVE, True, {"valid_from": 5, "valid_until": 6}, 5, ACTIVE),
        (SUSPENDED, True, {"state_until": 6}, 5, SUSPENDED),
        (SUSPENDED, True, {"state_until": 5}, 5, ACTIVE),
        (SUSPENDED, True, {"valid_until": 1}, 5, SUSPENDED),
        (BLACKLISTED, False, {"state_until": 6}, 5, BLACKLISTED),
        (BLACKLISTED, False, {"state_until": 5}, 5, None),
        (BLACKLISTED, True, {"state_until": 5, "valid_until": 4}, 5, None),
    ],
)
def test_what_a_sender_is_worth(
    state: SenderState, registered: bool, dates: dict[str, int], now: int, worth: SenderState | None
) -> None:
    sender = Sender(number="8215881234", state=state, registered=registered, **dates)
    assert sender.state_at(now) is worth


@given(st.sampled_from(BLOCKS), st.booleans(), st.integers(0, 10), st.integers(0, 10))
def test_a_block_without_an_end_outweighs_everything(state: SenderState, registered: bool, a: int, b: int) -> None:
    sender = Sender(number="1", state=state, registered=registered, valid_from=a, valid_until=a + b + 1)
    assert sender.state_at(5) is state


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("02-2345-6789", "82223456789"),
        ("010 2345 6789", "821023456789"),
        ("+82 10-2345-6789", "821023456789"),
        ("15881234", "8215881234"),
        ("112", "82112"),
        (" +1 202 555 0123 ", "12025550123"),
        ("Bank A", "bank a"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, form: str) -> None:
    assert read_number(text) == (form, "")


@given(st.text(max_size=40))
def test_nothing_makes_reading_fail(text: str) -> None:
    number, fault = read_number(text)
    assert fault or number
