"""The trace row: one for each message, the same fields in the same order wherever rows travel."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

FINGERPRINT: Final = 16  # octets of a text's fingerprint: enough that two texts of a year do not share one by chance


class TraceRow(NamedTuple):
    """What became of one message to one recipient. On the data path a plain tuple in this order does as well.

    New fields are added at the end, with a default: a spool names the fields it was written with.
    """

    at: float  # when the request came in, Unix seconds
    trace_id: str  # what a refused client is told
    account: str  # system_id of the reseller
    upstream: str  # name of the carrier's link, "" when it was not reached
    operation: int  # command_id of the request
    code: str  # the first sender's code, "" when absent
    sender: str
    recipient: bytes  # keyed hash, 16 octets; never the number
    text: bytes  # fingerprint of the normalised text, b"" when there was none
    action: str  # filters.contract.Action
    reason: str  # filters.contract.Reason that decided, "" when forwarded and accepted
    observed: str  # reasons found by filters in observe mode, comma-separated
    label: str  # class of the text the model held most likely, "" when not judged
    score: float  # its probability
    status: int  # command_status the reseller got
    message_id: str  # the carrier's, "" when there was none
    duration: float  # s from the request to its answer
    route: str = "domestic"  # domestic | international
    segment: str = ""  # "2/3" for a part of a long message
    model: str = ""  # version of the model that judged


FIELDS: Final = TraceRow._fields


def fingerprint(key: bytes) -> bytes:
    """What stands for a normalised text (``Prepared.key``): equal for texts that the judge cannot tell apart."""
    return blake2b(key, digest_size=FINGERPRINT).digest() if key else b""
