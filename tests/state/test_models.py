"""The record of the model in use: what is staged, chosen, kept, and what the ledger says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import ledger, models
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError, StoreError
from smppproxy.state.models import SHIPPED, Choice, InUse, Stage, Trial


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


def ask(authority: Authority, do: str, **fields: object) -> dict:
    return authority.service.dispatch({"do": f"model.{do}", "who": "test", "why": "looks good", **fields})


def told(authority: Authority) -> list[tuple[str, dict]]:
    """What the ledger says of models, oldest first."""
    history = ledger.history(authority.store, models.SUBJECT)
    return [(entry.action, json.loads(entry.content)) for entry in reversed(history)]


def test_a_candidate_goes_from_shadow_to_canary_to_use(
    authority: Authority, state_dir: Path, source: Callable[[str], Path]
) -> None:
    name = models.stage(source("one"), state_dir)
    assert ask(authority, "shadow", model=name, share=0.5)["trial"]["stage"] == "shadow"
    assert not ask(authority, "shadow", model=name, share=0.5)["changed"]
    canary = ask(authority, "canary", model=name, accounts=["b", "a", "b"], measured={"worse": 0})
    assert canary["trial"] | {"since": 0} == {
        "model": name, "stage": "canary", "share": 1.0, "accounts": ("a", "b"), "since": 0, "who": "test"
    }  # fmt: skip
    promoted = ask(authority, "promote", measured={"worse": 0})
    assert (promoted["current"]["model"], promoted["previous"]["model"], promoted["trial"]) == (name, SHIPPED, None)
    assert models.read(state_dir).trial is None
    assert told(authority) == [
        ("model.shadow", {"model": name, "in_use": "shipped", "share": 0.5}),
        ("model.canary", {"model": name, "in_use": "shipped", "accounts": ["a", "b"], "measured": {"worse": 0}}),
        ("model.use", {"before": "shipped", "after": name, "promoted_from": "canary", "measured": {"worse": 0}}),
    ]
    assert ask(authority, "use", model=SHIPPED)["previous"]["model"] == name  # kept for the way back


def test_a_candidate_is_kept_until_it_is_stopped(
    authority: Authority, state_dir: Path, source: Callable[[str], Path]
) -> None:
    one, two = (models.stage(source(each), state_dir) for each in ("one", "two"))
    ask(authority, "shadow", model=one)
    two = models.stage(state_dir.parent / "two", state_dir)
    assert ask(authority, "use", model=two)["trial"]["model"] == one  # it goes on, beside another model
    assert Path(models.directory(state_dir, one)).exists()
    stopped = ask(authority, "stop")
    assert (stopped["changed"], stopped["trial"]) == (True, None)
    assert not Path(models.directory(state_dir, one)).exists()
    assert not ask(authority, "stop")["changed"]
    assert told(authority)[-1] == ("model.stop", {"model": one, "stage": "shadow"})
    assert ask(authority, "promote")["error"]["kind"] == "not_found"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model": SHIPPED}, "is the one in use"),
        ({"model": "0123456789ab-01234567"}, "no model"),
        ({"model": "staged", "share": 0.0}, "above 0"),
        ({"model": "staged", "share": 1.5}, "at most 1"),
        ({"model": "staged", "share": float("nan")}, "above 0"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    authority: Authority, state_dir: Path, source: Callable[[str], Path], fields: dict, says: str
) -> None:
    name = models.stage(source("one"), state_dir)
    fields = fields | ({"model": name} if fields["model"] == "staged" else {})
    for stage in ("shadow", "canary"):
        answer = ask(authority, stage, **fields)
        assert answer["error"]["kind"] == "bad_input"
        assert says in answer["error"]["message"]
    assert models.read(state_dir) == InUse()


def test_a_record_of_an_older_version_is_understood(state_dir: Path) -> None:
    (state_dir / models.FOLDER).mkdir(parents=True)
    record = '{"current":{"model":"","since":0,"who":""},"previous":null}'
    (state_dir / models.FOLDER / models.RECORD).write_text(record)
    assert models.read(state_dir) == InUse()


@given(st.lists(st.text(), max_size=50), st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_a_larger_share_keeps_the_accounts_of_a_smaller(names: list[str], one: float, other: float) -> None:
    small, large = (Trial("m", Stage.CANARY, share) for share in sorted((one, other)))
    assert {n for n in names if small.judges(n)} <= {n for n in names if large.judges(n)}
    assert all(Trial("m", Stage.CANARY).judges(n) for n in names)
    assert not any(Trial("m", Stage.SHADOW).judges(n) for n in names)


def test_a_share_is_about_so_many_accounts() -> None:
    tenth = Trial("m", Stage.CANARY, 0.1)
    assert 70 < sum(tenth.judges(f"reseller{n}") for n in range(1000)) < 130
    named = Trial("m", Stage.CANARY, 0.1, ("reseller7",))
    assert [n for n in range(1000) if named.judges(f"reseller{n}")] == [7]
