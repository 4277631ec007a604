"""Code points and what they become: the data of the normaliser, computed once from Unicode's own tables.

``FOLD`` maps a code point to what stands for it (lower case, compatibility forms resolved, accents off Latin and
Greek, invisible characters gone). ``KIND`` names why, for those whose replacement is worth counting. Both are what
``str.translate`` takes; characters absent from them stand for themselves. The compiled kernel is filled from the same
two mappings, so there is one truth.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: Why a code point was replaced; the values are indices of ``features.NAMES``.
INVISIBLE: Final = 0
COMBINING: Final = 1
STYLED: Final = 2

#: Blocks whose characters have compatibility forms, case or accents. The rest of Unicode (Han, Hangul syllables, Yi,
#: emoji, private use) stands for itself and is not scanned.
_SCANNED: Final = (
    (0x0000, 0x3400),
    (0xA640, 0xA7FF),
    (0xAB30, 0xABC0),
    (0xF900, 0x10000),
    (0x10400, 0x10450),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
    (0x2F800, 0x2FA20),
    (0xE0000, 0xE0200),
)

#: Marks that ride on any letter. Vowel signs of Indic, Thai, Arabic or Hebrew are letters in all but name and stay.
_COMBINING_BLOCKS: Final = (
    (0x0300, 0x0370),
    (0x0483, 0x048A),
    (0x1AB0, 0x1B00),
    (0x1DC0, 0x1E00),
    (0x20D0, 0x2100),
    (0x302A, 0x3030),
    (0x3099, 0x309B),
    (0xFE20, 0xFE30),
)

#: Invisible though Unicode calls them letters or symbols: Hangul fillers, the braille blank, Khmer vowel inherents.
_BLANKS: Final = frozenset({0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x2800, 0x3164, 0xFFA0})
_VARIATION: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

#: Letters and digits in disguise that have no compatibility mapping: dingbat numbers, squared and regional letters,
#: small capitals and turned shapes. Nobody writes words with them but to look like others.
_DISGUISES: Final = {
    **{0x2776 + i: str((i + 1) % 10) for i in range(10)},
    **{0x2780 + i: str((i + 1) % 10) for i in range(10)},
    **{0x278A + i: str((i + 1) % 10) for i in range(10)},
    **{0x24EB + i: str(11 + i) for i in range(10)},
    **{0x24F5 + i: str((i + 1) % 10) for i in range(10)},
    0x24FF: "0",
    **{0x1F150 + i: chr(97 + i) for i in range(26)},
    **{0x1F170 + i: chr(97 + i) for i in range(26)},
    **{0x1F1E6 + i: chr(97 + i) for i in range(26)},
    **{ord(c): t for c, t in zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)},
    **dict(zip(map(ord, "ɑɡɩɪıȷłøđħŧ"), "agiiijlodht", strict=True)),
    0xDF: "ss", 0xE6: "ae", 0x153: "oe", 0xF0: "d", 0xFE: "th",
}  # fmt: skip

#: Punctuation that comes in many shapes and means one thing.
_PUNCTUATION: Final = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
    **dict.fromkeys(map(ord, "‘’‚‛`´ʹʻʼʽ′"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″〝〞"), '"'),
    **dict.fromkeys(map(ord, "。．｡·ㆍ・･•∙⋅‧"), "."),
    **dict.fromkeys(map(ord, "、､"), ","),
    **dict.fromkeys(map(ord, "∼〜～"), "~"),
    **dict.fromkeys(map(ord, "【〔〖［「『〈《"), "["),
    **dict.fromkeys(map(ord, "】〕〗］」』〉》"), "]"),
    **dict.fromkeys(map(ord, "⁄∕⧸"), "/"),
    **dict.fromkeys(map(ord, "∶ː꞉"), ":"),
}

_LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS: Final = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

#: Traditional and variant Han letters of the vocabulary that matters here, to the simplified form.
_HAN_FROM: Final = "娛樂場進請錢獲獎電話號碼銀貸無開贈戶餘額優惠藥質國際網訊訂購專業輔導證帳賬單務辦貨運達領換費風險會員線樂價賺萬億車買賣發財團隊課視頻聯繫諮詢聽選擇壓龍馬門間閱關項須預顧體驗點麗麼為爲與興舉舊術東絲兩嚴喪個豐臨氺斿覌査淔"  # noqa: E501
_HAN_TO: Final = "娱乐场进请钱获奖电话号码银贷无开赠户余额优惠药质国际网讯订购专业辅导证帐账单务办货运达领换费风险会员线乐价赚万亿车买卖发财团队课视频联系咨询听选择压龙马门间阅关项须预顾体验点丽么为为与兴举旧术东丝两严丧个丰临水游观查值"  # noqa: E501


#: Conjoining jamo to the stand-alone letters, so that one composer serves both kinds.
_JAMO: Final = {
    **dict(enumerate(_LEADS, 0x1100)),
    **dict(enumerate(_VOWELS, 0x1161)),
    **dict(enumerate(_TAILS, 0x11A8)),
}

#: Stand-alone jamo, which stay: their compatibility forms are the conjoining ones.
_COMPATIBILITY_JAMO: Final = range(0x3131, 0x318F)
_COMBINING: Final = frozenset(code for first, last in _COMBINING_BLOCKS for code in range(first, last))
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})  # controls, formats, surrogates: categories
_GREEK: Final = range(0x0370, 0x0400)
_FOREIGN: Final = (_GREEK, range(0x0400, 0x0530), range(0x0531, 0x0588))  # with Cyrillic and Armenian
_PLANES_END: Final = "\U0001ffff"  # the last character the tables know
_SOME_HAN: Final = "㐀"  # stands for the ideographs beyond it

#: Parts characters that are asked about in one call: of private use, it has no case and composes with nothing.
_BETWEEN: Final = "\ue000"
_ROUNDS: Final = 3


def _build() -> tuple[dict[int, str], dict[int, int]]:
    """The two tables, of all characters at once: one after the other would take three times as long."""
    codes = [code for first, last in _SCANNED for code in range(first, last)]
    once = _once(codes)
    becomes = _BETWEEN.join(once.values())
    for _ in range(_ROUNDS):  # what a fold yields is folded as well, until all stands for itself
        before, becomes = becomes, becomes.translate(once)
        if becomes == before:
            break
    kind: dict[int, int] = {}
    for code, text in zip(once, becomes.split(_BETWEEN), strict=True):
        if text == "" and code >= 0x80:
            kind[code] = COMBINING if code in _COMBINING else INVISIBLE
        elif code > 0xFF and text != " " and _looks_styled(code, text):
            kind[code] = STYLED
    simplified = {ord(old): new for old, new in zip(_HAN_FROM, _HAN_TO, strict=True) if old != new}
    fold = dict(zip(once, becomes.translate(simplified).split(_BETWEEN), strict=True)) | simplified
    fold = {code: _SOME_HAN if text > _PLANES_END else text for code, text in fold.items()}
    for block in _FOREIGN:  # a symbol is none of their letters, whatever block it is in
        fold |= {code: "'" for code in block if code not in fold and not chr(code).isalnum()}
    for code in range(0xD800, 0xE000):  # lone surrogates cannot be written as UTF-8
        fold[code] = ""
        kind[code] = INVISIBLE
    return fold, kind


def _once(codes: list[int]) -> dict[int, str]:
    """What code points become in one step; those that stand for themselves are left out. What is told later counts."""
    characters = list(map(chr, codes))
    together = _BETWEEN.join(characters)
    plain = unicodedata.normalize("NFKC", together).lower().split(_BETWEEN)
    once = {ord(each): text for each, text in zip(characters, plain, strict=True) if each != text}
    bare = _unaccented(codes, together)
    once = {code: chr(code) for code in bare} | once
    once = dict(zip(once, _BETWEEN.join(once.values()).translate(bare).split(_BETWEEN), strict=True))
    once |= dict.fromkeys(_COMBINING, "") | {code: chr(code) for code in _COMPATIBILITY_JAMO}
    once |= _JAMO | _PUNCTUATION | _DISGUISES
    unseen = [each for each in characters if not each.isprintable() and unicodedata.category(each) in _UNSEEN]
    once |= dict.fromkeys(map(ord, unseen), "") | dict.fromkeys(_BLANKS.union(*_VARIATION), "")
    once |= {ord(each): " " for each in characters if each.isspace()} | {0x2800: " "}
    return {code: once[code] for code in sorted(once) if once[code] != chr(code)}


def _unaccented(codes: list[int], together: str) -> dict[int, str]:
    """Letters of Latin and Greek, and ASCII signs, without what combines with them."""
    return {
        code: "".join(part for part in parts if ord(part) not in _COMBINING)
        for code, parts in zip(codes, unicodedata.normalize("NFD", together).split(_BETWEEN), strict=True)
        if len(parts) > 1 and (parts[0].isascii() or ord(parts[0]) in _GREEK)
    }


def _looks_styled(code: int, becomes: str) -> bool:
    """Fullwidth, enclosed, mathematical: a plain letter or syllable in a costume. Accents and case are no costume."""
    if code not in _DISGUISES and (0x1100 <= code < 0x1200 or not unicodedata.decomposition(chr(code)).startswith("<")):
        return False
    return all(part.isalnum() or part in "()" for part in becomes)


def near(code: int) -> str:
    """What stands for a character of the planes from the second on: the tables end before them.

    Of their letters no text is made that a model could have learnt: a rare ideograph is one like another, and so are
    symbols. What is invisible there, as are tags and variation selectors, is no more than that.
    """
    becomes = FOLD.get(code)
    if becomes is None:
        return _SOME_HAN if code < 0x40000 else "\ufffd"
    return becomes or "\ufe00"


_TABLES: Final = _build()
FOLD: Final[dict[int, str]] = _TABLES[0]
KIND: Final[dict[int, int]] = _TABLES[1]
