"""Questions to the trace: over the days in the store and what still lies in the spool, while the proxy runs or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from filters.numbers import KOREA, canonical
from smppproxy.smpp.receipts import message_id_spellings
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import read_batches
from smppproxy.state.trace import FIELDS, TraceRow
from smppproxy.state.trace_days import open_trace
from smppproxy.state.trace_lookup import behind, find, segments
from smppproxy.state.trace_mover import SPOOL
from smppproxy.state.trace_store import COLUMNS, day_of, version_of

CHOSEN: Final = 500  # rows that may fit, asked for by one statement
_LATEST: Final = 253_402_300_799.0  # the end of the year 9999


class TraceQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: all that is given has to fit. ``since`` and ``until`` (exclusive) are Unix seconds."""

    since: float = 0.0
    until: float = _LATEST
    trace_id: str = ""
    recipients: tuple[bytes, ...] = ()  # keyed hashes, any of them
    sender: str = ""
    code: str = ""
    account: str = ""
    message_id: str = ""  # in any of the usual spellings
    reason: str = ""  # that decided
    reasons: tuple[str, ...] = ()  # any of them decided
    observed: str = ""  # found by a filter that only observes
    text: bytes = b""  # fingerprint of the normalised text
    limit: int = 100  # the newest

    def conditions(self) -> dict[str, tuple[Any, ...]]:
        """Return which values each field may have."""
        wanted: dict[str, tuple[Any, ...]] = {
            name: (getattr(self, name),)
            for name in ("trace_id", "sender", "code", "account", "reason", "observed", "text")
            if getattr(self, name)
        }
        if self.reasons:
            wanted["reason"] = self.reasons
        if self.recipients:
            wanted["recipient"] = self.recipients
        if self.message_id:
            wanted["message_id"] = tuple(dict.fromkeys(message_id_spellings(self.message_id)))
        return wanted


def spellings_of(number: str, country: str = KOREA) -> tuple[str, ...]:
    """Return a number in each spelling a client may have sent it in, without a leading +."""
    found = canonical(number.strip(), country=country)
    spellings = [number.strip().removeprefix("+"), found.e164, f"00{found.e164}"]
    if found.national:
        bare = found.national.removeprefix("0")
        spellings += [found.national, bare, f"{country}0{bare}"]
    return tuple(dict.fromkeys(filter(None, spellings)))


def pseudonyms_of(number: str, pseudonym: Pseudonymiser, country: str = KOREA) -> tuple[bytes, ...]:
    """Return the keyed hashes of a recipient in each spelling a client may have sent it in."""
    return tuple(dict.fromkeys(map(pseudonym, spellings_of(number, country))))


def search(state_dir: Path, question: TraceQuestion, database: str = "") -> list[TraceRow]:
    """Return the newest rows that fit, newest first. Raises StoreError where a day cannot be read.

    ``database`` is what the configuration says; of a shared one the rows of all nodes are found, of spools only ours.
    """
    # First the spool, then the store: what is moved between the two looks is then seen twice and told apart, not lost.
    waiting = list(_spooled(state_dir / SPOOL, question))
    found: list[TraceRow] = []
    with closing(open_trace(state_dir, database)) as trace:
        for day in reversed(trace.days()):
            mine = [each for each in waiting if _day(each[2].at) == day]
            if not mine and not _overlaps(day, question):
                continue
            if len(found) >= question.limit and not mine:
                continue
            positions, rows = trace.read(day, question)
            moved = {id(each) for each in mine if each[1] <= positions.get(each[0], 0)}
            waiting = [each for each in waiting if id(each) not in moved]
            found += rows
    found += [row for _, _, row in waiting]
    found.sort(key=lambda row: row.at, reverse=True)
    return found[: question.limit]


def stored(connection: sqlite3.Connection, question: TraceQuestion) -> list[TraceRow]:
    """Return what fits of a day's file. Rows come in nearly in the order of time, so the newest are the last."""
    wanted = question.conditions()
    clauses = ["at >= ?", "at < ?"]
    values: list[Any] = [question.since, question.until]
    for name, these in wanted.items():
        if name == "observed":
            clauses.append("instr(',' || observed || ',', ?) > 0")
            values += [f",{these[0]}," for _ in these]
        else:
            clauses.append(f'"{name}" IN ({", ".join("?" * len(these))})')
            values += these
    conditions = " AND ".join(clauses)
    found: list[TraceRow] = []

    def read(among: str) -> None:
        sql = f"SELECT {COLUMNS} FROM messages WHERE {among} AND {conditions} ORDER BY id DESC LIMIT ?"
        found.extend(TraceRow(*row) for row in connection.execute(sql, (*values, question.limit - len(found))))

    version = version_of(connection)
    made = segments(connection) if version > 1 else []
    first, _ = behind(connection) if version > 1 else (0, 0)
    read(f"id >= {first}")
    for segment in reversed(made):
        if len(found) >= question.limit:
            break
        if segment.until < question.since or segment.since >= question.until:
            continue
        places = find(connection, segment, wanted)
        if places is None:
            read(f"id BETWEEN {segment.first} AND {segment.last}")
            continue
        for end in range(len(places), 0, -CHOSEN):
            if len(found) >= question.limit:
                break
            ids = (segment.first + each for each in places[max(0, end - CHOSEN) : end])
            read(f"id IN ({', '.join(map(str, ids))})")
    return found


def _spooled(spool: Path, question: TraceQuestion) -> Iterator[tuple[str, int, TraceRow]]:
    """Yield (file, offset behind the frame, row) of what fits in files not moved yet; what is torn ends there."""
    fits, likely = _predicate(question), _likely(question)
    for path in sorted(spool.glob("[0-9]*")):
        try:
            for end, rows in read_batches(path, likely=likely):
                for row in rows:
                    if fits(row):
                        yield path.stem, end, row
        except FileNotFoundError:
            continue  # moved since we looked
        except (msgspec.MsgspecError, TypeError, ValueError, LookupError):
            continue


def _likely(question: TraceQuestion) -> Callable[[bytes], bool]:
    """Tell whether a frame may hold what is looked for: that stands there as it is, so most need no decoding."""
    wanted = [
        [each if isinstance(each, bytes) else each.encode("utf-8", "surrogatepass") for each in values]
        for values in question.conditions().values()
    ]
    return lambda payload: all(any(each in payload for each in values) for values in wanted)


def _predicate(question: TraceQuestion) -> Callable[[TraceRow], bool]:
    conditions = question.conditions()
    observed = conditions.pop("observed", ("",))[0]
    wanted = [(FIELDS.index(name), frozenset(values)) for name, values in conditions.items()]
    since, until = question.since, question.until

    def fits(row: TraceRow) -> bool:
        return (
            since <= row.at < until
            and all(row[at] in values for at, values in wanted)
            and (not observed or observed in row.observed.split(","))
        )

    return fits


def _overlaps(day: str, question: TraceQuestion) -> bool:
    return _day(question.since) <= day <= _day(min(question.until, _LATEST))


def _day(at: float) -> str:
    try:
        return day_of(at)
    except ValueError:
        return ""
