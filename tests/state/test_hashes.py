"""The hashes: the published vectors, and twins that agree on everything."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.kernel import BUILD_COMMAND
from smppproxy.state import _hashes_pure as pure

KEY = bytes(range(16))

#: From the reference implementation's vectors of SipHash-2-4 with 128 bits: input 00 01 02 … of as many octets.
VECTORS = {0: "a3817f04ba25a8e66df67214c7550293", 1: "da87c1d86b99af44347659119b22fc45"}


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("smppproxy.state._hashes", reason=f"not compiled; run `{BUILD_COMMAND}`")


@pytest.mark.parametrize("length", VECTORS)
def test_the_published_vectors(compiled: ModuleType, length: int) -> None:
    for twin in (pure, compiled):
        assert twin.digests(KEY, [bytes(range(length))])[0].hex() == VECTORS[length]


#: BLAKE2b with 16 octets of "abc", as the reference implementation (b2sum -l 128) has it.
ABC = "cf4ab791c62b8d2b2109c90275287816"


@given(key=st.binary(min_size=16, max_size=16), values=st.lists(st.binary(max_size=600), max_size=5))
def test_the_twins_agree(compiled: ModuleType, key: bytes, values: list[bytes]) -> None:
    assert compiled.digests(key, values) == pure.digests(key, values)


@given(key=st.binary(min_size=16, max_size=16), values=st.lists(st.binary(max_size=20), max_size=5))
def test_one_octet_in_front_can_be_left_out(compiled: ModuleType, key: bytes, values: list[bytes]) -> None:
    values += [b"+", b"++1", b"+1"]
    bare = pure.digests(key, [value.removeprefix(b"+") for value in values])
    assert compiled.digests(key, values, ord("+")) == pure.digests(key, values, ord("+")) == bare


def test_fingerprints_are_those_of_the_reference(compiled: ModuleType) -> None:
    for twin in (pure, compiled):
        assert [each.hex() for each in twin.fingerprints([b"abc", b""])] == [ABC, ""]


@given(st.lists(st.binary(max_size=600) | st.integers(120, 136).map(bytes) | st.integers(250, 262).map(bytes)))
def test_the_twins_have_the_same_fingerprints(compiled: ModuleType, values: list[bytes]) -> None:
    assert compiled.fingerprints(values) == pure.fingerprints(values)


def test_a_key_has_sixteen_octets(compiled: ModuleType) -> None:
    for twin in (pure, compiled):
        with pytest.raises(ValueError, match="16 octets"):
            twin.digests(b"short", [])
