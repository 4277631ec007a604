"""The keyed hash: the published vectors, and twins that agree on everything."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.kernel import BUILD_COMMAND
from smppproxy.state import _siphash_pure as pure

KEY = bytes(range(16))

#: From the reference implementation's vectors of SipHash-2-4 with 128 bits: input 00 01 02 … of as many octets.
VECTORS = {0: "a3817f04ba25a8e66df67214c7550293", 1: "da87c1d86b99af44347659119b22fc45"}


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("smppproxy.state._siphash", reason=f"not compiled; run `{BUILD_COMMAND}`")


@pytest.mark.parametrize("length", VECTORS)
def test_the_published_vectors(compiled: ModuleType, length: int) -> None:
    for twin in (pure, compiled):
        assert twin.digests(KEY, [bytes(range(length))])[0].hex() == VECTORS[length]


@given(key=st.binary(min_size=16, max_size=16), values=st.lists(st.binary(max_size=600), max_size=5))
def test_the_twins_agree(compiled: ModuleType, key: bytes, values: list[bytes]) -> None:
    assert compiled.digests(key, values) == pure.digests(key, values)


def test_a_key_has_sixteen_octets(compiled: ModuleType) -> None:
    for twin in (pure, compiled):
        with pytest.raises(ValueError, match="16 octets"):
            twin.digests(b"short", [])
