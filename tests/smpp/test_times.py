"""Absolute and relative times, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.times import moment

NOW = 1_800_000_000.0


def test_absolute_times_count_from_utc_in_quarters():
    assert moment(b"270115210000036+", NOW) == datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()
    assert moment(b"270115210005504-", NOW) == datetime(2027, 1, 15, 22, 0, 5, 500_000, tzinfo=UTC).timestamp()


def test_relative_times_begin_now():
    assert moment(b"000001020304000R", NOW) == NOW + 86_400 + 2 * 3600 + 3 * 60 + 4
    assert moment(b"010100000000000R", NOW) == NOW + (365 + 30) * 86_400


@pytest.mark.parametrize("value", [b"", b"270115210000036", b"271315210000036+", b"27011521000003x+", b"\xff" * 16])
def test_what_names_no_time(value):
    assert moment(value, NOW) is None


@given(st.binary(max_size=17) | st.from_regex(rb"[0-9]{15}[-+R]", fullmatch=True))
def test_nothing_raises(value):
    assert moment(value, NOW) is None or value[-1:] in b"+-R"
