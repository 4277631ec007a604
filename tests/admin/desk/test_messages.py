"""Messages: found without a number of a person in any address; a text read for a reason; a verdict overturned."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.state.errors import BusyError
from smppproxy.state.texts import KeptText, TextStore

CODE = "301150232"
EVIL = "&lt;script&gt;alert(1)&lt;/script&gt;"


async def test_found_by_what_may_stand_in_an_address(ben: Any, backend: Any) -> None:
    await ben.get("/desk/messages")
    assert backend.questions == []
    answer = await ben.post("/desk/messages", follow=False, act="search", code=CODE, since="2027-01-15", account="acme")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/messages?code={CODE}&account=acme&since=2027-01-15"
    await ben.get(answer.headers["location"])
    (question,) = backend.questions[-1:]
    assert (question.code, question.account, question.since) == (CODE, "acme", 1_799_971_200.0)
    assert EVIL in ben.page
    assert 'href="/desk/messages/5f-1"' in ben.page


async def test_numbers_of_people_stand_in_no_address(ben: Any, backend: Any) -> None:
    await ben.get("/desk/messages")
    answer = await ben.post("/desk/messages", follow=False, act="search", recipient="010-5000-1234", sender="15880000",
                            until="2027-01-15")  # fmt: skip
    assert answer.status_code == 200
    question = backend.questions[-1]
    assert (question.recipients, question.sender, question.until) == ((b"010-5000-1234",), "15880000", 1_800_057_600.0)
    await ben.get("/desk/messages?code=1&recipient=01050001234&sender=1")  # is no way round it
    assert (backend.questions[-1].recipients, backend.questions[-1].sender) == ((), "")
    await ben.post("/desk/messages", act="search", said="Hello\r\nyou")
    assert len(backend.questions[-1].text) == 16


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "say what is looked for"),
        ({"since": "yesterday"}, "a date such as"),
        ({"since": "2027-01-16", "until": "2027-01-15"}, "ends before it begins"),
        ({"text": "zz"}, "32 hexadecimal digits"),
    ],
)
async def test_questions_that_are_none(ben: Any, backend: Any, fields: dict[str, str], told: str) -> None:
    await ben.get("/desk/messages")
    answer = await ben.post("/desk/messages", act="search", **fields)
    assert (answer.status_code, told in ben.text) == (400, True)
    assert backend.questions == []


async def test_one_with_its_code_and_its_chain(ben: Any, do: Any) -> None:
    do("codes.add", code=CODE, owner="Shop", chain=["Near", "Far"], owner_id="123")
    do("sanctions.impose", subject=CODE, action="suspend", who="cli:x", why="w")
    await ben.get("/desk/messages/5f-1")
    for told in ("Near > Far", "Shop", "No. 1", "suspended", "text_loan", "The text was judged",
                 "loan, probability 0.970", "0x00000045 ESME_RSUBMITFAIL", "1, kept as keyed hashes"):  # fmt: skip
        assert told in ben.text
    assert EVIL in ben.page
    assert f'href="/desk/messages?text={"66" * 16}"' in ben.page


async def test_one_of_an_unknown_code_and_one_without(ben: Any, backend: Any) -> None:
    await ben.get("/desk/messages/5f-1")
    assert "is not in the registry" in ben.text
    backend.rows = [backend.rows[0]._replace(code="", label="", reason="", action="forward", text=b"")]
    await ben.get("/desk/messages/5f-1")
    assert "First sender" not in ben.text
    assert "not judged" in ben.text
    assert "The verdict was wrong" not in ben.text


async def test_a_text_is_shown_for_a_reason(ben: Any, do: Any, authority: Any) -> None:
    store = TextStore(authority.books.path.parent)
    store.keep([KeptText(1_800_000_000.0, "5f-1", b"f" * 16, b"", "cash <now>")])
    await ben.get("/desk/messages/5f-1")
    assert "cash" not in ben.page
    assert (await ben.post("/desk/messages/5f-1", act="read")).status_code == 400
    assert do("ledger.list")["entries"][0]["action"] != "text.read"
    await ben.post("/desk/messages/5f-1", act="read", why="complaint 7")
    assert "<blockquote>cash &lt;now&gt;</blockquote>" in ben.page
    assert '<mark class="for4" title="+3.50">cash</mark>' in ben.page
    entry = do("ledger.list")["entries"][0]
    assert (entry["action"], entry["subject"], entry["who"], entry["why"]) == (
        "text.read", "5f-1", "desk:ben", "complaint 7",
    )  # fmt: skip


async def test_a_text_that_cannot_be_explained_is_shown_all_the_same(
    ben: Any, backend: Any, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    TextStore(authority.books.path.parent).keep([KeptText(1_800_000_000.0, "5f-1", b"f" * 16, b"", "cash now")])
    ask = backend.ask

    async def busy(do: str, **fields: Any) -> Any:
        if do == "text.explain":
            raise BusyError("8 texts are being explained already")
        return await ask(do, **fields)

    monkeypatch.setattr(backend, "ask", busy)
    await ben.get("/desk/messages/5f-1")
    await ben.post("/desk/messages/5f-1", act="read", why="w")
    assert "cash now" in ben.text
    assert "It cannot be explained now: 8 texts" in ben.text


async def test_what_is_no_message_and_no_request(ben: Any, vera: Any) -> None:
    for path in ("/desk/messages/6f-9", "/desk/messages/UPPER", "/desk/messages/" + "a" * 65):
        assert (await ben.get(path)).status_code == 404
    await ben.get("/desk/messages/5f-1")
    assert (await ben.post("/desk/messages/5f-1", act="x", why="w")).status_code == 400
    await vera.get("/desk/messages/5f-1")
    assert "persons with the role desk" in vera.text
    assert 'value="overturn"' not in vera.page


async def test_the_same_text_elsewhere(ben: Any, backend: Any) -> None:
    await ben.get(f"/desk/messages?text={'66' * 16}")
    assert backend.questions[-1].text == b"f" * 16
    assert "Messages with the same text" in ben.text


async def test_a_text_that_is_not_kept(ben: Any) -> None:
    await ben.get("/desk/messages/5f-1")
    await ben.post("/desk/messages/5f-1", act="read", why="w")
    assert "It is not kept" in ben.text


async def test_one_that_is_held_leads_to_where_it_is_kept(ben: Any, backend: Any) -> None:
    backend.rows = [backend.rows[0]._replace(action="quarantine", message_id="8f35352eac322329")]
    await ben.get("/desk/messages/5f-1")
    assert ben.page.count('href="/desk/quarantine/8f35352eac322329"') == 2
    assert "Held under our id" in ben.text
    assert "Carrier's id" not in ben.text
    assert 'value="read"' not in ben.page  # nobody is asked for a reason to be told that there is nothing


async def test_overturning(ben: Any, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = backend.ask

    async def overturns(do: str, **fields: Any) -> Any:
        if do == "sanctions.overturn":
            backend.asked.append({"do": do, **fields})
            return {"trace_id": "5f-1", "verdicts": 1, "taken_back": [{"id": 4}], "stand": []}
        return await ask(do, **fields)

    monkeypatch.setattr(backend, "ask", overturns)
    await ben.get("/desk/messages/5f-1")
    await ben.post("/desk/messages/5f-1", act="overturn", why="a bank's own text")
    assert "Taken back: sanction 4." in ben.text
    asked = next(each for each in backend.asked if each["do"] == "sanctions.overturn")
    assert asked == {"do": "sanctions.overturn", "trace_id": "5f-1", "who": "desk:ben", "why": "a bank's own text"}
