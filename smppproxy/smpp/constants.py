"""The numbers of SMPP 3.4 (issue 1.2) and 5.0: commands, statuses, TLV tags.

Plain ints, so that the data path compares numbers; each is registered as it is defined, so
``COMMANDS``, ``STATUSES`` and ``TAGS`` cannot disagree with the names.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Status(NamedTuple):
    """One command_status: its name in each version ("" where that version lacks it) and what it says to people."""

    name34: str
    name50: str
    text: str


class TagKind(Enum):
    """What the value of a TLV is. Composite kinds are octet strings with a typed view in ``tlv.py``."""

    INTEGER = "integer"
    CSTRING = "cstring"
    OCTETS = "octets"


class Tag(NamedTuple):
    """One TLV of the specifications. ``shortest`` and ``longest`` bound the value, in octets, terminator included."""

    name: str
    kind: TagKind
    shortest: int
    longest: int


#: command_id -> name in the specification
COMMANDS: Final[dict[int, str]] = {}
#: command_status -> names and meaning
STATUSES: Final[dict[int, Status]] = {}
#: TLV tag -> name and form
TAGS: Final[dict[int, Tag]] = {}


def _command(value: int, name: str) -> int:
    COMMANDS[value] = name
    return value


def _status(value: int, name: str, text: str, *, name50: str = "") -> int:
    STATUSES[value] = Status(name, name50 or name, text)
    return value


def _status50(value: int, name: str, text: str) -> int:
    STATUSES[value] = Status("", name, text)
    return value


def _integer(value: int, name: str, octets: int = 1, longest: int = 0) -> int:
    TAGS[value] = Tag(name, TagKind.INTEGER, octets, longest or octets)
    return value


def _cstring(value: int, name: str, longest: int) -> int:
    TAGS[value] = Tag(name, TagKind.CSTRING, 1, longest)
    return value


def _octets(value: int, name: str, shortest: int, longest: int) -> int:
    TAGS[value] = Tag(name, TagKind.OCTETS, shortest, longest)
    return value


HEADER_OCTETS: Final = 16
RESPONSE_BIT: Final = 0x80000000
MAX_SEQUENCE: Final = 0x7FFFFFFF  # the last sequence_number of 3.4 (s. 3.2); 5.0 keeps it
MAX_TLV_OCTETS: Final = 0xFFFF

# command_id: 3.4 s. 5.1.2.1, 5.0 s. 4.7.5
GENERIC_NACK = _command(0x80000000, "generic_nack")
BIND_RECEIVER = _command(0x00000001, "bind_receiver")
BIND_RECEIVER_RESP = _command(0x80000001, "bind_receiver_resp")
BIND_TRANSMITTER = _command(0x00000002, "bind_transmitter")
BIND_TRANSMITTER_RESP = _command(0x80000002, "bind_transmitter_resp")
QUERY_SM = _command(0x00000003, "query_sm")
QUERY_SM_RESP = _command(0x80000003, "query_sm_resp")
SUBMIT_SM = _command(0x00000004, "submit_sm")
SUBMIT_SM_RESP = _command(0x80000004, "submit_sm_resp")
DELIVER_SM = _command(0x00000005, "deliver_sm")
DELIVER_SM_RESP = _command(0x80000005, "deliver_sm_resp")
UNBIND = _command(0x00000006, "unbind")
UNBIND_RESP = _command(0x80000006, "unbind_resp")
REPLACE_SM = _command(0x00000007, "replace_sm")
REPLACE_SM_RESP = _command(0x80000007, "replace_sm_resp")
CANCEL_SM = _command(0x00000008, "cancel_sm")
CANCEL_SM_RESP = _command(0x80000008, "cancel_sm_resp")
BIND_TRANSCEIVER = _command(0x00000009, "bind_transceiver")
BIND_TRANSCEIVER_RESP = _command(0x80000009, "bind_transceiver_resp")
OUTBIND = _command(0x0000000B, "outbind")
ENQUIRE_LINK = _command(0x00000015, "enquire_link")
ENQUIRE_LINK_RESP = _command(0x80000015, "enquire_link_resp")
SUBMIT_MULTI = _command(0x00000021, "submit_multi")
SUBMIT_MULTI_RESP = _command(0x80000021, "submit_multi_resp")
ALERT_NOTIFICATION = _command(0x00000102, "alert_notification")
DATA_SM = _command(0x00000103, "data_sm")
DATA_SM_RESP = _command(0x80000103, "data_sm_resp")
BROADCAST_SM = _command(0x00000111, "broadcast_sm")
BROADCAST_SM_RESP = _command(0x80000111, "broadcast_sm_resp")
QUERY_BROADCAST_SM = _command(0x00000112, "query_broadcast_sm")
QUERY_BROADCAST_SM_RESP = _command(0x80000112, "query_broadcast_sm_resp")
CANCEL_BROADCAST_SM = _command(0x00000113, "cancel_broadcast_sm")
CANCEL_BROADCAST_SM_RESP = _command(0x80000113, "cancel_broadcast_sm_resp")

# command_status: 3.4 table 5-2, 5.0 table 4-45
ESME_ROK = _status(0x00, "ESME_ROK", "no error")
ESME_RINVMSGLEN = _status(0x01, "ESME_RINVMSGLEN", "message length is invalid")
ESME_RINVCMDLEN = _status(0x02, "ESME_RINVCMDLEN", "command length is invalid")
ESME_RINVCMDID = _status(0x03, "ESME_RINVCMDID", "invalid command id")
ESME_RINVBNDSTS = _status(0x04, "ESME_RINVBNDSTS", "wrong bind status for this command")
ESME_RALYBND = _status(0x05, "ESME_RALYBND", "already in bound state")
ESME_RINVPRTFLG = _status(0x06, "ESME_RINVPRTFLG", "invalid priority flag")
ESME_RINVREGDLVFLG = _status(0x07, "ESME_RINVREGDLVFLG", "invalid registered delivery flag")
ESME_RSYSERR = _status(0x08, "ESME_RSYSERR", "system error")
ESME_RINVSRCADR = _status(0x0A, "ESME_RINVSRCADR", "invalid source address")
ESME_RINVDSTADR = _status(0x0B, "ESME_RINVDSTADR", "invalid destination address")
ESME_RINVMSGID = _status(0x0C, "ESME_RINVMSGID", "message id is invalid")
ESME_RBINDFAIL = _status(0x0D, "ESME_RBINDFAIL", "bind failed")
ESME_RINVPASWD = _status(0x0E, "ESME_RINVPASWD", "invalid password")
ESME_RINVSYSID = _status(0x0F, "ESME_RINVSYSID", "invalid system id")
ESME_RCANCELFAIL = _status(0x11, "ESME_RCANCELFAIL", "cancel_sm failed")
ESME_RREPLACEFAIL = _status(0x13, "ESME_RREPLACEFAIL", "replace_sm failed")
ESME_RMSGQFUL = _status(0x14, "ESME_RMSGQFUL", "message queue is full")
ESME_RINVSERTYP = _status(0x15, "ESME_RINVSERTYP", "invalid service type")
ESME_RINVNUMDESTS = _status(0x33, "ESME_RINVNUMDESTS", "invalid number of destinations")
ESME_RINVDLNAME = _status(0x34, "ESME_RINVDLNAME", "invalid distribution list name")
ESME_RINVDESTFLAG = _status(0x40, "ESME_RINVDESTFLAG", "destination flag is invalid")
ESME_RINVSUBREP = _status(0x42, "ESME_RINVSUBREP", "submit with replace is not supported or not allowed")
ESME_RINVESMCLASS = _status(0x43, "ESME_RINVESMCLASS", "invalid esm_class")
ESME_RCNTSUBDL = _status(0x44, "ESME_RCNTSUBDL", "cannot submit to distribution list")
ESME_RSUBMITFAIL = _status(0x45, "ESME_RSUBMITFAIL", "submit failed")
ESME_RINVSRCTON = _status(0x48, "ESME_RINVSRCTON", "invalid source address type of number")
ESME_RINVSRCNPI = _status(0x49, "ESME_RINVSRCNPI", "invalid source address numbering plan")
ESME_RINVDSTTON = _status(0x50, "ESME_RINVDSTTON", "invalid destination address type of number")
ESME_RINVDSTNPI = _status(0x51, "ESME_RINVDSTNPI", "invalid destination address numbering plan")
ESME_RINVSYSTYP = _status(0x53, "ESME_RINVSYSTYP", "invalid system type")
ESME_RINVREPFLAG = _status(0x54, "ESME_RINVREPFLAG", "invalid replace_if_present flag")
ESME_RINVNUMMSGS = _status(0x55, "ESME_RINVNUMMSGS", "invalid number of messages")
ESME_RTHROTTLED = _status(0x58, "ESME_RTHROTTLED", "allowed message rate exceeded")
ESME_RINVSCHED = _status(0x61, "ESME_RINVSCHED", "invalid scheduled delivery time")
ESME_RINVEXPIRY = _status(0x62, "ESME_RINVEXPIRY", "invalid validity period")
ESME_RINVDFTMSGID = _status(0x63, "ESME_RINVDFTMSGID", "predefined message is invalid or not found")
ESME_RX_T_APPN = _status(0x64, "ESME_RX_T_APPN", "receiver's temporary application error")
ESME_RX_P_APPN = _status(0x65, "ESME_RX_P_APPN", "receiver's permanent application error")
ESME_RX_R_APPN = _status(0x66, "ESME_RX_R_APPN", "receiver rejects the message")
ESME_RQUERYFAIL = _status(0x67, "ESME_RQUERYFAIL", "query_sm failed")
ESME_RINVOPTPARSTREAM = _status(
    0xC0, "ESME_RINVOPTPARSTREAM", "error in the optional part of the PDU", name50="ESME_RINVTLVSTREAM"
)
ESME_ROPTPARNOTALLWD = _status(0xC1, "ESME_ROPTPARNOTALLWD", "TLV not allowed", name50="ESME_RTLVNOTALLWD")
ESME_RINVPARLEN = _status(0xC2, "ESME_RINVPARLEN", "invalid parameter length", name50="ESME_RINVTLVLEN")
ESME_RMISSINGOPTPARAM = _status(0xC3, "ESME_RMISSINGOPTPARAM", "expected TLV missing", name50="ESME_RMISSINGTLV")
ESME_RINVOPTPARAMVAL = _status(0xC4, "ESME_RINVOPTPARAMVAL", "invalid TLV value", name50="ESME_RINVTLVVAL")
ESME_RDELIVERYFAILURE = _status(0xFE, "ESME_RDELIVERYFAILURE", "transaction delivery failure")
ESME_RUNKNOWNERR = _status(0xFF, "ESME_RUNKNOWNERR", "unknown error")
ESME_RSERTYPUNAUTH = _status50(0x100, "ESME_RSERTYPUNAUTH", "not authorised to use the service type")
ESME_RPROHIBITED = _status50(0x101, "ESME_RPROHIBITED", "prohibited from using the operation")
ESME_RSERTYPUNAVAIL = _status50(0x102, "ESME_RSERTYPUNAVAIL", "service type is unavailable")
ESME_RSERTYPDENIED = _status50(0x103, "ESME_RSERTYPDENIED", "service type is denied")
ESME_RINVDCS = _status50(0x104, "ESME_RINVDCS", "invalid data coding scheme")
ESME_RINVSRCADDRSUBUNIT = _status50(0x105, "ESME_RINVSRCADDRSUBUNIT", "source address subunit is invalid")
ESME_RINVDSTADDRSUBUNIT = _status50(0x106, "ESME_RINVDSTADDRSUBUNIT", "destination address subunit is invalid")
ESME_RINVBCASTFREQINT = _status50(0x107, "ESME_RINVBCASTFREQINT", "broadcast frequency interval is invalid")
ESME_RINVBCASTALIAS_NAME = _status50(0x108, "ESME_RINVBCASTALIAS_NAME", "broadcast alias name is invalid")
ESME_RINVBCASTAREAFMT = _status50(0x109, "ESME_RINVBCASTAREAFMT", "broadcast area format is invalid")
ESME_RINVNUMBCAST_AREAS = _status50(0x10A, "ESME_RINVNUMBCAST_AREAS", "number of broadcast areas is invalid")
ESME_RINVBCASTCNTTYPE = _status50(0x10B, "ESME_RINVBCASTCNTTYPE", "broadcast content type is invalid")
ESME_RINVBCASTMSGCLASS = _status50(0x10C, "ESME_RINVBCASTMSGCLASS", "broadcast message class is invalid")
ESME_RBCASTFAIL = _status50(0x10D, "ESME_RBCASTFAIL", "broadcast_sm failed")
ESME_RBCASTQUERYFAIL = _status50(0x10E, "ESME_RBCASTQUERYFAIL", "query_broadcast_sm failed")
ESME_RBCASTCANCELFAIL = _status50(0x10F, "ESME_RBCASTCANCELFAIL", "cancel_broadcast_sm failed")
ESME_RINVBCAST_REP = _status50(0x110, "ESME_RINVBCAST_REP", "number of repeated broadcasts is invalid")
ESME_RINVBCASTSRVGRP = _status50(0x111, "ESME_RINVBCASTSRVGRP", "broadcast service group is invalid")
ESME_RINVBCASTCHANIND = _status50(0x112, "ESME_RINVBCASTCHANIND", "broadcast channel indicator is invalid")

# TLV tags: 3.4 table 5-7 and s. 5.3.2, 5.0 tables 4-59 and s. 4.8.4
TAG_DEST_ADDR_SUBUNIT = _integer(0x0005, "dest_addr_subunit")
TAG_DEST_NETWORK_TYPE = _integer(0x0006, "dest_network_type")
TAG_DEST_BEARER_TYPE = _integer(0x0007, "dest_bearer_type")
TAG_DEST_TELEMATICS_ID = _integer(0x0008, "dest_telematics_id", 2)
TAG_SOURCE_ADDR_SUBUNIT = _integer(0x000D, "source_addr_subunit")
TAG_SOURCE_NETWORK_TYPE = _integer(0x000E, "source_network_type")
TAG_SOURCE_BEARER_TYPE = _integer(0x000F, "source_bearer_type")
TAG_SOURCE_TELEMATICS_ID = _integer(0x0010, "source_telematics_id")
TAG_QOS_TIME_TO_LIVE = _integer(0x0017, "qos_time_to_live", 4)
TAG_PAYLOAD_TYPE = _integer(0x0019, "payload_type")
TAG_ADDITIONAL_STATUS_INFO_TEXT = _cstring(0x001D, "additional_status_info_text", 256)
TAG_RECEIPTED_MESSAGE_ID = _cstring(0x001E, "receipted_message_id", 65)
TAG_MS_MSG_WAIT_FACILITIES = _integer(0x0030, "ms_msg_wait_facilities")
TAG_PRIVACY_INDICATOR = _integer(0x0201, "privacy_indicator")
TAG_SOURCE_SUBADDRESS = _octets(0x0202, "source_subaddress", 2, 23)
TAG_DEST_SUBADDRESS = _octets(0x0203, "dest_subaddress", 2, 23)
TAG_USER_MESSAGE_REFERENCE = _integer(0x0204, "user_message_reference", 2)
TAG_USER_RESPONSE_CODE = _integer(0x0205, "user_response_code")
TAG_SOURCE_PORT = _integer(0x020A, "source_port", 2)
TAG_DESTINATION_PORT = _integer(0x020B, "destination_port", 2)
TAG_SAR_MSG_REF_NUM = _integer(0x020C, "sar_msg_ref_num", 2)
TAG_LANGUAGE_INDICATOR = _integer(0x020D, "language_indicator")
TAG_SAR_TOTAL_SEGMENTS = _integer(0x020E, "sar_total_segments")
TAG_SAR_SEGMENT_SEQNUM = _integer(0x020F, "sar_segment_seqnum")
TAG_SC_INTERFACE_VERSION = _integer(0x0210, "sc_interface_version")
TAG_CALLBACK_NUM_PRES_IND = _integer(0x0302, "callback_num_pres_ind")
TAG_CALLBACK_NUM_ATAG = _octets(0x0303, "callback_num_atag", 1, 65)
TAG_NUMBER_OF_MESSAGES = _integer(0x0304, "number_of_messages")
TAG_CALLBACK_NUM = _octets(0x0381, "callback_num", 4, 19)
TAG_DPF_RESULT = _integer(0x0420, "dpf_result")
TAG_SET_DPF = _integer(0x0421, "set_dpf")
TAG_MS_AVAILABILITY_STATUS = _integer(0x0422, "ms_availability_status")
TAG_NETWORK_ERROR_CODE = _octets(0x0423, "network_error_code", 3, 3)
TAG_MESSAGE_PAYLOAD = _octets(0x0424, "message_payload", 0, MAX_TLV_OCTETS)
TAG_DELIVERY_FAILURE_REASON = _integer(0x0425, "delivery_failure_reason")
TAG_MORE_MESSAGES_TO_SEND = _integer(0x0426, "more_messages_to_send")
TAG_MESSAGE_STATE = _integer(0x0427, "message_state")
TAG_CONGESTION_STATE = _integer(0x0428, "congestion_state")
TAG_USSD_SERVICE_OP = _integer(0x0501, "ussd_service_op")
TAG_BROADCAST_CHANNEL_INDICATOR = _integer(0x0600, "broadcast_channel_indicator")
TAG_BROADCAST_CONTENT_TYPE = _octets(0x0601, "broadcast_content_type", 3, 3)
TAG_BROADCAST_CONTENT_TYPE_INFO = _octets(0x0602, "broadcast_content_type_info", 1, 255)
TAG_BROADCAST_MESSAGE_CLASS = _integer(0x0603, "broadcast_message_class")
TAG_BROADCAST_REP_NUM = _integer(0x0604, "broadcast_rep_num", 2)
TAG_BROADCAST_FREQUENCY_INTERVAL = _octets(0x0605, "broadcast_frequency_interval", 3, 3)
TAG_BROADCAST_AREA_IDENTIFIER = _octets(0x0606, "broadcast_area_identifier", 1, MAX_TLV_OCTETS)
TAG_BROADCAST_ERROR_STATUS = _integer(0x0607, "broadcast_error_status", 4)
TAG_BROADCAST_AREA_SUCCESS = _integer(0x0608, "broadcast_area_success")
TAG_BROADCAST_END_TIME = _cstring(0x0609, "broadcast_end_time", 17)
TAG_BROADCAST_SERVICE_GROUP = _octets(0x060A, "broadcast_service_group", 1, 255)
TAG_BILLING_IDENTIFICATION = _octets(0x060B, "billing_identification", 1, 1024)
TAG_SOURCE_NETWORK_ID = _cstring(0x060D, "source_network_id", 65)
TAG_DEST_NETWORK_ID = _cstring(0x060E, "dest_network_id", 65)
TAG_SOURCE_NODE_ID = _octets(0x060F, "source_node_id", 6, 6)
TAG_DEST_NODE_ID = _octets(0x0610, "dest_node_id", 6, 6)
TAG_DEST_ADDR_NP_RESOLUTION = _integer(0x0611, "dest_addr_np_resolution")
TAG_DEST_ADDR_NP_INFORMATION = _octets(0x0612, "dest_addr_np_information", 10, 10)
TAG_DEST_ADDR_NP_COUNTRY = _octets(0x0613, "dest_addr_np_country", 1, 5)
TAG_DISPLAY_TIME = _integer(0x1201, "display_time")
TAG_SMS_SIGNAL = _integer(0x1203, "sms_signal", 2)
TAG_MS_VALIDITY = _integer(0x1204, "ms_validity", 1, 4)  # one octet in 3.4, one or four in 5.0
TAG_ALERT_ON_MESSAGE_DELIVERY = _integer(0x130C, "alert_on_message_delivery", 0, 1)  # empty in 3.4
TAG_ITS_REPLY_TYPE = _integer(0x1380, "its_reply_type")
TAG_ITS_SESSION_INFO = _octets(0x1383, "its_session_info", 2, 2)

#: Tags left to carriers and vendors (3.4 s. 5.3.2): the first sender's code lives here.
VENDOR_TAGS: Final = range(0x1400, 0x4000)
