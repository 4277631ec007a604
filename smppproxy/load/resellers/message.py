"""A message as a reseller's program hands it to its SMPP library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One submit_sm to be. ``octets`` are the text in ``data_coding``; ``code`` is (tag, value) of a vendor TLV."""

    text: str
    octets: bytes
    data_coding: int
    source: str
    destination: str
    code: tuple[int, bytes] | None = None
    registered_delivery: int = 0
