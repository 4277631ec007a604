"""The record of the model in use: what is staged, chosen, kept, and what the ledger says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from smppproxy.state import ledger, models
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError, StoreError
from smppproxy.state.models import SHIPPED, Choice, InUse


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a folder that looks like a model."""

    def make(content: str) -> Path:
        folder = tmp_path / content
        folder.mkdir()
        for name in (*models.NEEDED, "card.md", "notes.txt"):
            (folder / name).write_text(f"{name} {content}")
        return folder

    return make


def use(authority: Authority, model: str) -> dict:
    return authority.service.dispatch({"do": "model.use", "model": model, "who": "test", "why": "better"})


def test_without_a_record_it_is_the_shipped_one(state_dir: Path) -> None:
    assert models.read(state_dir) == InUse(Choice(SHIPPED), None)
    assert models.directory(state_dir, SHIPPED) == ""


def test_a_model_is_copied_and_its_name_is_its_content(state_dir: Path, source: Callable[[str], Path]) -> None:
    one = source("one")
    name = models.stage(one, state_dir)
    copy = Path(models.directory(state_dir, name))
    assert sorted(path.name for path in copy.iterdir()) == ["card.md", "manifest.json", "model.onnx"]
    assert models.stage(one, state_dir) == name
    (copy / "model.onnx").write_text("damaged")
    assert models.stage(one, state_dir) == name
    assert (copy / "model.onnx").read_text() == "model.onnx one"
    (one / "manifest.json").write_text("other thresholds")
    assert models.stage(one, state_dir) != name
    assert models.read(state_dir) == InUse()
    assert not list((state_dir / models.FOLDER).glob(".draft*"))


def test_what_is_no_model_is_not_copied(state_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model\.onnx"):
        models.stage(tmp_path, state_dir)


def test_the_last_two_are_kept_and_the_ledger_knows(
    authority: Authority, state_dir: Path, source: Callable[[str], Path]
) -> None:
    one, two, three = (models.stage(source(each), state_dir) for each in ("one", "two", "three"))
    assert use(authority, one)["previous"] == {"model": "", "since": 0, "who": ""}
    again = use(authority, one)
    assert (again["ok"], again["changed"]) == (True, False)
    # Only what is in use, and what was before it, is kept.
    assert not Path(models.directory(state_dir, two)).exists()
    two = models.stage(state_dir.parent / "two", state_dir)
    assert use(authority, two)["changed"]
    three = models.stage(state_dir.parent / "three", state_dir)
    assert use(authority, three)["previous"]["model"] == two
    assert not Path(models.directory(state_dir, one)).exists()
    record = models.read(state_dir)
    assert (record.current.model, record.current.who) == (three, "test")
    assert use(authority, two)["current"]["model"] == two
    newest = ledger.history(authority.store, models.SUBJECT)[0]
    assert (newest.action, newest.who, newest.why) == ("model.use", "test", "better")
    assert json.loads(newest.content) == {"before": three, "after": two}
    assert ledger.verify(authority.store, known=authority.books.head()).fault == ""


@pytest.mark.parametrize("name", ["../elsewhere", "0123456789ab-01234567", "x"])
def test_only_what_was_copied_can_be_used(authority: Authority, state_dir: Path, name: str) -> None:
    answer = use(authority, name)
    assert (answer["ok"], answer["error"]["kind"]) == (False, "bad_input")
    assert models.read(state_dir) == InUse()


def test_a_record_that_cannot_be_written_is_no_change(
    authority: Authority, state_dir: Path, source: Callable[[str], Path]
) -> None:
    name = models.stage(source("one"), state_dir)
    (state_dir / models.FOLDER / "in_use.new").mkdir()
    assert use(authority, name)["error"]["kind"] == "store"
    assert not ledger.history(authority.store, models.SUBJECT)
    assert models.read(state_dir) == InUse()


def test_a_damaged_record_is_named(state_dir: Path) -> None:
    (state_dir / models.FOLDER).mkdir(parents=True)
    (state_dir / models.FOLDER / models.RECORD).write_text("{")
    with pytest.raises(StoreError, match=r"in_use\.json"):
        models.read(state_dir)
