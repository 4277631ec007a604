"""What the report says, in English and in Korean."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from filters.contract import Reason
from smppproxy.state.stats.report import Report


class Language(StrEnum):
    """A language the report is written in."""

    EN = "en"
    KO = "ko"


_BOTH: Final[dict[str, tuple[str, str]]] = {
    "title": ("Spam distribution report", "스팸 유통현황 보고서"),
    "compared": ("compared with", "비교 기간"),
    "days_of": ("days of UTC{offset}", "일자 기준 UTC{offset}"),
    "made": ("made {at}", "작성 {at}"),
    "messages": ("messages", "발송 건수"),
    "spam": ("spam found", "스팸 건수"),
    "malignant": ("of the malignant four", "4대 악성 유형"),
    "blocked": ("blocked", "차단 건수"),
    "share": ("share", "비율"),
    "share_of_spam": ("share of spam", "스팸 비율"),
    "share_of_messages": ("share of messages", "발송 비율"),
    "rate": ("spam rate", "자체 스팸률"),
    "of_messages": ("of all messages", "전체 발송 대비"),
    "of_spam": ("of the spam", "스팸 대비"),
    "before": ("before", "이전 기간"),
    "change": ("change", "증감"),
    "new": ("new", "신규"),
    "rank": ("rank", "순위"),
    "count": ("count", "건수"),
    "codes": ("codes", "식별코드 수"),
    "owner": ("registered to", "등록 사업자"),
    "rest": ("{members} others", "그 외 {members}"),
    "total": ("total", "합계"),
    "course_days": ("Spam by day", "일별 스팸 추이"),
    "course_months": ("Spam by month", "월별 스팸 추이"),
    "by_class": ("Spam by kind", "유형별 스팸"),
    "by_route": ("By route", "유통경로별"),
    "none": ("Nothing was counted in these days.", "해당 기간에 집계된 발송이 없습니다."),
    "no_spam": ("No spam was found in these days.", "해당 기간에 발견된 스팸이 없습니다."),
    "waiting": (
        "{count} files of the trace are still to be counted.", "아직 집계되지 않은 발송 기록 파일: {count}개.",
    ),
    "notes": ("How it was counted", "집계 기준"),
    "note_counted": (
        "A message is one text to one recipient; a long text counts once, with its last part. Spam is what the text "
        "filter found to be of some kind, whether it acted on it or only observed. Blocked are messages that were "
        "refused for good, held or swallowed; those told to come later are not among them.",
        "발송 건수는 수신자 1명에게 보낸 문자 1건이며, 장문은 마지막 조각에서 1건으로 집계합니다. "
        "스팸은 본문 필터가 유형을 판정한 문자로, 차단 여부와 무관합니다. "
        "차단은 영구 거부·보류·폐기된 문자이며, 재전송을 안내한 문자는 포함하지 않습니다.",
    ),
    "note_change": (
        "Changes are against the span of the same length before. A span that is not over is compared with as many "
        "days of the one before.",
        "증감은 직전 동일 기간 대비이며, 진행 중인 기간은 직전 기간의 같은 일수와 비교합니다.",
    ),
    "note_reported": (
        "Reported are spam reports imported from the regulator, by the day they were reported.",
        "스팸신고는 규제기관에서 수신한 신고 자료를 신고일 기준으로 집계한 것입니다.",
    ),
    # tables
    "relay": ("By relay account (who handed it in)", "중계사(접속 계정)별"),
    "upstream": ("By carrier (whom it was sent to)", "전송 사업자별"),
    "reseller": ("By reseller", "문자재판매사별"),
    "code": ("By first sender's code", "최초 발신사업자 식별코드별"),
    "class": ("By kind of text", "문자 유형별"),
    "route": ("By route", "유통경로별"),
    "outcome": ("What became of it", "처리 결과별"),
    "reason": ("Why it was not sent", "미전송 사유별"),
    "sanctions": ("Sanctions", "제재 현황"),
    "reported": ("Reported by people", "이용자 스팸신고"),
    # heads of their first columns
    "relay_key": ("account", "접속 계정"),
    "upstream_key": ("carrier", "전송 사업자"),
    "reseller_key": ("reseller", "재판매사"),
    "code_key": ("code", "식별코드"),
    "class_key": ("kind", "유형"),
    "route_key": ("route", "경로"),
    "outcome_key": ("outcome", "처리 결과"),
    "reason_key": ("reason", "사유"),
    "sanctions_key": ("measure", "조치"),
    "reported_key": ("category", "신고 유형"),
    # keys
    "no_upstream": ("(not sent on)", "(미전송)"),
    "no_code": ("(no valid code)", "(유효한 코드 없음)"),
    "more_codes": ("(further codes)", "(기타 코드)"),
    "domestic": ("domestic", "국내 발송"),
    "international": ("international", "국외 발송"),
    "gambling": ("gambling", "도박"),
    "loan": ("illegal loans", "불법대출"),
    "drug": ("drugs and medicine", "마약·의약품"),
    "adult": ("adult", "성인"),
    "investment": ("investment scams", "투자 사기"),
    "smishing": ("smishing", "스미싱"),
    "spam_class": ("other spam", "기타 스팸"),
    "ham": ("nothing found", "이상 없음"),
    "not_spam": ("said to be no spam", "비스팸"),
    "unjudged": ("not judged", "미판정"),
    "unknown": ("not said", "미분류"),
    "forward": ("sent on", "전송"),
    "refuse": ("refused", "거부"),
    "throttle": ("told to come later", "재전송 안내"),
    "quarantine": ("held", "보류"),
    "swallow": ("swallowed", "폐기"),
    "rewrite": ("sent on, sender rewritten", "발신번호 변경 후 전송"),
    "observe": ("sent on, observed", "전송(관찰)"),
    "accepted": ("(sent and accepted)", "(정상 전송)"),
    "code.throttle": ("codes throttled", "식별코드 발송량 제한"),
    "code.suspend": ("codes suspended", "식별코드 정지"),
    "code.strike": ("codes struck out", "식별코드 영구 차단"),
    "code.resume": ("codes released", "식별코드 제재 해제"),
    "sender.suspend": ("senders suspended", "발신번호 정지"),
    "sender.block": ("senders blocked", "발신번호 차단"),
    "sender.resume": ("senders released", "발신번호 차단 해제"),
    "sanction.propose": ("measures proposed to a person", "제재 건의"),
    "sanction.appeal": ("appeals", "이의 신청"),
    "verdict.overturn": ("verdicts overturned", "판정 취소"),
}  # fmt: skip

_REASONS_KO: Final[dict[Reason, str]] = {
    Reason.CODE_MISSING: "식별코드 누락", Reason.CODE_LENGTH: "식별코드 길이 오류",
    Reason.CODE_FORMAT: "식별코드 형식 오류", Reason.CODE_CONFLICT: "식별코드 중복 불일치",
    Reason.CODE_UNREGISTERED: "미등록 식별코드", Reason.CODE_INACTIVE: "유효기간 외 식별코드",
    Reason.CODE_NOT_ALLOWED: "계정에 허용되지 않은 식별코드", Reason.CODE_SANCTIONED: "제재 중인 식별코드",
    Reason.ACCOUNT_SANCTIONED: "제재 중인 계정", Reason.SENDER_MALFORMED: "발신번호 형식 오류",
    Reason.SENDER_UNREGISTERED: "미등록 발신번호", Reason.SENDER_SPOOFED: "발신번호 변작·도용",
    Reason.SENDER_BLACKLISTED: "차단 목록 발신번호", Reason.RECIPIENT_REFUSED: "수신 불가 번호",
    Reason.TEXT_GAMBLING: "본문: 도박", Reason.TEXT_LOAN: "본문: 불법대출", Reason.TEXT_DRUG: "본문: 마약·의약품",
    Reason.TEXT_ADULT: "본문: 성인", Reason.TEXT_INVESTMENT: "본문: 투자 사기", Reason.TEXT_SMISHING: "본문: 스미싱",
    Reason.TEXT_SPAM: "본문: 기타 스팸", Reason.TEXT_UNDECODABLE: "본문 해독 불가",
    Reason.LINK_REFUSED: "허용되지 않은 링크",
    Reason.ADVERT_RULE: "광고성 정보 표기 위반", Reason.ACCOUNT_RATE: "계정 발송 속도 초과",
    Reason.CODE_RATE: "식별코드 발송량 초과", Reason.WINDOW_FULL: "윈도 초과", Reason.OVERLOADED: "과부하",
    Reason.JUDGE_LATE: "판정 지연", Reason.SERVICE_UNAVAILABLE: "외부 조회 불가",
    Reason.DRAINING: "서비스 종료 중", Reason.TLV_STREAM_BROKEN: "TLV 오류",
    Reason.TEXT_TWICE: "본문 중복", Reason.SEGMENT_CONFLICT: "분할 정보 충돌", Reason.FIELD_BROKEN: "필드 오류",
    Reason.NOT_OWNED: "타 계정 메시지", Reason.STATE_FORBIDS: "바인드 상태 오류",
    Reason.UPSTREAM_LOST: "사업자 연동 끊김",
    Reason.UPSTREAM_ABSENT: "사업자 연동 없음", Reason.RESPONSE_TIMEOUT: "사업자 응답 지연",
    Reason.CARRIER_REFUSED: "사업자 거부", Reason.RESELLER_GONE: "계정 연결 끊김", Reason.RULE_FAILED: "규칙 오류",
    Reason.QUARANTINE_FULL: "보류함 가득 참",
}  # fmt: skip

_EMPTY: Final = {"upstream": "no_upstream", "code": "no_code", "reseller": "no_code", "reason": "accepted",
                 "reported": "unknown", "class": "unjudged", "route": "unknown", "outcome": "unknown"}  # fmt: skip


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words = MappingProxyType({name: both[language is Language.KO] for name, both in _BOTH.items()})

    def __call__(self, name: str, **values: object) -> str:
        """Return a word or sentence, with values put in. KeyError where there is none of this name."""
        return self._words[name].format(**values) if values else self._words[name]

    def key(self, table: str, key: str) -> str:
        """Return what a key of a table is called; accounts, codes and resellers are called what they are."""
        if not key:
            return self._words[_EMPTY[table]] if table in _EMPTY else "-"
        if table in ("relay", "upstream"):
            return key
        if table in ("code", "reseller"):
            return self._words["more_codes"] if key == "*" else key
        if table == "reason":
            korean = _REASONS_KO.get(key) if self.language is Language.KO else None  # type: ignore[call-overload]
            return korean or key.replace("_", " ")
        if table in ("class", "reported") and key == "spam":
            key = "spam_class"
        if table == "reported" and key == "ham":
            key = "not_spam"
        return self._words.get(key, key.replace("_", " "))

    def span(self, report: Report) -> str:
        """Return what the report's span is called: ``October 2026``, ``2026년 상반기``, or its days."""
        first, last = report.first, report.last
        korean = self.language is Language.KO
        half = 1 if first.month <= 6 else 2
        whole = report.kind in ("month", "half") and (last.month, last.day) != (first.month, first.day)
        if report.kind == "month" and whole:
            name = f"{first.year}년 {first.month}월" if korean else f"{first:%B} {first.year}"
        elif report.kind == "half" and whole:
            name = f"{first.year}년 {'상' if half == 1 else '하'}반기" if korean else f"H{half} {first.year}"
        elif first == last:
            return first.isoformat()
        else:
            return days_of(first.isoformat(), last.isoformat())
        return f"{name} ({days_of(first.isoformat(), last.isoformat())})"

    def days(self, report: Report) -> str:
        """Return which days' midnight is meant, such as ``days of UTC+9``."""
        return self("days_of", offset=f"{report.utc_offset:+g}")


def days_of(first: str, last: str) -> str:
    """Return a range of days as both languages write it."""
    return f"{first} – {last}" if first != last else first
