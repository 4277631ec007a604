"""For the whole suite: hypothesis without deadlines, and no skips where the suite vouches for the product."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times; how long an example takes says nothing about whether it is right.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

#: Set by ``.ci/run``: a peer that is missing must not look like one that agrees.
SKIPS_FAIL = os.environ.get("CI") == "true"

Wrapped = Generator[None, pytest.TestReport, pytest.TestReport]
WrappedCollect = Generator[None, pytest.CollectReport, pytest.CollectReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Wrapped:
    report = yield
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped, which counts as a failure here: {_why(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> WrappedCollect:
    report = yield
    if SKIPS_FAIL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped, which counts as a failure here: {_why(report.longrepr)}"
    return report


def _why(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
