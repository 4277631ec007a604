"""The senders offered to the regulator, each with what speaks against it: reports, verdicts, sanctions, our list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state.exchange.signed_file import Entry, Evidence
from smppproxy.state.list_files import Item
from smppproxy.state.store import Store

CRITERION: Final = 50  # reports of a number in a day that the regulator blocks at, for three months
LEAST_VERDICTS: Final = 20  # malignant verdicts that make a sender a candidate without any report
BATCH: Final = 500  # placeholders of one statement
_KOREA: Final = 32_400  # s; the regulator's days
_SANCTION: Final = "sender:"  # what begins the subject of a sender's sanction


class Found(msgspec.Struct):
    """What is known of one sender while it is gathered."""

    reports: int = 0
    reports_in_a_day: int = 0
    day: str = ""
    days: int = 0
    reporters: int = 0
    texts: int = 0
    category: str = ""
    verdicts: int = 0
    verdicts_refused: int = 0
    recipients: int = 0
    sanction: str = ""
    item: Item | None = None  # its entry in our own list


def candidates(
    store: Store,
    read: Callable[[str], str],
    own: Iterable[tuple[str, Item]],
    *,
    criterion: int = CRITERION,
    least_verdicts: int = LEAST_VERDICTS,
) -> tuple[list[Entry], int]:
    """Return the candidates, those that meet the criterion first, and how many senders were left out.

    ``read`` brings a sender to the form of a list and raises ValueError for what a list cannot hold. Names are left
    out but for those a person listed: to block a word blocks whoever uses it. Raises StoreError.
    """
    found: dict[str, Found] = {key: Found(item=item) for key, item in own}
    left_out = set()

    def of(sender: str) -> Found | None:
        try:
            key = read(sender)
        except ValueError:
            key = ""
        if not key.isdecimal():
            left_out.add(sender)
            return None
        return found.setdefault(key, Found())

    for sender, *figures in _reported(store):
        if (each := of(sender)) is not None:
            each.day, each.reports_in_a_day, each.reports, each.days, each.reporters, each.texts, each.category = (
                figures
            )
    for sender, verdicts, refused, recipients in _judged(store, least_verdicts):
        if (each := of(sender)) is not None:  # one number in two spellings counts together
            each.verdicts += verdicts
            each.verdicts_refused += refused
            each.recipients += recipients
    for subject, action in _sanctioned(store):
        if (each := of(subject.removeprefix(_SANCTION))) is not None:
            each.sanction = action
    _few_reports(store, found)
    entries = [_entry(key, each, criterion) for key, each in found.items()]
    entries.sort(key=_rank)
    return entries, len(left_out)


def _reported(store: Store) -> list[Any]:
    """Return those that reached the day's number of reports, as the importer keeps them."""
    return store.query(
        "SELECT sender, day, reports, total, days, reporters, texts, category FROM blacklist_candidates ORDER BY sender"
    )


def _judged(store: Store, least: int) -> list[Any]:
    """Return the senders of many texts that were found malignant and that nobody overturned since."""
    return store.query(
        "SELECT sender, count(*), CAST(sum(refused) AS BIGINT), count(DISTINCT recipient) FROM sanction_verdicts "
        "WHERE overturned = 0 AND sender <> '' GROUP BY sender HAVING count(*) >= ? ORDER BY sender",
        (least,),
    )


def _sanctioned(store: Store) -> list[Any]:
    return store.query(
        "SELECT subject, action FROM sanctions WHERE state = 'standing' AND action IN ('suspend', 'strike') "
        "AND subject >= ? AND subject < ? ORDER BY id",
        (_SANCTION, "sender;"),
    )


def _few_reports(store: Store, found: dict[str, Found]) -> None:
    """Count the reports of those below the criterion: few reports are evidence too."""
    missing = [key for key, each in found.items() if not each.reports]
    for some in _batches(missing):
        sql = (
            "SELECT sender, CAST(sum(n) AS BIGINT), count(*), max(n) FROM (SELECT sender, count(*) AS n FROM reports "
            f"WHERE category <> 'ham' AND sender IN ({', '.join('?' * len(some))}) "
            f"GROUP BY sender, (reported + {_KOREA}) / 86400) AS days GROUP BY sender"
        )
        for sender, reports, days, most in store.query(sql, some):
            each = found[sender]
            each.reports, each.days, each.reports_in_a_day = reports, days, most


def _entry(key: str, found: Found, criterion: int) -> Entry:
    met = found.reports_in_a_day >= criterion
    evidence = Evidence(
        criterion=met, reports=found.reports, reports_in_a_day=found.reports_in_a_day, day=found.day, days=found.days,
        reporters=found.reporters, texts=found.texts, category=found.category, verdicts=found.verdicts,
        verdicts_refused=found.verdicts_refused, recipients=found.recipients, sanction=found.sanction,
    )  # fmt: skip
    sources = [
        name
        for name, there in (
            ("reports", found.reports), ("verdicts", found.verdicts), ("sanction", found.sanction), ("list", found.item)
        )
        if there
    ]  # fmt: skip
    return Entry(
        entry=key, reason=(found.item.reason if found.item else "") or found.category, source=",".join(sources),
        evidence=evidence,
    )  # fmt: skip


def _rank(entry: Entry) -> tuple[Any, ...]:
    evidence = entry.evidence or Evidence()
    return (not evidence.criterion, -evidence.reports_in_a_day, -evidence.reports, -evidence.verdicts, entry.entry)


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
