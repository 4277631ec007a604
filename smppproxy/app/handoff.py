"""What parent and children say to each other: packets on a Unix socket, some with descriptors beside them.

Encoding and decoding are pure; `channel.py` moves the packets. Settings travel in a memory file, whose descriptor goes
along: they may be larger than a packet, and a child that is restarted must get the configuration that was found good,
whatever the file says meanwhile.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Union

import msgspec

from smppproxy.app.settings import Settings, pack, unpack
from smppproxy.state.accounts import StoredAccount


class _Message(msgspec.Struct, array_like=True):
    pass


class Configure(_Message, tag="configure"):
    """Parent to child, first of all.

    Descriptors: the settings, then for control the admin socket, for a worker its listening sockets.
    """

    number: int = -1
    workers: int = 0
    listeners: tuple[int, ...] = ()  # which listener each descriptor is; empty where sockets are handed over one by one


class Reload(_Message, tag="reload"):
    """Parent to child: a new configuration. Descriptor: the settings."""


class Ready(_Message, tag="ready"):
    """Child to parent: it does its work from now on."""


class Adopt(_Message, tag="adopt"):
    """Parent to worker: a connection is yours.

    Descriptor: its socket. `account` is empty where no known bind was read.
    """

    listener: int
    host: str
    port: int
    account: str
    first: bytes  # octets read so far
    tls: bool = False  # nothing was read: the worker ends TLS and asks for the home


class Released(_Message, tag="released"):
    """Worker to parent: the last bind of this account is gone, after so many of its sockets were adopted."""

    account: str
    adopted: int


class WhereIs(_Message, tag="where_is"):
    """Worker to parent: which worker is this account's home (for a bind read inside TLS)?"""

    request: int
    account: str


class Home(_Message, tag="home"):
    """Parent to worker: the answer to WhereIs."""

    request: int
    worker: int


class Load(_Message, tag="load"):
    """Worker to parent, every few seconds: the share of a core it used."""

    share: float


class Workers(_Message, tag="workers"):
    """Parent to control, at each change and every few seconds: which workers are ready, and what the parent counted."""

    ready: tuple[int, ...]
    draining: bool = False
    reloads: dict[str, int] = {}  # by result; msgspec copies an empty default
    dropped: dict[str, int] = {}  # connections closed before a worker had them, by reason


class Accounts(_Message, tag="accounts"):
    """Control to parent, before Ready and at each change: the accounts in the store. Descriptor: what they are."""


class Drain(_Message, tag="drain"):
    """Parent to worker: finish what is in flight, unbind, say Drained, end.

    Again with `hurry`: at once. To control: end.
    """

    timeout: float = 0.0
    hurry: bool = False


class Drained(_Message, tag="drained"):
    """Worker to parent: it is done, and so many requests stayed unanswered."""

    unanswered: int


Message = Union[Configure, Reload, Ready, Adopt, Released, WhereIs, Home, Load, Workers, Accounts, Drain, Drained]  # noqa: UP007  msgspec reads it at run time

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """One packet."""
    return _encoder.encode(message)


def decode(packet: bytes) -> Message:
    """The message of a packet. Raises msgspec.DecodeError, which only a mix of program versions can cause."""
    return _decoder.decode(packet)


def settings_file(settings: Settings) -> int:
    """A descriptor of a memory file that holds the settings; the caller closes it."""
    return _memory_file(pack(settings))


def settings_from(descriptor: int) -> Settings:
    """The settings in a memory file. Closes the descriptor; its position, shared with other children, is not used."""
    try:
        return unpack(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    finally:
        os.close(descriptor)


def accounts_file(accounts: Sequence[StoredAccount]) -> int:
    """A descriptor of a memory file that holds accounts of the store; the caller closes it."""
    return _memory_file(msgspec.msgpack.encode(accounts))


def accounts_from(descriptor: int) -> tuple[StoredAccount, ...]:
    """The accounts in a memory file. The descriptor stays the caller's."""
    octets = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    return msgspec.msgpack.decode(octets, type=tuple[StoredAccount, ...])


def _memory_file(octets: bytes) -> int:
    descriptor = os.memfd_create("smppproxy", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(octets)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def socket_of(descriptor: int) -> socket.socket:
    """The non-blocking socket of a descriptor that came over a channel."""
    sock = socket.socket(fileno=descriptor)
    sock.setblocking(False)
    return sock
