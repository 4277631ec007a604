"""The two changes the relay makes to a body where it is configured so: the code's TLV and the sender."""

from __future__ import annotations

from smppproxy.relay.plan import CodeTlv, Forward
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame

#: Type of number and numbering plan of a name (SMPP 3.4 sections 5.2.5 and 5.2.6).
_ALPHANUMERIC = bytes((5, 0))


def rewritten(frame: Frame, code: CodeTlv) -> Frame:
    """Return the frame as it goes to the carrier; every octet outside the code's TLV stays as received."""
    tlvs = frame.tlvs()
    present = any(tag == code.tag for tag, _ in tlvs)
    if not code.rewrites or (not present and not code.inject):
        return frame
    raw = frame.raw
    fixed = raw[: len(raw) - sum(4 + len(value) for _, value in tlvs)]
    kept = []
    for tag, value in tlvs:
        if tag != code.tag or code.forward is Forward.KEEP:
            kept.append((tag, value))
        elif code.forward is Forward.RENAME:
            kept.append((code.rename_to, value))
    if not present:
        kept.append((code.tag, code.inject))
    tail = b"".join(tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value for tag, value in kept)
    octets = (len(fixed) + len(tail)).to_bytes(4, "big") + fixed[4:] + tail
    frames, _, _ = kernel.cut(octets, len(octets))
    return frames[0]


def with_sender(frame: Frame, name: bytes) -> Frame:
    """Return the request under another sender, a name; every other octet stays as received.

    In every request that carries a sender, one string stands before it: the service_type, or the message_id of a
    replace_sm (SMPP 3.4 sections 4.4.1, 4.5.1, 4.7.1 and 4.10.1, SMPP 5.0 section 4.4.1.1).
    """
    raw = frame.raw
    at = raw.index(0, 16) + 1
    end = raw.index(0, at + 2)
    octets = raw[16:at] + _ALPHANUMERIC + name + raw[end:]
    octets = (16 + len(octets)).to_bytes(4, "big") + raw[4:16] + octets
    frames, _, _ = kernel.cut(octets, len(octets))
    return frames[0]
