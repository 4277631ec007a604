"""The request to read texts that are kept, and what answers it: the ledger tells who read what people wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.sealed import SealError
from smppproxy.state.service import Service
from smppproxy.state.store import Cursor
from smppproxy.state.texts import TextStore

LIMIT: Final = 100  # texts of one request: reading is done one by one, for a reason each


class Named(msgspec.Struct, frozen=True):
    """A message whose text is asked for. ``text`` is its fingerprint, in hexadecimal digits, "" for none."""

    trace_id: str
    text: str = ""


class Read(Request, frozen=True):
    """Show the texts of messages."""

    messages: Annotated[tuple[Named, ...], msgspec.Meta(max_length=LIMIT)]


def add(service: Service, publisher: Publisher, *, clock: Callable[[], float] = time.time) -> None:
    """Let a service answer the verb of texts."""
    state_dir = publisher.books.path.parent

    def read(r: Read, _: Progress) -> dict[str, Any]:
        if not r.why.strip():
            raise InputError("say why you read what people wrote: --why; it is kept in the ledger")
        store = TextStore(state_dir)
        found = [_found(store, each) for each in r.messages]

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            drafts = [
                Draft("text.read", each.trace_id, {"found": told["from"]}, r.why)
                for each, told in zip(r.messages, found, strict=True)
            ]
            return ledger.append(cursor, drafts, who=r.who, at=int(clock() * 1000)), ()

        if found:
            publisher.commit(CODES, write)  # first: nobody sees a text before it is written down that he does
        return {"texts": found}

    service.add_verb("texts.read", Read, read)


def _found(store: TextStore, named: Named) -> dict[str, str]:
    """Return a text and where it comes from: the message itself, or a report of one with the same text."""
    try:
        text = store.of_trace(named.trace_id)
        if text is not None:
            return {"trace_id": named.trace_id, "text": text, "from": "message"}
        text = store.reported(bytes.fromhex(named.text)) if named.text else None
    except SealError as error:
        return {"trace_id": named.trace_id, "text": "", "from": f"unreadable: {error}"}
    except ValueError as error:
        raise InputError(f"{named.text!r} is no fingerprint") from error
    return {"trace_id": named.trace_id, "text": text or "", "from": "nowhere" if text is None else "report"}
