"""JSON lines over a Unix socket."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.rpc import Request, RpcError, RpcServer, ask


async def double(request: Request) -> Mapping[str, Any]:
    return {"ok": True, "answer": request["number"] * 2}


async def refuse(_: Request) -> Mapping[str, Any]:
    raise RpcError("not_today", "come back tomorrow")


async def fail(_: Request) -> Mapping[str, Any]:
    raise ZeroDivisionError("a secret of the inside")


class Adopted:
    """What an upgrade was given."""

    def __init__(self) -> None:
        self.given: asyncio.Future[tuple[Request, socket.socket, bytes]] = asyncio.get_running_loop().create_future()

    def __call__(self, request: Request, sock: socket.socket, rest: bytes) -> None:
        self.given.set_result((request, sock, rest))


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    server = RpcServer(tmp_path / "test.sock", {"double": double, "refuse": refuse, "fail": fail})
    await server.start()
    yield tmp_path / "test.sock"
    await server.close()
    assert not (tmp_path / "test.sock").exists()


async def lines(path: Path, octets: bytes) -> list[dict[str, Any]]:
    """The answers to what is sent, until the server closes or has answered every line."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(octets)
    found = [json.loads(await reader.readline()) for _ in range(octets.count(b"\n"))]
    writer.close()
    return found


async def test_answers(path: Path) -> None:
    assert await ask(path, {"do": "double", "number": 21}, 5.0) == {"ok": True, "answer": 42}


async def test_refusals_arrive_with_kind_and_words(path: Path) -> None:
    with pytest.raises(RpcError, match="come back tomorrow") as caught:
        await ask(path, {"do": "refuse"}, 5.0)
    assert caught.value.kind == "not_today"


async def test_faults_keep_their_inside_to_themselves(path: Path) -> None:
    with pytest.raises(RpcError) as caught:
        await ask(path, {"do": "fail"}, 5.0)
    assert caught.value.kind == "internal"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "line", [b'{"do": "nothing"}', b"{}", b"not JSON", b"[1]", b"", b'{"do": ["double"]}', b'{"do": {}}']
)
async def test_what_is_no_request_is_answered_as_such_and_the_connection_stays(path: Path, line: bytes) -> None:
    answers = await lines(path, line + b"\n" + b'{"do": "double", "number": 1}\n')
    assert answers[0]["error"]["kind"] == "unknown_request"
    assert answers[1] == {"ok": True, "answer": 2}


async def test_a_line_may_come_in_pieces_and_several_at_once(path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path))
    for octet in b'{"do": "double", "number": 1}\n{"do": "double", "number": 2}\n':
        writer.write(bytes([octet]))
        await writer.drain()
    assert [json.loads(await reader.readline())["answer"] for _ in range(2)] == [2, 4]
    writer.close()


async def test_an_upgrade_gets_the_socket_and_what_was_read_beyond_the_line(tmp_path: Path) -> None:
    adopted = Adopted()
    server = RpcServer(tmp_path / "test.sock", {}, {"adopt": adopted})
    await server.start()
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "test.sock"))
    writer.write(b'{"do": "adopt", "listener": 1}\n\0\1\2\n')
    request, sock, rest = await adopted.given
    assert (request, rest) == ({"do": "adopt", "listener": 1}, b"\0\1\2\n")
    await server.close()
    with sock:  # outlives the server: it is somebody else's now
        sock.send(b"hello")
        assert await reader.read(10) == b"hello"
    writer.close()


async def test_a_socket_file_left_behind_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "test.sock"))
    server = RpcServer(tmp_path / "test.sock", {"double": double})
    await server.start()
    assert (await ask(tmp_path / "test.sock", {"do": "double", "number": 1}, 5.0))["answer"] == 2
    await server.close()


async def test_a_deep_directory_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    server = RpcServer(deep / "test.sock", {"double": double})
    await server.start()
    assert (await ask(deep / "test.sock", {"do": "double", "number": 1}, 5.0))["answer"] == 2
    await server.close()


async def test_nobody_there_is_an_os_error_and_silence_a_timeout(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await ask(tmp_path / "nothing.sock", {"do": "double"}, 5.0)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        with pytest.raises(TimeoutError):
            await ask(tmp_path / "mute.sock", {"do": "double"}, 0.01)
