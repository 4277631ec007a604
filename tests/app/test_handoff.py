"""Messages and settings survive the way between processes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from smppproxy.app import handoff
from smppproxy.app.settings import Settings


@pytest.mark.parametrize(
    "message",
    [
        handoff.Configure(3, 4, (0, 1)),
        handoff.Reload(),
        handoff.Ready(),
        handoff.Adopt(1, "2001:db8::1", 40000, "reseller1", bytes(range(256))),
        handoff.Adopt(0, "192.0.2.1", 1, "", b"", tls=True),
        handoff.Released("reseller1", 7),
        handoff.WhereIs(9, "ré"),
        handoff.Home(9, 0),
        handoff.Load(0.25),
        handoff.Workers((0, 2), True, {"done": 1}, {"full": 0}),
        handoff.Drain(30.0),
        handoff.Drained(0),
    ],
)
def test_decode_is_the_inverse_of_encode(message: handoff.Message) -> None:
    assert handoff.decode(handoff.encode(message)) == message


def test_settings_travel_in_a_memory_file_that_can_be_read_more_than_once(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    given = settings()
    descriptor = handoff.settings_file(given)
    other = os.dup(descriptor)
    assert handoff.settings_from(descriptor) == given
    assert handoff.settings_from(other) == given
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_socket_comes_back_non_blocking() -> None:
    a, b = socket.socketpair()
    with b, handoff.socket_of(a.detach()) as again:
        assert not again.getblocking()
        assert (again.family, again.type) == (socket.AF_UNIX, socket.SOCK_STREAM)
