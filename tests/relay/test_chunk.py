"""What one run of the judge takes off the tray: no more readings and octets than it has room for."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.relay.chunk import Chunk
from smppproxy.relay.ticket import Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel

KOREAN = "안녕하세요 고객님, 오늘만 특가 이벤트입니다"


def plain(talk: Any, *texts: bytes, payload: bool) -> list[Ticket]:
    """Plain requests in UCS2, as the sieve lets them through."""
    pdus = []
    for number, text in enumerate(texts):
        tlvs = [(c.TAG_MESSAGE_PAYLOAD, text)] if payload else []
        pdus.append(talk.submit(number, b"" if payload else text, tlvs=tlvs, data_coding=8))
    frames, _, _ = kernel.cut(b"".join(pdus), 70_000)
    kept, _, others = kernel.sieve(frames, c.SUBMIT_SM, 0x1400)
    assert others == []
    return kept


@pytest.mark.parametrize("payload", [True, False])
def test_as_many_as_there_is_room_for(talk: Any, payload: bool) -> None:
    tickets = plain(talk, *[KOREAN.encode("utf-16-be")] * 5, payload=payload)
    chunk = Chunk()
    rest, readings, room = chunk.fill(tickets, 0, 3 * 2 * len(KOREAN) + 1, 8)
    assert (chunk.readings(), rest, readings) == ([KOREAN] * 3, tickets[3:], 8)
    assert room < 0
    assert chunk.plain


def test_a_payload_larger_than_all_room_is_alone(talk: Any) -> None:
    long = (KOREAN * 1280)[:32_000]
    tickets = plain(talk, b"\0a", long.encode("utf-16-be"), b"\0b", payload=True)
    chunk = Chunk()
    rest, readings, _ = chunk.fill(tickets, 0, 4096, 8)
    assert (chunk.readings(), rest, readings) == (["a"], tickets[1:], 8)
    chunk = Chunk()
    rest, _, room = chunk.fill(rest, 0, 4096, 8)
    assert (chunk.readings(), rest) == ([long], tickets[2:])
    assert room < 0
    assert chunk.plain


@pytest.mark.parametrize("payload", [True, False])
def test_a_text_of_several_readings_brings_them_all(talk: Any, payload: bool) -> None:
    tickets = plain(talk, b"see you tonight!", payload=payload)  # declared as UCS2
    chunk = Chunk()
    chunk.fill(tickets, 0, 4096, 8)
    assert "see you tonight!" in chunk.readings()
    assert chunk.least() == len(chunk.readings()) > 1
    assert chunk.keep(1) == tickets  # part of its readings is not enough
