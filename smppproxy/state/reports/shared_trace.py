"""Messages that reports may be about, from a trace that several nodes keep in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from smppproxy.state.postgres_link import explained
from smppproxy.state.postgres_trace import PostgresTrace
from smppproxy.state.trace_days import node_of

if TYPE_CHECKING:
    from smppproxy.state.reports.sightings import Wanted

FETCHED: Final = 2000  # rows of one fetch: a campaign may have millions

_SQL: Final = (
    "SELECT {columns} FROM {table} WHERE at >= %(since)s AND at < %(until)s AND (text <> '' AND text = "
    "ANY (%(texts)s::bytea[]) OR recipient = ANY (%(recipients)s::bytea[]) OR sender = ANY (%(senders)s::text[]))"
)


def rows(
    database: str, state_dir: Path, days: tuple[str, str], columns: tuple[str, ...], wanted: Wanted
) -> Iterator[Any]:
    """Yield some columns of the messages from the first to the last of ``days``. Raises StoreError."""
    values = {
        "since": wanted.since, "until": wanted.until, "texts": list(wanted.texts),
        "recipients": list(wanted.recipients), "senders": list(wanted.senders),
    }  # fmt: skip
    with closing(PostgresTrace(database, node_of(state_dir))) as trace:
        for day in trace.days():
            if not days[0] <= day <= days[1]:
                continue
            statement = sql.SQL(_SQL).format(
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                table=sql.Identifier(f"trace_{day.replace('-', '_')}"),
            )
            with explained(trace.name), trace.writing() as connection, connection.cursor(name="sightings") as cursor:
                cursor.itersize = FETCHED
                cursor.execute(statement, values)
                yield from cursor
