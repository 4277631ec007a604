from __future__ import annotations

import asyncio
import json
import logging
import os
import pty

import pytest
import structlog

from smppproxy.app import logs

log = structlog.get_logger("tests")


@pytest.fixture(autouse=True)
def _as_before():
    """Other tests find logging as they left it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def pipe():
    """Both ends of a pipe that holds one page."""
    ends = os.pipe2(os.O_NONBLOCK)
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def json_lines(pipe):
    """Logging set up on a pipe; call it for what was written so far."""
    reader, writer = pipe
    logs.set_up("worker-0", format="json", level="info", descriptor=writer)
    return lambda: [json.loads(line) for line in read(reader).splitlines()]


def read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 20)
    except BlockingIOError:
        return b""


def test_a_line_says_when_what_and_who(json_lines):
    log.info("session_bound", account="a", binds=3)
    (line,) = json_lines()
    assert list(line) == ["time", "level", "event", "process", "pid", "account", "binds"]
    assert (line["level"], line["event"], line["process"], line["pid"]) == (
        "info",
        "session_bound",
        "worker-0",
        os.getpid(),
    )
    assert line["time"].endswith("Z")
    assert len(line["time"]) == len("2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize("key", sorted(logs.PERSONAL))
def test_nothing_personal_leaves(json_lines, key):
    log.info("x", **{key: "hunter2"})
    log.info("x", request={"deep": [{key: "hunter2"}]})
    first, second = json_lines()
    assert first[key] == logs.HIDDEN
    assert "hunter2" not in str(second)


@pytest.mark.parametrize("key", ["text", "recipient", "password", "short_message", "destination_addr", "msisdn"])
def test_the_list_of_what_is_personal_holds(key):
    assert key in logs.PERSONAL


def test_octets_and_long_values_are_cut(json_lines):
    log.info("x", peer=b"\x00secret", system_id="y" * 10_000, many=[b"ab"])
    (line,) = json_lines()
    assert line["peer"] == "(7 octets)"
    assert line["many"] == ["(2 octets)"]
    assert len(line["system_id"]) == logs.LONGEST_VALUE + 1


def test_what_json_does_not_know_is_named(json_lines):
    log.info("x", value=asyncio.Lock, place=complex(1, 2))
    (line,) = json_lines()
    assert line["place"] == "(1+2j)"


def test_levels_change_while_loggers_live(json_lines):
    bound = log.bind(account="a")
    bound.debug("quiet")
    logs.set_level("debug")
    bound.debug("loud")
    logs.set_level("error")
    bound.warning("quiet")
    bound.error("loud")
    assert [line["event"] for line in json_lines()] == ["loud", "loud"]


def test_an_exception_is_one_line(json_lines):
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    (line,) = json_lines()
    assert line["level"] == "error"
    assert "ValueError: why" in line["exception"]


def test_libraries_speak_through_the_same_stream(json_lines):
    logging.getLogger("asyncio").warning("slow %s", "thing")
    logging.getLogger("asyncio").info("not this")
    logging.getLogger("uvicorn").critical("end")
    assert [(line["level"], line["event"]) for line in json_lines()] == [("warning", "slow thing"), ("error", "end")]


async def test_lines_of_a_tick_leave_together_and_errors_at_once(json_lines):
    log.info("one")
    log.info("two")
    assert json_lines() == []
    await asyncio.sleep(0)
    assert [line["event"] for line in json_lines()] == ["one", "two"]
    log.info("three")
    log.error("four")
    assert [line["event"] for line in json_lines()] == ["three", "four"]
    await asyncio.sleep(0)
    assert json_lines() == []


async def test_a_reader_that_stops_costs_lines_and_never_waits(pipe, monkeypatch):
    reader, writer = pipe
    monkeypatch.setattr(logs, "LIMIT_WAITING", 10)
    monkeypatch.setattr(logs, "LONGEST_WAIT", 0.0)
    sink = logs.set_up("worker-0", format="json", descriptor=writer)
    while True:  # fill the pipe
        try:
            os.write(writer, b"x" * 4096)
        except BlockingIOError:
            break
    for at in range(25):
        log.info("line", at=at)
    await asyncio.sleep(0)
    assert sink.dropped == 15
    while read(reader):
        pass
    logs.flush()
    assert [json.loads(line)["at"] for line in read(reader).splitlines()] == list(range(15, 25))


async def test_many_lines_of_one_tick_are_not_lost_where_somebody_reads(tmp_path):
    path = tmp_path / "stderr"
    with path.open("wb") as file:
        sink = logs.Sink(file.fileno())
        for number in range(3 * logs.LIMIT_WAITING):
            sink.write(b"%d\n" % number)
        sink.flush()
    assert sink.dropped == 0
    assert path.read_bytes() == b"".join(b"%d\n" % number for number in range(3 * logs.LIMIT_WAITING))


def test_a_line_longer_than_a_page_arrives_whole(json_lines):
    log.info("x", many=["y" * 1000] * 20)
    logs.flush()
    (line,) = json_lines()
    assert len(line["many"]) == 20


def test_a_closed_stderr_is_survived():
    reader, writer = os.pipe()
    os.close(reader)
    sink = logs.set_up("worker-0", format="json", descriptor=writer)
    log.info("into the void")
    logs.flush()
    assert sink.dropped
    os.close(writer)


def test_console_lines_are_for_people_and_hold_no_control_characters(pipe):
    reader, writer = pipe
    logs.set_up("parent", format="console", descriptor=writer)
    log.info("bound", account="a\x1b[31m\nfake line", text="x", peer="1.2.3.4:5")
    line = read(reader).decode()
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert f"parent[{os.getpid()}] bound" in line
    assert line.rstrip().endswith("peer=1.2.3.4:5")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    assert "ValueError: why\n" in read(reader).decode()


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_it_does_not_want_them(monkeypatch, no_colour, coloured):
    monkeypatch.setenv("NO_COLOR", no_colour)
    master, terminal = pty.openpty()
    logs.set_up("parent", descriptor=terminal)
    log.info("bound")
    assert (b"\x1b[32m" in os.read(master, 4096)) is coloured
    os.close(master)
    os.close(terminal)
