"""The body of a refusal that says why, for accounts that ask for it."""

from __future__ import annotations

from filters.contract import Reason
from smppproxy.relay.ticket import Note, Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp.tables import LAYOUTS


def explanation(ticket: Ticket, reason: Reason) -> bytes:
    """Empty mandatory fields and additional_status_info_text (SMPP 5.0 section 4.8.4.1): reason, evidence, trace id."""
    note = ticket.note
    finding = note.finding if isinstance(note, Note) else None
    words = reason.value
    if finding is not None and finding.evidence and finding.reason is reason:
        words += f": {finding.evidence}"
    if isinstance(note, Note) and note.trace_id:
        words = f"{words[:200]} [{note.trace_id}]"
    octets = words.encode("ascii", "replace")[:255] + b"\0"
    # Empty, every mandatory field of a response is one octet of zero: a terminator, a number, or a count.
    mandatory = bytes(len(LAYOUTS[ticket.command_id | c.RESPONSE_BIT].fields))
    return mandatory + c.TAG_ADDITIONAL_STATUS_INFO_TEXT.to_bytes(2, "big") + len(octets).to_bytes(2, "big") + octets
