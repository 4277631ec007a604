"""How much a code, an account, a sender or near-identical texts may be sent, to how many people, and how fast.

A worker counts what passes through it. Nothing is asked of others: where one code is sent over accounts of several
workers, each has the whole limit. Segments of one text count as one message, but each takes its share of the rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import Final, Literal, NamedTuple

import msgspec

from filters.clusters import TextClusters
from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.counters import Rates, Repeats, Sums, Watch, Watches
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, Kind, Number, e164, recall
from filters.ports import CodeBook

#: Keys counted at a time, for each limit: a country has about a thousand first senders, an operator some ten thousand
#: sender numbers in use. A sum takes about 250 octets, a count of recipients 2.5 kB.
KEYS: Final = 16_384
KEYS_OF_RECIPIENTS: Final = 2_048
#: Recipients whose repeats are watched in one window.
KEYS_OF_REPEATS: Final = 65_536

_MOBILE: Final = Kind.MOBILE  # a member looked up by its class costs a quarter of a microsecond
_DAY: Final = 86_400
_SEOUL: Final = 9 * 3600  # s ahead of UTC; Korea keeps no summer time

By = Literal["code", "account", "sender", "cluster"]
Route = Literal["any", "domestic", "international"]

#: Where the key that a limit counts by stands among those of a message.
_PLACES: Final[Mapping[By, int]] = {"code": 0, "account": 1, "sender": 2, "cluster": 3}


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


class _Counted:
    """The limits of one route and their counters.

    Those from the first one by cluster on stand apart: a text's cluster is dear, and not asked for in vain.
    """

    __slots__ = ("by_text", "limits", "texts", "watches")

    def __init__(self, limits: Iterable[tuple[Limit, Watch[str]]], foreign: Route) -> None:
        own = [(limit, watch) for limit, watch in limits if limit.route != foreign]
        self.limits = [limit for limit, _ in own]
        first = next((place for place, limit in enumerate(self.limits) if limit.by == "cluster"), len(own))
        self.watches = Watches([(_PLACES[limit.by], watch) for limit, watch in own[:first]])
        self.texts = Watches([(_PLACES[limit.by], watch) for limit, watch in own[first:]])
        self.by_text = self.limits[first:]


class _Allowance(NamedTuple):
    """How many messages a day a code may send within some time, None without bound, and when it was registered."""

    begins: float
    ends: float
    messages: int | None
    since: int


class VolumeRule:
    """``[filters.volume]``. It counts what it lets pass, and what a rule before it has let pass."""

    __slots__ = (
        *("_abroad", "_at_home", "_by_sender", "_codes", "_from_abroad", "_knows_people", "_lines", "_rates"),
        *("_allowances", "_repeats", "_texts", "_version", "_warming"),
        *("mode", "name", "on_error", "settings"),
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
        self._version: int | None = None  # of the book that ``_allowances`` were read from
        self._allowances: dict[str, _Allowance] = {}
        self._warming: Sums[str] | None = Sums(_DAY, KEYS) if settings.warmup_days and codes is not None else None
        by_text = any(limit.by == "cluster" for limit in settings.limits)
        self._texts: TextClusters | None = TextClusters() if by_text else None
        self._lines: dict[str, tuple[int, int]] = {}  # mobile senders: the day, and how many
        self._repeats: Repeats[tuple[str, str]] | None = None
        if settings.repeats:
            self._repeats = Repeats(settings.repeats, settings.repeat_window, KEYS_OF_REPEATS)
        counted = [(limit, _counters(limit)) for limit in settings.limits]
        self._at_home = _Counted(counted, "international")
        self._from_abroad = _Counted(counted, "domestic")
        self._by_sender = bool(settings.phone_line) or any(limit.by == "sender" for limit in settings.limits)
        self._knows_people = bool(settings.repeats) or any(limit.recipients for limit in settings.limits)

    def check(self, message: Message) -> Finding | None:
        """Return which limit the message is over, or None; then it is counted. Raises nothing."""
        now, code, recipients = message.arrived, message.code, message.recipients
        who = code or message.account
        count = len(recipients) or 1
        abroad = message.route == "international"
        rates = self._abroad if abroad else self._rates
        if rates is not None and not rates.take(who, count, now):
            return self._found(Reason.CODE_RATE, f"more than {rates.rate:g} messages a second")
        if message.segment != 1:  # of a text that was counted with its first segment
            return None
        number = self._number(message) if self._by_sender else None
        counted = self._from_abroad if abroad else self._at_home
        keys = (who, message.account, number.e164 if number is not None else "", "")
        over = counted.watches.over(keys, count, now)
        if over is not None:
            return self._exceeded(counted.limits[over[0]], over[1])
        if counted.by_text and self._texts is not None:
            keys = (*keys[:3], self._texts.of(message.texts))
            over = counted.texts.over(keys, count, now)
            if over is not None:
                return self._exceeded(counted.by_text[over[0]], over[1])
        numbers: list[str] = []
        if self._knows_people:
            country = self.settings.country
            if count == 1 and recipients:  # nearly all messages
                numbers = [e164(recipients[0], country)]
            else:
                numbers = [e164(recipient, country) for recipient in recipients]
            if self._repeats is not None:
                refused = self._repeats.refused(who, numbers, now)
                if refused:
                    return self._repeated(message, refused)
        warming = self._warming
        if warming is not None:
            allowed = self._allowed(code, now) if code else None
            if allowed is None:
                warming = None
            elif warming.within(code, now) + count > allowed:
                return self._found(Reason.CODE_RATE, f"a new code, which may send {allowed} messages a day by now")
        if number is not None and number.kind is _MOBILE and self._line_is_over(message, number.e164, count):
            return self._found(
                Reason.CODE_RATE, f"the phone line sent more than {self.settings.phone_line} messages today"
            )
        if warming is not None:
            warming.add(code, count, now)
        counted.watches.add(keys, numbers, count, now)
        if counted.by_text:
            counted.texts.add(keys, numbers, count, now)
        return None

    def _allowed(self, code: str, now: float) -> int | None:
        """Return how many messages a code may send a day that was registered only lately; None: it is no new code."""
        codes = self._codes
        if codes is None:
            return None
        if codes.version != self._version:
            self._version = codes.version
            self._allowances.clear()
        known = self._allowances.get(code)
        if known is None:
            if len(self._allowances) >= KEYS:
                self._allowances.clear()
            entry = codes.code(code)
            known = self._allowances[code] = self._allowance(entry.registered_at if entry is not None else 0, now)
        elif not known.begins <= now < known.ends:
            known = self._allowances[code] = self._allowance(known.since, now)
        return known.messages

    def _allowance(self, since: int, now: float) -> _Allowance:
        """What a code registered since some time may send now."""
        settings = self.settings
        if since <= 0:
            return _Allowance(-inf, inf, None, since)
        days = max(0, int(now - since) // _DAY)
        if days >= settings.warmup_days:
            return _Allowance(since + settings.warmup_days * _DAY, inf, None, since)
        begins = since + days * _DAY if days else -inf
        return _Allowance(begins, since + (days + 1) * _DAY, settings.warmup_messages * (1 + days), since)

    def _number(self, message: Message) -> Number:
        ton = TON_INTERNATIONAL if message.sender_international else 0
        ton = TON_ALPHANUMERIC if message.sender_alphanumeric else ton
        return recall(message.sender, ton, 0, self.settings.country)

    def _line_is_over(self, message: Message, line: str, count: int) -> bool:
        """Count for a mobile number's day in Seoul; whether it has had enough."""
        most = self.settings.phone_line
        if not most:
            return False
        lines, day = self._lines, int((message.arrived + _SEOUL) // _DAY)
        of, sent = lines.get(line, (day, 0))
        if of != day:
            sent = 0
        if sent + count > most:
            return True
        if len(lines) >= KEYS and line not in lines:
            self._lines = lines = {other: known for other, known in lines.items() if known[0] == day}
            if len(lines) >= KEYS:
                del lines[next(iter(lines))]
        lines[line] = (day, sent + count)
        return False

    def _exceeded(self, limit: Limit, bound: int) -> Finding:
        """The finding that a bound of a limit is exceeded: 1 its messages, 2 its recipients."""
        most = f"{limit.messages} messages" if bound == 1 else f"about {limit.recipients} recipients"
        reason = Reason.ACCOUNT_RATE if limit.by == "account" else Reason.CODE_RATE
        return self._found(reason, f"the {limit.by} sent more than {most} in {limit.window:g} s")

    def _repeated(self, message: Message, places: list[int]) -> Finding:
        settings, recipients = self.settings, message.recipients
        over = tuple(recipients[place] for place in places)
        evidence = f"more than {settings.repeats} messages to one recipient in {settings.repeat_window:g} s"
        return self._found(Reason.CODE_RATE, evidence, over if len(over) < len(recipients) else ())

    def _found(self, reason: Reason, evidence: str, recipients: tuple[str, ...] = ()) -> Finding:
        enforce = self.mode is Mode.ENFORCE
        return Finding(reason, self.name, evidence, enforce=enforce, recipients=recipients)


def _counters(limit: Limit) -> Watch[str]:
    return Watch(limit.window, limit.messages, limit.recipients, KEYS, KEYS_OF_RECIPIENTS)
