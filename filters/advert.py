"""The law on advertisements: label, sender's name, free opt-out, and no advertisement at night (Korea).

The rule speaks only where a text is an advertisement beyond doubt: it carries the label or one that was meant to be
it, or it names an opt-out line, or whoever sends was marked as an advertiser. What a text is about is not judged here.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from filters.contract import Finding, Message, Mode, OnError, Reason

#: The label, exactly.
LABEL: Final = "(광고)"

#: Characters at the beginning in which the label is looked for, behind tags that carriers put in front.
HEAD: Final = 64

#: Korea keeps no summer time.
SEOUL: Final = 9 * 3600  # s ahead of UTC
_DAY: Final = 86_400

_TAGS: Final = re.compile(r"(?:\s*\[(?:web|www|국제|국외|해외|국내|로밍) ?발신\])*\s*", re.IGNORECASE)
#: The label taken apart, in other brackets, or with a word of up to four syllables in front: not ``광고`` as a word of
#: its own, nor a name such as ``[한국광고]``.
_ALTERED: Final = re.compile(
    r"[(（][^가-힣a-zA-Z0-9\n]{0,3}[가-힣]{0,4}광[^가-힣a-zA-Z0-9\n]{0,3}고[^가-힣a-zA-Z0-9\n]{0,3}[)）]"
    r"|[\[<{［〔【〈《「『＜][^가-힣a-zA-Z0-9\n]{0,3}광[^가-힣a-zA-Z0-9\n]{0,3}고[^가-힣a-zA-Z0-9\n]{0,3}"
    r"[\]>}］〕】〉》」』＞]"
)
_OPT_OUT: Final = re.compile(r"(?:수신|무료) ?거부")
_FREE_OPT_OUT: Final = re.compile(r"무료 ?(?:수신 ?)?거부")
_FREE_LINE: Final = re.compile(r"(?<![0-9])080[-. )]{0,2}[0-9]{3,4}[-. ]{0,2}[0-9]{4}(?![0-9])")
#: A name: two letters or digits on the label's own line, of which not all are digits.
_NAME: Final = re.compile(r"[^\w\n]{0,8}(?=\w{0,8}[^\W\d])(?!https?:|www\.)\w[^\n]{0,8}\w")


class AdvertSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.advert]``. Minutes are counted from midnight in Seoul."""

    mode: Mode = Mode.OFF
    accounts: frozenset[str] = frozenset()  # accounts that send nothing but advertisements
    codes: frozenset[str] = frozenset()  # codes that send nothing but advertisements
    night_from: int = 21 * 60
    night_until: int = 8 * 60
    night_consent: frozenset[str] = frozenset()  # accounts or codes whose recipients agreed to advertisements at night
    on_error: OnError = "forward"


class AdvertRule:
    """``[filters.advert]``."""

    __slots__ = ("_marks", "mode", "name", "on_error", "settings")

    def __init__(self, settings: AdvertSettings) -> None:
        self.settings = settings
        self.name = "advert"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._marks = bool(settings.accounts or settings.codes)

    def check(self, message: Message) -> Finding | None:
        """Return what an advertisement lacks, or None. Raises nothing."""
        settings = self.settings
        marked = self._marks and (message.account in settings.accounts or message.code in settings.codes)
        fault = ""
        for text in message.texts:
            if marked or ("광" in text and "광" in text[:HEAD]) or "거부" in text:
                found = self._fault(text, marked, message)
                if found == "":
                    return None  # a reading in which it is a lawful advertisement
                fault = fault or found or ""
        if not fault:
            return None
        return Finding(Reason.ADVERT_RULE, self.name, fault, enforce=self.mode is Mode.ENFORCE)

    def _fault(self, text: str, marked: bool, message: Message) -> str | None:
        """What is wrong with an advertisement, "" where nothing is; None where the text is no advertisement."""
        begin = 0
        if not text.startswith(LABEL):
            tags = _TAGS.match(text[:HEAD])
            begin = tags.end() if tags is not None else 0
        if not text.startswith(LABEL, begin):
            if _ALTERED.match(text, begin, begin + HEAD):
                return f"ad_label_altered: it must begin with {LABEL}"
            if marked or (_has_free_line(text) and _OPT_OUT.search(text)):
                return f"ad_label_missing: it must begin with {LABEL}"
            return None
        if message.complete:
            if _NAME.match(text, begin + len(LABEL)) is None:
                return f"ad_sender_missing: the sender's name must follow {LABEL}"
            spelt = "무료수신거부" in text or "무료거부" in text or _FREE_OPT_OUT.search(text)
            if not spelt or not _has_free_line(text):
                return "ad_optout_missing: 무료수신거부 or 무료거부 and an 080 number must stand at the end"
        return "ad_night: not between 21:00 and 08:00 without consent" if self._at_night(message) else ""

    def _at_night(self, message: Message) -> bool:
        settings = self.settings
        if message.account in settings.night_consent or message.code in settings.night_consent:
            return False
        moment = message.arrived if message.scheduled is None else max(message.scheduled, message.arrived)
        minute = (moment + SEOUL) % _DAY // 60
        begins, ends = settings.night_from, settings.night_until
        return begins <= minute < ends if begins <= ends else not ends <= minute < begins


def _has_free_line(text: str) -> bool:
    """Whether an 080 number stands in the text."""
    at = text.find("080")
    return at >= 0 and _FREE_LINE.search(text, max(0, at - 1)) is not None
