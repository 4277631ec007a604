"""Logs: events for operators, one line each, on stderr. Nothing personal, nothing secret, nothing that waits.

Modules take a logger of :func:`smppproxy.loggers.get_logger` and say what happened in an event's name and its
fields: ``log.info("session_bound", account=..., side="reseller")``. Messages are not logged, the trace has them.

Lines gather in the :class:`Sink` and leave in one write per loop tick, at once on errors and before the loop
runs. A reader of stderr that stops reading costs lines, which are counted, and never holds the loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import select
import sys
import time
from collections import deque
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from smppproxy.loggers import EventDict, get_logger, structlog

#: Fields that hold, or may hold, what a person wrote or who they are, or a secret. Their values never leave.
PERSONAL: Final = frozenset(
    (
        *("text", "texts", "short_message", "message", "message_payload", "payload", "content", "normalised"),
        *("recipient", "recipients", "destination", "destination_addr", "dest_addr", "dest_addresses", "msisdn"),
        *("source_addr", "sender", "callback", "number", "phone"),
        *("password", "password_hash", "secret", "token", "authorization", "cookie", "credentials"),
        *("pdu", "frame", "raw", "body", "octets", "data"),
    )
)
HIDDEN: Final = "(hidden)"

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
Format = Literal["auto", "json", "console"]

LONGEST_WAIT: Final = 0.2  # s a line may wait for company when stderr cannot take it
LIMIT_WAITING: Final = 4096  # lines kept while nobody reads stderr; older ones are dropped and counted
ONE_WRITE: Final = 4096  # octets: what a pipe that polls writable takes without waiting (PIPE_BUF)
LONGEST_VALUE: Final = 2048  # characters of one field: a peer chooses some of them


class Sink:
    """Where lines gather. ``dropped`` counts those that were lost because nobody read stderr."""

    def __init__(self, descriptor: int) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._waiting: deque[bytes] = deque()
        self._scheduled = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def write(self, line: bytes, *, at_once: bool = False) -> None:
        """Take a line. It leaves at the end of this loop tick, or now where no loop runs."""
        if len(self._waiting) >= LIMIT_WAITING and self._poll.poll(0):
            self.flush()  # much in one tick, as when thousands of sessions end at once: somebody does read
        if len(self._waiting) >= LIMIT_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(line)
        if at_once:
            self.flush()
        elif not self._scheduled:
            self._schedule(0.0)

    def flush(self) -> None:
        """Write what waits, as far as it can be written without waiting."""
        self._scheduled = False
        while self._waiting:
            if not self._poll.poll(0):
                self._schedule(LONGEST_WAIT)
                return
            block = self._block()
            try:
                written = os.write(self._descriptor, block)
            except BlockingIOError:
                written = 0
            except OSError:  # nobody will ever read this again
                self.dropped += len(self._waiting) + 1
                self._waiting.clear()
                return
            if written < len(block):
                self._waiting.appendleft(block[written:])
                self._schedule(LONGEST_WAIT)
                return

    def _block(self) -> bytes:
        """As many whole lines as one write takes; a longer line goes in pieces."""
        lines = [self._waiting.popleft()]
        size = len(lines[0])
        if size > ONE_WRITE:
            self._waiting.appendleft(lines[0][ONE_WRITE:])
            return lines[0][:ONE_WRITE]
        while self._waiting and size + len(self._waiting[0]) <= ONE_WRITE:
            lines.append(self._waiting.popleft())
            size += len(lines[-1])
        return b"".join(lines)

    def _schedule(self, delay: float) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            if not delay:
                self.flush()
            return
        self._scheduled = True
        if delay:
            loop.call_later(delay, self.flush)
        else:
            loop.call_soon(self.flush)


class _Lines:
    """What structlog hands rendered lines to: one method per level."""

    __slots__ = ("_sink",)

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def debug(self, line: bytes) -> None:
        self._sink.write(line)

    info = warning = log = debug

    def error(self, line: bytes) -> None:
        self._sink.write(line, at_once=True)

    critical = exception = fatal = error


class _FromLogging(logging.Handler):
    """Brings what libraries say through ``logging`` (asyncio, uvicorn) into the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        log = get_logger(record.name)
        known = {10: log.debug, 20: log.info, 30: log.warning}
        known.get(record.levelno, log.error)(record.getMessage(), exc_info=record.exc_info or None)


class _Settings:
    """What can change while loggers live."""

    threshold: int = LEVELS["info"]
    bound: dict[str, Any] = {}  # noqa: RUF012 - one per process, replaced whole by set_up
    sink: Sink | None = None


def set_up(process: str, *, format: Format = "auto", level: str = "info", descriptor: int | None = None) -> Sink:
    """Prepare logging of this process and return its sink; ``process`` stands in every line beside the pid."""
    where = sys.stderr.fileno() if descriptor is None else descriptor
    console = format == "console" or (format == "auto" and os.isatty(where))
    colours = console and os.isatty(where) and not os.environ.get("NO_COLOR")
    sink = Sink(where)
    _Settings.sink = sink
    _Settings.bound = {"process": process, "pid": os.getpid()}
    set_level(level)
    render: Any = _Console(colours) if console else _as_json
    structlog.configure(
        processors=[_drop_below_threshold, _stamp, hide_personal, structlog.processors.format_exc_info, render],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        context_class=dict,
        logger_factory=lambda *_: _Lines(sink),
        cache_logger_on_first_use=False,  # a cached logger would keep the sink of a process that set up again
    )
    root = logging.getLogger()
    root.handlers[:] = [_FromLogging()]
    root.setLevel(logging.WARNING)
    return sink


def sink() -> Sink | None:
    """The sink of this process, None before :func:`set_up`."""
    return _Settings.sink


def set_level(level: str) -> None:
    """Change the least severe level that is written, for every logger there is."""
    _Settings.threshold = LEVELS[level]


def flush() -> None:
    """Write what waits; call it before the process ends."""
    if _Settings.sink is not None:
        _Settings.sink.flush()


def hide_personal(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace the values of personal and secret fields, octets and over-long values, at any depth."""
    for key, value in event.items():
        if type(value) is not int and type(value) is not float:
            event[key] = _safe(key, value)
    return event


def _safe(key: str, value: Any) -> Any:
    if key in PERSONAL:
        return HIDDEN
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE or key == "exception" else value[:LONGEST_VALUE] + "…"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} octets)"
    if isinstance(value, dict):
        return {str(inner): _safe(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe("", item) for item in value]
    return value


def _drop_below_threshold(_logger: Any, method: str, event: EventDict) -> EventDict:
    if LEVELS.get(method, 40) < _Settings.threshold:
        raise structlog.DropEvent
    return event


def _stamp(_logger: Any, method: str, event: EventDict) -> EventDict:
    now = time.time()
    at = f"{_second(int(now))}.{int(now % 1 * 1000):03d}Z"
    return {"time": at, "level": method, "event": event.pop("event", ""), **_Settings.bound, **event}


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


_encoder = msgspec.json.Encoder(enc_hook=str)


def _as_json(_logger: Any, _method: str, event: EventDict) -> bytes:
    return _encoder.encode(event) + b"\n"


class _Console:
    """One line for a person: time, level, event, fields. Control characters are escaped: a peer chose some of them."""

    COLOURS: Final = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "31;1"}

    def __init__(self, colours: bool) -> None:
        self._colours = colours

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> bytes:
        level, exception = event.pop("level"), event.pop("exception", "")
        at, process, pid = event.pop("time")[11:-1], event.pop("process"), event.pop("pid")
        shown = f"\x1b[{self.COLOURS.get(level, '0')}m{level:<8}\x1b[0m" if self._colours else f"{level:<8}"
        words = [at, shown, f"{process}[{pid}]", _plain(event.pop("event"))]
        words += [f"{key}={_plain(value)}" for key, value in event.items()]
        line = " ".join(words) + "\n" + (f"{exception}\n" if exception else "")
        return line.encode("utf-8", "backslashreplace")


def _plain(value: Any) -> str:
    text = str(value)
    return (
        text
        if text.isprintable() and " " not in text and text
        else json.dumps(text, ensure_ascii=not text.isprintable())
    )
