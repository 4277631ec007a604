"""Feedback: which verdict is in force, what is a repetition, what is a contradiction; texts lie sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.feedback import SUBJECT, fingerprint

PRIZE = "당신은 경품에 당첨되었습니다"


def ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": f"feedback.{do}", "who": "anna", **fields})


def take(authority: Authority, *rows: str, head: str = "text,label,authority,who,at", **fields: Any) -> dict[str, Any]:
    return ask(authority, "import", text="\n".join((head, *rows)), source="desk", **fields)


def in_force(authority: Authority) -> dict[str, str]:
    found = ask(authority, "list", texts=True)["feedback"]
    return {row["text"]: row["label"] for row in found if row["effective"]}


def test_a_verdict_is_kept_with_where_it_comes_from(authority: Authority) -> None:
    outcome = take(authority, f"{PRIZE},smishing/event,,,2026-11-20", "Hello,not spam,,bert,", why="review of monday")
    assert outcome["added"] == 2
    assert outcome["labels"] == {"smishing": 1, "ham": 1}
    one, two = ask(authority, "list", texts=True)["feedback"]
    assert (one["text"], one["label"], one["subclass"], one["who"], one["source"]) == (
        PRIZE, "smishing", "event", "anna", "desk"
    )  # fmt: skip
    assert one["fingerprint"] == fingerprint(PRIZE).hex()
    assert (two["who"], two["authority"], two["effective"]) == ("bert", "person", True)
    assert "text" not in ask(authority, "list")["feedback"][0]
    [entry] = ledger.history(authority.store, SUBJECT)
    content = json.loads(entry.content)
    assert (entry.action, entry.why, content["added"], content["sources"]) == (
        "feedback.import", "review of monday", 2, ["desk"]
    )  # fmt: skip
    assert len(content["sha256"]) == 64


def test_texts_lie_sealed(authority: Authority, state_dir: Path) -> None:
    take(authority, "Buy one get one,spam,,,")
    [(sealed,)] = authority.store.query("SELECT text FROM feedback")
    assert b"Buy one" not in bytes(sealed)
    assert not any(b"Buy one" in file.read_bytes() for file in state_dir.iterdir() if file.is_file())
    # a row moved to another text does not open
    authority.store.query("SELECT 1")
    with authority.store.transaction() as cursor:
        cursor.execute("UPDATE feedback SET fingerprint = ?", (bytes(16),))
    assert "altered or moved" in ask(authority, "list")["error"]["message"]


def test_what_was_said_before_is_no_news(authority: Authority) -> None:
    take(authority, "Hello,ham,,,")
    outcome = take(authority, "Hello,ham,,,", "HELLO,ham,,bert,", "hello,ham,,,", "Hello,ham,,bert,")
    # Bert says so too; spellings the model cannot tell apart are one text
    assert (outcome["added"], outcome["repeated"], outcome["contradicted"]) == (1, 3, 0)
    assert len(ledger.history(authority.store, SUBJECT)) == 2
    assert take(authority, "Hello,ham,,,")["added"] == 0
    assert len(ledger.history(authority.store, SUBJECT)) == 2  # nothing was changed, so nothing is recorded


def test_the_higher_authority_holds_then_the_later(authority: Authority) -> None:
    take(authority, "Hello,loan,regulator,kisa,2026-11-01")
    outcome = take(authority, "Hello,ham,person,bert,2026-11-20")
    assert outcome["contradicted"] == 1
    [told] = outcome["contradictions"]
    assert (told["line"], told["says"], told["by"], told["known"], told["known_by"], told["holds"]) == (
        2, "ham", "person bert", "loan", "regulator kisa", "loan"
    )  # fmt: skip
    assert in_force(authority) == {"Hello": "loan"}
    assert take(authority, "Hello,ham,appeal,board,2026-10-01")["contradictions"][0]["holds"] == "ham"
    assert in_force(authority) == {"Hello": "ham"}
    take(authority, "Hello,gambling,appeal,board,2026-11-21")
    assert in_force(authority) == {"Hello": "gambling"}
    take(authority, "Hello,spam,appeal,board,2026-11-19")  # older than what is known
    assert in_force(authority) == {"Hello": "gambling"}


def test_rows_of_one_file_contradict_each_other_too(authority: Authority) -> None:
    outcome = take(authority, "Hello,loan,,bert,2026-11-20", "Hello,ham,,carl,2026-11-21")
    assert (outcome["added"], outcome["contradicted"]) == (2, 1)
    assert in_force(authority) == {"Hello": "ham"}


def test_a_dry_run_changes_nothing(authority: Authority) -> None:
    take(authority, "Hello,ham,,,")
    outcome = take(authority, "Hello,loan,,bert,2030-01-01", "Bye,ham,,,", dry_run=True)
    assert (outcome["added"], outcome["contradicted"], outcome["dry_run"]) == (2, 1, True)
    assert in_force(authority) == {"Hello": "ham"}


def test_a_faulty_file_changes_nothing(authority: Authority) -> None:
    answer = take(authority, "Hello,ham,,,", "Bye,nonsense,,,")
    assert answer["error"]["kind"] == "bad_input"
    assert [fault["row"] for fault in answer["error"]["faults"]] == [3]
    assert in_force(authority) == {}


def test_pages_and_filters(authority: Authority) -> None:
    take(authority, *(f"text {chr(97 + n) * 3},{'ham' if n % 2 else 'loan'},,," for n in range(5)))
    first = ask(authority, "list", limit=2)
    second = ask(authority, "list", limit=10, after=first["next"])
    assert (len(first["feedback"]), len(second["feedback"]), second["next"]) == (2, 3, None)
    assert len(ask(authority, "list", label="ham")["feedback"]) == 2
    assert ask(authority, "list", source="elsewhere")["feedback"] == []
    one = fingerprint("text aaa").hex()
    assert [row["label"] for row in ask(authority, "list", fingerprint=one)["feedback"]] == ["loan"]
    assert ask(authority, "list", fingerprint="00")["error"]["kind"] == "bad_input"


def test_what_is_exported_can_be_imported(authority: Authority) -> None:
    take(authority, '"A ""quoted"", text",smishing/parcel,regulator,kisa,2026-11-20', f"{PRIZE},ham,appeal,board,")
    take(authority, f"{PRIZE},loan,person,bert,2026-11-20")
    whole, force = (ask(authority, "export", effective=effective) for effective in (False, True))
    assert (whole["rows"], force["rows"]) == (3, 2)
    assert whole["sha256"] != force["sha256"]
    again = ask(authority, "import", text=whole["text"])
    assert (again["added"], again["repeated"]) == (0, 3)


def test_removing(authority: Authority) -> None:
    take(authority, "Hello,ham,,,", "Bye,ham,,,", "Hello,loan,,bert,")
    assert ask(authority, "remove", why="no")["error"]["kind"] == "bad_input"
    assert ask(authority, "remove", source="elsewhere")["error"]["kind"] == "not_found"
    gone = ask(authority, "remove", fingerprint=fingerprint("Hello").hex(), why="privacy request 4")
    assert gone["removed"] == 2
    assert in_force(authority) == {"Bye": "ham"}
    assert ask(authority, "remove", source="desk")["removed"] == 1
    newest = ledger.history(authority.store, SUBJECT)[1]
    assert (newest.action, newest.why) == ("feedback.remove", "privacy request 4")
    assert ledger.verify(authority.store, known=authority.books.head()).fault == ""


@pytest.mark.parametrize("name", ["import", "list", "export", "remove"])
def test_unknown_fields_are_named(authority: Authority, name: str) -> None:
    assert ask(authority, name, shoe=42)["error"]["kind"] == "bad_input"


@given(st.text())
def test_a_text_always_has_a_fingerprint(text: str) -> None:
    assert len(fingerprint(text)) == 16
