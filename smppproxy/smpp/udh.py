"""The user data header: what stands in front of a text when esm_class has bit 0x40 (TS 23.040 s. 9.2.3.24)."""

from __future__ import annotations

from typing import Final

import msgspec

from smppproxy.smpp.constants import ESME_RINVMSGLEN
from smppproxy.smpp.errors import RemoteError

UDHI: Final = 0x40  # the bit of esm_class

IEI_CONCATENATED_8: Final = 0x00
IEI_CONCATENATED_16: Final = 0x08
IEI_SINGLE_SHIFT: Final = 0x24
IEI_LOCKING_SHIFT: Final = 0x25


class UnreadableUdh(RemoteError, ValueError):  # noqa: N818 (named like its siblings in errors)
    """The header is announced but does not fit the octets that are there."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"user data header: {problem}", ESME_RINVMSGLEN)


class Udh(msgspec.Struct, frozen=True, gc=False):
    """A parsed header. ``length`` counts its octets with the length octet: the text starts there.

    ``total`` is 0 unless the text is one of several segments. ``wide`` tells a 16-bit reference.
    ``locking`` and ``single`` are the national languages of TS 23.038 that the text switches to, 0 for none.
    """

    length: int
    elements: tuple[tuple[int, bytes], ...]
    reference: int = 0
    total: int = 0
    number: int = 0
    wide: bool = False
    locking: int = 0
    single: int = 0


def parse_udh(octets: bytes) -> Udh:
    """Parse the header at the start of ``octets``. Raises UnreadableUdh, nothing else.

    As TS 23.040 s. 9.2.3.24 demands: an element that repeats counts with its last occurrence, and a
    concatenation with an impossible number is ignored, since a handset shows such a part as a text of its own.
    """
    if not octets:
        raise UnreadableUdh("announced, but there is no text")
    length = octets[0] + 1
    if length > len(octets):
        raise UnreadableUdh(f"{length} octets announced, {len(octets)} there")
    elements: list[tuple[int, bytes]] = []
    reference = total = number = locking = single = 0
    wide = False
    position = 1
    while position < length:
        if position + 2 > length or position + 2 + octets[position + 1] > length:
            raise UnreadableUdh(f"the information element at octet {position} overruns the header")
        identifier, end = octets[position], position + 2 + octets[position + 1]
        value = octets[position + 2 : end]
        elements.append((identifier, value))
        position = end
        size = len(value)
        if (identifier, size) in ((IEI_CONCATENATED_8, 3), (IEI_CONCATENATED_16, 4)):
            if 0 < value[-1] <= value[-2]:
                reference, total, number = int.from_bytes(value[:-2]), value[-2], value[-1]
                wide = identifier == IEI_CONCATENATED_16
        elif identifier == IEI_SINGLE_SHIFT and size == 1:
            single = value[0]
        elif identifier == IEI_LOCKING_SHIFT and size == 1:
            locking = value[0]
    return Udh(length, tuple(elements), reference, total, number, wide, locking, single)


def build_udh(elements: list[tuple[int, bytes]]) -> bytes:
    """The header of these elements, with its length octet. Raises ValueError when they exceed 255 octets."""
    body = b"".join(bytes((identifier, len(value))) + value for identifier, value in elements)
    if len(body) > 255:
        raise ValueError(f"a user data header holds 255 octets, these elements need {len(body)}")
    return bytes((len(body),)) + body


def concatenation(reference: int, total: int, number: int, *, wide: bool = False) -> tuple[int, bytes]:
    """The information element that makes a text part ``number`` of ``total``."""
    if wide:
        return IEI_CONCATENATED_16, bytes((reference >> 8 & 0xFF, reference & 0xFF, total, number))
    return IEI_CONCATENATED_8, bytes((reference & 0xFF, total, number))
