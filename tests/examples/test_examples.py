"""Every ready configuration loads, and warns of nothing but what an empty installation lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from smppproxy.app.settings import hash_password, load

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_loads(path):
    environment = {"CARRIER_A_PASSWORD": "x", "SHOP_PASSWORD": "y", "BANK_PASSWORD_HASH": hash_password("z")}
    loaded = load(path, environment=environment)
    assert not loaded.warnings, [str(warning) for warning in loaded.warnings]
    assert loaded.settings.accounts


def test_there_are_some():
    assert {"minimal", "korea", "india-dlt", "pooled"} <= {path.stem for path in EXAMPLES}
