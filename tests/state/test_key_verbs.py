"""A new key for what people wrote: everything is sealed with it, and no old key is forgotten while it is needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import ledger, resealing
from smppproxy.state.authority import Authority
from smppproxy.state.key_verbs import RETIRE_AFTER
from smppproxy.state.quarantine_files import HeldMessage
from smppproxy.state.quarantine_verbs import sealed_in
from smppproxy.state.sealed import FILE, Sealer, SealError
from smppproxy.state.texts import KeptText, TextStore

NOON = 1_800_014_400.0
DAY = 86_400.0
WHY = {"who": "anna", "why": "a year is over"}


def held(message_id: str, at: float, pdu: bytes) -> HeldMessage:
    said = {"account": "shop", "code": "301150232", "sender": "1588", "segment": "", "reason": "text_loan"}
    more = {"rule": "text", "evidence": "", "score": 0.9, "trace_id": "t", "registered": 0, "size": 9}
    return HeldMessage(
        message_id=message_id, text_id=message_id, at=at, recipients=1, operation=4, pdu=pdu, **said, **more
    )


def ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": f"keys.{do}", **fields})


def reseal(authority: Authority) -> tuple[int, int]:
    sealed = unreadable = 0
    place: Any = {}
    while place is not None:
        step = ask(authority, "reseal", place=place)
        sealed, unreadable, place = sealed + step["sealed"], unreadable + step["unreadable"], step["next"]
    return sealed, unreadable


@pytest.fixture
def full(authority: Authority, state_dir: Path, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Texts of three days, feedback, held messages; gone through two values at a time."""
    monkeypatch.setattr(resealing, "BATCH", 2)
    texts = [KeptText(NOON + n // 2 * DAY, f"t{n}", b"%016d" % n, b"", f"words {n}") for n in range(5)]
    texts.append(KeptText(NOON, "", b"f" * 16, b"", "reported"))
    TextStore(state_dir).keep(texts)
    rows = "".join(f"saying number {word},spam,,,\n" for word in ("one", "two", "three"))
    service = authority.service
    said = {"do": "feedback.import", "text": f"text,label,authority,who,at\n{rows}", "source": "desk", "who": "anna"}
    assert service.dispatch(said)["ok"]
    names = ["a", "b", "c"]
    pdus = {name: authority.sealer().seal(b"pdu " + name.encode(), sealed_in(name)) for name in names}
    authority.quarantine.take_in([held(name, clock.now, pdus[name]) for name in names], 3600.0)
    return authority


def test_a_new_key_seals_everything_and_the_old_one_can_be_forgotten(
    full: Authority, state_dir: Path, clock: Any
) -> None:
    before = ask(full, "list")
    made = ask(full, "rotate", **WHY)
    assert ask(full, "list") == {
        "ok": True, "keys": [*before["keys"], made["key"]], "stale": {"texts": 6, "feedback": 3, "quarantine": 3}
    }  # fmt: skip
    assert reseal(full) == (12, 0)
    assert reseal(full) == (0, 0)
    assert ask(full, "list")["stale"] == {}
    os.utime(state_dir / FILE, (clock.now - RETIRE_AFTER, clock.now - RETIRE_AFTER))
    assert ask(full, "retire", **WHY)["forgotten"] == before["keys"]
    assert Sealer.load(state_dir).key_ids == [made["key"]]
    store = TextStore(state_dir)
    assert [store.of_trace(f"t{n}") for n in range(5)] == [f"words {n}" for n in range(5)]
    assert store.reported(b"f" * 16) == "reported"
    listed = full.service.dispatch({"do": "feedback.list", "texts": True})["feedback"]
    assert {row["text"] for row in listed} == {f"saying number {word}" for word in ("one", "two", "three")}
    for name in ("a", "b", "c"):
        sealed = full.quarantine.show(name)[1]
        assert sealed is not None
        assert full.sealer().open(sealed, sealed_in(name)) == b"pdu " + name.encode()
    told = [(each.action, each.who, each.why) for each in ledger.history(full.store, made["key"])]
    assert told == [("keys.retire", "anna", "a year is over"), ("keys.rotate", "anna", "a year is over")]


def test_no_key_is_forgotten_while_something_needs_it(full: Authority, state_dir: Path, clock: Any) -> None:
    assert "only" in ask(full, "retire", **WHY)["error"]["message"]
    old = full.sealer()
    ask(full, "rotate", **WHY)
    os.utime(state_dir / FILE, (clock.now - 1, clock.now - 1))
    assert "come again" in ask(full, "retire", **WHY)["error"]["message"]
    os.utime(state_dir / FILE, (clock.now - RETIRE_AFTER, clock.now - RETIRE_AFTER))
    assert "6 texts, 3 feedback, 3 quarantine" in ask(full, "retire", **WHY)["error"]["message"]
    reseal(full)
    spool = state_dir / "texts" / "spool"
    spool.mkdir(parents=True)
    (spool / "0-1-1.open").write_bytes(b"frame" + old.seal(b"not taken in yet", b"message t9"))
    assert "1 files on their way" in ask(full, "retire", **WHY)["error"]["message"]
    assert len(Sealer.load(state_dir).key_ids) == 2


def test_what_was_altered_is_told_and_keeps_nothing_else_back(full: Authority, state_dir: Path) -> None:
    with full.store.transaction() as cursor:
        cursor.execute("UPDATE feedback SET fingerprint = ? WHERE id = 1", (bytes(16),))
    ask(full, "rotate", **WHY)
    assert reseal(full) == (11, 1)
    assert ask(full, "list")["stale"] == {"feedback": 1}


def test_another_nodes_values_are_left_alone(full: Authority) -> None:
    theirs = Sealer([bytes(32)]).seal(b"theirs", sealed_in("a"))
    with full.store.transaction() as cursor:
        cursor.execute("UPDATE quarantine SET pdu = ? WHERE message_id = 'a'", (theirs,))
    ask(full, "rotate", **WHY)
    assert reseal(full) == (11, 0)
    assert ask(full, "list")["stale"] == {}
    with pytest.raises(SealError):
        full.sealer().open(theirs, sealed_in("a"))


def test_a_reason_is_asked_for_and_a_place_has_to_be_one(full: Authority, state_dir: Path) -> None:
    before = (state_dir / FILE).read_bytes()
    for verb in ("rotate", "retire"):
        assert "--why" in ask(full, verb, who="anna")["error"]["message"]
    for place in ({"kind": "attic"}, {"kind": "feedback", "after": "x"}, {"day": "2027-01-15", "after": "-1"}):
        assert ask(full, "reseal", place=place)["error"]["kind"] == "bad_input"
    assert (state_dir / FILE).read_bytes() == before


def test_a_key_that_cannot_be_written_down_in_the_ledger_is_not_made_known(
    full: Authority, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(full, "rotate", **WHY)
    reseal(full)
    os.utime(state_dir / FILE, (0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", _fails)
        with pytest.raises(RuntimeError):
            ask(full, "retire", **WHY)
    assert len(Sealer.load(state_dir).key_ids) == 2


def _fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("no room")
