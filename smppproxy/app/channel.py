"""One end of the line between parent and child: whole messages with descriptors, over a SOCK_SEQPACKET pair.

End of file means that the other process is gone. Works on asyncio and uvloop alike, since it only asks the loop to
watch a descriptor.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence

from smppproxy.app import handoff

LIMIT_WAITING = (
    1024  # messages kept for a child that does not read; each may hold a connection, so it is better to refuse more
)
LIMIT_PACKET = 1 << 17  # octets; the largest message holds an opening of a few thousand
LIMIT_DESCRIPTORS = 250  # per packet; the kernel's own limit is 253
PACKETS_PER_WAKE = 64  # then the loop gets its turn

_INT_SIZE = array.array("i").itemsize


class Channel:
    """Sends and receives messages.

    `received` gets each with its descriptors, which are then its own; `lost` is called once at the end.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[handoff.Message, list[int]], None],
        lost: Callable[[], None],
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._received = received
        self._lost = lost
        self._waiting: deque[tuple[bytes, list[int]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._read)
        self._flushed: asyncio.Future[None] | None = None
        self._open = True
        self.gone = False  # the other process cannot be sent anything any more

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """Two connected ends."""
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def send(self, message: handoff.Message, descriptors: Sequence[int] = ()) -> bool:
        """Sends a message, or keeps it until the other side reads; False where neither is possible.

        The descriptors stay the caller's.
        """
        if not self._open or len(self._waiting) >= LIMIT_WAITING:
            return False
        packet = handoff.encode(message)
        if not self._waiting:
            try:
                socket.send_fds(self._sock, [packet], list(descriptors))
                return True
            except BlockingIOError:
                self._loop.add_writer(self._sock, self._write)
            except OSError:  # the reader will see it too, a moment later
                self.gone = True
                return False
        self._waiting.append((packet, [os.dup(descriptor) for descriptor in descriptors]))
        return True

    async def flushed(self) -> None:
        """Waits until the other side has been sent everything, or is gone."""
        if self._open and self._waiting:
            self._flushed = self._loop.create_future()
            await self._flushed

    def close(self) -> None:
        """Ends the line from this side; `lost` is not called."""
        if not self._open:
            return
        self._open = False
        self.gone = True
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        while self._waiting:
            _close_all(self._waiting.popleft()[1])
        self._tell_flushed()

    def _write(self) -> None:
        while self._waiting:
            packet, descriptors = self._waiting[0]
            try:
                socket.send_fds(self._sock, [packet], descriptors)
            except BlockingIOError:
                return
            except OSError:
                break
            self._waiting.popleft()
            _close_all(descriptors)
        self._loop.remove_writer(self._sock)
        self._tell_flushed()

    def _tell_flushed(self) -> None:
        if self._flushed is not None and not self._flushed.done():
            self._flushed.set_result(None)

    def finish(self) -> None:
        """Receives what a process that has ended still said, up to the end of file."""
        while self._open and self._read():
            pass

    def _read(self) -> bool:
        """Receives some packets; whether there may be more."""
        for _ in range(PACKETS_PER_WAKE):
            if not self._open:
                return False
            try:
                packet, descriptors = _receive(self._sock)
            except BlockingIOError:
                return False
            except OSError:
                packet, descriptors = b"", []
            if not packet:
                self.close()
                self._lost()
                return False
            self._received(handoff.decode(packet), descriptors)
        return True


def _receive(sock: socket.socket) -> tuple[bytes, list[int]]:
    # socket.recv_fds() does not pass its flags on in Python 3.11, and the descriptors would be inherited by other
    # programs.
    room = socket.CMSG_SPACE(LIMIT_DESCRIPTORS * _INT_SIZE)
    packet, ancillary, _, _ = sock.recvmsg(LIMIT_PACKET, room, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return packet, descriptors.tolist()


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
