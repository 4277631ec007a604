"""The two readers of a layout agree; what the crawler alone reads is in the codec's tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import walker
from smppproxy.smpp.constants import ENQUIRE_LINK, ESME_RINVOPTPARSTREAM, ESME_RINVSERTYP, SUBMIT_SM
from smppproxy.smpp.tables import LAYOUTS
from smppproxy.smpp.walker import read_tlvs, walk


def told(command: int, data: bytes, start: int, stop: int) -> tuple[Any, ...]:
    """All that a walk tells, with offsets counted from the body's start."""
    found, text_start, tlv_start, tlv_stop, fault, field = walk(command, data, start, stop)
    names = [field.name for field in LAYOUTS[command].fields if field.name != "short_message"]
    values = [found[name] for name in names] if found else []
    return values, text_start - start, tlv_start - start, tlv_stop - start, fault, field


@given(st.data())
def test_the_fast_reader_reads_as_the_crawler(damaged: st.SearchStrategy[bytes], data: st.DataObject) -> None:
    raw = data.draw(damaged)
    before, after = data.draw(st.binary(max_size=20)), data.draw(st.binary(max_size=20))
    command = int.from_bytes(raw[4:8], "big")
    # octets around the PDU must not be looked at
    fast = told(command, before + raw + after, len(before) + 16, len(before) + len(raw))
    with pytest.MonkeyPatch.context() as patch:
        slow_readers = {number: made._replace(match=None) for number, made in walker._COMPILED.items()}
        patch.setattr(walker, "_COMPILED", slow_readers)
        slow = told(command, raw, 16, len(raw))
    assert fast == slow


def test_an_unknown_command_has_nothing_to_read() -> None:
    assert walk(0x77, b"octets", 0, 6) == ({}, 6, 6, 6, 0, "")


def test_a_broken_field_is_named() -> None:
    assert walk(SUBMIT_SM, b"toolong\0", 0, 8) == ({}, 8, 8, 8, ESME_RINVSERTYP, "service_type")


@pytest.mark.parametrize(
    ("octets", "tlvs", "fault"),
    [
        (b"", [], 0),
        (b"\x14\x00\x00\x00", [(0x1400, b"")], 0),
        (b"\x14\x00\x00\x01a\x14\x00\x00\x01b", [(0x1400, b"a"), (0x1400, b"b")], 0),
        (b"\x14\x00\x00\x01a\x14", [(0x1400, b"a")], ESME_RINVOPTPARSTREAM),
        (b"\x14\x00\x00\x02a", [], ESME_RINVOPTPARSTREAM),
    ],
)
def test_tlvs_up_to_the_break(octets: bytes, tlvs: Any, fault: int) -> None:
    found = walk(ENQUIRE_LINK, octets, 0, len(octets))
    assert found.fault == fault
    assert read_tlvs(octets, found.tlv_start, found.tlv_stop) == tlvs
