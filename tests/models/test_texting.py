"""What thumbs and collections do to a text: seeded, total, and links stay where they should."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recipe.generate import texting

TEXT = "The library has renewed your two books, please return them before tomorrow: https://books.example.org/a1"


@given(st.text(), st.integers(), st.floats(0.0, 1.0), st.booleans())
def test_any_text_can_be_treated(text: str, seed: int, thumbs: float, english: bool) -> None:
    one, same = (texting.texting(text, random.Random(seed), thumbs, english) for _ in range(2))
    assert one == same


def test_most_texts_of_offices_stay_as_they_are() -> None:
    told = [texting.texting(TEXT, random.Random(seed), thumbs=0.1, english=True) for seed in range(400)]
    assert 0.5 < sum(each == TEXT for each in told) / len(told) < 0.8
    assert len(set(told)) > 50


def test_a_mark_left_alone_is_dropped() -> None:
    told = {texting.texting("Closed today. . Back on Monday,  .", random.Random(seed), 0.0, False) for seed in range(9)}
    assert "Closed today. Back on Monday," in told


def test_other_languages_keep_their_words() -> None:
    told = {texting.texting("Makan dulu ya, nanti saya jemput", random.Random(seed), 1.0, False) for seed in range(99)}
    assert not any(" 2 " in each or " u " in each for each in told)


def test_short_spellings_leave_links_alone() -> None:
    told = texting.short(TEXT, random.Random(2), 1.0)
    assert "https://books.example.org/a1" in told
    assert "b4" in told or "bfore" in told


@pytest.mark.parametrize(
    ("digits", "links", "expected"),
    [
        (False, False, "Room ready call desk  see http://a.example.org/7"),
        (True, False, "Room 12 ready call desk 40 see http://a.example.org/7"),
        (True, True, "Room 12 ready call desk 40 see httpaexampleorg7"),
    ],
)
def test_marks_are_taken_out(digits: bool, links: bool, expected: str) -> None:
    text = "Room 12 ready, call desk 40: see http://a.example.org/7"
    assert texting.stripped(text, digits, links).replace("Room  ready", "Room ready") == expected


@pytest.mark.parametrize(
    ("said", "stem"),
    [("was charged", "be charge"), ("has updated", "have update"), ("is expected", "be expect"), ("added", "added")],
)
def test_verbs_are_cut_to_their_stems(said: str, stem: str) -> None:
    assert texting.stems(said) == stem


def test_digits_are_hidden_but_in_links() -> None:
    told = texting.masked("Code 4410, https://a.example.org/4410", random.Random(1))
    assert "4410," not in told
    assert told.endswith("https://a.example.org/4410")


def test_spaces_are_lost_but_at_links() -> None:
    for seed in range(30):
        told = texting.glued("one two three https://a.example.org/x four", random.Random(seed))
        assert " https://a.example.org/x " in told


def test_letters_are_drawn_out() -> None:
    assert any(len(texting.stretched("so good!", random.Random(seed))) > 10 for seed in range(20))


def test_marks_without_a_blank_leave_links_alone() -> None:
    assert texting.closed_up("ok. see you at 3. then home, bye") == "ok.see you at 3. then home,bye"
    assert texting.closed_up("look. at shop.example.com, now") == "look. at shop.example.com, now"
