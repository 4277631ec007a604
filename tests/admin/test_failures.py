"""Counting wrong tokens."""

from __future__ import annotations

from smppproxy.admin import failures
from smppproxy.admin.failures import LIMIT, WINDOW, Failures


def test_an_address_waits_after_too_many() -> None:
    found = Failures()
    for number in range(LIMIT):
        assert found.wait("198.51.100.7", 1000.0 + number) == 0
        found.failed("198.51.100.7", 1000.0 + number)
    assert found.wait("198.51.100.7", 1020.0) == WINDOW - 20
    assert found.wait("::ffff:198.51.100.7", 1020.0) > 0  # the same
    assert found.wait("198.51.100.8", 1020.0) == 0
    assert found.wait("198.51.100.7", 1000.0 + WINDOW) == 0
    found.failed("198.51.100.7", 1000.0 + WINDOW)
    assert found.wait("198.51.100.7", 1000.0 + WINDOW) == 0  # a new window begins


def test_one_customer_of_ipv6_has_many_addresses() -> None:
    found = Failures(limit=2)
    found.failed("2001:db8:1:2::1", 0.0)
    found.failed("2001:db8:1:2:ffff::9", 0.0)
    assert found.wait("2001:db8:1:2::3%eth0", 1.0) > 0
    assert found.wait("2001:db8:1:3::3", 1.0) == 0
    assert found.wait("a name", 1.0) == 0


def test_memory_is_bounded() -> None:
    found = Failures()
    for number in range(failures.ADDRESSES + 50):
        found.failed(f"host{number}", 0.0)
    assert len(found._found) == failures.ADDRESSES
