"""Tells the workers that another text model is on record; each loads it beside its traffic and changes over.

The record is the truth: a worker that is away reads it when it starts, and to be told twice does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from smppproxy.app.rpc import Request, RpcError, ask

PATIENCE = 30.0  # s for a worker to load a model and warm it; a tenth of one is usual

NOTHING = {"model": "", "folder": "", "candidate": "", "error": ""}

#: The verbs that change the record.
VERBS = ("model.use", "model.shadow", "model.canary", "model.promote", "model.stop")


async def use_model(answer: Callable[[Request], Awaitable[dict[str, Any]]], folder: Path, request: Request) -> Request:
    """Have the record written by ``answer``, then every worker of the state directory follow it.

    The answer is that of the record, with ``workers``: what each says, see :func:`tell`.
    """
    told = await answer(request)
    if told.get("ok") is True:
        told = told | {"workers": await tell(folder)}
    return told


async def tell(folder: Path) -> list[dict[str, Any]]:
    """Tell every worker that is there. Of each: ``worker``, ``model`` and ``folder`` it uses, the ``candidate``'s
    folder, ``error``; "" where there is none."""
    return await asyncio.gather(*(_tell(number, path) for number, path in sockets(folder)))


async def save_shadows(folder: Path) -> None:
    """Have every worker that is there write what it has counted of a trial; one that does not answer is left out."""
    await asyncio.gather(
        *(ask(path, {"do": "save_shadow"}, PATIENCE) for _, path in sockets(folder)), return_exceptions=True
    )


def sockets(folder: Path) -> list[tuple[int, Path]]:
    """The workers that have a socket in a state directory, by number."""
    found = ((path.stem.removeprefix("worker-"), path) for path in folder.glob("worker-*.sock"))
    return sorted((int(number), path) for number, path in found if number.isdecimal())


async def _tell(number: int, path: Path) -> dict[str, Any]:
    try:
        answer = await ask(path, {"do": "use_model"}, PATIENCE)
    except RpcError as error:
        return NOTHING | {"worker": number, "error": str(error)}
    except (OSError, TimeoutError):
        return NOTHING | {"worker": number, "error": "does not answer; it reads the record when it starts"}
    return NOTHING | {"worker": number, **{name: answer[name] for name in NOTHING.keys() & answer}}
