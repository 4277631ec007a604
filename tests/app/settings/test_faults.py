from __future__ import annotations

import pytest

from smppproxy.app.settings.faults import did_you_mean, dotted, show


def test_ways_to_keys():
    assert dotted(("accounts", 0, "password")) == "accounts[0].password"
    assert dotted(("a b", "c")) == '"a b".c'
    assert dotted(()) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        ("a\nb", '"a\\nb"'),
        (True, "true"),
        (3, "3"),
        ({"password": "x"}, "a table"),
        ([{"password": "x"}], "a list of tables"),
        ("x" * 200, '"' + "x" * 78 + "…"),
    ],
)
def test_values_as_shown(value, shown):
    assert show(value, ("proxy", "workers")) == shown


@pytest.mark.parametrize("key", ["password", "Passwort", "pass", "secret", "api_token", "database", "password_hash"])
def test_secrets_are_not_shown(key):
    assert "hunter2" not in show("hunter2", ("x", key))
    assert "hunter2" not in show("hunter2", ("x", "y"), f'did you mean "{key}"?')


def test_near_words():
    assert did_you_mean("Worker", ["workers", "window"]) == 'did you mean "workers"?'
    assert did_you_mean("zzz", ["workers"]) == ""
