"""Typed views and their inverse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import constants as c
from smppproxy.smpp import tlv
from smppproxy.smpp.constants import TAGS, Tag, TagKind
from smppproxy.smpp.errors import LocalMisuse, UnreadableTlv
from smppproxy.smpp.tlv import make_tlv, tag_name, view_tlv


@pytest.mark.parametrize(
    ("tag", "octets", "value"),
    [
        (c.TAG_SAR_MSG_REF_NUM, "1234", 0x1234),
        (c.TAG_QOS_TIME_TO_LIVE, "00000E10", 3600),
        (c.TAG_MESSAGE_STATE, "02", 2),
        (c.TAG_MS_VALIDITY, "01", 1),
        (c.TAG_MS_VALIDITY, "00000100", 256),
        (c.TAG_ALERT_ON_MESSAGE_DELIVERY, "", 0),
        (c.TAG_ALERT_ON_MESSAGE_DELIVERY, "01", 1),
        (c.TAG_RECEIPTED_MESSAGE_ID, "4F4B00", b"OK"),
        (c.TAG_MESSAGE_PAYLOAD, "00FF", b"\0\xff"),
        (c.TAG_CALLBACK_NUM, "0102083135383831323334", tlv.CallbackNum(1, 2, 8, b"15881234")),
        (c.TAG_CALLBACK_NUM_ATAG, "0042616E6B", tlv.CallbackAtag(0, b"Bank")),
        (c.TAG_SOURCE_SUBADDRESS, "A03132", tlv.Subaddress(0xA0, b"12")),
        (c.TAG_NETWORK_ERROR_CODE, "030022", tlv.NetworkErrorCode(3, 34)),
        (c.TAG_ITS_SESSION_INFO, "0503", tlv.SessionInfo(5, 1, True)),
        (c.TAG_BROADCAST_CONTENT_TYPE, "010021", tlv.ContentType(1, 33)),
        (c.TAG_BROADCAST_FREQUENCY_INTERVAL, "0A0001", tlv.FrequencyInterval(10, 1)),
        (c.TAG_BROADCAST_AREA_IDENTIFIER, "005365", tlv.AreaIdentifier(0, b"Se")),
        (0x1400, "333031313530323332", b"301150232"),
        (0x3FFF, "", b""),
    ],
)
def test_a_value_and_its_octets(tag: int, octets: str, value: Any) -> None:
    assert view_tlv(tag, bytes.fromhex(octets)) == value
    assert make_tlv(tag, value) == (tag, bytes.fromhex(octets))


def _octets(known: Tag) -> st.SearchStrategy[bytes]:
    if known.kind is TagKind.INTEGER:
        return st.sampled_from([known.shortest, known.longest]).flatmap(lambda n: st.binary(min_size=n, max_size=n))
    return st.binary(min_size=known.shortest, max_size=min(known.longest, 80))


@given(st.data())
def test_what_is_made_of_a_view_has_the_same_view(data: st.DataObject) -> None:
    tag = data.draw(st.sampled_from(sorted(TAGS)))
    value = data.draw(_octets(TAGS[tag]))
    try:
        view = view_tlv(tag, value)
        made = make_tlv(tag, view)
    except (UnreadableTlv, LocalMisuse):
        assert TAGS[tag].kind is TagKind.CSTRING  # too long without its terminator, or a NUL inside
    else:
        assert view_tlv(*made) == view


@given(st.integers(0, 0xFFFF), st.binary(max_size=30))
def test_any_octets_have_a_view_or_a_documented_error(tag: int, value: bytes) -> None:
    try:
        view = view_tlv(tag, value)
    except UnreadableTlv:
        assert tag in TAGS
    else:
        assert tag in TAGS or view == value


def test_a_missing_terminator_is_let_pass() -> None:
    assert view_tlv(c.TAG_RECEIPTED_MESSAGE_ID, b"4F2A") == b"4F2A"


@pytest.mark.parametrize(
    ("tag", "value", "complaint"),
    [
        (c.TAG_SAR_TOTAL_SEGMENTS, b"\0\1", "sar_total_segments: 2 octets, expected 1"),
        (c.TAG_MS_VALIDITY, b"\0\0\1", "ms_validity: 3 octets, expected 1 to 4"),
        (c.TAG_CALLBACK_NUM, b"\1", "callback_num: 1 octets, expected 4 to 19"),
        (c.TAG_RECEIPTED_MESSAGE_ID, b"x" * 65, "receipted_message_id: 65 octets, at most 65"),
    ],
)
def test_a_known_tag_of_wrong_length_is_the_peers_fault(tag: int, value: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableTlv, match=complaint) as caught:
        view_tlv(tag, value)
    assert caught.value.command_status == c.ESME_RINVPARLEN


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (-1, b""),
        (0x10000, b""),
        (0x1400, "text"),
        (0x1400, b"x" * 65536),
        (c.TAG_SAR_TOTAL_SEGMENTS, 256),
        (c.TAG_SAR_TOTAL_SEGMENTS, -1),
        (c.TAG_SAR_TOTAL_SEGMENTS, b"1"),
        (c.TAG_RECEIPTED_MESSAGE_ID, b"a\0b"),
        (c.TAG_RECEIPTED_MESSAGE_ID, "text"),
        (c.TAG_RECEIPTED_MESSAGE_ID, b"x" * 65),
        (c.TAG_CALLBACK_NUM, b"15881234"),
        (c.TAG_CALLBACK_NUM, tlv.CallbackNum(1, 2, 8, b"")),
        (c.TAG_NETWORK_ERROR_CODE, tlv.NetworkErrorCode(3, 1 << 16)),
    ],
)
def test_what_a_tag_cannot_hold_is_our_mistake(tag: int, value: Any) -> None:
    with pytest.raises(LocalMisuse, match="TLV"):
        make_tlv(tag, value)


def test_tags_have_names() -> None:
    assert tag_name(c.TAG_MESSAGE_PAYLOAD) == "message_payload"
    assert tag_name(0x1400) == "0x1400"
