"""The key of pseudonyms is one for all nodes of a store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.errors import StoreError
from smppproxy.state.pseudonyms import FILE, Pseudonymiser


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_nodes_have_to_agree(tmp_path: Path, database: str) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for _ in range(2):
        Authority.take(one, database=database).close()
    with pytest.raises(StoreError, match=r"this node has no key .* copy recipients\.key from"):
        Authority.take(two, database=database)
    assert not (two / FILE).exists()
    Pseudonymiser.load(two)
    with pytest.raises(StoreError, match="another key of recipients' pseudonyms than that of postgresql://"):
        Authority.take(two, database=database)
    shutil.copy(one / FILE, two / FILE)
    Authority.take(two, database=database).close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_store_of_one_node_has_nobody_to_agree_with(tmp_path: Path, database: str) -> None:
    Authority.take(tmp_path, database=database).close()
    assert not (tmp_path / FILE).exists()
