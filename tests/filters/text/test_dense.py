"""The model's octets: short, and no two texts alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filters.text import dense

CLEAN = st.text(alphabet=st.characters(min_codepoint=4, exclude_categories=("Cs",)), max_size=40)


def test_lengths() -> None:
    assert dense.encode("abc") == b"abc"
    assert len(dense.encode("도서관")) == 6
    assert len(dense.encode("图书馆")) == 6
    assert len(dense.encode("кни")) == 9
    assert len(dense.encode("\U0001f4da")) == 4


def test_no_nul_and_no_token_frame_in_syllables_and_han() -> None:
    everything = "".join(map(chr, (*dense.HANGUL, *dense.HAN)))
    assert not {0, 2, 3} & set(dense.encode(everything))


@given(CLEAN, CLEAN)
def test_different_texts_have_different_octets(one: str, other: str) -> None:
    assert (one == other) == (dense.encode(one) == dense.encode(other))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])))
def test_decode_undoes_encode(text: str) -> None:
    assert dense.decode(dense.encode(text)) == text


@given(st.binary(max_size=40))
def test_decode_takes_any_octets(octets: bytes) -> None:
    assert isinstance(dense.decode(octets), str)


def test_decode_leaves_feature_tokens_out() -> None:
    assert dense.decode(dense.encode("카지노 go") + b"\x02\x1e\x11\x03\x02\x20\x11\x03") == "카지노 go"
