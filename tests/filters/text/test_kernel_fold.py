"""Folding texts for patterns and links, compiled and not: the same of every text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filters import patterns, urls
from filters.text import links, normalise
from filters.text.tables import FOLD

pytestmark = pytest.mark.skipif(
    normalise.KERNEL == "pure", reason="the kernel was not compiled, or SMPPPROXY_PURE is set"
)

#: Characters that matter to folding or to links, beside any others.
_LETTERS = ".．。｡・･·ㆍ•∙⋅‧,점닷쩜点/／⁄∕⧸\\)]} 컴한국가ㄱㅣㅥaZ_0９٣éⅣ㎏ßİ😀"
_ODD = "\u00a0\u3000\u200b\u00ad\t\n\x1c\U0002f800\ud800"
_WORDS = (" dot ", "http://", ". com", "[.]")
TELLING = st.sampled_from([*_LETTERS, *_ODD, *_WORDS]) | st.sampled_from(sorted(map(chr, FOLD)))
TEXTS = st.lists(TELLING | st.characters(), max_size=30).map("".join) | st.text(max_size=60)


@given(TEXTS)
@example("")
@example("   ")
def test_patterns_fold_alike(text):
    assert patterns.fold(text) == patterns.fold_pure(text)


@given(TEXTS)
def test_links_fold_alike(text):
    assert urls.fold(text) == urls.fold_pure(text)


@given(TEXTS)
@example("3.5 a")
@example("end.)] x")
@example("a.) b")
@example("dot dot dot")
def test_the_sign_of_a_link_is_seen_alike(text):
    assert urls.might_link(text) is urls.might_link_pure(text)


@pytest.mark.parametrize("piece", ["a", "가", "㎏", "㎏a b.", " ", "\U0002f800", "ﷺ"])
@pytest.mark.parametrize("length", [3998, 3999, 4000, 4001, 4100])
def test_long_texts_fold_alike(piece, length):
    text = (piece * length)[:length]
    assert patterns.fold(text) == patterns.fold_pure(text)
    assert urls.fold(text) == urls.fold_pure(text)
    assert urls.might_link(text) is urls.might_link_pure(text)


def test_every_character_folds_alike():
    for first in range(0, 0x110000, 64):
        some = "".join(map(chr, range(first, first + 64)))
        assert patterns.fold(some) == patterns.fold_pure(some)
        assert urls.fold(some) == urls.fold_pure(some)
    for code in (*range(0x20100), *range(0xE0000, 0xE0200)):
        sign = "." + chr(code) + "국"
        assert urls.might_link(sign) is urls.might_link_pure(sign)


#: Pieces of links, whole and broken, and what stands between them.
_PIECES = (
    *("http", "hxxp", "https", "s", ":", ";", " : ", "/", " / ", "//", "\\", "abc", "evil", "a_", "-", "가나", "中"),
    *(".", ". ", " .", "..", ",", "com", "kr", "top", "co.kr", "컴", "점", "닷", "点", "(.)", "[.]", " dot ", "A"),
    *("1.2.3.4", "٣", "٣.1.2.3", "12", "@", "?q=", "xn--", "한국", "中国", " ", "\n", "안녕하세요 오늘", ":80"),
)
LINKS = st.lists(st.sampled_from(_PIECES), max_size=24).map("".join)


@given(LINKS | TEXTS)
def test_no_link_begins_before_the_place_told(text):
    text = urls.fold_pure(text).lower()
    found, at = [], urls.link_from(text, 0)
    while at >= 0:
        match = links.LINK.search(text, at)
        if match is None:
            break
        found.append(match.span())
        at = urls.link_from(text, match.end())
    assert found == [match.span() for match in links.LINK.finditer(text)]


@given(LINKS | TEXTS)
def test_nothing_is_repaired_where_nothing_may_be_broken(text):
    assert urls.might_break(text) or links.repair(text) == (text, 0)
