"""As many descriptors as the sessions need, as far as the machine lets us."""

from __future__ import annotations

import resource

import pytest
from structlog.testing import capture_logs

from smppproxy.app import descriptors
from smppproxy.app.descriptors import SPARE


@pytest.fixture
def limits(monkeypatch):
    """The limits of a process, which a test may set."""
    now = {"soft": 1024, "hard": 4096}

    def set_them(_, pair):
        if now.get("refused"):
            raise ValueError("not permitted")
        now["soft"], now["hard"] = pair

    monkeypatch.setattr(resource, "getrlimit", lambda _: (now["soft"], now["hard"]))
    monkeypatch.setattr(resource, "setrlimit", set_them)
    return now


def test_enough_is_left_alone(limits):
    assert descriptors.provide(1000) == 1000
    assert limits["soft"] == 1024


def test_the_soft_limit_is_raised_as_far_as_needed(limits):
    assert descriptors.provide(3000) == 3000
    assert (limits["soft"], limits["hard"]) == (3000, 4096)


def test_too_low_a_hard_limit_is_told(limits):
    with capture_logs() as logs:
        assert descriptors.provide(9000) == 4096
    assert limits["soft"] == 4096
    assert [(line["event"], line["limit"], line["needed"]) for line in logs] == [("descriptors_short", 4096, 9000)]


def test_a_limit_that_cannot_be_set_is_told(limits):
    limits["refused"] = True
    with capture_logs() as logs:
        assert descriptors.provide(3000) == 1024
    assert logs[0]["limit"] == 1024


def test_without_limits_there_is_enough(limits):
    limits["hard"] = resource.RLIM_INFINITY
    assert descriptors.provide(50_000) == 50_000
    limits["soft"] = resource.RLIM_INFINITY
    assert descriptors.provide(90_000) == 90_000


def test_a_paired_session_has_two_ends_and_relayed_tls_two_more(settings, certificate):
    plain = settings(proxy="limits = { sessions = 100 }")
    assert descriptors.needed(plain, 4) == 200 + SPARE
    tls = f'address = "127.0.0.1:0"\ntls = {{ certificate = "{certificate[0]}", key = "{certificate[1]}" }}'
    ended_here = settings(proxy="limits = { sessions = 100 }", listeners=[tls])
    assert descriptors.needed(ended_here, 1) == 200 + SPARE
    assert descriptors.needed(ended_here, 2) == 400 + SPARE
