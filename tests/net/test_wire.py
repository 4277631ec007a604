"""Wires over real sockets: batches, back-pressure, pauses with several reasons, and ends."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref

from smppproxy.net.wire import LEAST_SHARE, Wire


def test_reads_of_one_turn_come_as_one_batch(run, turns):
    async def main() -> None:
        t = turns()
        (one, far_one), (two, far_two) = await t.pair(), await t.pair()
        far_one.send(b"one")
        far_two.send(b"two")
        await t.until(lambda: t.octets(one) == b"one" and t.octets(two) == b"two")
        assert t.batches <= 2
        one.inject(b"!")
        two.inject(b"!")
        before = t.batches
        await t.until(lambda: t.batches > before)
        assert t.reads[-2:] == [(one, b"!"), (two, b"!")]
        assert t.batches == before + 1
        for each in (far_one, far_two):
            each.close()
        await t.until(lambda: t.ended(one) and t.ended(two))

    run(main())


def test_small_reads_can_be_taken_ahead_of_the_turn(run, turns):
    async def main() -> None:
        t = turns()
        (one, far_one), (two, far_two) = await t.pair(), await t.pair()
        taken: list[tuple[Wire, bytes]] = []

        def prompt(wire: Wire, data: bytes) -> bool:
            if data == b"later":
                return False
            taken.append((wire, data))
            return True

        t.pump.prompt = prompt
        before = t.batches
        one.inject(b"one")
        two.inject(b"two")
        assert taken == [(one, b"one"), (two, b"two")]
        one.inject(b"later")
        two.inject(b"behind it")  # what waits for the turn keeps its place
        await t.until(lambda: t.batches > before)
        assert t.reads == [(one, b"later"), (two, b"behind it")]
        two.inject(b"x" * (LEAST_SHARE + 1))
        await t.until(lambda: len(t.reads) == 3)
        assert len(taken) == 2
        for each in (far_one, far_two):
            each.close()
        await t.until(lambda: t.ended(one) and t.ended(two))

    run(main())


def test_a_turn_knows_whether_it_was_asked_for(run, turns):
    async def main() -> None:
        t = turns()
        wire, far = await t.pair()
        t.pump.asked = False
        far.send(b"one")
        await t.until(lambda: t.octets(wire) == b"one")
        assert not t.pump.asked
        before = t.batches
        t.pump.wake()
        t.pump.wake()
        await t.until(lambda: t.batches > before)
        assert t.pump.asked
        assert t.batches == before + 1
        t.pump.asked = False
        far.close()
        await t.until(lambda: t.ended(wire))
        assert t.pump.asked

    run(main())


def test_a_wire_tells_its_end_once_and_forgets_what_is_written_after(run, turns):
    async def main() -> None:
        t = turns()
        wire, far = await t.pair()
        far.close()
        await t.until(lambda: t.ended(wire))
        assert wire.ended
        wire.write(b"to nobody")
        wire.close(1.0)
        wire.abort()
        assert wire.unsent == 0
        assert wire.peer == ("", 0)
        await asyncio.sleep(0)
        assert t.reads.count((wire, None)) == 1

    run(main())


def test_one_that_was_never_connected_ends_when_it_is_closed(run, turns):
    async def main() -> None:
        t = turns()
        wire = Wire(t.pump)
        wire.close(1.0)
        await t.until(lambda: t.ended(wire))

    run(main())


def test_made_is_called_once_when_the_connection_stands(run, turns):
    async def main() -> None:
        t = turns()
        made = []
        wire, far = await t.pair(made=made.append, owner="owner")
        assert made == [wire]
        assert wire.owner == "owner"
        far.close()
        await t.until(lambda: t.ended(wire))

    run(main())


def test_the_peer_of_a_tcp_connection_has_an_address(run, turns):
    async def main() -> None:
        t = turns()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            far = socket.create_connection(listening.getsockname())
            near, _ = listening.accept()
        near.setblocking(False)
        wire = Wire(t.pump)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: wire, near)
        assert wire.peer == far.getsockname()
        far.close()
        await t.until(lambda: t.ended(wire))

    run(main())


def test_a_full_buffer_is_told_and_so_is_room_again(run, turns):
    async def main() -> None:
        t = turns()
        t.pump.high_water = 100_000
        wire, far = await t.pair()
        chunk = b"x" * 65536
        sent = 0
        while not t.fulls:
            wire.write(chunk)
            sent += len(chunk)
        assert t.fulls == [(wire, True)]
        assert wire.unsent > 100_000
        loop = asyncio.get_running_loop()
        received = 0
        while received < sent:
            received += len(await loop.sock_recv(far, 1 << 20))
        await t.until(lambda: (wire, False) in t.fulls)
        assert wire.unsent == 0
        far.close()
        await t.until(lambda: t.ended(wire))

    run(main())


def test_reading_goes_on_when_the_last_reason_to_pause_is_gone(run, turns):
    async def main() -> None:
        t = turns()
        wire, far = await t.pair()
        watched, far_watched = await t.pair()
        wire.pause("a")
        wire.pause("b")
        far.send(b"held back")
        assert not wire.resume("c")
        assert not wire.resume("a")
        far_watched.send(b"the loop has been round")
        await t.until(lambda: t.octets(watched))
        assert t.octets(wire) == b""
        assert wire.resume("b")
        assert not wire.resume("b")
        await t.until(lambda: t.octets(wire) == b"held back")
        for each in (far, far_watched):
            each.close()
        await t.until(lambda: t.ended(wire) and t.ended(watched))

    run(main())


def test_closing_sends_what_is_left(run, turns):
    async def main() -> None:
        t = turns()
        wire, far = await t.pair()
        wire.write(b"y" * 3_000_000)
        wire.close(30.0)
        received = 0
        loop = asyncio.get_running_loop()
        while octets := await loop.sock_recv(far, 1 << 20):
            received += len(octets)
        assert received == 3_000_000
        await t.until(lambda: t.ended(wire))
        far.close()

    run(main())


def test_closing_gives_up_on_a_peer_that_does_not_read(run, turns):
    async def main() -> None:
        t = turns()
        wire, far = await t.pair()
        wire.write(b"y" * 3_000_000)
        wire.close(0.01)
        wire.close(0.01)
        await t.until(lambda: t.ended(wire))
        far.close()

    run(main())


class Owner:
    """Whose wire it is."""


async def closed_with_an_owner(t):
    owner = Owner()
    wire, far = await t.pair(owner=owner)
    wire.close(3600.0)
    return far, weakref.ref(owner)


def test_nothing_holds_a_wire_that_has_ended(run, turns):
    async def main() -> None:
        t = turns()
        far, held = await closed_with_an_owner(t)
        await t.until(lambda: t.reads)
        far.close()
        t.reads.clear()
        await asyncio.sleep(0)
        gc.collect()
        assert held() is None

    run(main())
