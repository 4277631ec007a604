"""Texts to send: invented business messages, a file of them, or as many different ones as a run needs."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from smppproxy.load.generator.plan import PlanError

SAMPLES: Final = (
    "Your parcel 48213907 leaves the Harbour depot today and arrives between 14 and 16 h.",
    "Table for 4 on Friday 19:30 is confirmed. Reply C to cancel. Bistro Birch",
    "Library reminder: 2 books are due on 14 May. Renew at the desk or by phone.",
    "Your verification number is 773120. It is valid for 3 minutes.",
    "[가람택배] 고객님의 상품 48213907이 오늘 14~16시 사이에 배송될 예정입니다.",
    "[한빛치과] 내일 오전 10시 30분 정기검진 예약을 알려드립니다.",
    "[푸른도서관] 대출하신 도서 2권의 반납일은 5월 14일입니다.",
    "[누리카드] 인증번호는 773120입니다. 3분 안에 입력해 주세요.",
)
"""Invented, and what a business would send: nothing here resembles spam."""

_OPENINGS: Final = (
    "[가람택배]",
    "[한빛치과]",
    "[푸른도서관]",
    "[누리카드]",
    "[솔숲마트]",
    "[온누리학원]",
    "[해든병원]",
    "[다온은행]",
)
_SUBJECTS: Final = (
    "주문",
    "예약",
    "배송",
    "접수",
    "진료",
    "수업",
    "점검",
    "회의",
    "강좌",
    "대출",
    "반납",
    "교환",
    "설치",
    "상담",
    "등록",
    "납부",
)
_OBJECTS: Final = (
    "번호",
    "일정",
    "장소",
    "내역",
    "확인서",
    "신청서",
    "안내문",
    "영수증",
    "자료",
    "물품",
    "결과",
    "변경",
    "시간",
    "담당자",
    "창구",
    "서류",
)
_PLACES: Final = (
    "본관",
    "별관",
    "서문",
    "남문",
    "강당",
    "접수처",
    "사무실",
    "상담실",
    "보관함",
    "매장",
    "정류장",
    "주차장",
    "로비",
    "옥상",
    "교실",
    "회의실",
)
_TIMES: Final = (
    "오늘",
    "내일",
    "모레",
    "오전",
    "오후",
    "저녁",
    "월요일",
    "화요일",
    "수요일",
    "목요일",
    "금요일",
    "토요일",
    "이번주",
    "다음주",
    "월말",
    "월초",
)
_VERBS: Final = (
    "확인해 주세요",
    "알려드립니다",
    "준비되었습니다",
    "변경되었습니다",
    "도착했습니다",
    "예정입니다",
    "완료되었습니다",
    "시작합니다",
)


def from_file(path: Path) -> tuple[str, ...]:
    """The non-empty lines of a UTF-8 file. Raises PlanError when there are none."""
    try:
        lines = tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"--texts {path}: not readable as UTF-8 text ({error})") from None
    if not lines:
        raise PlanError(f"--texts {path}: holds no text; give one text per line")
    return lines


def invented(count: int, length: int, seed: int) -> tuple[str, ...]:
    """``count`` different Korean texts of ``length`` characters; the wording differs, not only the digits."""
    if length < 40:
        raise PlanError(f"--invent {length}: texts that short repeat themselves; give a length of 40 or more")
    random = Random(seed)
    seen: set[str] = set()
    groups = (_TIMES, _PLACES, _SUBJECTS, _OBJECTS, _VERBS)
    while len(seen) < count:
        words = [random.choice(_OPENINGS)]
        size = len(words[0])
        while size < length:
            for group in groups:
                words.append(random.choice(group))
                size += len(words[-1]) + 1
        seen.add(" ".join(words)[:length])
    return tuple(seen)
