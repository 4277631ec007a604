"""How much of a connection is read before it is handed on."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.app import opening
from smppproxy.app.opening import Kind

BINDS = (1, 2, 9)


def pdu(command: int, body: bytes = b"", sequence: int = 1) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body


def bind(name: bytes, command: int = 9, sequence: int = 1) -> bytes:
    return pdu(command, name + b"\0secret\0\0\x34\0\0\0", sequence)


names = st.binary(max_size=opening.LIMIT_SYSTEM_ID).filter(lambda name: 0 not in name)


@given(names, st.sampled_from(BINDS), st.binary(max_size=30))
def test_finds_the_name_of_a_bind_whatever_follows(name: bytes, command: int, rest: bytes) -> None:
    seen = opening.read(bind(name, command) + rest)
    assert seen == (Kind.BIND, name.decode("latin-1"), b"", 0)


@given(names)
def test_needs_no_more_than_the_name(name: bytes) -> None:
    octets = bind(name)
    whole = 16 + len(name) + 1
    assert opening.read(octets[:whole]).kind is Kind.BIND
    assert all(opening.read(octets[:end]).kind is Kind.MORE for end in range(whole))


@given(names, st.lists(st.integers(1, 0x7FFFFFFF), max_size=5))
def test_answers_enquire_link_before_the_bind(name: bytes, sequences: list[int]) -> None:
    seen = opening.read(b"".join(pdu(0x15, sequence=number) for number in sequences) + bind(name))
    assert seen.kind is Kind.BIND
    assert seen.used == 16 * len(sequences)
    assert seen.answers == b"".join(pdu(0x80000015, sequence=number) for number in sequences)


@pytest.mark.parametrize(
    "octets",
    [
        pdu(4, b"submit"),
        pdu(0x0B, b"name\0secret\0"),
        pdu(9),
        struct.pack("!IIII", 3, 9, 0, 1),
        struct.pack("!IIII", 0xFFFFFFFF, 0xDEADBEEF, 0, 1),
        pdu(9, b"x" * (opening.LIMIT_SYSTEM_ID + 1)),
        pdu(9, b"no end"),
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        pdu(0x15, b"enquire_link with a body"),
    ],
)
def test_anything_else_is_for_a_worker_to_answer(octets: bytes) -> None:
    assert opening.read(octets).kind is Kind.OTHER


@given(st.binary(max_size=opening.LIMIT_OPENING + 64))
def test_never_raises_and_never_waits_beyond_the_limit(octets: bytes) -> None:
    seen = opening.read(octets)
    assert seen.used <= len(octets)
    assert len(octets) - seen.used < opening.LIMIT_OPENING or seen.kind is not Kind.MORE
