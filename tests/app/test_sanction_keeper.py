"""The keeper: takes in what workers left, once; volumes wait for company; faults are told once and lose nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from filters.text.near import signature
from filters.text.normalise import prepare
from smppproxy.app.metrics import Metrics
from smppproxy.app.sanction_keeper import FILES, PATIENCE, POLL, RETRY, SanctionKeeper
from smppproxy.state.authority import Authority
from smppproxy.state.errors import StoreError
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import Action, Kind, Policy, Rule
from smppproxy.state.verdicts import FOLDER, VerdictRow, VerdictSpool, VolumeRow

CODE = "301150232"
POLICY = Policy(
    malignant=frozenset({"text_gambling"}),
    rules=(
        Rule(name="stop", count=2, action=Action.SUSPEND, automatic=True, duration=60),
        Rule(name="number", subject=Kind.SENDER, count=2, action=Action.STRIKE),
    ),
)


class Desk:
    """A keeper over a real state directory, and a worker's spool."""

    def __init__(self, state_dir: Path, policy: Policy = POLICY) -> None:
        self.now = 1.8e9
        self.state_dir = state_dir
        self.authority = Authority.take(state_dir, policy=policy, clock=lambda: self.now)
        self.authority.codes.add(CODE, who="cli:anna")
        self.keeper = SanctionKeeper(state_dir, self.authority.sanctions, self.authority.service.run, lambda: self.now)
        self._files = 0

    def leave(self, verdicts: int = 0, messages: int = 0, cluster: bytes = b"") -> None:
        self._files += 1
        spool = VerdictSpool(self.state_dir, self._files, self.now)
        row = VerdictRow(
            self.now - 0.5, f"t{self._files}", "acme", CODE, "821588", bytes([self._files] * 16), b"", cluster, "",
            "text_gambling", "gambling", 0.99, "m1", "text", True, True, "domestic",
        )  # fmt: skip
        spool.put([row] * verdicts, [VolumeRow(self.now, "acme", CODE, messages)] if messages else [])
        spool.close(self.now)

    @property
    def files(self) -> list[str]:
        return sorted(path.suffix for path in (self.state_dir / FOLDER).iterdir())

    def turn(self, after: float = 0.0) -> float:
        self.now += after
        return self.keeper.turn()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "var")
    yield desk
    desk.authority.close()


def test_what_workers_leave_leads_to_a_sanction_and_goes(desk: Desk) -> None:
    desk.leave(verdicts=2, messages=5)
    with capture_logs() as told:
        assert desk.turn() == POLL
    assert desk.files == []
    assert str(desk.authority.codes.show(CODE).state) == "suspended"
    assert {each["event"]: each["subject"] for each in told} == {
        "sanction_applied": f"code:{CODE}",
        "sanction_proposed": "sender",  # no number in a log
    }
    metrics = Metrics()
    desk.turn(after=6)
    desk.keeper.collect(metrics)
    found = metrics.snapshot()
    assert found["sanction_verdicts_total"] == [[[], 2]]
    assert found["sanction_lag_seconds"] == [[[], 0.5]]
    assert sorted(found["sanctions"]) == [
        [["proposed", "sender", "strike"], 1],
        [["standing", "code", "suspend"], 1],
    ]
    with capture_logs() as told:
        desk.turn(after=60)
    assert [(each["event"], each["how"]) for each in told] == [("sanction_ended", "expired")]
    assert str(desk.authority.codes.show(CODE).state) == "active"


def test_volumes_alone_wait_for_company(desk: Desk) -> None:
    desk.leave(messages=5)
    desk.turn()
    desk.leave(messages=5)
    desk.turn(after=PATIENCE / 2)
    assert len(desk.files) == 2
    desk.turn(after=PATIENCE)
    assert desk.files == []
    for _ in range(FILES):
        desk.leave(messages=1)
    desk.turn()
    assert desk.files == []


def test_a_fault_is_told_once_and_nothing_is_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest = desk.authority.sanctions.clerk.ingest

    seconds = count()

    def full(*_: object) -> int:
        raise StoreError(f"the server is away; the next attempt is in {next(seconds)} s")

    monkeypatch.setattr(desk.authority.sanctions.clerk, "ingest", full)
    desk.leave(verdicts=2)
    with capture_logs() as told:
        assert [desk.turn(), desk.turn()] == [RETRY, RETRY]
        monkeypatch.setattr(desk.authority.sanctions.clerk, "ingest", ingest)
        assert desk.turn() == POLL
    assert [each["event"] for each in told if each["event"].startswith("sanctions")] == [
        "sanctions_halted",
        "sanctions_go_on",
    ]
    assert str(desk.authority.codes.show(CODE).state) == "suspended"
    assert desk.keeper.faults == 2


def test_a_file_that_is_torn_counts_as_far_as_it_goes_and_is_kept(desk: Desk) -> None:
    desk.leave(verdicts=2)
    (path,) = (desk.state_dir / FOLDER).iterdir()
    path.write_bytes(path.read_bytes() + b"\7\0\0\0half")
    with capture_logs() as told:
        desk.turn()
    assert "verdict_file_torn" in [each["event"] for each in told]
    assert desk.files == [".torn"]
    assert desk.keeper.counted == 2


async def test_it_works_in_the_thread_of_the_store_until_it_is_cancelled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.leave(verdicts=2)
    done, loop, turn = asyncio.Event(), asyncio.get_running_loop(), desk.keeper.turn

    def watched() -> float:
        pause = turn()
        loop.call_soon_threadsafe(done.set)
        return pause

    monkeypatch.setattr(desk.keeper, "turn", watched)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(desk.keeper.run())
        await asyncio.wait_for(done.wait(), 60)
        task.cancel()
    assert desk.files == []


def test_two_workers_names_of_one_text_cluster_count_as_one(tmp_path: Path) -> None:
    offer = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
    names = [signature(prepare(f"{offer} {tail}").key) for tail in ("뷁쀍똟", "감사해요")]
    assert names[0] != names[1]
    rules = (Rule(name="text", subject=Kind.CLUSTER, count=2, action=Action.STRIKE),)
    desk = Desk(tmp_path, msgspec.structs.replace(POLICY, rules=rules))
    for cluster in names:
        desk.leave(1, cluster=cluster)
        desk.turn(1.0)
    assert [each.subject for each in desk.authority.sanctions.rows.in_state(State.PROPOSED)] == [
        f"cluster:{names[0].hex()}"
    ]
    desk.authority.close()
