"""How much a code, an account, a sender or near-identical texts may be sent, to how many people, and how fast.

A worker counts what passes through it. Nothing is asked of others: where one code is sent over accounts of several
workers, each has the whole limit. Segments of one text count as one message, but each takes its share of the rate.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from filters.clusters import TextClusters
from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.counters import Distinct, Rates, Repeats, Sums
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, Kind, e164, recall
from filters.ports import CodeBook

#: Keys counted at a time, for each limit: a country has about a thousand first senders, an operator some ten thousand
#: sender numbers in use. A sum takes about 250 octets, a count of recipients 2.5 kB.
KEYS: Final = 16_384
KEYS_OF_RECIPIENTS: Final = 2_048
#: Recipients whose repeats are watched in one window.
KEYS_OF_REPEATS: Final = 65_536

_DAY: Final = 86_400
_SEOUL: Final = 9 * 3600  # s ahead of UTC; Korea keeps no summer time

By = Literal["code", "account", "sender", "cluster"]
Route = Literal["any", "domestic", "international"]


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """``[[filters.volume.limit]]``: how much within a window. 0 = no limit."""

    by: By = "code"
    route: Route = "any"
    window: float = 600.0  # s
    messages: int = 0  # each recipient counts
    recipients: int = 0  # different ones, within some three percent


class VolumeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.volume]``."""

    mode: Mode = Mode.OFF
    country: str = KOREA  # calling code of the home country
    rate: float = 0.0  # messages a second of each code; 0 = no limit
    international_rate: float = 0.0  # the same on the international route; 0 = ``rate``
    burst: float = 1.0  # messages a code may send at once after a pause
    phone_line: int = 0  # messages a day from one mobile number; 0 = no limit
    repeats: int = 0  # messages of one code to one recipient within ``repeat_window``; 0 = no limit
    repeat_window: float = 5.0  # s
    warmup_days: int = 0  # days from its registration on that a code may send little; 0 = no warm-up
    warmup_messages: int = 1000  # messages within 24 hours on the first of them, twice as many on the second, and so on
    limits: tuple[Limit, ...] = ()
    on_error: OnError = "forward"


class _Watch:
    """The counters of one limit."""

    __slots__ = ("limit", "recipients", "sums")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.sums: Sums[str] = Sums(limit.window, KEYS)
        self.recipients: Distinct[str] = Distinct(limit.window, KEYS_OF_RECIPIENTS)

    def over(self, key: str, count: int, now: float) -> str:
        """Say which bound the key is over, "" for none."""
        limit = self.limit
        if limit.messages and self.sums.within(key, now) + count > limit.messages:
            return f"more than {limit.messages} messages in {limit.window:g} s"
        if limit.recipients and self.recipients.within(key, now) >= limit.recipients:
            return f"more than about {limit.recipients} recipients in {limit.window:g} s"
        return ""

    def add(self, key: str, recipients: list[str], count: int, now: float) -> None:
        if self.limit.messages:
            self.sums.add(key, count, now)
        if self.limit.recipients:
            for recipient in recipients:
                self.recipients.add(key, hash(recipient), now)


class VolumeRule:
    """``[filters.volume]``. It counts what it lets pass, and what a rule before it has let pass."""

    __slots__ = (
        *(
            "_abroad",
            "_codes",
            "_knows_people",
            "_lines",
            "_rates",
            "_registered",
            "_repeats",
            "_texts",
            "_version",
            "_warming",
        ),
        *("_watches", "mode", "name", "on_error", "settings"),
    )

    def __init__(self, settings: VolumeSettings, codes: CodeBook | None = None) -> None:
        """``codes`` tells since when they are registered; None: there is no warm-up."""
        self.settings = settings
        self.name = "volume"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._rates: Rates[str] | None = Rates(settings.rate, settings.burst, KEYS) if settings.rate else None
        abroad = settings.international_rate
        self._abroad: Rates[str] | None = Rates(abroad, settings.burst, KEYS) if abroad else self._rates
        self._codes = codes
        self._version: int | None = None  # of the book that ``_registered`` was read from
        self._registered: dict[str, int] = {}
        self._warming: Sums[str] | None = Sums(_DAY, KEYS) if settings.warmup_days and codes is not None else None
        by_text = any(limit.by == "cluster" for limit in settings.limits)
        self._texts: TextClusters | None = TextClusters() if by_text else None
        self._lines: dict[str, tuple[int, int]] = {}  # mobile senders: the day, and how many
        self._repeats: Repeats[tuple[str, str]] | None = None
        if settings.repeats:
            self._repeats = Repeats(settings.repeats, settings.repeat_window, KEYS_OF_REPEATS)
        self._watches = [_Watch(limit) for limit in settings.limits]
        self._knows_people = bool(settings.repeats) or any(limit.recipients for limit in settings.limits)

    def check(self, message: Message) -> Finding | None:
        """Return which limit the message is over, or None; then it is counted. Raises nothing."""
        now = message.arrived
        who = message.code or message.account
        count = len(message.recipients) or 1
        rates = self._abroad if message.route == "international" else self._rates
        if rates is not None and not rates.take(who, count, now):
            return self._found(Reason.CODE_RATE, f"more than {rates.rate:g} messages a second")
        if message.segment != 1:  # of a text that was counted with its first segment
            return None
        counted: list[tuple[_Watch, str]] = []
        for watch in self._watches:
            limit = watch.limit
            if limit.route != "any" and limit.route != message.route:
                continue
            key = who if limit.by == "code" else self._key(limit.by, message)
            if not key:
                continue
            over = watch.over(key, count, now)
            if over:
                reason = Reason.ACCOUNT_RATE if limit.by == "account" else Reason.CODE_RATE
                return self._found(reason, f"the {limit.by} sent {over}")
            counted.append((watch, key))
        numbers: list[str] = []
        if self._knows_people:
            country = self.settings.country
            numbers = [e164(recipient, country) for recipient in message.recipients]
        if self._repeats is not None:
            found = self._repeated(message, numbers, who, now)
            if found is not None:
                return found
        warming = self._warming is not None and message.code and self._is_warming(message.code, now)
        if warming and self._warming is not None:
            allowed = self._allowed(message.code, now)
            if self._warming.within(message.code, now) + count > allowed:
                return self._found(Reason.CODE_RATE, f"a new code, which may send {allowed} messages a day by now")
        if self.settings.phone_line and self._line_is_over(message, count, now):
            return self._found(
                Reason.CODE_RATE, f"the phone line sent more than {self.settings.phone_line} messages today"
            )
        if warming and self._warming is not None:
            self._warming.add(message.code, count, now)
        for watch, key in counted:
            watch.add(key, numbers, count, now)
        return None

    def _key(self, by: By, message: Message) -> str:
        """What a limit counts by that is not the code, "" where the message has none."""
        if by == "account":
            return message.account
        if by == "sender":
            return self._sender(message)
        return self._texts.of(message.texts) if self._texts is not None else ""

    def _is_warming(self, code: str, now: float) -> bool:
        """Whether the code was registered only lately."""
        codes = self._codes
        if codes is None:
            return False
        if codes.version != self._version:
            self._version = codes.version
            self._registered.clear()
        since = self._registered.get(code)
        if since is None:
            entry = codes.code(code)
            since = entry.registered_at if entry is not None else 0
            if len(self._registered) >= KEYS:
                self._registered.clear()
            self._registered[code] = since
        return since > 0 and now - since < self.settings.warmup_days * _DAY

    def _allowed(self, code: str, now: float) -> int:
        return self.settings.warmup_messages * (1 + max(0, int(now - self._registered[code]) // _DAY))

    def _sender(self, message: Message) -> str:
        ton = TON_INTERNATIONAL if message.sender_international else 0
        ton = TON_ALPHANUMERIC if message.sender_alphanumeric else ton
        return recall(message.sender, ton, 0, self.settings.country).e164

    def _line_is_over(self, message: Message, count: int, now: float) -> bool:
        """Count for a mobile number's day in Seoul; whether it has had enough."""
        ton = TON_INTERNATIONAL if message.sender_international else 0
        number = recall(message.sender, ton, 0, self.settings.country)
        if number.kind is not Kind.MOBILE:
            return False
        lines, day = self._lines, int((now + _SEOUL) // _DAY)
        of, sent = lines.get(number.e164, (day, 0))
        if of != day:
            sent = 0
        if sent + count > self.settings.phone_line:
            return True
        if len(lines) >= KEYS and number.e164 not in lines:
            self._lines = lines = {line: known for line, known in lines.items() if known[0] == day}
            if len(lines) >= KEYS:
                del lines[next(iter(lines))]
        lines[number.e164] = (day, sent + count)
        return False

    def _repeated(self, message: Message, numbers: list[str], who: str, now: float) -> Finding | None:
        repeats = self._repeats
        if repeats is None:
            return None
        over = [
            recipient
            for recipient, number in zip(message.recipients, numbers, strict=True)
            if not repeats.take((who, number), now)
        ]
        if not over:
            return None
        settings = self.settings
        evidence = f"more than {settings.repeats} messages to one recipient in {settings.repeat_window:g} s"
        return self._found(Reason.CODE_RATE, evidence, tuple(over) if len(over) < len(message.recipients) else ())

    def _found(self, reason: Reason, evidence: str, recipients: tuple[str, ...] = ()) -> Finding:
        enforce = self.mode is Mode.ENFORCE
        return Finding(reason, self.name, evidence, enforce=enforce, recipients=recipients)
