"""What an import tells of its changes: all are counted, the first thousand shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from filters.ports import CodeState
from smppproxy.state import file_import
from smppproxy.state.authority import Authority
from smppproxy.state.code_registry import CodeChange
from smppproxy.state.codes import Code
from smppproxy.state.file_import import bring
from smppproxy.state.registry import Change


class Difference(msgspec.Struct, frozen=True):
    code: str


def _difference(change: CodeChange) -> Difference:
    return Difference(change.record.code)


def test_all_are_counted_and_some_shown(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_import, "SHOWN", 2)
    known = authority.codes.add("1", who="x").record
    codes = [Code(code=str(number), state=CodeState.ACTIVE) for number in (2, 3)]
    altered = authority.codes.altered(known, "x", owner="ACME")
    changes = [("code.update", altered), *(("code.add", Change(None, code)) for code in codes)]
    options: dict[str, Any] = {"rows": 5, "who": "x", "why": "", "progress": None}
    tried = bring(authority.codes, changes, _difference, dry_run=True, **options)
    assert (tried.added, tried.changed, tried.unchanged, tried.dry_run) == (2, 1, 2, True)
    assert [each.code for each in tried.differences] == ["1", "2"]
    assert authority.codes.find(["2"]) == {}
    bring(authority.codes, changes, _difference, dry_run=False, **options)
    assert authority.codes.show("3") == codes[1]
