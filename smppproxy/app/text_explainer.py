"""Answers ``text.explain`` on the control socket: what would become of a message, and what in its text weighed.

Control's loop never waits for it: a model is loaded in a thread of its own, the message is judged in that of the store,
where nothing else changes the books meanwhile; that takes some milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from filters.text.manifest import ModelError
from smppproxy.app.settings import Settings
from smppproxy.state.books import Books
from smppproxy.state.errors import BusyError, InputError, StateError
from smppproxy.state.protocol import failure, success
from smppproxy.state.requests import Request

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, TextSettings

T = TypeVar("T")

TEXT_LIMIT: Final = 20_000  # characters: more than 255 segments hold
WAITING: Final = 8  # requests at once; people ask, and each takes milliseconds


class Explain(Request, frozen=True):
    """A message as :class:`smppproxy.app.dry_run.Draft` has it."""

    text: str
    account: str | None = None
    code: str | None = None
    sender: str = ""
    recipient: str = ""
    data_coding: int | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)


class TextExplainer:
    """Holds the judge of the model in use, so that only the first question after a change waits for it."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        in_store: Callable[[Callable[[], dict[str, Any]]], Awaitable[dict[str, Any]]],
        view: Callable[[], Books],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``in_store`` does work in the store's thread, ``view`` opens a reader of the books there."""
        self._settings = settings
        self._in_store = in_store
        self._view = view
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="explain")
        self._waiting = 0
        self._loaded: tuple[TextSettings | None, TextFilter | None] = (None, None)

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; what is refused is an answer too."""
        try:
            if self._waiting >= WAITING:
                raise BusyError(f"{WAITING} texts are being explained already; try again")
            self._waiting += 1
            try:
                return success(await self._explain(request))
            finally:
                self._waiting -= 1
        except StateError as error:
            return failure(error)

    def close(self) -> None:
        """Load no more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            asked = msgspec.convert({key: value for key, value in request.items() if key != "do"}, Explain)
        except msgspec.ValidationError as error:
            raise InputError(f"text.explain: {error}") from error
        if len(asked.text) > TEXT_LIMIT:
            raise InputError(f"text: at most {TEXT_LIMIT} characters are expected, not {len(asked.text)}")
        settings = self._settings()
        judge = await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, settings)
        return await self._in_store(lambda: self._dry_run(settings, asked, judge))

    def _judge(self, settings: Settings) -> TextFilter | None:
        """The judge of the model in use. Raises InputError."""
        # here, in a thread: the gate takes a fifth of a second, and most that ask control for something need none
        from smppproxy.app import build, dry_run  # noqa: F401  dry_run: for the store's thread, which must not wait

        try:
            wanted = build.text_settings(settings)
            if self._loaded[0] != wanted:
                self._loaded = wanted, build.text_filter(settings)
        except ModelError as error:
            raise InputError(str(error)) from error
        return self._loaded[1]

    def _dry_run(self, settings: Settings, asked: Explain, judge: TextFilter | None) -> dict[str, Any]:
        """What would become of the message. Raises InputError."""
        from smppproxy.app.dry_run import Draft, DraftError, dry_run
        from smppproxy.app.explaining import report

        draft = Draft(
            text=asked.text,
            account=asked.account,
            code=asked.code,
            extras=asked.extras,
            sender=asked.sender,
            recipient=asked.recipient,
            data_coding=asked.data_coding,
        )
        book = self._view()
        try:
            return report(dry_run(settings, book, draft, self._clock(), load=lambda _: judge))
        except (DraftError, ModelError) as error:
            raise InputError(str(error)) from error
        finally:
            book.close()
