"""Whatever stands in the file: it loads, or every fault is told; nothing else is raised."""

from __future__ import annotations

import copy
import datetime
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.app.settings import Loaded, Settings, SettingsError, loading, parse, reference

HERE = Path("/nowhere/proxy.toml")

WORDS = st.sampled_from(
    [
        *("enforce", "pooled", "none", "in-dlt", "smsc", "*", "", "env:", "env:NO", "file:", "file:\0", "127.0.0.1:1"),
        *("10.0.0.0/8", "::/0", "(", "scrypt$", "\x00", "한글", "x" * 300, "-----BEGIN"),
    ]
)
LEAVES = st.one_of(
    st.integers(-3, 1 << 40),
    st.floats(),
    st.booleans(),
    WORDS,
    st.dates(),
    st.datetimes(),
    st.times(),
    st.text(max_size=8),
)
KNOWN = {key for model in reference.TABLES.values() for key in model.model_fields}
KEYS = st.sampled_from(sorted(KNOWN | {"workrs", "", "a b", "text_spam"}))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)
TOPS = st.dictionaries(
    st.sampled_from([*Settings.model_fields, "sanctions", "x"]),
    st.one_of(TREES, st.lists(st.dictionaries(KEYS, TREES, max_size=6), max_size=3)),
)


def load_tree(monkeypatch: pytest.MonkeyPatch, tree: dict[str, Any]) -> Loaded:
    with monkeypatch.context() as patched:
        patched.setattr(loading.tomllib, "loads", lambda _: tree)
        return parse("", HERE, environment={"A": "1"})


@given(tree=TOPS)
def test_any_tree(tree):
    faults = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        try:
            load_tree(monkeypatch, tree)
        except SettingsError as error:
            faults = error.faults
            assert faults
    assert all(fault.expected for fault in faults)
    assert len({fault.key for fault in faults}) == len(faults)


@given(text=st.text(max_size=60))
def test_any_text(text):
    with pytest.raises(SettingsError):
        parse(text, HERE, environment={})


def test_nesting_without_end():
    with pytest.raises(SettingsError):
        parse("x = " + "[" * 100_000, HERE, environment={})


@pytest.mark.parametrize("value", [datetime.date(2027, 1, 1), datetime.datetime(2027, 1, 1), datetime.time(1)])
def test_a_date_where_text_belongs(monkeypatch, value):
    with pytest.raises(SettingsError, match="name"):
        load_tree(monkeypatch, {"upstreams": [{"name": value}]})


def places(tree: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a tree."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, inner in items:
        yield (*way, name)
        yield from places(inner, (*way, name))


GOOD = tomllib.loads((Path(__file__).parents[3] / "examples/pooled.toml").read_text())


@given(place=st.sampled_from(sorted(places(GOOD), key=str)), value=TREES)
def test_one_spoiled_place_hides_nothing_about_the_others(place, value):
    tree = copy.deepcopy(GOOD)
    tree["proxy"]["worker"] = 1
    holder = tree
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    with pytest.MonkeyPatch.context() as monkeypatch, pytest.raises(SettingsError) as caught:
        load_tree(monkeypatch, tree)
    keys = {fault.key for fault in caught.value.faults}
    assert place == ("proxy",) or "proxy.worker" in keys
