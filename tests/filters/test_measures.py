"""What a list of sanctions asks for; what cannot be read is the strongest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.measures import Measure, measure


@pytest.mark.parametrize(
    ("reason", "expected", "participle"),
    [
        ("throttle 5", Measure("throttle", 5.0), "throttled"),
        ("throttle 0.5 for an hour", Measure("throttle", 0.5), "throttled"),
        ("suspend", Measure("suspend"), "suspended"),
        ("strike", Measure("strike"), "struck"),
        ("", Measure("strike"), "struck"),
        ("throttle", Measure("strike"), "struck"),
        ("throttle -1", Measure("strike"), "struck"),
        ("throttle inf", Measure("strike"), "struck"),
    ],
)
def test_words(reason: str, expected: Measure, participle: str) -> None:
    assert measure(reason) == expected
    assert measure(reason).participle == participle
    assert measure(reason).refuses == (expected.word != "throttle")


@given(st.text())
def test_any_reason_is_a_measure(reason: str) -> None:
    assert measure(reason).refuses or measure(reason).rate > 0
