"""A candidate in a worker: follows the record, survives what changes around it, and ends without a trace."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from filters.gate import Gate
from filters.policy import Policy
from filters.text.manifest import SHIPPED
from smppproxy.app import shadow_tally
from smppproxy.app.judges import Judges
from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.app.trials import Trials
from smppproxy.relay.house import House
from smppproxy.relay.plan import Plan
from smppproxy.smpp.session import Limits
from smppproxy.state import models
from smppproxy.state.authority import Authority


class Worker:
    """What stands around a trial in a worker."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.text = Judges().first(settings)
        self.house = House(
            Plan(accounts={}, upstreams={}), Gate((), self.text, Policy()), self.text, Limits(), clock=lambda: 0.0
        )
        self.faults: list[BaseException] = []
        self.tasks = Tasks(self.faults.append)
        self.woken = 0
        self.begin()

    def begin(self) -> None:
        self.trials = Trials(self.house, self.tasks, self._wake, self.settings.proxy.state_path, 0)

    def _wake(self) -> None:
        self.woken += 1

    async def follow(self, **how: bool) -> None:
        await self.trials.follow(self.settings, self.text, **how)

    def judges(self, *texts: str, account: str = "a") -> None:
        ticket = SimpleNamespace(link=SimpleNamespace(account=SimpleNamespace(name=account)))
        self.house.judging.tap([(ticket, (text,)) for text in texts])

    async def compared(self, many: int) -> dict[str, Any]:
        """The report once so many messages were compared."""
        while True:
            self.trials.work(1000.0)
            await self.trials.save()
            found = shadow_tally.of(self.settings.proxy.state_path)
            told = shadow_tally.report(found[-1], lambda share, count: (share, share))
            if told["messages"] >= many:
                return told
            await asyncio.sleep(0)

    def counted(self) -> dict[str, Any]:
        metrics = Metrics()
        metrics.collect(self.trials.collect)
        return {name: {tuple(labels): value for labels, value in rows} for name, rows in metrics.snapshot().items()}


@pytest.fixture
async def worker(settings: Any) -> AsyncIterator[Worker]:
    made = Worker(settings())
    yield made
    await made.tasks.cancel()
    assert not made.faults


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A model that flags nothing: its thresholds are those no text reaches."""
    folder = tmp_path / "other"
    shutil.copytree(SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["thresholds"] = dict.fromkeys(manifest["thresholds"], 1.1)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def ask(settings: Settings, do: str, **fields: Any) -> None:
    authority = Authority.take(settings.proxy.state_path)
    try:
        answer = authority.service.dispatch({"do": f"model.{do}", **fields})
        assert answer["ok"], answer
    finally:
        authority.close()


GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"


async def test_a_shadow_compares_and_outlives_the_worker(worker: Worker, other: Path) -> None:
    assert not worker.trials.active
    name = models.stage(other, worker.settings.proxy.state_path)
    ask(worker.settings, "shadow", model=name)
    with capture_logs() as logs:
        await worker.follow()
    assert [(line["event"], line["stage"]) for line in logs] == [("model_on_trial", "shadow")]
    assert worker.trials.told() == {"candidate": name, "error": ""}
    assert worker.house.canary is None
    worker.judges(GAMBLING, "Hello")
    told = await worker.compared(2)
    assert {row["outcome"]: row["texts"] for row in told["outcomes"]} == {
        "agree": 1, "no_longer_flagged": 1, "newly_flagged": 0, "other_class": 0
    }  # fmt: skip
    counted = worker.counted()
    assert counted["model_shadow_flagged_total"] == {("no_longer_flagged", "gambling"): 1}
    assert counted["model_shadow_messages_total"] == {("agree",): 1, ("no_longer_flagged",): 1}
    worker.trials.close()
    worker.begin()  # a worker that starts anew goes on counting
    await worker.follow()
    worker.judges("Good morning")
    assert (await worker.compared(3))["texts"] == 3
    assert sum(worker.counted()["model_shadow_messages_total"].values()) == 1


async def test_it_goes_on_beside_a_reload_and_another_model(worker: Worker, other: Path) -> None:
    name = models.stage(other, worker.settings.proxy.state_path)
    ask(worker.settings, "shadow", model=name)
    await worker.follow()
    worker.judges("Hello")
    await worker.compared(1)
    before = worker.trials._shadow
    await worker.follow()  # nothing has changed
    assert worker.trials._shadow is before
    assert len(before._memo) == 1
    worker.text = Judges().first(worker.settings)
    await worker.follow()
    assert worker.trials._shadow is not before
    assert len(before._memo) == 0
    worker.judges("Hello")
    assert (await worker.compared(2))["texts"] == 2  # it is the same pair of models: one count
    assert sum(worker.counted()["model_shadow_messages_total"].values()) == 2


async def test_a_canary_judges_some_accounts_and_ends(worker: Worker, other: Path) -> None:
    name = models.stage(other, worker.settings.proxy.state_path)
    ask(worker.settings, "canary", model=name, accounts=["b"])
    await worker.follow()
    assert worker.house.canary is not None
    assert worker.house.canary.candidate.tap == worker.house.judging.tap
    assert (worker.trials.version("a"), worker.trials.version("b")) == ("", worker.text.version)
    candidate = worker.trials._candidate
    candidate.said(["Hello"])
    worker.house.canary.candidate.judged = 4
    assert worker.counted()["model_canary_texts_total"] == {(): 4}
    ask(worker.settings, "stop")
    await worker.follow()
    assert not worker.trials.active
    assert worker.house.canary is None
    assert worker.house.judging.tap is None
    assert len(candidate.memo) == 0
    assert worker.trials.version("b") == ""
    assert worker.counted()["model_canary_texts_total"] == {(): 4}  # a counter never falls


async def test_a_candidate_that_cannot_be_loaded_is_told_and_tried_again(worker: Worker, other: Path) -> None:
    name = models.stage(other, worker.settings.proxy.state_path)
    ask(worker.settings, "shadow", model=name)
    file = Path(models.directory(worker.settings.proxy.state_path, name)) / "model.onnx"
    good = file.read_bytes()
    file.write_bytes(b"damaged")
    with capture_logs() as logs:
        await worker.follow()
    assert [line["event"] for line in logs] == ["candidate_unusable"]
    assert "sha256" in worker.trials.told()["error"]
    assert not worker.trials.active
    with capture_logs() as logs:
        await worker.follow()
    assert logs == []
    file.write_bytes(good)
    await worker.follow(retry=True)
    assert worker.trials.told() == {"candidate": name, "error": ""}


async def test_a_damaged_record_changes_nothing(worker: Worker, other: Path) -> None:
    state_dir = worker.settings.proxy.state_path
    ask(worker.settings, "shadow", model=models.stage(other, state_dir))
    await worker.follow()
    (state_dir / models.FOLDER / models.RECORD).write_text("{")
    await worker.follow()
    assert worker.trials.active
    assert "in_use.json" in worker.trials.told()["error"]


async def test_a_file_that_cannot_be_written_is_told(worker: Worker, other: Path) -> None:
    state_dir = worker.settings.proxy.state_path
    ask(worker.settings, "shadow", model=models.stage(other, state_dir))
    await worker.follow()
    (state_dir / models.FOLDER / shadow_tally.TALLIES).write_text("in the way")
    with capture_logs() as logs:
        await worker.trials.save()
    assert [line["event"] for line in logs] == ["shadow_not_saved"]


async def test_no_judge_no_trial(worker: Worker, other: Path) -> None:
    ask(worker.settings, "shadow", model=models.stage(other, worker.settings.proxy.state_path))
    worker.text = None
    await worker.follow()
    assert not worker.trials.active
    assert await worker.trials.save() == {"ok": True}
