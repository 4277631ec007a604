"""Errors of the protocol: the type says who is to blame and how deep the stream is broken.

::

    SmppError
     ├── RemoteError          the peer's fault; ``command_status`` is what to answer
     │    ├── FramingError    octets cannot be told into PDUs any more: answer generic_nack, flush, close
     │    ├── UnreadableBody  one PDU is broken, the stream is not: answer the operation's own _resp, go on
     │    └── UnreadableTlv   the value of one known TLV does not have the form of its tag
     └── LocalMisuse          our bug or our user's: a value that no PDU can carry
"""

from __future__ import annotations

from smppproxy.smpp.constants import COMMANDS, ESME_RINVCMDLEN, ESME_RINVPARLEN


class SmppError(Exception):
    """Anything this package raises on purpose."""


class RemoteError(SmppError):
    """The peer broke the protocol. ``command_status`` is the answer that fits."""

    def __init__(self, message: str, command_status: int) -> None:
        super().__init__(message)
        self.command_status = command_status


class FramingError(RemoteError):
    """An impossible ``command_length``: nothing after it can be trusted (3.4 s. 4.3.1)."""

    def __init__(self, command_length: int, expected: str) -> None:
        super().__init__(
            f"command_length {command_length} is impossible, expected {expected}; "
            "the stream cannot be followed any further, close it",
            ESME_RINVCMDLEN,
        )
        self.command_length = command_length


class UnreadableBody(RemoteError):  # noqa: N818 (the name says what is the matter, as the tree above does)
    """A PDU with a sound header and a broken body. ``field`` is the field's name in the specification."""

    def __init__(self, command_id: int, sequence_number: int, field: str, command_status: int) -> None:
        name = COMMANDS.get(command_id, f"command 0x{command_id:08X}")
        super().__init__(
            f"{name} (sequence_number {sequence_number}): {field} cannot be read; answer 0x{command_status:02X}",
            command_status,
        )
        self.command_id = command_id
        self.sequence_number = sequence_number
        self.field = field


class UnreadableTlv(RemoteError):  # noqa: N818 (the name says what is the matter, as the tree above does)
    """A TLV whose value does not have the form the specification gives its tag."""

    def __init__(self, name: str, problem: str, command_status: int = ESME_RINVPARLEN) -> None:
        super().__init__(f"TLV {name}: {problem}", command_status)


class LocalMisuse(SmppError, ValueError):  # noqa: N818 (the name says what is the matter, as the tree above does)
    """A PDU that cannot be put on the wire: the caller has to change what it passes."""
