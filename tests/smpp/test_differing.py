"""The sentinel."""

from __future__ import annotations

from smppproxy.smpp import kernel
from smppproxy.smpp.differing import DIFFERING, Differing


def test_there_is_one_and_the_kernel_shows_it() -> None:
    assert list(Differing) == [DIFFERING]
    assert kernel.DIFFERING is DIFFERING
