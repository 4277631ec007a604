"""The sender's number or name: sound, registered to whoever sends, and on no list.

``source_addr`` is looked at and, where it differs, the number a reply would go to. What is found of one sender, code
and account is remembered until the books change, because bulk senders repeat themselves for hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import msgspec
import re2

from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, Kind, Number, canonical, recall
from filters.ports import ListBook, SenderBook, SenderEntry, SenderState

#: Remembered verdicts: senders of a large operator in use within hours. About 300 octets each, so some 5 MB; when full,
#: everything is forgotten.
MEMO_LIMIT: Final = 16_384

#: Of an invalid sender that is quoted in evidence.
QUOTE_LIMIT: Final = 24

#: Digits at the end that two spellings of one number share, whatever stands in front: the cheap question asked first.
_TAIL: Final = 4

Names = Literal["refuse", "registered", "allow"]
Foreign = Literal["refuse", "international", "allow"]


class SenderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.sender]``."""

    mode: Mode = Mode.OFF
    country: str = KOREA  # calling code of the home country
    registration: bool = True  # numbers of the home country must be registered
    exempt: frozenset[str] = frozenset()  # accounts whose numbers need no registration
    alphanumeric: Names = "refuse"
    names: frozenset[str] = frozenset()  # names that need no registration, in lower case
    name_pattern: str = ""  # whole name; "" = any
    foreign: Foreign = "international"  # international: only on that route
    home_from_abroad: bool = False  # numbers of the home country may come in on the international route
    callback: bool = True  # look at the number a reply would go to as well
    own_recipient: bool = False  # the sender may be its own recipient
    empty: bool = False  # a message without sender may pass
    rewrite: str = ""  # what is to be written in place of a sender that is not registered; "" = it is refused
    on_error: OnError = "forward"


class Preset(NamedTuple):
    """Settings that stand for a country, and the name that replaces a sender which is not registered there."""

    settings: SenderSettings
    rewrite: str = ""


PRESETS: Final[Mapping[str, Preset]] = {
    # numbers are registered beforehand, names are not carried
    "kr": Preset(SenderSettings()),
    # six letters, registered with their principal entity
    "in-dlt": Preset(
        SenderSettings(
            country="91", registration=False, alphanumeric="registered", name_pattern="[A-Za-z]{6}", callback=False
        )
    ),
    # names are registered; one that is not becomes "Likely-SCAM"
    "sg-ssir": Preset(
        SenderSettings(country="65", registration=False, alphanumeric="registered", foreign="allow"), "Likely-SCAM"
    ),
    # names are registered; one that is not becomes "Unverified"
    "au-register": Preset(
        SenderSettings(country="61", registration=False, alphanumeric="registered", foreign="allow"), "Unverified"
    ),
    # names of at most eleven characters are registered with the operators
    "ng-ncc": Preset(SenderSettings(country="234", registration=False, alphanumeric="registered", foreign="allow")),
    # no country's rule: sound numbers, and what the books say of them
    "none": Preset(SenderSettings(registration=False, alphanumeric="allow", foreign="allow", home_from_abroad=True)),
}


class _Verdict(NamedTuple):
    finding: Finding | None
    e164: str  # of the sender, to compare with recipients
    tail: str


class SenderRule:
    """``[filters.sender]``. The owner calls :meth:`refresh` once per turn of its loop.

    Raises ValueError when ``name_pattern`` is no regular expression.
    """

    __slots__ = ("_lists", "_memo", "_name", "_senders", "_versions", "mode", "name", "on_error", "settings")

    def __init__(self, settings: SenderSettings, senders: SenderBook, lists: ListBook) -> None:
        self.settings = settings
        self.name = "sender"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._senders = senders
        self._lists = lists
        self._memo: dict[tuple[str, str, str, str, str, bool, bool], _Verdict] = {}
        self._versions = (senders.version, lists.version)
        options = re2.Options()
        options.case_sensitive = False  # names are
        options.log_errors = False  # told by the exception
        try:
            self._name = re2.compile(settings.name_pattern or "(?s:.*)", options)
        except re2.error as error:
            raise ValueError(f"name_pattern {settings.name_pattern!r} is no regular expression: {error}") from error

    def refresh(self, now: float) -> None:
        """Forget what was found under other books. ``now`` is Unix time in seconds."""
        del now
        versions = (self._senders.version, self._lists.version)
        if versions != self._versions:
            self._versions = versions
            self._memo.clear()

    def check(self, message: Message) -> Finding | None:
        """Return what is wrong with the sender. Raises what the books raise."""
        sender, code, account, callback = message.sender, message.code, message.account, message.callback
        alphanumeric, international = message.sender_alphanumeric, message.sender_international
        key = (sender, code, account, callback, message.route, alphanumeric, international)
        verdict = self._memo.get(key)
        if verdict is None:
            verdict = self._judge(message)
            finding = verdict.finding
            # a finding of a list may expire without any book changing, so it is not remembered
            if finding is None or finding.reason is not Reason.SENDER_BLACKLISTED:
                if len(self._memo) >= MEMO_LIMIT:
                    self._memo.clear()
                self._memo[key] = verdict
        finding, e164, tail = verdict
        if finding is None and tail:
            for recipient in message.recipients:
                if recipient.endswith(tail) and recall(recipient, country=self.settings.country).e164 == e164:
                    return self._found(Reason.SENDER_MALFORMED, "the sender is its own recipient")
        return finding

    def _judge(self, message: Message) -> _Verdict:
        settings = self.settings
        if not message.sender:
            found = None if settings.empty else self._found(Reason.SENDER_MALFORMED, "no sender given")
            number = None
        else:
            ton = TON_ALPHANUMERIC if message.sender_alphanumeric else 0
            ton = TON_INTERNATIONAL if message.sender_international else ton
            number = canonical(message.sender, ton, country=settings.country)
            found = self._of_number(number, message, "")
        if found is None and settings.callback and message.callback and message.callback != message.sender:
            found = self._of_number(canonical(message.callback, country=settings.country), message, "callback: ")
        if number is None or settings.own_recipient or number.kind in {Kind.INVALID, Kind.ALPHANUMERIC}:
            return _Verdict(found, "", "")
        return _Verdict(found, number.e164, (number.national or number.e164)[-_TAIL:])

    def _of_number(self, number: Number, message: Message, where: str) -> Finding | None:
        if number.fault:
            return self._found(Reason.SENDER_MALFORMED, f"{where}{_quote(number.e164)}: {number.fault}")
        shown = where + _quote(number.e164)
        listed = self._lists.listed("sender_blacklist", number.e164)
        if listed is not None and (listed.expires is None or listed.expires > message.arrived):
            return self._found(Reason.SENDER_BLACKLISTED, f"{shown} is listed by {listed.source or 'the operator'}")
        entry = self._senders.sender(number.e164)
        if entry is not None:
            return self._of_entry(entry, message, shown)
        return self._of_stranger(number, message, shown)

    def _of_entry(self, entry: SenderEntry, message: Message, shown: str) -> Finding | None:
        """What the registry's entry means for whoever sends."""
        state = entry.state
        if state is SenderState.BLACKLISTED or state is SenderState.SUSPENDED:
            return self._found(Reason.SENDER_BLACKLISTED, f"{shown} is {state.value}")
        if state is SenderState.THEFT_BLOCKED:  # its subscriber asked for it: not even the owner sends from the web
            return self._found(Reason.SENDER_SPOOFED, f"{shown} is of the number-theft block")
        if message.code in entry.codes or message.account in entry.accounts:
            return None
        if state is SenderState.PROTECTED:
            return self._found(Reason.SENDER_SPOOFED, f"{shown} is protected")
        if entry.codes or entry.accounts:
            return self._found(Reason.SENDER_SPOOFED, f"{shown} is registered to somebody else")
        return None

    def _of_stranger(self, number: Number, message: Message, shown: str) -> Finding | None:
        """What the plan and the country's rule say of a sender that is not registered."""
        settings, kind = self.settings, number.kind
        international = message.route == "international"
        if kind is Kind.ALPHANUMERIC:
            return self._of_name(number.e164, shown)
        if kind is Kind.SPECIAL:
            return self._found(Reason.SENDER_SPOOFED, f"{shown} is of a public body")
        if kind is Kind.FOREIGN:
            if settings.foreign == "refuse" or (settings.foreign == "international" and not international):
                return self._found(Reason.SENDER_MALFORMED, f"{shown} is a foreign number")
            return None
        if international and not settings.home_from_abroad:
            return self._found(Reason.SENDER_SPOOFED, f"{shown} is a number of this country and comes from abroad")
        if settings.registration and message.account not in settings.exempt:
            return self._found(Reason.SENDER_UNREGISTERED, f"{shown} is not registered")
        return None

    def _of_name(self, name: str, shown: str) -> Finding | None:
        settings = self.settings
        if name in settings.names:
            return None
        if settings.alphanumeric == "refuse":
            return self._found(Reason.SENDER_MALFORMED, f"{shown} is a name, a number is expected")
        if self._name.fullmatch(name) is None:
            return self._found(Reason.SENDER_MALFORMED, f"{shown} does not match {settings.name_pattern}")
        if settings.alphanumeric == "registered":
            return self._found(Reason.SENDER_UNREGISTERED, f"{shown} is not registered")
        return None

    def _found(self, reason: Reason, evidence: str) -> Finding:
        rewrite = self.settings.rewrite if reason is Reason.SENDER_UNREGISTERED else ""
        return Finding(reason, self.name, evidence, enforce=self.mode is Mode.ENFORCE, rewrite=rewrite)


def _quote(text: str) -> str:
    """A stranger's characters, safe for logs and short."""
    shown = text if len(text) <= QUOTE_LIMIT else text[:QUOTE_LIMIT] + "…"
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)
