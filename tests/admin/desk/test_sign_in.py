"""Signing in: who is nobody sees nothing, who guesses waits, who is removed is out with the next click."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.admin.desk.sessions import IDLE
from smppproxy.admin.failures import LIMIT, WINDOW
from smppproxy.state.errors import StoreError

PASSWORD = "correct horse battery"


async def test_without_a_person_the_page_says_how_to_make_one(visitor: Any, do: Any) -> None:
    for name in ("anna", "ben", "vera"):
        do("desk.remove", name=name)
    answer = await visitor.get("/desk/sign-in")
    assert "smppproxy desk add NAME" in answer.text
    assert "<form" not in answer.text


async def test_nobody_sees_a_page_or_does_a_thing(visitor: Any, backend: Any) -> None:
    for path in ("/desk", "/desk/sanctions", "/desk/persons", "/desk/codes/301150232", "/desk/statistics.csv"):
        answer = await visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/desk/sign-in")
    answer = await visitor.post("/desk/sanctions/1", follow=False, act="approve", why="x")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/desk/sign-in?again=1&next=%2Fdesk%2Fsanctions%2F1",
    )
    assert backend.asked == []


async def test_whose_session_ended_over_a_form_comes_back_to_it(visitor: Any) -> None:
    answer = await visitor.post("/desk/sanctions/1?x=y", follow=False, act="approve", why="x")
    await visitor.get(answer.headers["location"])
    assert "nothing was done" in visitor.text
    answer = await visitor.post(answer.headers["location"], follow=False, name="ben", password=PASSWORD)
    assert answer.headers["location"] == "/desk/sanctions/1?x=y"


async def test_in_and_out(visitor: Any, clock: Any) -> None:
    await visitor.get("/desk/sign-in", params={"next": "/desk/codes?state=active"})
    answer = await visitor.post("/desk/sign-in?next=%2Fdesk%2Fcodes%3Fstate%3Dactive", follow=False, name="ben",
                                password=PASSWORD)  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/codes?state=active")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("smppproxy_desk="))
    assert {"HttpOnly", "SameSite=strict", "Path=/desk"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert (await visitor.get("/desk")).status_code == 200
    await visitor.post("/desk/sign-out", form_key="of somebody else")
    assert (await visitor.get("/desk")).status_code == 200
    await visitor.post("/desk/sign-out")
    assert (await visitor.get("/desk")).status_code == 303


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/status", "/desk/\r\nX: 1", "/desk\\x"])
async def test_it_leads_nowhere_else(visitor: Any, path: str) -> None:
    from urllib.parse import quote

    await visitor.get("/desk/sign-in")
    answer = await visitor.post(f"/desk/sign-in?next={quote(path)}", follow=False, name="ben", password=PASSWORD)
    assert answer.headers["location"] == "/desk"


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(visitor: Any) -> None:
    wrong = await visitor.sign_in("ben", "wrong horse battery")
    first = visitor.text
    unknown = await visitor.sign_in("nobody")
    assert wrong.status_code == unknown.status_code == 403
    assert first == visitor.text
    assert "do not belong together" in first
    assert "wrong horse" not in wrong.text


async def test_who_is_nobody_is_not_told_what_is_wrong_with_the_store(visitor: Any, backend: Any) -> None:
    backend.fault = StoreError("postgresql://desk@db.internal: away")
    answer = await visitor.get("/desk/sign-in")
    assert answer.status_code == 503
    assert "db.internal" not in answer.text
    assert "Try again later" in answer.text


async def test_who_guesses_waits(visitor: Any, new_visitor: Any, clock: Any) -> None:
    for _ in range(LIMIT):
        assert (await visitor.sign_in("ben", "wrong horse battery")).status_code == 403
    answer = await visitor.sign_in("ben")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW + 1
    assert (await new_visitor("198.51.100.9").sign_in("ben")).status_code == 200
    clock.now += WINDOW
    assert (await visitor.sign_in("ben")).status_code == 200


async def test_a_form_of_another_site_signs_nobody_in(visitor: Any) -> None:
    await visitor.get("/desk/sign-in")
    assert (await visitor.post("/desk/sign-in", form_key="", name="ben", password=PASSWORD)).status_code == 403
    assert (await visitor.post("/desk/sign-in", form_key="x", name="ben", password=PASSWORD)).status_code == 403
    await visitor.get("/desk/sign-in")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await visitor.post("/desk/sign-in", headers=foreign, name="ben", password=PASSWORD)).status_code == 403
    visitor.http.cookies.clear()
    assert (await visitor.post("/desk/sign-in", name="ben", password=PASSWORD)).status_code == 403


async def test_behind_tls_the_cookie_is_secure_and_the_page_does_not_warn(new_visitor: Any) -> None:
    proxied = new_visitor("192.0.2.7")
    proxied.http.headers.update({"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"})
    answer = await proxied.get("/desk/sign-in")
    assert "Secure" in answer.headers["set-cookie"]
    assert "unencrypted" not in answer.text
    plain = new_visitor("203.0.113.9")
    plain.http.headers.update({"X-Forwarded-Proto": "https"})  # nobody believes it
    answer = await plain.get("/desk/sign-in")
    assert "Secure" not in answer.headers["set-cookie"]
    assert "unencrypted" in answer.text


async def test_idle_removed_changed(ben: Any, do: Any, clock: Any) -> None:
    assert (await ben.get("/desk")).status_code == 200
    clock.now += IDLE
    assert (await ben.get("/desk")).status_code == 303
    await ben.sign_in("ben")
    do("desk.role", name="ben", role="viewer")
    assert (await ben.get("/desk/impose")).status_code == 403
    do("desk.password", name="ben", password_hash="scrypt$another horse battery")
    assert (await ben.get("/desk")).status_code == 303
    await ben.sign_in("ben", "another horse battery")
    do("desk.remove", name="ben")
    assert (await ben.get("/desk")).status_code == 303


async def test_ones_own_password(ben: Any, new_visitor: Any, do: Any) -> None:
    other = new_visitor()
    await other.sign_in("ben")
    await ben.get("/desk/me")
    for fields, told in (
        ({"password": "wrong horse battery", "new": "x" * 12, "again": "x" * 12}, "is another one"),
        ({"password": PASSWORD, "new": "another horse", "again": "another house"}, "twice the same"),
        ({"password": PASSWORD, "new": "short", "again": "short"}, "10 to 200 characters"),
    ):
        assert (await ben.post("/desk/me", **fields)).status_code == 400
        assert told in ben.text
    await ben.post("/desk/me", password=PASSWORD, new="another horse ", again="another horse ")
    assert "scrypt" not in ben.page
    assert "Your password is changed" in ben.text
    assert (await other.get("/desk")).status_code == 303
    assert do("ledger.list")["entries"][0]["who"] == "desk:ben"
    assert (await new_visitor().sign_in("ben", "another horse ")).status_code == 200


async def test_who_guesses_in_somebody_elses_session_waits_too(ben: Any) -> None:
    await ben.get("/desk/me")
    for _ in range(LIMIT):
        await ben.post("/desk/me", password="wrong horse", new="another horse", again="another horse")
    await ben.post("/desk/me", password=PASSWORD, new="another horse", again="another horse")
    assert "too many wrong passwords" in ben.text
