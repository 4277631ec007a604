"""Answers requests: the same code in the control process and in a command that works while control is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from smppproxy.state import ledger, requests
from smppproxy.state.errors import InputError, ProtocolError, StateError
from smppproxy.state.protocol import Lines, encode, failure, success
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress

READ_SIZE: Final = 1 << 16  # octets of one read of the socket
UPLOADS: Final = 4  # files on their way at once; of more, the oldest is forgotten
UPLOAD_LIMIT: Final = 1 << 28  # characters of one file; a million codes are some 60 million

R = TypeVar("R", bound=requests.Request)
T = TypeVar("T")
Verb = tuple[type[Any], Callable[[Any, Progress], Any]]


class Service:
    """Verbs by name. ``add_verb`` lets other parts of control answer on the same socket."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._store = publisher.store
        self._books = publisher.books
        # One thread does all of the store's work: a long import delays other writes and never the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._verbs: dict[str, Verb] = {}
        self._uploads: dict[str, list[str]] = {}
        self._used: list[str] = []
        self.add_verb("codes.upload", requests.Upload, self._upload)
        self.add_verb("ledger.verify", requests.Nothing, self._verify)
        self.add_verb("ledger.list", requests.Page, self._newest)

    def add_verb(self, name: str, kind: type[R], answer: Callable[[R, Progress], Any]) -> None:
        """Answer a verb: the request is checked against ``kind``, the answer is a dict or a Struct.

        ``answer`` runs in the store's thread, may raise StateError and may tell its progress.
        """
        self._verbs[name] = (kind, answer)

    def dispatch(self, request: dict[str, Any], progress: Progress | None = None) -> dict[str, Any]:
        """Answer one request; what is refused is an answer too. Blocks for as long as the store does."""
        try:
            name = request.get("do")
            verb = self._verbs.get(name) if isinstance(name, str) else None
            if verb is None:
                raise ProtocolError(f"unknown request {name!r}; known are {', '.join(sorted(self._verbs))}")
            kind, answer = verb
            try:
                typed = msgspec.convert({key: value for key, value in request.items() if key != "do"}, kind)
            except msgspec.ValidationError as error:
                raise InputError(f"{name}: {error}") from error
            return success(self._publisher.attempt(lambda: answer(typed, progress or _silent)))
        except StateError as error:
            return failure(error)
        finally:
            while self._used:
                self._uploads.pop(self._used.pop(), None)

    async def answer(self, request: dict[str, Any], progress: Progress | None = None) -> dict[str, Any]:
        """Answer one request without holding the event loop; ``progress`` is called from another thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.dispatch, request, progress)

    async def run(self, work: Callable[[], T]) -> T:
        """Do work that concerns the store in its thread, beside no other. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the control socket until it closes; for ``asyncio.start_unix_server``."""
        lines = Lines()
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            loop.call_soon_threadsafe(writer.write, encode({"progress": [done, total]}))

        try:
            while octets := await reader.read(READ_SIZE):
                for request in lines.feed(octets):
                    writer.write(encode(await self.answer(request, tell)))
                    await writer.drain()
        except ProtocolError as error:
            writer.write(encode(failure(error)))
        except ConnectionError:
            pass  # the command was interrupted; what it asked for is done or not, and in the ledger if done
        finally:
            writer.close()

    def uploaded(self, name: str, rest: str) -> str:
        """Return the whole text of a file that began in pieces; they are forgotten after the answer."""
        self._used.append(name)  # not yet: where another node crosses the change, the request is answered once more
        return "".join([*self._uploads.get(name, []), rest])

    def close(self) -> None:
        """Finish the request being served and serve no more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _upload(self, r: requests.Upload, _: Progress) -> dict[str, Any]:
        pieces = self._uploads.pop(r.upload, [])
        if sum(map(len, pieces)) + len(r.text) > UPLOAD_LIMIT:
            raise InputError(f"the file has more than {UPLOAD_LIMIT} characters; split it")
        self._uploads[r.upload] = [*pieces, r.text]
        for oldest in list(self._uploads)[:-UPLOADS]:
            del self._uploads[oldest]
        return {}

    def _verify(self, _: requests.Nothing, __: Progress) -> dict[str, Any]:
        proof = ledger.verify(self._store, known=self._books.head())
        return {"entries": proof.entries, "head": proof.head.hash.hex(), "fault": proof.fault}

    def _newest(self, r: requests.Page, _: Progress) -> dict[str, Any]:
        found = ledger.newest(self._store, before=r.before, limit=r.limit + 1)
        entries = [
            each.told() | {"subject": each.subject, "content": msgspec.json.decode(each.content)}
            for each in found[: r.limit]
        ]
        return {"entries": entries, "next": entries[-1]["entry"] if len(found) > r.limit else None}


def _silent(done: int, total: int) -> None:
    """Nobody wants to know the progress."""
