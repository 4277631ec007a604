"""The line between two processes, on both event loops."""

from __future__ import annotations

import asyncio
import os
import socket

from smppproxy.app import handoff
from smppproxy.app.channel import LIMIT_WAITING, Channel


class End:
    """One end with what it received."""

    def __init__(self, sock: socket.socket) -> None:
        self.received: list[tuple[handoff.Message, list[int]]] = []
        self.news = asyncio.Event()
        self.gone = asyncio.Event()
        self.channel = Channel(sock, self._got, self.gone.set)

    def _got(self, message: handoff.Message, descriptors: list[int]) -> None:
        self.received.append((message, descriptors))
        self.news.set()

    async def messages(self, count: int) -> list[handoff.Message]:
        while len(self.received) < count:
            self.news.clear()
            await self.news.wait()
        return [message for message, _ in self.received]


async def test_messages_arrive_whole_in_order_with_their_descriptors() -> None:
    a, b = (End(sock) for sock in Channel.pair())
    ours, theirs = socket.socketpair()
    a.channel.send(handoff.Ready())
    a.channel.send(handoff.Adopt(0, "192.0.2.1", 1, "", b"x" * 5000), [theirs.fileno()])
    theirs.close()
    assert [type(message).__name__ for message in await b.messages(2)] == ["Ready", "Adopt"]
    (descriptor,) = b.received[1][1]
    assert not os.get_inheritable(descriptor)
    with ours, socket.socket(fileno=descriptor) as sock:
        sock.send(b"through")
        assert ours.recv(10) == b"through"
    a.channel.close()
    b.channel.close()


async def test_what_a_full_line_cannot_take_is_kept_up_to_a_limit() -> None:
    ours, theirs = Channel.pair()
    a = End(ours)
    sent = 0
    while a.channel.send(handoff.Released("x" * 1000, sent), [2] if sent % 50 == 0 else []):
        sent += 1
    assert sent > LIMIT_WAITING
    b = End(theirs)
    await a.channel.flushed()
    assert await b.messages(sent) == [handoff.Released("x" * 1000, number) for number in range(sent)]
    descriptors = [d for _, held in b.received for d in held]
    assert len(descriptors) == len(range(0, sent, 50))
    for descriptor in descriptors:
        os.close(descriptor)
    a.channel.close()
    b.channel.close()


async def test_the_other_side_ending_is_told_once_after_all_it_said() -> None:
    a, b = (End(sock) for sock in Channel.pair())
    a.channel.send(handoff.Drained(3))
    a.channel.close()
    await b.gone.wait()
    assert [message for message, _ in b.received] == [handoff.Drained(3)]
    assert not b.channel.send(handoff.Ready())
    assert not a.gone.is_set()


async def test_finish_reads_what_an_ended_process_still_said() -> None:
    a, b = (End(sock) for sock in Channel.pair())
    for number in range(100):
        a.channel.send(handoff.Drained(number))
    a.channel.close()
    b.channel.finish()
    assert len(b.received) == 100
    assert b.gone.is_set()


async def test_sending_to_a_process_that_is_gone_says_so() -> None:
    ours, theirs = Channel.pair()
    theirs.close()
    a = End(ours)
    assert not a.channel.send(handoff.Ready())
    await a.gone.wait()


async def test_closing_with_messages_waiting_lets_go_of_everything() -> None:
    ours, theirs = Channel.pair()
    a = End(ours)
    while a.channel.send(handoff.Released("x" * 1000, 0), [2]):
        pass
    flushed = asyncio.ensure_future(a.channel.flushed())
    await asyncio.sleep(0)
    a.channel.close()
    await flushed
    theirs.close()
