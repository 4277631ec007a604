"""The systemd unit and the Kubernetes manifest agree with the program and with each other."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from smppproxy.app.settings import hash_password, load
from smppproxy.app.settings.process import Proxy, Timers

DEPLOY = Path(__file__).parents[2] / "deploy"
LONGEST_DRAIN = Proxy().drain_timeout + Timers().unbind


@pytest.fixture(scope="module")
def unit():
    return (DEPLOY / "smppproxy.service").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def manifest():
    return (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")


def test_both_leave_time_to_drain(unit, manifest):
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[1]) > LONGEST_DRAIN
    assert int(re.search(r"terminationGracePeriodSeconds: (\d+)", manifest)[1]) > LONGEST_DRAIN


def test_the_unit_lets_the_parent_drain(unit):
    assert "\nType=notify\n" in unit
    assert "\nKillMode=mixed\n" in unit


def test_the_configuration_of_the_manifest_loads(manifest, tmp_path):
    text = textwrap.dedent(re.search(r"  smppproxy\.toml: \|\n(.*?)^---$", manifest, re.MULTILINE | re.DOTALL)[1])
    path = tmp_path / "smppproxy.toml"
    path.write_text(text, encoding="utf-8")
    variables = {"SMSC_PASSWORD": "x", "RESELLER1_PASSWORD_HASH": hash_password("x")}
    loaded = load(path, environment=variables)
    assert not loaded.warnings
    settings = loaded.settings
    for name, port in re.findall(r"\{name: (\w+), containerPort: (\d+)\}", manifest):
        address = settings.admin.address if name == "admin" else settings.listeners[0].address
        assert str(address) == f"0.0.0.0:{port}"
    assert all(name in manifest.partition("secretRef")[2] for name in variables)


def test_probes_ask_for_paths_there_are(manifest):
    served = (DEPLOY.parent / "docs/reference/admin.md").read_text(encoding="utf-8")
    assert all(f"`{path}`" in served for path in re.findall(r"httpGet: \{path: (\S+),", manifest))
