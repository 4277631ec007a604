"""``text.explain``: what the command line says, over the control socket, without control's loop waiting."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from filters.text.filter import TextFilter, TextSettings
from smppproxy.app.settings import load
from smppproxy.app.text_explainer import TEXT_LIMIT, WAITING, TextExplainer
from smppproxy.cli.main import app
from smppproxy.state import models
from smppproxy.state.authority import Authority

CONFIG = """
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "reseller1"
upstream = "smsc"
"""
GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 http://slot777.example"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "smppproxy.toml"
    path.write_text(CONFIG)
    return path


async def explained(config: Path, **fields: Any) -> dict[str, Any]:
    settings = load(config).settings
    authority = Authority.take(settings.proxy.state_path)
    explainer = TextExplainer(lambda: settings, authority.service.run, authority.books.view)
    try:
        return await explainer.answer({"do": "text.explain", **fields})
    finally:
        explainer.close()
        authority.close()


@pytest.mark.parametrize("text", [GAMBLING, "Hello  there", "가입 \u200b감사합니다 a b c d", "쓰레기 ⓒⓐⓢⓘⓝⓞ " * 20])
def test_spans_rest_removed_and_bias_are_the_logit(text: str) -> None:
    judge = TextFilter(TextSettings())
    found = judge.explain(text)
    for column, name in enumerate(judge.classes):
        own = judge.judge_model.contributions(judge.prepare(text).key)[:, column]
        whole = sum(span.weight for span in found.spans[name]) + found.rest[name]
        whole += found.removed[name] + found.bias[name]
        assert math.isclose(whole, own.sum(), abs_tol=1e-6)
        probability = found.probabilities[name]
        if 1e-4 < probability < 1 - 1e-4:  # beyond, the model's own precision tells nothing of the logit
            assert math.isclose(whole, math.log(probability / (1 - probability)), abs_tol=2e-3)
        else:
            assert abs(whole) > 8
        for span in found.spans[name]:
            assert found.text[span.start : span.end] == span.text


async def test_it_says_what_the_command_line_says(config: Path) -> None:
    told = await explained(config, text=GAMBLING, sender="15880000", code="301150232")
    assert told.pop("ok")
    arguments = ["explain", "-c", str(config), "--text", GAMBLING, "--json", "--sender", "15880000"]
    shown = json.loads(CliRunner().invoke(app, [*arguments, "--code", "301150232"]).stdout)
    assert json.loads(json.dumps(told)) == shown
    assert told["text"]["class"] == "gambling"
    classes = told["text"]["classes"]
    assert classes.keys() == told["text"]["probabilities"].keys()
    assert classes["gambling"]["spans"] == told["text"]["spans"]


async def test_the_loop_goes_on_and_the_judge_is_kept(config: Path) -> None:
    settings = load(config).settings
    authority = Authority.take(settings.proxy.state_path)
    explainer = TextExplainer(lambda: settings, authority.service.run, authority.books.view)
    threads: list[str] = []
    judge = explainer._judge
    explainer._judge = lambda given: (threads.append(threading.current_thread().name), judge(given))[1]  # type: ignore[method-assign]
    try:
        assert (await explainer.answer({"text": "Hello"}))["ok"]
        first = explainer._loaded[1]
        assert (await explainer.answer({"text": "Hello"}))["ok"]
        assert explainer._loaded[1] is first
        name = models.stage(first.judge_model.directory, settings.proxy.state_path)  # type: ignore[union-attr]
        assert authority.service.dispatch({"do": "model.use", "model": name})["ok"]
        assert (await explainer.answer({"text": "Hello"}))["ok"]
        assert explainer._loaded[1] is not first
        assert all(each.startswith("explain") for each in threads)
        answers = await asyncio.gather(*(explainer.answer({"text": "Hello"}) for _ in range(WAITING + 1)))
        assert [each["ok"] for each in answers].count(False) == 1
        assert answers[-1]["error"]["kind"] == "busy"
    finally:
        explainer.close()
        authority.close()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "missing required field"),
        ({"text": 3}, "text"),
        ({"text": "x" * (TEXT_LIMIT + 1)}, "at most"),
        ({"text": "x", "account": "nobody"}, "not listed"),
        ({"text": "x", "shoe": 42}, "shoe"),
        ({"text": "x", "extras": {"relay": "1"}}, "relay"),
    ],
)
async def test_what_is_wrong_is_told(config: Path, fields: dict[str, Any], says: str) -> None:
    told = await explained(config, **fields)
    assert told["error"]["kind"] == "bad_input"
    assert says in told["error"]["message"]


@pytest.fixture
def unjudged(config: Path) -> Path:
    config.write_text(CONFIG + '[filters.text]\nmode = "off"\n')
    return config


async def test_texts_that_are_not_judged(unjudged: Path) -> None:
    told = await explained(unjudged, text="Hello")
    assert (told["ok"], told["text"]) == (True, None)
