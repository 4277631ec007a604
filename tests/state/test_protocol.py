"""The control socket's lines: cut anywhere, the same objects; errors keep their kind."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.errors import KINDS, ConflictError, InputError, ProtocolError, RowFault, StateError
from smppproxy.state.protocol import Lines, encode, failure, reachable, result_of, success

OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.integers(-9, 9) | st.none()), max_size=5
)


@given(OBJECTS, st.integers(1, 9))
def test_chopping_changes_nothing(objects: list[dict[str, Any]], size: int) -> None:
    octets = b"".join(map(encode, objects))
    lines = Lines()
    found = [each for at in range(0, len(octets), size) for each in lines.feed(octets[at : at + size])]
    assert found == objects


@given(st.binary())
def test_garbage_raises_what_is_documented(octets: bytes) -> None:
    try:
        Lines().feed(octets)
    except ProtocolError:
        pass


def test_a_line_has_a_limit() -> None:
    lines = Lines(limit=10)
    lines.feed(b"x" * 10)
    with pytest.raises(ProtocolError, match="more than 10 octets"):
        lines.feed(b"x")


@pytest.mark.parametrize("kind", KINDS.values())
def test_errors_keep_their_kind(kind: type[StateError]) -> None:
    with pytest.raises(kind, match=r"^because$"):
        result_of(failure(kind("because")))


def test_faults_travel() -> None:
    fault = RowFault(7, "owner", "x", "y")
    with pytest.raises(InputError) as caught:
        result_of(failure(InputError("rows", (fault,))))
    assert caught.value.faults == (fault,)


def test_results_travel() -> None:
    assert result_of(success({"a": 1})) == {"a": 1}


@pytest.mark.parametrize("answer", [{}, {"ok": False}, {"ok": False, "error": "x"}, {"ok": "yes"}])
def test_answers_that_are_none(answer: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError, match="neither"):
        result_of(answer)


def test_a_kind_from_a_newer_version_is_still_an_error() -> None:
    with pytest.raises(StateError, match="new trouble"):
        result_of({"ok": False, "error": {"kind": "unheard_of", "message": "new trouble"}})
    assert ConflictError.kind in KINDS


@pytest.mark.parametrize("depth", [0, 150])
def test_a_socket_can_lie_deep(tmp_path: Path, depth: int) -> None:
    folder = tmp_path / ("d" * depth) if depth else tmp_path
    folder.mkdir(exist_ok=True)
    path = folder / "control.sock"
    before = set(os.listdir("/proc/self/fd"))
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with reachable(path) as address:
            server.bind(address)
        server.listen()
        with reachable(path) as address:
            client.connect(address)
    assert path.is_socket()
    assert set(os.listdir("/proc/self/fd")) == before
