"""The national language tables of 3GPP TS 23.038, annex A: what a text in 7-bit characters may switch to.

A *locking* table takes the place of the default alphabet, a *single shift* table that of its extension. Both
are named in the user data header by the numbers of s. 6.2.1.2.4. The nine languages of India share one
layout: their Unicode blocks descend from one standard, so the same letter stands at the same offset in each.
Here the layout is written once, and a language is its block, the letters it lacks, and its own additions.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: A cell of a table that has no character.
HOLE: Final = "\ufffd"
ESCAPE: Final = "\x1b"

DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    f"Δ_ΦΓΛΩΠΨΣΘΞ{ESCAPE}ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

_TURKISH: Final = (
    "@£$¥€éùıòÇ\nĞğ\rÅå"
    f"Δ_ΦΓΛΩΠΨΣΘΞ{ESCAPE}ŞşßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "İABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "çabcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

_PORTUGUESE: Final = (
    "@£$¥êéúíóç\nÔô\rÁá"
    f"Δ_ªÇÀ∞^\\€Ó|{ESCAPE}ÂâÊÉ"
    " !\"#º%&'()*+,-./"
    "0123456789:;<=>?"
    "ÍABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÃÕÚÜ§"
    "~abcdefghijklmno"
    "pqrstuvwxyzãõ`üà"
)

_URDU: Final = (
    "\u0627\u0622\u0628\u067b\u0680\u067e\u06a6\u062a\u06c2\u067f\n\u0679\u067d\r\u067a\u067c"
    f"\u062b\u062c\u0681\u0684\u0683\u0685\u0686\u0687\u062d\u062e\u062f{ESCAPE}\u068c\u0688\u0689\u068a"
    " !\u068f\u068d\u0630\u0631\u0691\u0693)(\u0699\u0632,\u0696.\u0698"
    "0123456789:;\u069a\u0633\u0634?"
    "\u0635\u0636\u0637\u0638\u0639\u0641\u0642\u06a9\u06aa\u06ab\u06af\u06b3\u06b1\u0644\u0645\u0646"
    "\u06ba\u06bb\u06bc\u0648\u06c4\u06d5\u06c1\u06be\u0621\u06cc\u06d0\u06d2\u064d\u0650\u064f\u0657"
    "\u0654abcdefghijklmno"
    "pqrstuvwxyz\u0655\u0651\u0653\u0656\u0670"
)


class _Indian(NamedTuple):
    """A language of India by offsets into its Unicode block. ``lacks``: those of the layout it has no letter for."""

    block: int
    lacks: frozenset[int]
    last: tuple[int, ...]  # the cells 0x60 and 0x7B to 0x7F, where each language keeps what is its own
    danda: bool  # the single shift table starts its signs with danda and double danda, else with the digits
    signs: tuple[int, ...]  # what follows the digits in the single shift table


def _offsets(*spans: int | tuple[int, int]) -> tuple[int, ...]:
    cells: list[int] = []
    for span in spans:
        cells += [span] if isinstance(span, int) else range(span[0], span[1] + 1)
    return tuple(cells)


def _lacks(*spans: int | tuple[int, int]) -> frozenset[int]:
    return frozenset(_offsets(*spans))


_INDIAN: Final[dict[int, _Indian]] = {
    # Bengali and Assamese
    4: _Indian(
        0x0980,
        _lacks((0x0D, 0x0E), (0x11, 0x12), 0x29, 0x31, (0x33, 0x35), (0x45, 0x46), (0x49, 0x4A)),
        _offsets(0x4E, 0x57, (0x5C, 0x5D), (0x70, 0x71)),
        False,
        _offsets((0x5F, 0x63), (0x72, 0x7A)),
    ),
    # Gujarati
    5: _Indian(
        0x0A80,
        _lacks(0x0E, 0x12, 0x29, 0x31, 0x34, 0x46, 0x4A),
        _offsets(0x50, (0x60, 0x63), 0x71),
        True,
        (),
    ),
    # Hindi
    6: _Indian(
        0x0900,
        _lacks(),
        _offsets(0x50, 0x72, (0x7B, 0x7C), (0x7E, 0x7F)),
        True,
        _offsets((0x51, 0x54), (0x58, 0x63), (0x70, 0x71)),
    ),
    # Kannada
    7: _Indian(
        0x0C80,
        _lacks(0x01, 0x0D, 0x11, 0x29, 0x34, 0x45, 0x49),
        _offsets((0x55, 0x56), (0x60, 0x63)),
        True,
        _offsets(0x5E, (0x71, 0x72)),
    ),
    # Malayalam
    8: _Indian(
        0x0D00,
        _lacks(0x01, 0x0D, 0x11, 0x29, 0x3C, 0x45, 0x49),
        _offsets(0x57, (0x60, 0x63), 0x79),
        True,
        _offsets((0x70, 0x75), (0x7A, 0x7F)),
    ),
    # Oriya
    9: _Indian(
        0x0B00,
        _lacks((0x0D, 0x0E), (0x11, 0x12), 0x29, 0x31, 0x34, (0x45, 0x46), (0x49, 0x4A)),
        _offsets((0x56, 0x57), (0x60, 0x63)),
        True,
        _offsets((0x5C, 0x5D), 0x5F, (0x70, 0x71)),
    ),
    # Punjabi
    10: _Indian(
        0x0A00,
        _lacks(
            *((0x0B, 0x0E), (0x11, 0x12), 0x29, 0x31, 0x34, 0x37, 0x3D),
            *((0x43, 0x46), (0x49, 0x4A)),
        ),
        _offsets(0x51, (0x70, 0x74)),
        True,
        _offsets((0x59, 0x5C), 0x5E, 0x75),
    ),
    # Tamil
    11: _Indian(
        0x0B80,
        _lacks(
            *(0x01, (0x0B, 0x0D), 0x11, (0x16, 0x18), 0x1B, 0x1D, (0x20, 0x22), (0x25, 0x27)),
            *((0x2B, 0x2D), (0x3C, 0x3D), (0x43, 0x45), 0x49),
        ),
        _offsets(0x50, 0x57, (0x70, 0x72), 0x79),
        True,
        _offsets((0x73, 0x78), 0x7A),
    ),
    # Telugu
    12: _Indian(
        0x0C00,
        _lacks(0x0D, 0x11, 0x29, 0x34, 0x3C, 0x45, 0x49),
        _offsets((0x55, 0x56), (0x60, 0x63)),
        False,
        _offsets((0x58, 0x59), (0x78, 0x7F)),
    ),
}


def _indian_locking(language: _Indian) -> str:
    def letters(first: int, last: int) -> str:
        span = range(first, last + 1)
        return "".join(HOLE if offset in language.lacks else chr(language.block + offset) for offset in span)

    own = "".join(chr(language.block + offset) for offset in language.last)
    return (
        f"{letters(0x01, 0x03)}{letters(0x05, 0x0B)}\n{letters(0x0C, 0x0D)}\r{letters(0x0E, 0x0F)}"
        f"{letters(0x10, 0x1A)}{ESCAPE}{letters(0x1B, 0x1E)}"
        f" !{letters(0x1F, 0x24)})({letters(0x25, 0x26)},{letters(0x27, 0x27)}.{letters(0x28, 0x28)}"
        f"0123456789:;{letters(0x29, 0x2B)}?"
        f"{letters(0x2C, 0x39)}{letters(0x3C, 0x3D)}"
        f"{letters(0x3E, 0x4D)}"
        f"{own[0]}abcdefghijklmno"
        f"pqrstuvwxyz{own[1:]}"
    )


# The extension of the default alphabet (s. 6.2.1.1): cell and character. Every single shift table holds it.
EXTENSION: Final[dict[int, str]] = {
    **dict(zip(b"\n\x14()/<=>@e", "\f^{}\\[~]|€", strict=True)),
}


def _single(additions: dict[int, str]) -> dict[int, str]:
    return EXTENSION | additions


def _eastern_single(signs: str) -> dict[int, str]:
    """The layout India's languages and Urdu share: punctuation, the language's signs, capital letters."""
    cells = dict(enumerate("@£$¥¿\"¤%&'\f*+")) | {0x0E: "-", 0x0F: "/"}
    cells |= dict(enumerate("<=>¡^¡_#*", 0x10))
    free = [cell for cell in range(0x19, 0x3C) if cell not in (0x1B, 0x28, 0x29, 0x2F)]
    cells |= dict(zip(free, signs, strict=False))
    cells |= dict(enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0x41))
    return cells | {cell: EXTENSION[cell] for cell in b"()/<=>@e"}


def _indian_single(number: int, language: _Indian) -> dict[int, str]:
    # Danda and double danda are Devanagari's in every block. Telugu leaves their cells empty.
    start = "\u0964\u0965" if language.danda else HOLE * 2 if number == 12 else ""
    digits = "".join(chr(language.block + offset) for offset in range(0x66, 0x70))
    cells = _eastern_single(start + digits + "".join(chr(language.block + offset) for offset in language.signs))
    return {cell: character for cell, character in cells.items() if character != HOLE}


#: Locking shift tables by language: 128 characters each. Spanish (2) has none.
LOCKING: Final[dict[int, str]] = {
    0: DEFAULT,
    1: _TURKISH,
    3: _PORTUGUESE,
    **{number: _indian_locking(language) for number, language in _INDIAN.items()},
    13: _URDU,
}

#: Single shift tables by language: cell and character.
SINGLE: Final[dict[int, dict[int, str]]] = {
    0: EXTENSION,
    1: _single(dict(zip(b"GIScgis", "ĞİŞçğış", strict=True))),
    2: _single(dict(zip(b"\x09AIOUaiou", "çÁÍÓÚáíóú", strict=True))),
    3: _single(
        dict(zip(b"\x05\x09\x0b\x0c\x0e\x0f", "êçÔôÁá", strict=True))
        | dict(zip(b"\x12\x13\x14\x15\x16\x17\x18\x19\x1f", "ΦΓ^ΩΠΨΣΘÊ", strict=True))
        | dict(zip(b"AIOU[\\aiou{|\x7f", "ÀÍÓÚÃÕÂíóúãõâ", strict=True))
    ),
    **{number: _indian_single(number, language) for number, language in _INDIAN.items()},
    13: _eastern_single(
        "\u0600\u0601\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u060c\u060d\u060e\u060f"
        "\u0610\u0611\u0612\u0613\u0614\u061b\u061f\u0640\u0652\u0658\u066b\u066c\u0672\u0673\u06cd"
    )
    | {0x3F: "\u06d4"},
}
