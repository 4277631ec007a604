"""What is spoken on the control socket: one JSON object a line.

A request names its verb: ``{"do": "codes.add", "code": "301150232", "who": "cli:anna"}``. The answer is
``{"ok": true, …}`` or ``{"ok": false, "error": {"kind", "message", "faults"}}``, before which long work sends lines of
``{"progress": [done, total]}``. The socket's mode (0600, in a directory of 0700) is the authentication. A file to
import goes ahead in pieces (``codes.upload``): no request is long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from smppproxy.state.errors import KINDS, InputError, ProtocolError, RowFault, StateError

SOCKET: Final = "control.sock"
LINE_LIMIT: Final = 1 << 29  # octets of an answer; an export of a million codes is some 100 MB
REQUEST_LIMIT: Final = 16 << 20  # octets of a request; a piece is the longest, some 4 MB with escapes
PIECE: Final = 1 << 20  # characters of a piece of an upload
ADDRESS_LIMIT: Final = 100  # octets of a Unix socket's address; Linux takes 107

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Lines:
    """Cuts a stream of octets into lines. Pure: octets in, objects out."""

    def __init__(self, limit: int = REQUEST_LIMIT) -> None:
        self._parts: list[bytes] = []
        self._held = 0
        self._limit = limit

    def feed(self, octets: bytes) -> list[dict[str, Any]]:
        """Return the objects that are whole now. Raises ProtocolError; nothing after that can be trusted."""
        *whole, rest = octets.split(b"\n")
        found = []
        for each in whole:
            line = b"".join((*self._parts, each))
            self._parts, self._held = [], 0
            if line.strip():
                found.append(decode(line))
        if rest:
            self._parts.append(rest)
            self._held += len(rest)
        if self._held > self._limit:
            raise ProtocolError(f"a request of more than {self._limit} octets")
        return found


def encode(message: Any) -> bytes:
    """Return a message as a line."""
    return _encode(message) + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Return the object of a line. Raises ProtocolError."""
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"not a JSON object: {error}") from error


def success(result: Any) -> dict[str, Any]:
    """Return the answer to a request that was fulfilled; ``result`` is a dict or a Struct."""
    return {"ok": True, **msgspec.to_builtins(result)}


def failure(error: StateError) -> dict[str, Any]:
    """Return the answer to a request that was not."""
    told: dict[str, Any] = {"kind": error.kind, "message": str(error)}
    if isinstance(error, InputError) and error.faults:
        told["faults"] = msgspec.to_builtins(error.faults)
    return {"ok": False, "error": told}


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what a request brought, or raise the error the other side raised."""
    if answer.get("ok") is True:
        return {name: value for name, value in answer.items() if name != "ok"}
    try:
        error = answer["error"]
        kind, message = str(error["kind"]), str(error["message"])
        faults = msgspec.convert(error.get("faults", []), tuple[RowFault, ...])
    except (KeyError, TypeError, msgspec.ValidationError) as unreadable:
        raise ProtocolError(f"the answer is neither a success nor an error: {answer!r:.200}") from unreadable
    known = KINDS.get(kind, StateError)
    raise InputError(message, faults) if known is InputError else known(message)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Give a spelling of a Unix socket's path short enough to bind or connect to, however deep the directory lies."""
    plain = os.fspath(path)
    if len(os.fsencode(plain)) <= ADDRESS_LIMIT:
        yield plain
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
