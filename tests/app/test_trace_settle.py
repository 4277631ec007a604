"""What was sent until now comes into the trace: workers are asked to finish their files, the keeper moves them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.rpc import RpcServer
from smppproxy.app.trace_settle import settle
from smppproxy.state.spool import Spool
from smppproxy.state.trace_mover import TraceMover
from smppproxy.state.trace_store import days

NOON = 1_800_014_400.0
ROW = (NOON, "t1", "acme", "smsc", 4, "301150232", "15881234", bytes(16), b"", "forward", "", "", "", 0.0, 0, "1", 0.1)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool", 0, NOON)
    made.write([ROW])
    yield made
    made.close(NOON)


async def _settled(folder: Path, spool: Spool, keeper: bool) -> dict[str, Any]:
    async def cut(request: dict[str, Any]) -> dict[str, Any]:
        spool.cut(NOON)
        if keeper:
            with closing(TraceMover(folder)) as mover:
                assert mover.move(NOON)
        return {"ok": True}

    server = RpcServer(folder / "worker-0.sock", {"cut_spool": cut})
    await server.start()
    try:
        return await settle(folder, {}, patience=0.0 if not keeper else 30.0)
    finally:
        await server.close()


def test_workers_finish_their_files(tmp_path: Path, spool: Spool) -> None:
    assert asyncio.run(_settled(tmp_path, spool, keeper=True)) == {"ok": True, "waiting": 0, "silent": 0}
    assert list(days(tmp_path)) == ["2027-01-15"]


def test_what_is_not_moved_is_told(tmp_path: Path, spool: Spool) -> None:
    assert asyncio.run(_settled(tmp_path, spool, keeper=False)) == {"ok": True, "waiting": 1, "silent": 0}


def test_a_worker_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "worker-3.sock").touch()
    assert asyncio.run(settle(tmp_path, {})) == {"ok": True, "waiting": 0, "silent": 1}
