"""submit_multi with some destinations refused: the request without them, the answer with them (SMPP 3.4 s. 4.5)."""

from __future__ import annotations

from collections.abc import Mapping

from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import Pdu, SmeAddress, UnsuccessSme


def without(frame: Frame, recipients: Mapping[str, int]) -> tuple[Frame, tuple[UnsuccessSme, ...]] | None:
    """Take the given recipients out of a submit_multi.

    Returns the request for the others and the refused ones, each with its command_status; None where nobody would be
    left, or where the frame is no submit_multi: then it is refused as a whole.
    """
    if frame.command_id != c.SUBMIT_MULTI:
        return None
    try:
        pdu = codec.decode(frame.raw)
    except RemoteError:
        return None
    kept, refused = [], []
    for destination in pdu.fields["dest_addresses"]:
        name = destination.addr.decode("latin-1") if isinstance(destination, SmeAddress) else ""
        if isinstance(destination, SmeAddress) and name in recipients:
            refused.append(UnsuccessSme(destination.ton, destination.npi, destination.addr, recipients[name]))
        else:
            kept.append(destination)
    if not kept:
        return None
    pdu.fields["dest_addresses"] = kept
    return _framed(pdu), tuple(refused)


def with_refused(frame: Frame, refused: tuple[UnsuccessSme, ...]) -> Frame:
    """Add the destinations we refused to the carrier's submit_multi_resp; an unreadable answer stays as it is."""
    try:
        pdu = codec.decode(frame.raw)
    except RemoteError:
        return frame
    if "unsuccess_sme" not in pdu.fields:
        return frame
    pdu.fields["unsuccess_sme"] = [*pdu.fields["unsuccess_sme"], *refused]
    return _framed(pdu)


def _framed(pdu: Pdu) -> Frame:
    octets = codec.encode(pdu)
    frames, _, _ = kernel.cut(octets, len(octets))
    return frames[0]
