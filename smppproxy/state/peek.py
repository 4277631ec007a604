"""A look into a store that may be in use or not be there at all: nothing is made, locked or changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smppproxy.state.errors import StoreError
from smppproxy.state.store import DATABASE, is_url


def peek(where: Path | str, sql: str) -> list[Any] | None:
    """Return the rows of a statement without parameters; [] where there is no store yet, None where it cannot be read.

    ``where`` is a state directory or a URL. A store of an older version may lack the table: then nothing is found.
    """
    return _at_server(str(where), sql) if is_url(where) else _in_file(Path(where) / DATABASE, sql)


def _in_file(path: Path, sql: str) -> list[Any] | None:
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.OperationalError as error:
        return [] if "no such table" in str(error) else None
    except sqlite3.Error:
        return None


def _at_server(url: str, sql: str) -> list[Any] | None:
    import psycopg
    from psycopg.errors import UndefinedTable

    from smppproxy.state.postgres_link import Dialler

    dialler = Dialler(url, "SET default_transaction_read_only = on")
    try:
        return dialler.connection().execute(sql.encode()).fetchall()
    except UndefinedTable:
        return []
    except (psycopg.Error, StoreError):
        return None
    finally:
        dialler.close()
