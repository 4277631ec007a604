"""The national language tables: shape, a letter or two of each, and what they share."""

from __future__ import annotations

import unicodedata

import pytest

from smppproxy.smpp.text import gsm7
from smppproxy.smpp.text.national import DEFAULT, ESCAPE, EXTENSION, HOLE, LOCKING, SINGLE

# Language: script, a word, and the digits of its single shift table
INDIAN = {
    4: ("BENGALI", "বাংলা", "০১২৩৪৫৬৭৮৯"),
    5: ("GUJARATI", "ગુજરાતી", "૦૧૨૩૪૫૬૭૮૯"),
    6: ("DEVANAGARI", "हिन्दी", "०१२३४५६७८९"),
    7: ("KANNADA", "ಕನ್ನಡ", "೦೧೨೩೪೫೬೭೮೯"),
    8: ("MALAYALAM", "മലയാളം", "൦൧൨൩൪൫൬൭൮൯"),
    9: ("ORIYA", "ଓଡ଼ିଆ", "୦୧୨୩୪୫୬୭୮୯"),
    10: ("GURMUKHI", "ਪੰਜਾਬੀ", "੦੧੨੩੪੫੬੭੮੯"),
    11: ("TAMIL", "தமிழ்", "௦௧௨௩௪௫௬௭௮௯"),
    12: ("TELUGU", "తెలుగు", "౦౧౨౩౪౫౬౭౮౯"),
    13: ("ARABIC", "اُردُو", "۰۱۲۳۴۵۶۷۸۹"),
}


@pytest.mark.parametrize("language", LOCKING)
def test_a_locking_table_has_128_cells_none_twice(language: int) -> None:
    table = LOCKING[language]
    assert len(table) == 128
    letters = table.replace(HOLE, "")
    assert len(set(letters)) == len(letters)
    assert (table[0x0A], table[0x0D], table[0x1B], table[0x20]) == ("\n", "\r", ESCAPE, " ")
    assert table[0x30:0x3A] == "0123456789"
    assert table[0x61:0x7B] == "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("language", SINGLE)
def test_a_single_shift_table_holds_the_default_extension(language: int) -> None:
    table = SINGLE[language]
    assert {cell: table[cell] for cell in EXTENSION} == EXTENSION
    assert 0x1B not in table
    assert 0x0D not in table
    assert HOLE not in table.values()


@pytest.mark.parametrize("language", INDIAN)
def test_letters_are_of_the_languages_script(language: int) -> None:
    script = INDIAN[language][0]
    for letter in LOCKING[language]:
        if letter not in (HOLE, ESCAPE) and not letter.isascii():
            assert unicodedata.name(letter).startswith((script, "ARABIC")), letter


@pytest.mark.parametrize("language", INDIAN)
def test_a_word_and_the_digits_of_each_language(language: int) -> None:
    _, word, digits = INDIAN[language]
    octets = gsm7.encode(word + digits, locking=language, single=language)
    assert octets.count(0x1B) >= len(digits)
    assert gsm7.decode(octets, locking=language, single=language) == word + digits


# language, cell, letter
LOCKING_CELLS = """
1 04 €, 1 07 ı, 1 40 İ, 3 15 ∞, 3 60 ~, 3 7D `, 4 60 ৎ, 5 7F ૱, 6 7B ॲ, 7 24 ಡ, 11 7F ௹, 13 00 ا
"""
SINGLE_CELLS = """
1 47 Ğ, 1 69 ı, 1 73 ş, 2 09 ç, 2 4F Ó, 3 05 ê, 3 61 Â, 3 7F â, 4 19 ০, 6 19 ।, 12 1C ౦, 13 3F ۔
"""


@pytest.mark.parametrize("entry", LOCKING_CELLS.split(","))
def test_cells_of_locking_tables(entry: str) -> None:
    language, cell, letter = entry.split()
    assert LOCKING[int(language)][int(cell, 16)] == letter


@pytest.mark.parametrize("entry", SINGLE_CELLS.split(","))
def test_cells_of_single_shift_tables(entry: str) -> None:
    language, cell, letter = entry.split()
    assert SINGLE[int(language)][int(cell, 16)] == letter


def test_spanish_has_no_locking_table() -> None:
    assert 2 not in LOCKING
    assert gsm7.decode(b"\x00", locking=2) == DEFAULT[0]
