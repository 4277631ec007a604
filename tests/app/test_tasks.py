"""Tasks that somebody holds."""

from __future__ import annotations

import asyncio

from smppproxy.app.tasks import Tasks


async def test_failures_are_heard_of_and_cancelled_tasks_are_none() -> None:
    failures: list[BaseException] = []
    heard = asyncio.Event()

    def failed(error: BaseException) -> None:
        failures.append(error)
        heard.set()

    async def fails() -> None:
        raise ValueError("told")

    started = asyncio.Event()

    async def waits() -> None:
        started.set()
        await asyncio.Event().wait()

    tasks = Tasks(failed)
    tasks.spawn(fails(), "fails")
    tasks.spawn(waits(), "waits")
    await heard.wait()
    await started.wait()
    await tasks.cancel()
    assert [str(error) for error in failures] == ["told"]
