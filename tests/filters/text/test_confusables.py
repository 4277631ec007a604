"""Words that mix scripts are brought to one."""

from __future__ import annotations

import pytest

from filters.text.confusables import has_foreign, unmix


@pytest.mark.parametrize(
    ("word", "plain"),
    [("lіbrаry", "library"), ("привeт", "привет"), ("αpple", "apple"), ("libжary", "libжary"), ("library", "library")],
)
def test_unmix(word: str, plain: str) -> None:
    assert unmix(word) == plain
    assert unmix(plain) == plain


def test_the_cheap_question() -> None:
    assert has_foreign("а")
    assert not has_foreign("abc 가나다")
