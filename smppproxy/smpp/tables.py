"""The layout of every PDU of SMPP 3.4 and 5.0: the one table readers, builders, kernels and tests are made of.

Every body is its mandatory fields in order, then TLVs. What a peer is told when a field cannot be read:

================================  ======  ==================================================================
what is wrong                     status  which fields
================================  ======  ==================================================================
body ends before the field        0x01    any; also when ``sm_length`` or ``no_unsuccess`` counts more than there is
string too long, or no terminator 0x0A    source_addr
"                                 0x0B    destination_addr, esme_addr, the addresses of submit_multi
"                                 0x0C    message_id
"                                 0x0D    system_id, password, address_range (one answer, so that nothing can be probed)
"                                 0x15    service_type
"                                 0x53    system_type
"                                 0x61    schedule_delivery_time
"                                 0x62    validity_period
"                                 0x34    dl_name
"                                 0x01    final_date
not 1 to 254 destinations         0x33    number_of_dests
neither 1 nor 2                   0x40    dest_flag
1 to 3 stray octets, or a TLV     0xC0    the TLV stream
longer than what is left
================================  ======  ==================================================================

Limits are the specification's, but for the fields of a bind: accounts longer than 15 octets and passwords
longer than 8 are common in the field and refusing them is the account list's business, not the parser's.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from smppproxy.smpp import constants as c


class Kind(IntEnum):
    """How a field lies on the wire. The numbers are the opcodes of the compiled kernel."""

    OCTET = 1  # one-octet integer
    CSTRING = 2  # octets up to a NUL
    SHORT_MESSAGE = 3  # sm_length, then that many octets
    DESTINATIONS = 4  # number_of_dests, then flagged addresses (submit_multi)
    UNSUCCESS = 5  # no_unsuccess, then addresses with an error each (submit_multi_resp)


class Field(NamedTuple):
    """One mandatory field. ``limit`` is in octets, terminator included; ``fault`` is the status when it is broken."""

    name: str
    kind: Kind
    limit: int = 1
    fault: int = c.ESME_RINVMSGLEN


class Layout(NamedTuple):
    """The mandatory body of one PDU."""

    command_id: int
    fields: tuple[Field, ...]

    @property
    def is_response(self) -> bool:
        """Responses may come without a body: an error answer has none (3.4 s. 4.4.2)."""
        return bool(self.command_id & c.RESPONSE_BIT)


ADDRESS_OCTETS: Final = 21  # 20 digits or letters and the terminator (3.4 s. 5.2.8)
LONG_ADDRESS_OCTETS: Final = 65  # data_sm, alert_notification (3.4 s. 4.7.1, 4.12.1)
MESSAGE_ID_OCTETS: Final = 65  # 3.4 s. 5.2.23
TIME_OCTETS: Final = 17  # 3.4 s. 7.1.1
DESTINATIONS_LIMIT: Final = 254  # 3.4 s. 5.2.24

# Beyond the specification (16, 9, 13 octets): real accounts exceed it; the bound only stops nonsense.
SYSTEM_ID_OCTETS: Final = 65
PASSWORD_OCTETS: Final = 65
SYSTEM_TYPE_OCTETS: Final = 33
ADDRESS_RANGE_OCTETS: Final = 41


def _octets(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.OCTET) for name in names)


def _string(name: str, limit: int, fault: int = c.ESME_RINVMSGLEN) -> tuple[Field, ...]:
    return (Field(name, Kind.CSTRING, limit, fault),)


def _source(limit: int = ADDRESS_OCTETS) -> tuple[Field, ...]:
    return (*_octets("source_addr_ton", "source_addr_npi"), *_string("source_addr", limit, c.ESME_RINVSRCADR))


def _destination(limit: int = ADDRESS_OCTETS) -> tuple[Field, ...]:
    return (*_octets("dest_addr_ton", "dest_addr_npi"), *_string("destination_addr", limit, c.ESME_RINVDSTADR))


_SYSTEM_ID = _string("system_id", SYSTEM_ID_OCTETS, c.ESME_RBINDFAIL)
_PASSWORD = _string("password", PASSWORD_OCTETS, c.ESME_RBINDFAIL)
_SERVICE_TYPE = _string("service_type", 6, c.ESME_RINVSERTYP)
_MESSAGE_ID = _string("message_id", MESSAGE_ID_OCTETS, c.ESME_RINVMSGID)
_TIMES = (
    *_string("schedule_delivery_time", TIME_OCTETS, c.ESME_RINVSCHED),
    *_string("validity_period", TIME_OCTETS, c.ESME_RINVEXPIRY),
)
_SHORT_MESSAGE = (Field("short_message", Kind.SHORT_MESSAGE, 255),)
_HOW = (
    *_octets("esm_class", "protocol_id", "priority_flag"),
    *_TIMES,
    *_octets("registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id"),
    *_SHORT_MESSAGE,
)
_BIND = (
    *_SYSTEM_ID,
    *_PASSWORD,
    *_string("system_type", SYSTEM_TYPE_OCTETS, c.ESME_RINVSYSTYP),
    *_octets("interface_version", "addr_ton", "addr_npi"),
    *_string("address_range", ADDRESS_RANGE_OCTETS, c.ESME_RBINDFAIL),
)
_MESSAGE = (*_SERVICE_TYPE, *_source(), *_destination(), *_HOW)

_BODIES: Final[dict[int, tuple[Field, ...]]] = {
    c.GENERIC_NACK: (),
    c.BIND_RECEIVER: _BIND,
    c.BIND_RECEIVER_RESP: _SYSTEM_ID,
    c.BIND_TRANSMITTER: _BIND,
    c.BIND_TRANSMITTER_RESP: _SYSTEM_ID,
    c.BIND_TRANSCEIVER: _BIND,
    c.BIND_TRANSCEIVER_RESP: _SYSTEM_ID,
    c.OUTBIND: (*_SYSTEM_ID, *_PASSWORD),
    c.UNBIND: (),
    c.UNBIND_RESP: (),
    c.ENQUIRE_LINK: (),
    c.ENQUIRE_LINK_RESP: (),
    c.SUBMIT_SM: _MESSAGE,
    c.SUBMIT_SM_RESP: _MESSAGE_ID,
    c.SUBMIT_MULTI: (
        *_SERVICE_TYPE,
        *_source(),
        Field("dest_addresses", Kind.DESTINATIONS, DESTINATIONS_LIMIT, c.ESME_RINVNUMDESTS),
        *_HOW,
    ),
    c.SUBMIT_MULTI_RESP: (*_MESSAGE_ID, Field("unsuccess_sme", Kind.UNSUCCESS, 255, c.ESME_RINVDSTADR)),
    c.DELIVER_SM: _MESSAGE,
    c.DELIVER_SM_RESP: _MESSAGE_ID,
    c.DATA_SM: (
        *_SERVICE_TYPE,
        *_source(LONG_ADDRESS_OCTETS),
        *_destination(LONG_ADDRESS_OCTETS),
        *_octets("esm_class", "registered_delivery", "data_coding"),
    ),
    c.DATA_SM_RESP: _MESSAGE_ID,
    c.QUERY_SM: (*_MESSAGE_ID, *_source()),
    c.QUERY_SM_RESP: (*_MESSAGE_ID, *_string("final_date", TIME_OCTETS), *_octets("message_state", "error_code")),
    c.CANCEL_SM: (*_SERVICE_TYPE, *_MESSAGE_ID, *_source(), *_destination()),
    c.CANCEL_SM_RESP: (),
    c.REPLACE_SM: (
        *_MESSAGE_ID,
        *_source(),
        *_TIMES,
        *_octets("registered_delivery", "sm_default_msg_id"),
        *_SHORT_MESSAGE,
    ),
    c.REPLACE_SM_RESP: (),
    c.ALERT_NOTIFICATION: (
        *_source(LONG_ADDRESS_OCTETS),
        *_octets("esme_addr_ton", "esme_addr_npi"),
        *_string("esme_addr", LONG_ADDRESS_OCTETS, c.ESME_RINVDSTADR),
    ),
    c.BROADCAST_SM: (
        *_SERVICE_TYPE,
        *_source(),
        *_MESSAGE_ID,
        *_octets("priority_flag"),
        *_TIMES,
        *_octets("replace_if_present_flag", "data_coding", "sm_default_msg_id"),
    ),
    c.BROADCAST_SM_RESP: _MESSAGE_ID,
    c.QUERY_BROADCAST_SM: (*_MESSAGE_ID, *_source()),
    c.QUERY_BROADCAST_SM_RESP: _MESSAGE_ID,
    c.CANCEL_BROADCAST_SM: (*_SERVICE_TYPE, *_MESSAGE_ID, *_source()),
    c.CANCEL_BROADCAST_SM_RESP: (),
}

#: command_id -> layout, for every command of ``constants.COMMANDS``
LAYOUTS: Final[dict[int, Layout]] = {command: Layout(command, fields) for command, fields in _BODIES.items()}
