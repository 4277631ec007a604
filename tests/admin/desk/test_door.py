"""What all pages share: headers, roles, the key of a form, failures in sentences, bounds."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from smppproxy.admin.desk import door
from smppproxy.state.errors import BusyError, StoreError

PAGES = ("/desk", "/desk/sanctions", "/desk/quarantine", "/desk/messages", "/desk/explain", "/desk/codes",
         "/desk/statistics", "/desk/ledger", "/desk/me")  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/desk/sign-in", "/desk/nothing", "/desk/static/desk.css"])
async def test_every_answer_keeps_to_itself(ben: Any, path: str) -> None:
    answer = await ben.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert ("no-store" in answer.headers["cache-control"]) is (not path.endswith(".css"))
    assert "style=" not in answer.text  # the policy would not let it
    assert "http" not in answer.text.replace("http://www.w3.org", "") or path == "/desk/static/desk.css"


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_one_a_person_can_hear(ben: Any, path: str) -> None:
    page = (await ben.get(path)).text
    assert page.count("<h1>") == 1
    assert '<html lang="en">' in page
    assert page.count("<main") == page.count("</main>") == 1
    for name in ("input", "select", "textarea"):
        for element in page.split(f"<{name} ")[1:]:
            element = element.partition(">")[0]
            if 'type="hidden"' not in element and 'type="checkbox"' not in element:
                key = element.partition('id="')[2].partition('"')[0]
                assert f'<label for="{key}">' in page, element
    ids = [each.partition('"')[0] for each in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


async def test_viewers_look_and_do_not_touch(vera: Any, do: Any, hold: Any) -> None:
    do("codes.add", code="301150232")
    do("sanctions.impose", subject="301150232", action="suspend", propose=True, who="cli:x", why="w")
    hold("a" * 16)
    for path in (*PAGES, "/desk/sanctions/1", "/desk/codes/301150232", f"/desk/quarantine/{'a' * 16}"):
        page = await vera.get(path)
        assert page.status_code == 200
        assert 'name="act" value="approve"' not in page.text
    for path, fields in (
        ("/desk/sanctions/1", {"act": "approve", "why": "x"}),
        ("/desk/codes/301150232", {"act": "strike", "why": "x"}),
        ("/desk/quarantine", {"act": "drop", "id": "a" * 16, "why": "x"}),
        (f"/desk/quarantine/{'a' * 16}", {"act": "read", "why": "x"}),
        ("/desk/messages/5f-1", {"act": "read", "why": "x"}),
        ("/desk/impose", {"subject": "301150232", "why": "x"}),
    ):
        assert (await vera.post(path, **fields)).status_code == 403
        assert "role desk" in vera.text
    assert (await vera.get("/desk/persons")).status_code == 403
    assert not [each for each in do("ledger.list")["entries"] if each["who"] == "desk:vera"]


async def test_desks_manage_no_persons(ben: Any) -> None:
    assert (await ben.get("/desk/persons")).status_code == 403
    assert "/desk/persons" not in ben.page.replace('next="/desk/persons', "")
    assert (await ben.post("/desk/persons", act="remove", name="vera")).status_code == 403


async def test_a_form_without_the_key_of_its_session_does_nothing(ben: Any, vera: Any, do: Any) -> None:
    do("codes.add", code="301150232")
    await ben.get("/desk/codes/301150232")
    for key in ("", "x", vera.key):
        answer = await ben.post("/desk/codes/301150232", form_key=key, act="suspend", why="x")
        assert answer.status_code == 403
        assert "nothing was done" in ben.text
    await ben.get("/desk/codes/301150232")
    foreign = {"Sec-Fetch-Site": "same-site"}
    assert (await ben.post("/desk/codes/301150232", headers=foreign, act="suspend", why="x")).status_code == 403
    assert do("codes.show", code="301150232")["code"]["state"] == "active"


async def test_failures_are_sentences(ben: Any, backend: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for fault, status, told in (
        (StoreError("the disk is full"), 503, "the disk is full"),
        (BusyError("try again in some seconds"), 503, "try again in some seconds"),
        (TimeoutError(), 503, "took too long"),
        (ZeroDivisionError("secret detail"), 500, "should not have"),
    ):
        backend.fault = fault
        answer = await ben.get("/desk/codes")
        assert answer.status_code == status
        assert told in ben.text
        assert "Traceback" not in answer.text
        assert "secret detail" not in answer.text
    backend.fault = None
    for path in ("/desk/sanctions/0x1", "/desk/sanctions/99999999999999999999", "/desk/sanctions/77", "/desk/nothing",
                 "/desk/codes/none", "/desk/quarantine/none", "/desk/messages/..%2F", "/desk/static/../app.py",
                 "/desk/statistics.exe", "/desk/sanctions/1/evidence.exe"):  # fmt: skip
        assert (await ben.get(path)).status_code == 404, path
    for path in ("sanctions?state=x", "sanctions?before=x", "codes?state=x", "statistics?month=x",
                 "codes?prefix=" + "9" * 501, "messages?since=x", "messages?text=abc",
                 "sanctions?state=proposed&state=ended", "statistics?month=2026-01&day=2026-01-01"):  # fmt: skip
        answer = await ben.get("/desk/" + path)
        assert answer.status_code == 400, path
        assert "Traceback" not in answer.text


async def test_a_page_that_takes_too_long_is_given_up(ben: Any, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PATIENCE", 0.0)

    async def never(do: str, **fields: Any) -> Any:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(backend, "ask", never)
    assert (await ben.get("/desk/codes")).status_code == 503
    assert "took too long" in ben.text


async def test_only_so_many_at_once(ben: Any, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "UNDER_WAY", 2)
    gate = asyncio.Event()
    ask = backend.ask

    async def slow(do: str, **fields: Any) -> Any:
        if do == "codes.list":
            await gate.wait()
        return await ask(do, **fields)

    monkeypatch.setattr(backend, "ask", slow)
    held = [asyncio.ensure_future(ben.http.get("/desk/codes")) for _ in range(2)]
    for _ in range(100):  # turns of the loop, far more than they need to come to their wait
        await asyncio.sleep(0)
    answer = await ben.get("/desk/ledger")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    gate.set()
    assert [each.status_code for each in await asyncio.gather(*held)] == [200, 200]
    assert (await ben.get("/desk/ledger")).status_code == 200


async def test_what_is_wrong_stands_above_the_form_with_what_was_given(ben: Any, do: Any) -> None:
    await ben.get("/desk/impose")
    answer = await ben.post("/desk/impose", subject="nonsense:1", action="suspend", why="because <b>")
    assert answer.status_code == 400
    assert "is expected" in ben.text
    assert 'value="because &lt;b&gt;"' in answer.text
    assert 'value="nonsense:1"' in answer.text


async def test_whatever_is_asked_is_answered_in_a_sentence(ben: Any, do: Any, hold: Any) -> None:
    """Garbage in any address, query or form: no fault of ours, and nothing changed."""
    do("codes.add", code="301150232")
    do("sanctions.impose", subject="301150232", action="suspend", who="cli:x", why="w")
    hold("a" * 16)
    before = do("ledger.list")["entries"]
    words = ["", "-1", "9" * 25, "x" * 600, "\0", "%00", "'; DROP TABLE codes; --", "../..", "NaN", "a\r\n\ud7ff"]
    names = ("state", "subject", "before", "after", "account", "code", "reason", "owner", "owner_id", "prefix", "month",
             "half", "day", "since", "until", "trace_id", "message_id", "observed", "text", "next")  # fmt: skip
    fields = ("text", "note", "by", "duration", "unit", "rate", "action", "role", "name", "id")
    pages = [*PAGES, "/desk/impose", "/desk/sanctions/1", "/desk/codes/301150232", f"/desk/quarantine/{'a' * 16}",
             "/desk/messages/5f-1", "/desk/statistics.csv"]  # fmt: skip
    for number, word in enumerate(words):
        for at, page in enumerate(pages):
            query = {names[(number + at) % len(names)]: word, names[(number * 5 + at) % len(names)]: word}
            answer = await ben.get(page, params=query)
            assert answer.status_code in (200, 303, 400, 404), (page, query)
            await ben.get("/desk")
            given = dict.fromkeys(fields, word)
            answer = await ben.post(page, follow=False, **given, act=words[(number + at) % len(words)])
            assert answer.status_code in (200, 303, 400, 403, 404, 405), (page, given)
        for path in ("sanctions", "codes", "quarantine", "messages", "static"):
            assert (await ben.get(f"/desk/{path}/{quote(word, safe='')}")).status_code in (200, 400, 404, 308, 307), (
                word
            )
    assert do("ledger.list")["entries"] == before
