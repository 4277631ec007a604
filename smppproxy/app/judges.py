"""The text judges of a worker, one after the other: loaded and warmed beside the traffic, changed between two turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from filters.contract import Mode
from filters.text.manifest import ModelError
from smppproxy.app import build
from smppproxy.app.rpc import RpcError
from smppproxy.app.settings import Settings
from smppproxy.app.slices import sliced
from smppproxy.loggers import get_logger

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, TextSettings
    from smppproxy.app.recorder import Recorder
    from smppproxy.relay.house import House

T = TypeVar("T")

log = get_logger(__name__)


class Judges:
    """Loads the judge that settings and the record of the model in use ask for, where that is another one."""

    def __init__(self) -> None:
        self._wanted: tuple[TextSettings, int] | None = None
        self._makeshift = False  # the shipped model, because the one on record could not be used

    def first(self, settings: Settings) -> TextFilter | None:
        """Load the judge to begin with. A model on record that cannot be used is no reason not to serve.

        Raises ModelError for a model the configuration names, and for the shipped one.
        """
        try:
            self._wanted = _wanted(settings)
            return _warmed(settings)
        except ModelError as error:
            if settings.filters.text.model:
                raise
            text = _warmed(settings, recorded=False)
            log.error("model_unusable", reason=str(error), instead="shipped")  # noqa: TRY400  the text is for people
            self._makeshift = True
            return text

    async def follow(self, settings: Settings, text: TextFilter | None, *, retry: bool = False) -> TextFilter | None:
        """Return the judge asked for: ``text`` itself where nothing has changed, else a new one, loaded and warm.

        With ``retry`` a model that could not be used before is tried again. Raises ModelError.
        """
        wanted = _wanted(settings)
        if wanted == self._wanted and not (retry and self._makeshift):
            return text
        new = await _aside(lambda: _warmed(settings))
        self._wanted, self._makeshift = wanted, False
        if new is not None and (text is None or told(new) != told(text)):
            log.info("model_in_use", model=new.version, folder=new.judge_model.directory.name)
        return new

    async def change(
        self, settings: Settings, text: TextFilter | None, house: House, recorder: Recorder | None
    ) -> TextFilter | None:
        """Have a house judge by the model on record from the next turn on; return it, ``text`` where it is the same.

        A model that could not be used before is tried again. Raises RpcError: what is in use stays.
        """
        try:
            new = await self.follow(settings, text, retry=True)
        except ModelError as error:
            in_use = told(text)["model"] or "none"
            raise RpcError("model", f"{error} ({in_use} stays in use)") from None
        if new is not text:
            house.desk.gate.text = house.judging.judge = new
            if recorder is not None:
                recorder.model = told(new)["model"]
            await self.retire(text)
        return new

    async def retire(self, text: TextFilter | None) -> None:
        """Free what a judge that is no longer asked remembers: at once, that would hold the loop for milliseconds."""
        if text is not None:
            await asyncio.get_running_loop().run_in_executor(None, text.forget)


async def load(settings: TextSettings, chunk: int) -> TextFilter:
    """Load a judge beside the traffic; ``chunk`` beats what it measured of itself, 0 = what it measured.

    Raises ModelError.
    """
    from filters.text.filter import TextFilter

    return await _aside(lambda: _warm(TextFilter(settings), chunk))


def told(text: TextFilter | None) -> dict[str, str]:
    """What to say of the model in use: its version and its folder's name, "" where texts are not judged."""
    if text is None:
        return {"model": "", "folder": ""}
    return {"model": text.version, "folder": text.judge_model.directory.name}


def _wanted(settings: Settings) -> tuple[TextSettings, int] | None:
    """What makes a judge: where any of it differs, another one must be loaded."""
    if settings.filters.text.mode is Mode.OFF:
        return None
    return build.text_settings(settings), settings.proxy.limits.judge_chunk


def _warmed(settings: Settings, recorded: bool = True) -> TextFilter | None:
    """A judge ready to judge, None where texts are not judged."""
    text = build.text_filter(settings, recorded=recorded)
    return None if text is None else _warm(text, settings.proxy.limits.judge_chunk)


def _warm(text: TextFilter, chunk: int) -> TextFilter:
    text.warm()
    if chunk:
        text.limit(chunk)
    return text


async def _aside(work: Callable[[], T]) -> T:
    """Do something that takes a tenth of a second in a thread, which leaves the loop most of the interpreter."""
    with sliced():
        return await asyncio.get_running_loop().run_in_executor(None, work)
