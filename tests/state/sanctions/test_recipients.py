"""Different recipients: exact while they are few, within the error that is stated while they are many."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.sanctions.recipients import LIMIT, NEVER, Recipients


def hashed(number):
    return blake2b(str(number).encode(), digest_size=16).digest()


SEEN = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1000), st.booleans()), max_size=120)


@given(SEEN, st.integers(-1, 1000))
def test_few_are_counted_exactly(seen, since):
    recipients = Recipients(2000)
    for number, at, enforced in seen:
        recipients.add(hashed(number), float(at), enforced, 1000.0)
    for only in (True, False):
        expected = {number for number, at, enforced in seen if at > since and (enforced or not only)}
        assert recipients.count(float(since), enforced=only) == len(expected)
        assert recipients.error(float(since), enforced=only) == 0


@pytest.mark.parametrize("many", [LIMIT, 2_000, 20_000])
def test_many_are_estimated_within_four_standard_errors_from_bounded_memory(many):
    recipients = Recipients(10_000)
    for number in range(many):
        recipients.add(hashed(number), float(number % 1000), True, 1000.0)
    error = recipients.error(-1.0, enforced=True)
    assert abs(recipients.count(-1.0, enforced=True) - many) <= 4 * error * many
    assert (error == 0) == (many <= LIMIT)
    assert len(recipients.packed()) - 1 <= LIMIT
    again = Recipients.unpacked(10_000, recipients.packed())
    assert again.count(500.0, enforced=True) == recipients.count(500.0, enforced=True)


def test_those_the_window_no_longer_holds_make_room_first():
    recipients = Recipients(100)
    for number in range(LIMIT):
        recipients.add(hashed(number), 0.0, True, 0.0)
    for number in range(10):
        recipients.add(hashed(f"late {number}"), 1000.0, True, 1000.0)
    assert recipients.level == 0
    assert recipients.count(900.0, enforced=True) == 10


def test_nobody_is_no_recipient_and_one_can_be_taken_back():
    recipients = Recipients(100)
    recipients.add(b"", 1.0, True, 1.0)
    recipients.add(hashed(1), 5.0, True, 5.0)
    recipients.set(hashed(1), NEVER, 3.0)
    assert recipients.count(2.0, enforced=False) == 1
    assert recipients.count(2.0, enforced=True) == 0
    recipients.set(hashed(1), NEVER, NEVER)
    assert recipients.count(-1.0, enforced=False) == 0


def test_the_error_that_is_stated_is_the_error_there_is():
    """Over many subjects of 3,000 recipients the counts err by what each says of itself, and not to one side."""
    many, errors, stated = 3_000, [], []
    for subject in range(40):
        recipients = Recipients(10_000)
        for number in range(many):
            recipients.add(hashed(f"{subject} {number}"), 1.0, True, 1.0)
        errors.append(recipients.count(0.0, enforced=True) / many - 1)
        stated.append(recipients.error(0.0, enforced=True))
    root_mean_square = (sum(error**2 for error in errors) / len(errors)) ** 0.5
    assert 0.04 <= max(stated) <= 1 / (LIMIT / 2) ** 0.5 + 0.01  # 4.4 to 6.3 %, with a little luck of the hash
    assert 0.6 <= root_mean_square / (sum(stated) / len(stated)) <= 1.4
    assert abs(sum(errors) / len(errors)) < 0.03
