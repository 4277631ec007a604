"""One PDU as a value: what ``codec.decode`` gives and ``codec.encode`` takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from smppproxy.smpp.constants import COMMANDS


class SmeAddress(NamedTuple):
    """A destination of submit_multi: dest_flag 1 (3.4 s. 4.5.1.1)."""

    ton: int
    npi: int
    addr: bytes


class DistributionList(NamedTuple):
    """A destination of submit_multi: dest_flag 2 (3.4 s. 4.5.1.2)."""

    name: bytes


class UnsuccessSme(NamedTuple):
    """A destination that submit_multi_resp reports as failed, with its command_status (3.4 s. 4.5.2.1)."""

    ton: int
    npi: int
    addr: bytes
    error: int


class Pdu(msgspec.Struct):
    """One PDU.

    ``fields`` holds the mandatory fields by the names of the specification: integers as int, strings as bytes
    without their terminator, ``short_message`` as bytes (``sm_length`` follows from it), ``dest_addresses`` as a
    list of :class:`SmeAddress` or :class:`DistributionList`, ``unsuccess_sme`` as a list of :class:`UnsuccessSme`.
    A response that came as a header only has no fields at all. ``tlvs`` keeps order, duplicates and raw octets.
    """

    command: int
    status: int = 0
    sequence: int = 0
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    tlvs: list[tuple[int, bytes]] = msgspec.field(default_factory=list)

    @property
    def name(self) -> str:
        """The command's name in the specification, or its number in hexadecimal."""
        return COMMANDS.get(self.command, f"0x{self.command:08X}")

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first TLV with this tag."""
        for found, value in self.tlvs:
            if found == tag:
                return value
        return None
