"""How sure a match is: the more fits, the surer; never sure without anything of the message itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.reports.matching import LEAST, weigh


@pytest.mark.parametrize(
    ("fits", "confidence", "why"),
    [
        ({"recipient": True, "text": True, "sender": True, "apart": 60.0}, 0.99, "recipient+text+sender+time"),
        ({"text": True, "sender": True, "apart": 60.0}, 0.95, "text+sender+time"),
        ({"text": True, "apart": 60.0}, 0.9, "text+time"),
        ({"text": True, "apart": 7200.0}, 0.82, "text+day"),
        ({"text": True, "apart": None}, 0.8, "text"),
        ({"near": 0.8, "sender": True, "apart": 60.0}, 0.875, "near text+sender+time"),
        ({"near": 0.6, "apart": 7200.0}, 0.37, "near text+day"),
        ({"sender": True, "apart": 60.0}, 0.75, "sender+time"),
        ({"recipient": False, "text": True, "apart": 60.0}, 0.45, "text+time"),
        ({"apart": 0.0}, 0.0, ""),
    ],
)
def test_what_fits_is_weighed(fits: dict[str, object], confidence: float, why: str) -> None:
    given: dict[str, object] = {"recipient": None, "text": False, "near": 0.0, "sender": False} | fits
    weighed = weigh(**given)  # type: ignore[arg-type]
    assert (weighed.confidence, weighed.why) == (confidence, why)


@given(st.booleans(), st.booleans(), st.floats(0, 1), st.booleans(), st.none() | st.floats(-1e6, 1e6))
def test_more_that_fits_is_never_less_sure(
    recipient: bool, text: bool, near: float, sender: bool, apart: float | None
) -> None:
    weighed = weigh(recipient=recipient or None, text=text, near=near, sender=sender, apart=apart)
    surer = weigh(recipient=True, text=True, near=near, sender=True, apart=apart)
    assert 0.0 <= weighed.confidence <= surer.confidence <= 0.99
    if not (recipient or text or near or sender):
        assert weighed.confidence < LEAST
