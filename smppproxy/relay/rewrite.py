"""The one change the relay makes to a body: the code's TLV stripped, renamed or inserted where it is configured so."""

from __future__ import annotations

from smppproxy.relay.plan import CodeTlv, Forward
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame


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
