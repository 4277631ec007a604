"""How much a code, an account, a sender or near-identical texts may be sent, to how many people, and how fast.

A worker counts what passes through it. Nothing is asked of others: where one code is sent over accounts of several
workers, each has the whole limit. Segments of one text count as one message, but each takes its share of the rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, Final, Literal, NamedTuple

import msgspec

from filters.clusters import TextClusters
from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.counters import (
    DAY,
    LIMIT,
    RATE,
    REPEATED,
    TEXT_LIMIT,
    WARM_UP,
    Allowance,
    Days,
    Meter,
    Rates,
    Repeats,
    Sums,
    Watch,
    Watches,
)
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, Kind, Numbers, recall
from filters.ports import CodeBook

#: Keys counted at a time, for each limit: a country has about a thousand first senders, an operator some ten thousand
#: sender numbers in use. A sum takes about 250 octets, a count of recipients 2.5 kB.
KEYS: Final = 16_384
KEYS_OF_RECIPIENTS: Final = 2_048
#: Recipients whose repeats are watched in one window.
KEYS_OF_REPEATS: Final = 65_536

_MOBILE: Final = Kind.MOBILE  # a member looked up by its class costs a quarter of a microsecond
SEOUL: Final = 9 * 3600.0  # s ahead of UTC; Korea keeps no summer time

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


class _Warmth:
    """How many messages a day codes may send that were registered lately, remembered until the book changes."""

    __slots__ = ("_codes", "_settings", "_version", "known")

    def __init__(self, settings: VolumeSettings, codes: CodeBook | None) -> None:
        self._settings = settings
        self._codes = codes
        self._version: int | None = None
        self.known: dict[str, Allowance] = {}

    def refresh(self) -> None:
        """Forget what was known under another book."""
        if self._codes is not None and self._codes.version != self._version:
            self._version = self._codes.version
            self.known.clear()

    def allowance(self, code: str, now: float) -> Allowance:
        """Return what a code may send now and how long that holds; it is remembered."""
        known = self.known.get(code)
        if known is None:
            if len(self.known) >= KEYS:
                self.known.clear()
            entry = self._codes.code(code) if self._codes is not None else None
            since = entry.registered_at if entry is not None else 0
        else:
            since = known.since
        found = self.known[code] = self._of(since, now)
        return found

    def _of(self, since: int, now: float) -> Allowance:
        """What a code registered since some time may send."""
        settings = self._settings
        if since <= 0:
            return Allowance(-inf, inf, None, since)
        days = max(0, int(now - since) // DAY)
        if days >= settings.warmup_days:
            return Allowance(since + settings.warmup_days * DAY, inf, None, since)
        begins = since + days * DAY if days else -inf
        return Allowance(begins, since + (days + 1) * DAY, settings.warmup_messages * (1 + days), since)


class _Shared(NamedTuple):
    """What both routes count together."""

    clusters: TextClusters | None
    repeats: Repeats[str] | None
    country: str | None  # None: nobody asks who the recipients are
    warming: Sums[str] | None
    warmth: _Warmth
    lines: Days[str] | None


class _Route:
    """The meter of one route, and the limits its watches stand for.

    Those from the first one by cluster on stand apart: a text's cluster is dear, and not asked for in vain.
    """

    __slots__ = ("by_text", "limits", "meter", "rates")

    def __init__(self, rates: Rates[str] | None, limits: Iterable[tuple[Limit, Watch[str]]], shared: _Shared) -> None:
        own = list(limits)
        self.rates = rates
        self.limits = [limit for limit, _ in own]
        first = next((place for place, limit in enumerate(self.limits) if limit.by == "cluster"), len(own))
        self.by_text = self.limits[first:]
        watches = [(_PLACES[limit.by], watch) for limit, watch in own]
        self.meter = Meter(
            rates,
            Watches(watches[:first]),
            Watches(watches[first:]),
            shared.clusters.of if shared.clusters is not None and self.by_text else None,
            shared.repeats,
            shared.country,
            shared.warming,
            shared.warmth.known,
            shared.warmth.allowance,
            shared.lines,
        )


class VolumeRule:
    """``[filters.volume]``. It counts what it lets pass, and what a rule before it has let pass.

    The owner calls :meth:`refresh` once per turn of its loop.
    """

    __slots__ = ("_abroad", "_at_home", "_by_sender", "_senders", "_warmth", "mode", "name", "on_error", "settings")

    def __init__(self, settings: VolumeSettings, codes: CodeBook | None = None) -> None:
        """``codes`` tells since when they are registered; None: there is no warm-up."""
        self.settings = settings
        self.name = "volume"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._warmth = _Warmth(settings, codes)
        by = {limit.by for limit in settings.limits}
        knows_people = settings.repeats or any(limit.recipients for limit in settings.limits)
        shared = _Shared(
            TextClusters() if "cluster" in by else None,
            Repeats(settings.repeats, settings.repeat_window, KEYS_OF_REPEATS) if settings.repeats else None,
            settings.country if knows_people else None,
            Sums(DAY, KEYS) if settings.warmup_days and codes is not None else None,
            self._warmth,
            Days(settings.phone_line, SEOUL, KEYS) if settings.phone_line else None,
        )
        rates: Rates[str] | None = Rates(settings.rate, settings.burst, KEYS) if settings.rate else None
        foreign = settings.international_rate
        counted = [(limit, _counters(limit)) for limit in settings.limits]
        self._at_home = _Route(rates, _of_route(counted, "domestic"), shared)
        self._abroad = _Route(
            Rates(foreign, settings.burst, KEYS) if foreign else rates, _of_route(counted, "international"), shared
        )
        self._by_sender = bool(settings.phone_line) or "sender" in by
        self._senders = Numbers(settings.country)

    def refresh(self, now: float) -> None:
        """Forget what was known of codes under other books. ``now`` is Unix time in seconds."""
        del now
        self._warmth.refresh()

    def check(self, message: Message) -> Finding | None:
        """Return which limit the message is over, or None; then it is counted. Raises what the books raise."""
        route = self._abroad if message.route == "international" else self._at_home
        sender, line = "", False
        if self._by_sender:
            if message.sender_international or message.sender_alphanumeric:
                ton = TON_ALPHANUMERIC if message.sender_alphanumeric else TON_INTERNATIONAL
                number = recall(message.sender, ton, 0, self.settings.country)
            else:
                number = self._senders[message.sender]
            sender, line = number.e164, number.kind is _MOBILE
        over = route.meter.take(
            message.code,
            message.account,
            sender,
            line,
            message.texts,
            message.recipients,
            message.segment,
            message.arrived,
        )
        return None if over is None else self._told(over[0], over[1], message, route)

    def _told(self, what: int, particulars: Any, message: Message, route: _Route) -> Finding:
        """The finding for what the meter said."""
        if what == RATE and route.rates is not None:
            return self._found(f"more than {route.rates.rate:g} messages a second")
        if what in (LIMIT, TEXT_LIMIT):
            place, bound = particulars
            return self._exceeded((route.limits if what == LIMIT else route.by_text)[place], bound)
        if what == REPEATED:
            return self._repeated(message, particulars)
        if what == WARM_UP:
            return self._found(f"a new code, which may send {particulars} messages a day by now")
        return self._found(f"the phone line sent more than {self.settings.phone_line} messages today")

    def _exceeded(self, limit: Limit, bound: int) -> Finding:
        """The finding that a bound of a limit is exceeded: 1 its messages, 2 its recipients."""
        most = f"{limit.messages} messages" if bound == 1 else f"about {limit.recipients} recipients"
        reason = Reason.ACCOUNT_RATE if limit.by == "account" else Reason.CODE_RATE
        return self._found(f"the {limit.by} sent more than {most} in {limit.window:g} s", reason)

    def _repeated(self, message: Message, places: list[int]) -> Finding:
        settings, recipients = self.settings, message.recipients
        over = tuple(recipients[place] for place in places)
        evidence = f"more than {settings.repeats} messages to one recipient in {settings.repeat_window:g} s"
        return self._found(evidence, recipients=over if len(over) < len(recipients) else ())

    def _found(self, evidence: str, reason: Reason = Reason.CODE_RATE, recipients: tuple[str, ...] = ()) -> Finding:
        enforce = self.mode is Mode.ENFORCE
        return Finding(reason, self.name, evidence, enforce=enforce, recipients=recipients)


def _of_route(counted: Iterable[tuple[Limit, Watch[str]]], route: Route) -> Iterator[tuple[Limit, Watch[str]]]:
    return (each for each in counted if each[0].route in ("any", route))


def _counters(limit: Limit) -> Watch[str]:
    return Watch(limit.window, limit.messages, limit.recipients, KEYS, KEYS_OF_RECIPIENTS)
