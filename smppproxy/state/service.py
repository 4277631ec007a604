"""Answers requests: the same code in the control process and in a command that works while control is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from smppproxy.state import ledger, requests
from smppproxy.state.code_registry import RECORDS, CodeChange, CodeRegistry
from smppproxy.state.codes import Code
from smppproxy.state.codes_csv import render
from smppproxy.state.codes_import import import_codes
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

    def __init__(self, publisher: Publisher, codes: CodeRegistry) -> None:
        self._publisher = publisher
        self._store = store = publisher.store
        self._books = publisher.books
        self._codes = codes
        # One thread does all of the store's work: a long import delays other writes and never the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._verbs: dict[str, Verb] = {}
        self._uploads: dict[str, list[str]] = {}
        self._used: list[str] = []
        self.add_verb("codes.add", requests.Add, self._add)
        self.add_verb("codes.update", requests.Update, self._update)
        self.add_verb(
            "codes.suspend", requests.OneCode, lambda r, _: _changed(codes.suspend(r.code, who=r.who, why=r.why))
        )
        self.add_verb(
            "codes.strike", requests.OneCode, lambda r, _: _changed(codes.strike(r.code, who=r.who, why=r.why))
        )
        self.add_verb(
            "codes.throttle",
            requests.Throttle,
            lambda r, _: _changed(codes.throttle(r.code, rate=r.rate, until=r.until, who=r.who, why=r.why)),
        )
        self.add_verb("codes.resume", requests.Resume, self._resume)
        self.add_verb("codes.remove", requests.Remove, self._remove)
        self.add_verb("codes.show", requests.Show, self._show)
        self.add_verb("codes.list", requests.List, self._list)
        self.add_verb("codes.count", requests.Nothing, lambda _, __: {"counts": codes.count()})
        self.add_verb("codes.upload", requests.Upload, self._upload)
        self.add_verb("codes.import", requests.Import, self._import)
        self.add_verb("codes.export", requests.Export, lambda _, __: {"text": render(RECORDS.everything(store))})
        self.add_verb("ledger.verify", requests.Nothing, self._verify)

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

    def _add(self, r: requests.Add, _: Progress) -> dict[str, Any]:
        return _changed(self._codes.add(**msgspec.structs.asdict(r)))

    def _update(self, r: requests.Update, _: Progress) -> dict[str, Any]:
        return _changed(self._codes.update(**msgspec.structs.asdict(r)))

    def _resume(self, r: requests.Resume, _: Progress) -> dict[str, Any]:
        return _changed(self._codes.resume(r.code, who=r.who, why=r.why, lift_strike=r.lift_strike))

    def _remove(self, r: requests.Remove, _: Progress) -> dict[str, Any]:
        return _changed(self._codes.remove(r.code, who=r.who, why=r.why, force=r.force))

    def _show(self, r: requests.Show, _: Progress) -> dict[str, Any]:
        history = self._codes.history(r.code, limit=min(r.history, 1000))
        told = [{"entry": e.entry, "at": e.at, "who": e.who, "action": e.action, "why": e.why} for e in history]
        return {"code": self._worth(self._codes.show(r.code)), "history": told}

    def _list(self, r: requests.List, _: Progress) -> dict[str, Any]:
        limit = max(1, min(r.limit, requests.LIST_LIMIT))
        found = self._codes.page(
            state=r.state, owner=r.owner, owner_id=r.owner_id, prefix=r.prefix, after=r.after, limit=limit + 1
        )
        more = len(found) > limit
        page = found[:limit]
        return {"codes": [self._worth(each) for each in page], "next": page[-1].code if more else None}

    def _upload(self, r: requests.Upload, _: Progress) -> dict[str, Any]:
        pieces = self._uploads.pop(r.upload, [])
        if sum(map(len, pieces)) + len(r.text) > UPLOAD_LIMIT:
            raise InputError(f"the file has more than {UPLOAD_LIMIT} characters; split it")
        self._uploads[r.upload] = [*pieces, r.text]
        for oldest in list(self._uploads)[:-UPLOADS]:
            del self._uploads[oldest]
        return {}

    def _import(self, r: requests.Import, progress: Progress) -> Any:
        text = self.uploaded(r.upload, r.text)
        return import_codes(self._codes, text, who=r.who, why=r.why, dry_run=r.dry_run, progress=progress)

    def _verify(self, _: requests.Nothing, __: Progress) -> dict[str, Any]:
        proof = ledger.verify(self._store, known=self._books.head())
        return {"entries": proof.entries, "head": proof.head.hash.hex(), "fault": proof.fault}

    def _worth(self, code: Code) -> dict[str, Any]:
        """Return a code as people see it: with the state it has now."""
        told: dict[str, Any] = msgspec.to_builtins(code)
        return told | {"state": str(code.state_at(self._codes.now()))}


def _changed(change: CodeChange) -> dict[str, Any]:
    return {"changed": change.changed, "code": change.after or change.before}


def _silent(done: int, total: int) -> None:
    """Nobody wants to know the progress."""
