"""Any stream, chopped anywhere: the same frames and only documented errors."""

from __future__ import annotations

from itertools import pairwise
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.constants import ENQUIRE_LINK, SUBMIT_SM
from smppproxy.smpp.errors import FramingError
from smppproxy.smpp.framer import Framer

MAX_PDU = 300
ENQUIRE = pack(">IIII", 16, ENQUIRE_LINK, 0, 1)


def run(pieces: list[bytes]) -> tuple[list[bytes], int | None]:
    """The frames a stream gives, and the impossible length that ended it."""
    framer = Framer(MAX_PDU)
    frames: list[bytes] = []
    for piece in pieces:
        try:
            frames += [frame.raw for frame in framer.feed(piece)]
        except FramingError as error:
            return frames, error.command_length
        assert framer.pending < MAX_PDU
    return frames, framer.broken.command_length if framer.broken else None


@given(st.data())
def test_a_stream_gives_the_same_frames_whole_or_chopped(
    damaged: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    stream = b"".join(data.draw(st.lists(damaged | st.binary(max_size=12), max_size=6)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[start:stop] for start, stop in pairwise([0, *cuts, len(stream)])]
    octets = [stream[at : at + 1] for at in range(len(stream))]
    assert run([stream]) == run(pieces) == run(octets)


def test_every_vector_comes_through_octet_by_octet(vectors: Any) -> None:
    stream = b"".join(vector.raw for vector in vectors)
    framer = Framer(MAX_PDU)
    frames = [frame for at in range(len(stream)) for frame in framer.feed(stream[at : at + 1])]
    assert [frame.raw for frame in frames] == [vector.raw for vector in vectors]
    assert framer.pending == 0


def test_good_frames_are_delivered_before_the_error() -> None:
    framer = Framer(MAX_PDU)
    assert [frame.raw for frame in framer.feed(ENQUIRE + pack(">I", 15))] == [ENQUIRE]
    assert framer.broken is not None
    with pytest.raises(FramingError, match="command_length 15 is impossible, expected 16 to 300"):
        framer.feed(ENQUIRE)


@pytest.mark.parametrize("length", [0, 15, MAX_PDU + 1, 0xFFFFFFFF])
def test_an_impossible_length_is_told_before_the_rest_arrives(length: int) -> None:
    framer = Framer(MAX_PDU)
    octets = pack(">I", length)
    assert framer.feed(octets[:3]) == []
    with pytest.raises(FramingError) as caught:
        framer.feed(octets[3:])
    assert caught.value.command_length == length
    assert framer.pending == 0


class CountedTail(bytearray):
    """A tail that counts how many octets are copied out of it."""

    copied = 0

    def __bytes__(self) -> bytes:
        self.copied += len(self)
        return bytes(memoryview(self))


def test_a_peer_that_sends_single_octets_costs_no_more_than_its_octets() -> None:
    framer = Framer(70_000)
    framer._tail = tail = CountedTail()
    pdu = pack(">IIII", 70_000, SUBMIT_SM, 0, 1) + b"\0" * (70_000 - 16)
    frames = [frame for at in range(len(pdu)) for frame in framer.feed(pdu[at : at + 1])]
    assert [frame.length for frame in frames] == [70_000]
    assert tail.copied < 2 * len(pdu)
