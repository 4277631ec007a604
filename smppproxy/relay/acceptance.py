"""Our own yes: the answer to a message that we take instead of the carrier."""

from __future__ import annotations

import secrets

from smppproxy.relay.ticket import Ticket
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.tables import LAYOUTS

#: Octets of chance in a message_id of ours; its 16 hexadecimal digits look like many an SMSC's.
ID_OCTETS = 8


def message_id() -> str:
    """Return a new message_id of our own. It tells nothing, and nobody can guess another one."""
    return secrets.token_hex(ID_OCTETS)


def acceptance(ticket: Ticket, name: str) -> Frame:
    """Return the answer that accepts a request under a message_id, where its kind of answer has one."""
    command = ticket.command_id | c.RESPONSE_BIT
    named = any(field.name == "message_id" for field in LAYOUTS[command].fields)
    fields = {"message_id": name.encode("ascii")} if named else {}
    octets = codec.encode(Pdu(command, c.ESME_ROK, ticket.sequence_number, fields))
    return kernel.cut(octets, len(octets))[0][0]
