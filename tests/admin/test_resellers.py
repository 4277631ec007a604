"""`/v1`: own messages only, clear errors, bounded, and not a word about anybody else's."""

from __future__ import annotations

import csv
import io
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from smppproxy.admin.failures import LIMIT
from smppproxy.admin.resellers import REFUSALS, ResellerApi
from smppproxy.state.errors import BusyError, StoreError
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion

NOW = 1_800_100_000.0
ROW = TraceRow(1_800_014_400.0, "5f-1", "acme", "smsc", 4, "301150232", "15881234", b"RECIPIENT-HASHED", b"FINGERPR",
               "refuse", "text_loan", "", "loan", 0.97, 0x45, "ab12", 0.1)  # fmt: skip
TOKENS = {"sxp_acme": "acme", "sxp_other": "other"}


class Desk:
    """Two accounts and a trace of two rows."""

    def __init__(self) -> None:
        self.asked: list[TraceQuestion] = []
        self.rows = [ROW, ROW._replace(trace_id="5f-2", account="other", message_id="cd34")]
        self.fault: Exception | None = None

    async def account_of(self, token: str) -> str | None:
        return TOKENS.get(token)

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        self.asked.append(question)
        if self.fault is not None:
            raise self.fault
        return [
            row
            for row in self.rows
            if row.account == question.account
            and question.trace_id in ("", row.trace_id)
            and question.message_id in ("", row.message_id)
        ][: question.limit]


class Clock:
    """Unix seconds that pass only when told to."""

    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: Desk, clock: Clock) -> Starlette:
    api = ResellerApi(desk, trusted=lambda: [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")], clock=clock)
    return Starlette(routes=api.routes())


async def _get(app: Starlette, path: str, token: str = "sxp_acme", client: str = "198.51.100.7", **headers: str) -> Any:
    transport = httpx.ASGITransport(app, client=(client, 40000))
    if token:
        headers.setdefault("Authorization", f"Bearer {token}")
    async with httpx.AsyncClient(transport=transport, base_url="http://admin") as http:
        return await http.get(path, headers=headers)


async def test_an_own_message_by_trace_id_and_message_id(app: Starlette) -> None:
    for path in ("/v1/messages/5f-1", "/v1/messages?message_id=ab12"):
        answer = await _get(app, path)
        assert answer.status_code == 200
        (message,) = answer.json()["messages"]
        assert (message["reason"], message["status_name"], message["trace_id"]) == (
            "text_loan",
            "ESME_RSUBMITFAIL",
            "5f-1",
        )
        assert not {"recipient", "text", "score", "label", "account"} & set(message)
        assert "RECIPIENT" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_a_foreign_message_is_answered_like_none(app: Starlette, desk: Desk) -> None:
    foreign, none = await _get(app, "/v1/messages/5f-2"), await _get(app, "/v1/messages/5f-9")
    assert (foreign.status_code, foreign.content, foreign.headers) == (404, none.content, none.headers)
    assert foreign.json()["error"]["kind"] == "not_found"
    foreign, none = await _get(app, "/v1/messages?message_id=cd34"), await _get(app, "/v1/messages?message_id=zz")
    assert (foreign.status_code, foreign.json(), none.json()) == (200, {"messages": []}, {"messages": []})
    assert {question.account for question in desk.asked} == {"acme"}


async def test_without_a_valid_token_nothing_is_asked(app: Starlette, desk: Desk) -> None:
    for headers in (
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer sxp_none"},
        {"Authorization": "Bearer"},
    ):
        answer = await _get(app, "/v1/messages/5f-1", token="", **headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["error"]["kind"] == "unauthorized"
    answer = await _get(app, "/v1/messages/5f-1", token="x" * 5000)
    assert answer.status_code == 401
    assert desk.asked == []


async def test_who_guesses_waits(app: Starlette, clock: Clock) -> None:
    for _ in range(LIMIT):
        assert (await _get(app, "/v1/messages/5f-1", token="sxp_guess")).status_code == 401
    late = await _get(app, "/v1/messages/5f-1")
    assert (late.status_code, late.headers["retry-after"]) == (429, "61")
    assert late.json()["error"]["kind"] == "too_many_failures"
    assert (await _get(app, "/v1/messages/5f-1", client="198.51.100.8")).status_code == 200
    clock.now += 60
    assert (await _get(app, "/v1/messages/5f-1")).status_code == 200


async def test_behind_a_trusted_proxy_the_client_waits_and_not_the_proxy(app: Starlette) -> None:
    for _ in range(LIMIT):
        forged = {"X-Forwarded-For": "203.0.113.1, 203.0.113.9"}  # what comes before the last was written by anybody
        await _get(app, "/v1/messages/5f-1", token="sxp_guess", client="192.0.2.1", **forged)
    assert (await _get(app, "/v1/messages/5f-1", client="192.0.2.1", **forged)).status_code == 429
    assert (
        await _get(app, "/v1/messages/5f-1", client="192.0.2.1", **{"X-Forwarded-For": "203.0.113.1"})
    ).status_code == 200
    stranger = await _get(app, "/v1/messages/5f-1", client="198.51.100.9", **forged)  # is believed no header
    assert stranger.status_code == 200


async def test_refusals(app: Starlette, desk: Desk) -> None:
    answer = await _get(app, "/v1/refusals.csv?from=2027-01-15&to=2027-01-16T00:00:00Z")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["trace_id"], row["what_to_do"][:22]) == ("5f-1", "Do not send it again; ")
    assert "x-more-before" not in answer.headers
    (question,) = desk.asked
    assert (question.since, question.until, question.limit) == (1_799_971_200.0, 1_800_057_600.0, REFUSALS + 1)
    assert "text_loan" in question.reasons
    await _get(app, "/v1/refusals.csv")
    assert (desk.asked[1].since, desk.asked[1].until) == (NOW - 86_400, NOW)


async def test_a_report_that_is_longer_says_where_to_go_on(app: Starlette, desk: Desk) -> None:
    desk.rows = [ROW._replace(at=ROW.at - number) for number in range(5)]
    answer = await _get(app, "/v1/refusals.csv?limit=3")
    assert len(answer.text.splitlines()) == 4
    assert answer.headers["x-more-before"] == "2027-01-15T11:59:59Z"  # the last is of 11:59:58


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/UPPER", "/v1/messages/" + "a" * 65, "/v1/messages", "/v1/messages?message_id=",
        "/v1/messages?x=1", "/v1/messages?message_id=" + "a" * 65, "/v1/messages?message_id=a&message_id=b",
        "/v1/messages/5f-1?account=other", "/v1/refusals.csv?from=yesterday", "/v1/refusals.csv?limit=0",
        "/v1/refusals.csv?limit=1e3", "/v1/refusals.csv?limit=999999999", "/v1/refusals.csv?form=2027",
        "/v1/refusals.csv?from=2027-01-02&to=2027-01-01",
    ],
)  # fmt: skip
async def test_what_is_no_question_is_said_so(app: Starlette, desk: Desk, path: str) -> None:
    answer = await _get(app, path)
    assert answer.status_code == 400
    assert answer.json()["error"]["kind"] == "bad_input"
    assert desk.asked == []


async def test_faults_of_ours_name_no_file(app: Starlette, desk: Desk) -> None:
    desk.fault = StoreError("/var/lib/smppproxy/trace/2027-01-15.db: damaged")
    answer = await _get(app, "/v1/messages/5f-1")
    assert (answer.status_code, "/var" in answer.text) == (503, False)
    desk.fault = BusyError("too many look-ups are under way")
    answer = await _get(app, "/v1/messages/5f-1")
    assert (answer.status_code, answer.json()["error"]["kind"], answer.headers["retry-after"]) == (503, "busy", "5")


async def test_it_changes_nothing(app: Starlette) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://admin") as http:
        assert (await http.post("/v1/messages/5f-1")).status_code == 405
        assert (await http.delete("/v1/messages/5f-1")).status_code == 405
