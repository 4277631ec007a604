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

#: Blocks whose characters have compatibility forms, case or accents. Scanning them takes about 15 ms; the rest of
#: Unicode (Han, Hangul syllables, Yi, emoji, private use) stands for itself and is not scanned.
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


def _jamo(code: int) -> str | None:
    """The stand-alone letter for a conjoining jamo, so that one composer serves both kinds."""
    if 0x1100 <= code <= 0x1112:
        return _LEADS[code - 0x1100]
    if 0x1161 <= code <= 0x1175:
        return _VOWELS[code - 0x1161]
    if 0x11A8 <= code <= 0x11C2:
        return _TAILS[code - 0x11A8]
    return None


def _is_combining(code: int) -> bool:
    return any(first <= code < last for first, last in _COMBINING_BLOCKS)


def _plain(character: str) -> str:
    """One character without accents (Latin and Greek only), without case and in its compatibility form."""
    folded = unicodedata.normalize("NFKC", character).lower()
    out = []
    for part in folded:
        if part.isascii():
            out.append(part)
            continue
        decomposed = unicodedata.normalize("NFD", part)
        if len(decomposed) > 1 and (decomposed[0].isascii() or 0x0370 <= ord(decomposed[0]) < 0x0400):
            part = "".join(c for c in decomposed if not _is_combining(ord(c)))
        out.append(part)
    return "".join(out)


def _once(code: int) -> str:
    """What a code point becomes in one step."""
    character = chr(code)
    if character.isspace() or code == 0x2800:
        return " "
    if code in _BLANKS or any(code in block for block in _VARIATION):
        return ""
    if code < 0x20 or unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    if code in _DISGUISES:
        return _DISGUISES[code]
    if code in _PUNCTUATION:
        return _PUNCTUATION[code]
    if (jamo := _jamo(code)) is not None:
        return jamo
    if _is_combining(code):
        return ""
    if 0x3131 <= code <= 0x318E:  # compatibility jamo: NFKC would turn them into conjoining ones
        return character
    return _plain(character)


def _build() -> tuple[dict[int, str], dict[int, int]]:
    fold: dict[int, str] = {}
    kind: dict[int, int] = {}
    for first, last in _SCANNED:
        for code in range(first, last):
            becomes = _once(code)
            if becomes == chr(code):
                continue
            for _ in range(3):  # until it stands for itself: what a fold yields is folded as well
                again = "".join(_once(ord(part)) for part in becomes)
                if again == becomes:
                    break
                becomes = again
            fold[code] = becomes
            if becomes == "" and code >= 0x80:
                kind[code] = COMBINING if _is_combining(code) else INVISIBLE
            elif code > 0xFF and becomes != " " and _looks_styled(code, becomes):
                kind[code] = STYLED
    simplified = str.maketrans(_HAN_FROM, _HAN_TO)
    for code, becomes in fold.items():
        fold[code] = becomes.translate(simplified)
    for old, new in zip(_HAN_FROM, _HAN_TO, strict=True):
        if old != new:
            fold[ord(old)] = new
    for code in range(0xD800, 0xE000):  # lone surrogates cannot be written as UTF-8
        fold[code] = ""
        kind[code] = INVISIBLE
    return fold, kind


def _looks_styled(code: int, becomes: str) -> bool:
    """Fullwidth, enclosed, mathematical: a plain letter or syllable in a costume. Accents and case are no costume."""
    if not all(part.isalnum() or part in "()" for part in becomes):
        return False
    if code in _DISGUISES:
        return True
    compatibility = unicodedata.decomposition(chr(code)).startswith("<")
    return compatibility and not 0x1100 <= code < 0x1200


_TABLES: Final = _build()
FOLD: Final[dict[int, str]] = _TABLES[0]
KIND: Final[dict[int, int]] = _TABLES[1]
