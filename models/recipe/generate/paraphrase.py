"""How people differ in writing the same: endings, spacing, synonyms, slips. Applied to texts of every class."""

from __future__ import annotations

import random
import re
from typing import Final

_LINKISH: Final = re.compile(r"\S*[a-zA-Z0-9-]\.[a-zA-Z]\S*")

#: Pieces of Korean that mean the same; any of a line may stand for any other.
_KOREAN: Final[tuple[tuple[str, ...], ...]] = (
    ("되었습니다", "됐습니다", "되었어요", "됐어요", "됨", "되었음", "되었음을 알려드립니다", "되셨습니다"),
    ("입니다.", "이에요.", "임.", "입니다", "입니다!"),
    ("바랍니다", "부탁드립니다", "주세요", "주시기 바랍니다", "바래요", "부탁드려요", "요망", "바람"),
    ("해 주세요", "해주세요", "해주시기 바랍니다", "하세요", "하시기 바랍니다", "해주십시오", "부탁드립니다"),
    ("하였습니다", "했습니다", "했어요", "함", "하셨습니다"),
    ("예정입니다", "예정이에요", "예정", "예정이오니 참고 바랍니다", "예정임을 알려드립니다"),
    ("안내드립니다", "안내해 드립니다", "알려드립니다", "안내", "공지드립니다", "말씀드립니다"),
    ("고객님", "회원님", "손님", "고객 여러분"),
    ("문의", "상담", "연락", "문의전화", "문의처"),
    ("확인", "조회", "체크", "열람"),
    ("오늘", "금일", "당일"),
    ("신청", "접수", "신청접수"),
    ("휴대폰", "핸드폰", "폰", "휴대전화"),
    ("본인이 아닐 경우", "본인이 아니면", "본인이 아닌 경우", "본인 아닐시", "본인이 아니시라면"),
    ("감사합니다", "고맙습니다", "감사드립니다", "감사해요"),
    ("발송", "전송", "송부"),
)
_ENGLISH: Final[tuple[tuple[str, ...], ...]] = (
    ("you", "u"),
    ("your", "ur", "yr"),
    ("please", "pls", "plz", "kindly"),
    ("tomorrow", "tmrw", "2moro"),
    ("to", "2"),
    ("for", "4"),
    ("are", "r"),
    ("account", "acct", "a/c"),
    ("package", "parcel", "item", "shipment"),
    ("we have", "we've"),
    ("you have", "you've"),
    ("cannot", "can't", "could not", "couldn't"),
    ("do not", "don't"),
    ("has been", "was", "is"),
    ("thanks", "thank you", "thx", "ty"),
    ("message", "msg", "text"),
    ("click", "tap", "press", "visit", "go to"),
    ("confirm", "verify", "validate", "check"),
    ("immediately", "now", "right away", "at once", "today"),
)
#: Slips of the pen that fraud is full of and offices are nearly free of.
_SLIPS: Final = (
    ("되었", "되였"),
    ("습니다", "슴니다"),
    ("바랍니다", "바람니다"),
    ("되었", "돼었"),
    ("주세요", "주새요"),
    ("확인", "확 인"),
    ("잠깐", "잠간"),
    ("했습", "하였슴"),
    ("않", "안"),
    ("됩니다", "됨니다"),
    ("어떻게", "어떡게"),
    ("your", "you"),
    ("receive", "recieve"),
    ("delivery", "delivary"),
    ("address", "adress"),
    ("verify", "verfiy"),
    ("suspended", "suspend"),
    ("account", "acount"),
    ("immediately", "immediatly"),
)
_SENTENCE: Final = re.compile(r"(?<=[.!?。！\n])\s+")


def paraphrase(text: str, rng: random.Random, honest: bool) -> str:
    """The text as another writer would have put it, often just as it was."""
    if rng.random() < 0.35:
        text = _swapped(text, rng)
    if rng.random() < 0.08:
        text = _reordered(text, rng)
    if rng.random() < (0.02 if honest else 0.12):
        text = text.replace(*rng.choice(_SLIPS))
    kind = rng.random()
    if kind < 0.06:
        text = _spaces(text, rng, keep=0.0)
    elif kind < 0.16:
        text = _spaces(text, rng, keep=0.7)
    elif kind < 0.19:
        text = _split(text, rng)
    return text


def _swapped(text: str, rng: random.Random) -> str:
    """Some words by others of the same meaning."""
    for group in _KOREAN:
        found = next((piece for piece in group if piece in text), None)
        if found and rng.random() < 0.5:
            text = text.replace(found, rng.choice(group), 1)
    if text.isascii():
        for group in _ENGLISH:
            if rng.random() < 0.25:
                found = rf"(?<![\w.-]){re.escape(group[0])}(?![\w.-])"
                text = re.sub(found, rng.choice(group[1:]), text, count=1, flags=re.IGNORECASE)
    return text


def _reordered(text: str, rng: random.Random) -> str:
    """Two sentences in the other order, or one left out."""
    parts = _SENTENCE.split(text)
    if len(parts) < 3:
        return text
    at = rng.randrange(len(parts) - 1)
    if rng.random() < 0.5:
        parts[at], parts[at + 1] = parts[at + 1], parts[at]
    else:
        del parts[at]
    return rng.choice((" ", "\n")).join(parts)


def _spaces(text: str, rng: random.Random, keep: float) -> str:
    """Spaces left out where the script reads without them; around links they stay."""
    links = [match.span() for match in _LINKISH.finditer(text)]
    out = []
    for at, character in enumerate(text):
        near = any(first - 1 <= at <= last for first, last in links)
        wide = at > 0 and text[at - 1] >= "\u3040"
        if character == " " and wide and not near and rng.random() >= keep:
            continue
        out.append(character)
    return "".join(out)


def _split(text: str, rng: random.Random) -> str:
    """A space in the middle of a word or two."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(max(len(text) - 1, 1))
        if text[at : at + 1] >= "\u3040" and text[at + 1 : at + 2] >= "\u3040":
            text = text[: at + 1] + " " + text[at + 1 :]
    return text
