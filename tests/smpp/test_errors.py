"""Who is to blame, and what to answer."""

from __future__ import annotations

import pytest

from smppproxy.smpp.constants import ESME_RINVCMDLEN, ESME_RINVPARLEN, ESME_RINVSRCADR, SUBMIT_SM
from smppproxy.smpp.errors import FramingError, LocalMisuse, RemoteError, SmppError, UnreadableBody, UnreadableTlv


def test_a_framing_error_says_what_came_and_what_was_expected() -> None:
    error = FramingError(9, "16 to 70000 octets")
    assert (error.command_length, error.command_status) == (9, ESME_RINVCMDLEN)
    assert "command_length 9 is impossible, expected 16 to 70000 octets" in str(error)


def test_an_unreadable_body_says_where() -> None:
    error = UnreadableBody(SUBMIT_SM, 7, "source_addr", ESME_RINVSRCADR)
    assert (error.command_id, error.sequence_number, error.field) == (SUBMIT_SM, 7, "source_addr")
    assert str(error) == "submit_sm (sequence_number 7): source_addr cannot be read; answer 0x0A"


def test_an_unreadable_tlv_says_which() -> None:
    error = UnreadableTlv("callback_num", "1 octets, expected 4 to 19")
    assert error.command_status == ESME_RINVPARLEN
    assert str(error) == "TLV callback_num: 1 octets, expected 4 to 19"


@pytest.mark.parametrize("kind", [FramingError, UnreadableBody, UnreadableTlv])
def test_the_peers_faults_are_remote_and_ours_are_not(kind: type[Exception]) -> None:
    assert issubclass(kind, RemoteError)
    assert issubclass(kind, SmppError)
    assert not issubclass(LocalMisuse, RemoteError)
    assert issubclass(LocalMisuse, SmppError)
