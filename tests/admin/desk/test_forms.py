"""Forms and queries: bounded, checked, told apart from garbage in sentences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from smppproxy.admin.desk import forms
from smppproxy.admin.desk.forms import BODY_LIMIT, Fields, form_of, query_of
from smppproxy.state.errors import InputError


def _request(body: bytes = b"", kind: str = "application/x-www-form-urlencoded", query: bytes = b"") -> Request:
    headers = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": query, "path": "/"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


async def test_fields() -> None:
    given = await form_of(_request(b"why=+so+&id=a&id=b&id=a&n=7&text=a%0D%0Ab%EA%B0%80&empty="))
    assert (given.one("why"), given.exact("why"), given.one("none")) == ("so", " so ", "")
    assert given.many("id") == ["a", "b"]
    assert given.number("n", 1, 9) == 7
    assert given.number("empty", 1, 9) is None
    assert given.lines("text", 10) == "a\nb가"
    assert given.chosen("id2", ["x"]) == ""


async def test_what_is_refused() -> None:
    given = Fields([("twice", "1"), ("twice", "2"), ("long", "x" * 501), ("n", "10"), ("m", "-1"), ("empty", " ")])
    for call in (
        lambda: given.one("twice"),
        lambda: given.one("long"),
        lambda: given.number("n", 1, 9),
        lambda: given.number("m", 1, 9),
        lambda: given.chosen("n", ["a", "b"]),
        lambda: given.needed("empty", "say it"),
    ):
        with pytest.raises(InputError):
            call()
    for request in (
        _request(b"a=1", "text/plain"),
        _request(b"a=1", ""),
        _request(b"x=" + b"y" * BODY_LIMIT),
        _request(b"&".join([b"a=1"] * 400)),
        _request(b"a=%FF"),
        _request(b"a=%00"),
        _request("a=é".encode()),
    ):
        with pytest.raises(InputError):
            await form_of(request)
    with pytest.raises(InputError):
        query_of(_request(query=b"a=%ff"))


async def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "BODY_PATIENCE", 0.0)
    request = _request(b"a=1")

    async def never() -> AsyncIterator[bytes]:
        import asyncio

        await asyncio.get_running_loop().create_future()
        yield b""

    monkeypatch.setattr(request, "stream", never)
    with pytest.raises(InputError, match="did not come"):
        await form_of(request)


async def test_a_browser_that_goes_away() -> None:
    request = _request()
    request._receive = _gone
    with pytest.raises(InputError, match="went away"):
        await form_of(request)


async def _gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


@given(st.binary(max_size=300))
async def test_garbage_is_a_form_or_an_input_error(octets: bytes) -> None:
    try:
        await form_of(_request(octets))
    except InputError as error:
        assert str(error)  # noqa: PT017  any other error fails the test
