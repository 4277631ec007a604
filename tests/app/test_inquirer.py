"""What is asked of an outside service over HTTP, and what becomes of whatever it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from filters.contract import Finding, Reason
from smppproxy.app import inquirer
from smppproxy.app.inquirer import Inquirer
from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.relay.inquiry import Inquiry, Question
from smppproxy.relay.plan import Subject

TEXT, SENDER = Subject.TEXT, Subject.SENDER


class House:
    """A house of which nothing is there but its inquiry, which notes the answers."""

    def __init__(self) -> None:
        self.inquiry = self
        self.questions: list[Question] = []
        self.told: list[tuple[str, Finding | None, bool]] = []
        self.answers = self.remembered = self.unanswered = self.late = 0

    def answered(self, question: Question, finding: Finding | None, now: float, *, known: bool = True) -> None:
        self.told.append((question.value, finding, known))

    def __len__(self) -> int:
        return 0


class Scene:
    def __init__(self, service: Callable[[httpx.Request], httpx.Response], **keys: Any) -> None:
        self.house = House()
        self.now = 100.0
        self.failed: list[BaseException] = []
        self.tasks = Tasks(self.failed.append)
        self.requests: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return service(request)

        self.inquirer = Inquirer(
            self.house,  # type: ignore[arg-type]
            self.tasks,
            lambda: None,
            clock=lambda: self.now,
            transport=httpx.MockTransport(answer),
        )
        self.inquirer.follow(settings(**keys))

    async def asks(self, *questions: Question) -> list[tuple[str, Finding | None, bool]]:
        self.house.questions += questions
        self.inquirer.run()
        while self.tasks._tasks:
            await asyncio.gather(*self.tasks._tasks)
            self.inquirer.run()
        assert self.failed == []
        told, self.house.told = self.house.told, []
        return told


def settings(**keys: Any) -> Settings:
    given = {"mode": "enforce", "url": "http://service.test/ask", **keys}
    return Settings.model_validate(
        {
            "listeners": [{"address": "127.0.0.1:0"}],
            "upstreams": [{"name": "smsc", "address": "127.0.0.1:2776"}],
            "filters": {"inquiry": given},
        }
    )


def says(**verdicts: dict[str, str]) -> Callable[[httpx.Request], httpx.Response]:
    """A service with an answer for each value; it says nothing of others."""

    def service(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["questions"]
        values = [(each["id"], each.get("text", each.get("sender"))) for each in asked]
        return httpx.Response(
            200, json={"answers": [{"id": n, **verdicts[value]} for n, value in values if value in verdicts]}
        )

    return service


async def test_texts_and_senders_are_asked_together() -> None:
    scene = Scene(
        says(
            hello={"verdict": "fine"},
            casino={"verdict": "refuse", "class": "gambling", "reason": "a casino\n"},
            odd={"verdict": "refuse", "class": "unheard of"},
            n0215880000={"verdict": "refuse", "reason": "terminated"},
        ),
        token="secret",
    )
    told = await scene.asks(
        *(Question(TEXT, value) for value in ("hello", "casino", "odd", "silence")), Question(SENDER, "n0215880000")
    )
    assert told == [
        ("hello", None, True),
        ("casino", Finding(Reason.TEXT_GAMBLING, "inquiry", "a casino"), True),
        ("odd", Finding(Reason.TEXT_SMISHING, "inquiry", "refused by the service"), True),
        ("silence", None, False),
        ("n0215880000", Finding(Reason.SENDER_UNREGISTERED, "inquiry", "terminated"), True),
    ]
    [request] = scene.requests
    assert request.headers["authorization"] == "Bearer secret"
    assert json.loads(request.content)["version"] == 1


async def test_batches_are_bounded_and_all_are_asked() -> None:
    scene = Scene(says(**{f"t{n}": {"verdict": "fine"} for n in range(7)}), batch=2, connections=2)
    told = await scene.asks(*(Question(TEXT, f"t{n}") for n in range(7)))
    assert sorted(told) == [(f"t{n}", None, True) for n in range(7)]
    assert len(scene.requests) == 4


async def test_more_than_could_be_asked_in_time_is_not_asked() -> None:
    scene = Scene(says(), batch=1, connections=1)
    told = await scene.asks(*(Question(TEXT, f"t{n}") for n in range(9)))
    assert [value for value, _, _ in told[:4]] == ["t5", "t6", "t7", "t8"]
    assert len(scene.requests) == 5


BROKEN = {
    "refused": lambda request: httpx.Response(503),
    "moved": lambda request: httpx.Response(302, headers={"location": "http://elsewhere.test"}),
    "no JSON": lambda request: httpx.Response(200, text="<html>"),
    "other JSON": lambda request: httpx.Response(200, json={"answers": [{"id": "x"}]}),
    "unknown verdict": says(hello={"verdict": "maybe"}),
    "endless": lambda request: httpx.Response(200, content=b" " * (inquirer.ANSWER_LIMIT + 1)),
}


@pytest.mark.parametrize("service", BROKEN.values(), ids=BROKEN)
async def test_no_answer_is_no_answer(service: Callable[[httpx.Request], httpx.Response]) -> None:
    assert await Scene(service).asks(Question(TEXT, "hello")) == [("hello", None, False)]


async def test_a_service_that_fails_is_left_alone_for_a_while() -> None:
    good = says(hello={"verdict": "fine"})
    down = True

    def service(request: httpx.Request) -> httpx.Response:
        if down:
            raise httpx.ConnectError("refused")
        return good(request)

    scene = Scene(service)
    for _ in range(inquirer.FAILURES + 2):
        assert await scene.asks(Question(TEXT, "hello")) == [("hello", None, False)]
    assert len(scene.requests) == inquirer.FAILURES
    scene.now += inquirer.REST
    await scene.asks(Question(TEXT, "hello"))
    assert len(scene.requests) == inquirer.FAILURES + 1
    scene.now += inquirer.REST
    await scene.asks(Question(TEXT, "hello"))
    assert len(scene.requests) == inquirer.FAILURES + 1  # the rest was longer this time
    scene.now += inquirer.REST
    down = False
    assert await scene.asks(Question(TEXT, "hello")) == [("hello", None, True)]
    assert await scene.asks(Question(TEXT, "hello")) == [("hello", None, True)]
    metrics = Metrics()
    scene.inquirer.collect(metrics)
    assert metrics.counter("inquiry_failures_total").value == inquirer.FAILURES + 1


async def test_switched_off_nobody_is_asked() -> None:
    scene = Scene(says(hello={"verdict": "fine"}))
    scene.inquirer.follow(settings(mode="off"))
    assert await scene.asks(Question(TEXT, "hello")) == [("hello", None, False)]
    scene.inquirer.follow(settings())
    assert await scene.asks(Question(TEXT, "hello")) == [("hello", None, True)]
    await scene.inquirer.close()


def test_the_relay_has_what_this_asks_of_it() -> None:
    assert all(hasattr(Inquiry(lambda *_: None), name) for name in vars(House()) if name not in ("inquiry", "told"))
