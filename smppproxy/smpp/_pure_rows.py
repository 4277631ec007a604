"""Rows of MessagePack made of Frames: what is kept of requests and their answers. A part of ``_pure``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, Final

import msgspec

from smppproxy.smpp._pure_batches import _STRINGS, texts
from smppproxy.smpp._pure_frame import Frame
from smppproxy.smpp.errors import LocalMisuse

MAX_CELLS: Final = 32

#: Octets, which stand in each row as they are, or what a column is made of and with which words.
Cell = bytes | tuple[Any, ...]

_encode: Final = msgspec.msgpack.Encoder().encode


def rows(cells: Sequence[Cell], requests: list[Frame], answers: list[Frame]) -> bytes:
    """A row of MessagePack for each request and the answer beside it, one after the other.

    ``cells`` say what is in a row, from left to right. Octets are MessagePack already, and the same in each row; the
    first begin with the head of an array of so many values as the row has. Besides there are

    - ``("received", offset)``: when the request came, on the clock that is so many seconds ahead of the frame's;
    - ``("lasted", now)``: how long ago that is;
    - ``("numbered", prefix, first)``: a text, octets of ASCII with the row's number behind them, in hexadecimal digits;
    - ``("request", field)`` and ``("answer", field)``: one of their string fields as text, an octet a character;
    - ``("status",)``: the answer's command_status;
    - ``("texts", list)``, ``("floats", list)`` and ``("binaries", list)``: a value for each row;
    - ``("known", dict, list)``: MessagePack that is known of each of these keys; a dict's ``__missing__`` may make it.

    Raises LocalMisuse for a cell that is none of these and for lists of unequal length, UnicodeEncodeError for a text
    that is half a character.
    """
    if len(answers) != len(requests) or len(cells) > MAX_CELLS:
        raise LocalMisuse(f"rows: an answer for each request is expected, and at most {MAX_CELLS} cells")
    columns = [_column(cell, requests, answers) for cell in cells]
    return b"".join(chain.from_iterable(zip(*columns, strict=False))) if requests else b""


def _column(cell: Cell, requests: list[Frame], answers: list[Frame]) -> Iterable[bytes]:
    if isinstance(cell, bytes):
        return repeat(cell, len(requests))
    kind, *words = cell
    if kind not in _COLUMNS:
        raise LocalMisuse(f"rows: {kind!r} is no kind of cell")
    column = _COLUMNS[kind](requests, answers, *words)
    return column if kind == "known" else map(_encode, column)


def _numbered(requests: list[Frame], answers: list[Frame], prefix: bytes, first: int) -> Iterable[str]:
    if not isinstance(prefix, bytes):
        raise LocalMisuse("rows: what a number stands behind is octets")
    ahead = prefix.decode("ascii")
    return (f"{ahead}{number:x}" for number in range(first, first + len(requests)))


def _field(frames: list[Frame], field: str) -> list[str]:
    if field not in _STRINGS:
        raise LocalMisuse(f"rows: {field!r} is no string field of a Frame")
    return texts(frames, field)


def _known(requests: list[Frame], answers: list[Frame], known: dict[Any, bytes], keys: list[Any]) -> Iterable[bytes]:
    if not isinstance(known, dict):
        raise LocalMisuse("rows: what is known is a dictionary")
    found = [known[key] for key in _list(keys, requests)]
    if not all(isinstance(each, bytes) for each in found):
        raise LocalMisuse("rows: what is known is octets")
    return found


def _list(column: list[Any], requests: list[Frame], kind: type = object) -> list[Any]:
    if not isinstance(column, list) or len(column) != len(requests):
        raise LocalMisuse(f"rows: a list with a value for each of {len(requests)} rows is expected")
    if not all(isinstance(value, kind) for value in column):
        raise TypeError(f"rows: a {kind.__name__} is expected in each row")
    return column


_COLUMNS: Final[dict[str, Callable[..., Iterable[Any]]]] = {
    "received": lambda requests, answers, offset: [frame.received + offset for frame in requests],
    "lasted": lambda requests, answers, now: [now - frame.received for frame in requests],
    "numbered": _numbered,
    "request": lambda requests, answers, field: _field(requests, field),
    "answer": lambda requests, answers, field: _field(answers, field),
    "status": lambda requests, answers: [frame.command_status for frame in answers],
    "known": _known,
    "texts": lambda requests, answers, column: _list(column, requests, str),
    "floats": lambda requests, answers, column: _list(column, requests, float),
    "binaries": lambda requests, answers, column: _list(column, requests, bytes),
}
