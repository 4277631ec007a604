"""Control's eye on the store: what changed is told once, also after another node changed it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.app import store_follower
from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import parse
from smppproxy.app.store_follower import StoreFollower
from smppproxy.app.tasks import Tasks
from smppproxy.state.authority import Authority
from smppproxy.state.errors import StoreError

TEXT = """\
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
"""
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long


class Told:
    """Who is told of accounts."""

    def __init__(self) -> None:
        self.names: list[list[str]] = []
        self.came = asyncio.Event()

    def __call__(self, accounts: Any) -> None:
        self.names.append([each.system_id for each in accounts])
        self.came.set()

    async def again(self) -> list[str]:
        """The next that is told."""
        await asyncio.wait_for(self.came.wait(), PATIENCE)
        self.came.clear()
        return self.names[-1]


def _fails(error: BaseException) -> None:
    raise error


async def test_accounts_are_told_at_each_change(tmp_path, database, monkeypatch):
    monkeypatch.setattr(store_follower, "POLL", 0.01)
    authority = Authority.take(tmp_path / "one", database=database)
    tasks, told = Tasks(_fails), Told()
    follower = StoreFollower(authority, tasks, told)
    follower.rules_are(parse(TEXT, tmp_path / "proxy.toml").settings)
    await follower.tell_accounts()
    await follower.tell_accounts()
    assert told.names == [[]]
    told.came.clear()
    answer = await authority.service.answer({"do": "accounts.add", "system_id": "a", "settings": {"upstream": "smsc"}})
    assert answer["ok"], answer
    assert await told.again() == ["a"]
    assert not (await authority.service.answer({"do": "accounts.add", "system_id": "b"}))["ok"]
    if authority.store.shared:
        tasks.spawn(follower.run(), "store")
        (tmp_path / "two").mkdir()
        shutil.copy(tmp_path / "one" / "recipients.key", tmp_path / "two")
        other = Authority.take(tmp_path / "two", database=database)
        other.accounts.add("c", {"upstream": "smsc"}, who="test")
        assert await told.again() == ["a", "c"]
        other.close()
    else:
        await follower.run()  # nobody to follow
    await tasks.cancel()
    authority.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_what_own_work_took_over_first_is_told_all_the_same(tmp_path, database, monkeypatch):
    monkeypatch.setattr(store_follower, "POLL", 0.01)
    authority = Authority.take(tmp_path / "one", database=database)
    tasks, told = Tasks(_fails), Told()
    follower = StoreFollower(authority, tasks, told)
    follower.rules_are(parse(TEXT, tmp_path / "proxy.toml").settings)
    await follower.tell_accounts()
    told.came.clear()
    (tmp_path / "two").mkdir()
    shutil.copy(tmp_path / "one" / "recipients.key", tmp_path / "two")
    other = Authority.take(tmp_path / "two", database=database)
    other.accounts.add("c", {"upstream": "smsc"}, who="test")
    await authority.service.run(lambda: authority.publisher.attempt(lambda: None))  # it catches up before it works
    tasks.spawn(follower.run(), "store")
    assert await told.again() == ["c"]
    await tasks.cancel()
    other.close()
    authority.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_store_that_is_away_is_told_once(tmp_path, database, monkeypatch):
    monkeypatch.setattr(store_follower, "POLL", 0.0)
    authority = Authority.take(tmp_path / "one", database=database)
    told: list[str] = []
    looks: list[Callable[[], bool]] = []
    done = asyncio.Event()

    def away() -> bool:
        raise StoreError("postgresql://db: away")

    def catch_up() -> bool:
        if not looks:
            return False
        return looks.pop(0)()

    looks += [away, away, lambda: False, away, lambda: False]
    monkeypatch.setattr(authority.publisher, "catch_up", catch_up)

    class Log:
        def error(self, event: str, reason: str) -> None:
            told.append(f"{event} {reason}")

        def info(self, event: str) -> None:
            told.append(event)
            if len(told) == 4:
                done.set()

    monkeypatch.setattr(store_follower, "log", Log())
    tasks = Tasks(_fails)
    follower, metrics = StoreFollower(authority, tasks, lambda _: None), Metrics()
    seen: list[float] = []

    def look() -> bool:
        follower.collect(metrics)
        seen.append(metrics.gauge("store_away").value)
        return False

    looks[2] = looks[4] = look
    tasks.spawn(follower.run(), "store")
    await asyncio.wait_for(done.wait(), PATIENCE)
    assert seen == [1.0, 1.0]
    follower.collect(metrics)
    assert metrics.gauge("store_away").value == 0.0
    assert told == ["store_away postgresql://db: away", "store_back"] * 2
    await tasks.cancel()
    authority.close()
