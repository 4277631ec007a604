"""Honest notices made fraudulent: the words of an office or a firm, and a link that is not theirs.

Fraud copies the notices people trust and changes where they lead. From pairs that differ in nothing else a model learns
that it is the link, whatever the notice is about; so it knows a lure it has never seen.
"""

from __future__ import annotations

import random
import re
from typing import Final

from models.recipe.generate import addresses

_LINK: Final = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}(?:/[^\s<>()\[\]]*)?")


def _cues(text: str) -> tuple[str, ...]:
    return tuple(cue.strip() for cue in text.split("|"))


#: What leads to the link, by language; an empty one stands for none.
_CUES: Final = {
    "ko": _cues("""
        확인 | 확인하기 | 확인 바랍니다 | 조회 | 조회하기 | 상세보기 | 내용보기 | 바로가기 | 신청 | 신청하기
        | 본인확인 | 본인인증 | 변경하기 | 취소하기 | 납부하기 | 수령 | 해제 | 재등록 | 접속 | 클릭 | 앱 설치
        | 자세히 | 열람 | 이의신청 | 정보 확인 | ▶ | ☞ | : | | """),
    "en": _cues("""
        see | check | verify | confirm | details: | log in: | go to | update here | pay at | click | track: | visit
        | review: | : | | """),
    "zh": _cues("查看 | 点击 | 确认 | 登录 | 详情 | 办理 | 领取 | 查询 | 核实 | 请点 | 更新 | : | | "),
}  # fmt: skip

_PLAIN: Final = re.compile(r"\.(?:com|net|kr|co|io|me|shop|link)(?:[/:]|$)")

#: Notices shorter than this have no words to copy; a link is most of them.
_LEAST: Final = 12


def counterfeit(text: str, lang: str, rng: random.Random) -> str:
    """An honest text with a throw-away or look-alike link in place of its own, or "" where it cannot be copied."""
    cues = _CUES.get(lang)
    words = _LINK.sub("", text).strip()
    if cues is None or len(words) < _LEAST:
        return ""
    make = rng.choice((addresses.lookalike_link, addresses.lookalike_link, addresses.odd_link))
    # a host that nobody knows is honest most often, if only it has a plain top-level domain
    link = next((link for link in (make(rng) for _ in range(20)) if not _PLAIN.search(link)), "")
    if not link:
        return ""
    lead = rng.choice(cues)
    place = rng.random()
    if place < 0.15 and "\n" in words:  # before the last line
        head, _, tail = words.rpartition("\n")
        return f"{head}\n{lead} {link}\n{tail}"
    joiner = rng.choice((" ", " ", "\n"))
    return f"{words}{joiner}{lead} {link}" if lead else f"{words}{joiner}{link}"
