from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from smppproxy.app.metrics import METRICS, reference

PAGE = Path(__file__).parents[3] / "docs/reference/metrics.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == reference.markdown(), "run: python -m smppproxy.app.metrics.reference > " + str(PAGE)


def test_names_follow_the_customs_of_prometheus():
    for metric in METRICS.values():
        assert re.fullmatch(r"[a-z][a-z_]*", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.kind != "histogram" or metric.name.endswith("_seconds")
        assert metric.about


def test_a_worker_does_not_pay_for_the_exposition():
    code = "import sys, smppproxy.app.metrics; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "False\n"


def test_every_metric_the_program_names_is_in_the_table():
    house = Path(__file__).parents[3] / "smppproxy"
    named = {
        (kind, name)
        for file in house.rglob("*.py")
        for kind, name in re.findall(r'\.(counter|gauge|histogram)\(\s*"(\w+)"', file.read_text())
        if file.parent.name != "load"
    }
    assert {(METRICS[name].kind, name) for _, name in named} == named
