"""Receipts of messages that were released from quarantine: the client knows these under a message_id of ours."""

from __future__ import annotations

from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse, RemoteError
from smppproxy.smpp.kernel import Frame

#: Octets short_message takes (SMPP 3.4 section 5.2.22): what a longer id pushes out is the end of the text.
SHORT_MESSAGE_LIMIT = 254

_GAPS = b" \t,;\r\n\0"


def renamed(frame: Frame, message_id: bytes) -> Frame:
    """Return a receipt under another message_id, in its text and in receipted_message_id; all else stays.

    A receipt that cannot be read stays as it is.
    """
    try:
        pdu = codec.decode(frame.raw)
        if "short_message" in pdu.fields:
            pdu.fields["short_message"] = _with_id(pdu.fields["short_message"], message_id)[:SHORT_MESSAGE_LIMIT]
        pdu.tlvs = [(tag, _tlv(tag, value, message_id)) for tag, value in pdu.tlvs]
        octets = codec.encode(pdu)
    except (RemoteError, LocalMisuse):
        return frame
    return kernel.cut(octets, len(octets), frame.link, frame.received)[0][0]


def _tlv(tag: int, value: bytes, message_id: bytes) -> bytes:
    if tag == c.TAG_RECEIPTED_MESSAGE_ID:
        return message_id + b"\0"
    return _with_id(value, message_id) if tag == c.TAG_MESSAGE_PAYLOAD else value


def _with_id(text: bytes, message_id: bytes) -> bytes:
    """The text of a receipt with what follows its ``id:`` replaced (SMPP 3.4 Appendix B)."""
    lower = text.lower()
    at = lower.find(b"id")
    while at >= 0:
        end = at + 2
        while lower[end : end + 1] == b" ":
            end += 1
        if lower[end : end + 1] == b":" and (at == 0 or lower[at - 1] in _GAPS):
            start = end + 1
            while lower[start : start + 1] == b" ":
                start += 1
            stop = start
            while stop < len(text) and text[stop] not in _GAPS:
                stop += 1
            return text[:start] + message_id + text[stop:]
        at = lower.find(b"id", at + 2)
    return text
