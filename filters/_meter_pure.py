"""What one route may send: everything that is counted of a message, asked for and counted in one call.

The definition; its compiled twin is ``_counters_meter.pxi``. Nothing raises but what is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from filters._counters_pure import Days, Rates, Repeats, Sums, Watches
from filters.numbers import e164

#: What a message can be too much for, in the order in which it is asked.
RATE, LIMIT, TEXT_LIMIT, REPEATED, WARM_UP, LINE = range(6)


class Allowance(NamedTuple):
    """How many messages a day a code may send within some time, None without bound, and when it was registered."""

    begins: float
    ends: float
    messages: int | None
    since: int


class Meter:
    """The counters of one route, some of which another route's meter may share. A part that is None is not counted."""

    __slots__ = (
        *("_allowance", "_allowances", "_cluster", "_country", "_lines"),
        *("_rates", "_repeats", "_texts", "_warming", "_watches"),
    )

    def __init__(
        self,
        rates: Rates[str] | None,
        watches: Watches,
        texts: Watches,
        cluster: Callable[[tuple[str, ...]], str] | None,
        repeats: Repeats[str] | None,
        country: str | None,
        warming: Sums[str] | None,
        allowances: dict[str, Allowance],
        allowance: Callable[[str, float], Allowance],
        lines: Days[str] | None,
    ) -> None:
        """Put the parts together.

        ``watches`` watch the keys (code or account, account, sender, ""), and ``texts`` the same with the text's
        ``cluster``, which is asked for only once everything before it has passed. ``country`` is the home country, by
        which recipients are compared; None where nobody asks who they are. ``warming`` counts codes that have an
        allowance: what ``allowances`` remembers of a code, or ``allowance`` says where that does not hold now.
        """
        self._rates = rates
        self._watches = watches
        self._texts = texts
        self._cluster = cluster
        self._repeats = repeats
        self._country = country
        self._warming = warming
        self._allowances = allowances
        self._allowance = allowance
        self._lines = lines

    def take(
        self,
        code: str,
        account: str,
        sender: str,
        line: bool,
        texts: tuple[str, ...],
        recipients: tuple[str, ...],
        segment: int,
        now: float,
    ) -> tuple[int, Any] | None:
        """Return what a message is too much for and the particulars, or None: then it is counted.

        ``line``: the sender is a phone line. A ``segment`` beyond the first only takes its share of the rate. The
        particulars: of limits the place of the watch and which of its bounds, of repeats the places of the recipients,
        of the warm-up how many are allowed.
        """
        who = code or account
        count = len(recipients) or 1
        if self._rates is not None and not self._rates.take(who, count, now):
            return RATE, None
        if segment != 1:
            return None
        over = self._watches.over((who, account, sender, ""), count, now)
        if over is not None:
            return LIMIT, over
        keys = (who, account, sender, self._cluster(texts) if self._cluster is not None else "")
        over = self._texts.over(keys, count, now)
        if over is not None:
            return TEXT_LIMIT, over
        country = self._country
        numbers = [] if country is None else [e164(recipient, country) for recipient in recipients]
        if self._repeats is not None:
            refused = self._repeats.refused(who, numbers, now)
            if refused:
                return REPEATED, refused
        allowed = self._allowed(code, now)
        if self._warming is not None and allowed is not None and self._warming.within(code, now) + count > allowed:
            return WARM_UP, allowed
        if self._lines is not None and line and not self._lines.take(sender, count, now):
            return LINE, None
        if self._warming is not None and allowed is not None:
            self._warming.add(code, count, now)
        self._watches.add(keys, numbers, count, now)
        self._texts.add(keys, numbers, count, now)
        return None

    def _allowed(self, code: str, now: float) -> int | None:
        if self._warming is None or not code:
            return None
        known = self._allowances.get(code)
        if known is None or not known.begins <= now < known.ends:
            known = self._allowance(code, now)
        return known.messages


__all__: Final = ["LIMIT", "LINE", "RATE", "REPEATED", "TEXT_LIMIT", "WARM_UP", "Allowance", "Meter"]
