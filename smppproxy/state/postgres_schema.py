"""The schema in PostgreSQL: whose it is, which version, and the steps to ours, in one transaction."""

from __future__ import annotations

from typing import Any, Final

from smppproxy.state import postgres_sql
from smppproxy.state.errors import NewerSchemaError, StoreError
from smppproxy.state.store import Cursor, migrations

MARK: Final = "smppproxy_schema"
"""The table that tells our schema from any other program's, and holds its version."""

# One lock for each schema: two installations may share a database by different search paths.
LOCK: Final = "SELECT pg_advisory_xact_lock(1397575768, hashtext(current_schema()))"  # 0x534D5058, "SMPX"


def bring_up_to_date(cursor: Cursor, name: str) -> None:
    """Create the schema or apply what is missing of it. Raises StoreError, NewerSchemaError, psycopg.Error."""
    (encoding,) = _row(cursor, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        raise StoreError(f"{name}: its encoding is {encoding}; create it with ENCODING 'UTF8' TEMPLATE template0")
    tables = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
    (there,) = _row(cursor, f"{tables} AND tablename = '{MARK}'")
    if not there:
        (others,) = _row(cursor, tables)
        if others:
            raise StoreError(f"{name}: holds {others} tables of another program; name an empty database")
        mark = (f"CREATE TABLE {MARK} (version BIGINT NOT NULL)", f"INSERT INTO {MARK} VALUES (0)")
        for statement in (*mark, *postgres_sql.PRELUDE):
            cursor.execute(statement)
    (version,) = _row(cursor, f"SELECT version FROM {MARK}")
    steps = migrations()
    if version > len(steps):
        raise NewerSchemaError(
            f"{name}: written by a newer smppproxy (schema {version}, this version knows {len(steps)}): "
            "run that version, or restore a backup made before the upgrade"
        )
    if version == len(steps):
        return
    for script in steps[version:]:
        for statement in postgres_sql.schema(script):
            cursor.execute(statement)
    _mend_row_ids(cursor)
    cursor.execute(f"UPDATE {MARK} SET version = ?", (len(steps),))


def _mend_row_ids(cursor: Cursor) -> None:
    """Let row ids go on behind those a migration has copied into a table."""
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND is_identity = 'YES'"
    )
    for table, column in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), max(\"{column}\")) "
            f'FROM "{table}" HAVING max("{column}") IS NOT NULL'
        )


def _row(cursor: Cursor, sql: str) -> tuple[Any, ...]:
    cursor.execute(sql)
    row: tuple[Any, ...] = cursor.fetchone()
    return row
