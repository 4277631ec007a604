"""The two readers of a layout agree; what the crawler alone reads is in the codec's tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import walker
from smppproxy.smpp.constants import SUBMIT_SM
from smppproxy.smpp.walker import read_tlvs, walk


@given(st.data())
def test_the_fast_reader_reads_as_the_crawler(damaged: st.SearchStrategy[bytes], data: st.DataObject) -> None:
    raw = data.draw(damaged)
    before, after = data.draw(st.binary(max_size=20)), data.draw(st.binary(max_size=20))
    command = int.from_bytes(raw[4:8], "big")
    # octets around the PDU must not be looked at
    fast = walk(command, before + raw + after, len(before) + 16, len(before) + len(raw))
    with pytest.MonkeyPatch.context() as patch:
        slow_readers = {number: made._replace(match=None) for number, made in walker._COMPILED.items()}
        patch.setattr(walker, "_COMPILED", slow_readers)
        slow = walk(command, raw, 16, len(raw))
    assert fast == slow


def test_an_unknown_command_has_nothing_to_read() -> None:
    assert walk(0x77, b"octets", 0, 6) == ({}, [], 0, "")


def test_a_broken_field_is_named() -> None:
    assert walk(SUBMIT_SM, b"toolong\0", 0, 8) == ({}, [], 0x15, "service_type")


@pytest.mark.parametrize(
    ("octets", "tlvs", "intact"),
    [
        (b"", [], True),
        (b"\x14\x00\x00\x00", [(0x1400, b"")], True),
        (b"\x14\x00\x00\x01a\x14\x00\x00\x01b", [(0x1400, b"a"), (0x1400, b"b")], True),
        (b"\x14\x00\x00\x01a\x14", [(0x1400, b"a")], False),
        (b"\x14\x00\x00\x02a", [], False),
    ],
)
def test_tlvs_up_to_the_break(octets: bytes, tlvs: Any, intact: bool) -> None:
    assert read_tlvs(octets, 0, len(octets)) == (tlvs, intact)
