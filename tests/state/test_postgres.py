"""PostgreSQL as the store: a real server, ended and started again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from enum import StrEnum

import psycopg
import pytest

from smppproxy.state.errors import NewerSchemaError, StoreError
from smppproxy.state.postgres import PostgresStore
from smppproxy.state.postgres_link import FIRST_DELAY, LONGEST_DELAY, shown
from smppproxy.state.store import Store, migrations

Server = pytest.FixtureRequest  # tests.conftest.PostgresServer, which cannot be imported


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore.connect(url)
    yield store
    store.close()


@pytest.fixture
def bare(postgres_server: Server) -> Iterator[str]:
    """A database with nothing in it."""
    postgres_server.say("DROP DATABASE IF EXISTS bare")
    postgres_server.say("CREATE DATABASE bare")
    yield postgres_server.url("bare")
    postgres_server.say("DROP DATABASE bare WITH (FORCE)")


INSERT = "INSERT INTO codes (code, state, who, created_at, changed_at) VALUES (?, 'active', 'x', 0, 0)"


def _add(store: Store, *codes: str) -> None:
    with store.transaction() as cursor:
        cursor.executemany(INSERT, [(code,) for code in codes])


def _codes(store: Store) -> list[str]:
    return [code for (code,) in store.query("SELECT code FROM codes ORDER BY code")]


def test_the_schema_is_made_once(bare: str) -> None:
    for _ in range(2):
        store = Store.open(bare)
        assert store.query("SELECT version FROM smppproxy_schema") == [(len(migrations()),)]
        assert store.shared
        store.close()


def test_a_newer_schema_is_named(store: PostgresStore, url: str) -> None:
    with store.transaction() as cursor:
        cursor.execute("UPDATE smppproxy_schema SET version = 99")
    with pytest.raises(NewerSchemaError, match=r"schema 99, this version knows \d+"):
        Store.open(url)


def test_a_database_of_another_program_is_left_alone(bare: str) -> None:
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute("CREATE TABLE theirs (a int)")
    with pytest.raises(StoreError, match="1 tables of another program"):
        Store.open(bare)


def test_a_migration_that_fails_leaves_nothing(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from smppproxy.state import postgres_schema

    monkeypatch.setattr(postgres_schema, "migrations", lambda: [*migrations(), "CREATE TABLE half (a TEXT); NONSENSE;"])
    with pytest.raises(StoreError, match="NONSENSE"):
        Store.open(bare)
    with psycopg.connect(bare) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_row_ids_go_on_behind_those_a_migration_copied(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from smppproxy.state import postgres_schema

    copied = "CREATE TABLE kept (id INTEGER PRIMARY KEY, a TEXT NOT NULL); INSERT INTO kept (id, a) VALUES (7, 'x');"
    monkeypatch.setattr(postgres_schema, "migrations", lambda: [*migrations(), copied])
    store = Store.open(bare)
    with store.transaction() as cursor:
        cursor.execute("INSERT INTO kept (a) VALUES ('y')")
    assert store.query("SELECT id FROM kept ORDER BY id") == [(7,), (8,)]
    store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/db", "postgresql://nobody@127.0.0.1:1/db: .*Is the server running"),
        ("postgresql://u:geheim@127.0.0.1:1/db?colour=red", "not a URL of PostgreSQL"),
    ],
)
def test_a_server_that_is_not_there_is_named_without_the_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        Store.open(url)
    assert "geheim" not in str(raised.value)


def test_a_database_that_is_not_there_is_named(postgres_server: Server) -> None:
    with pytest.raises(StoreError, match=r'refuses: database "nowhere" does not exist; check'):
        Store.open(postgres_server.url("nowhere"))


def test_values_come_back_as_from_sqlite(store: PostgresStore) -> None:
    class Word(StrEnum):
        ONE = "one"

    rows = store.query("SELECT sum(a), avg(a) FROM (VALUES (1), (2), (6)) AS t (a)")
    assert rows == [(9, 3.0)]
    assert isinstance(rows[0][0], int)
    with store.transaction() as cursor:
        cursor.execute("CREATE TABLE kinds (i BIGINT, t TEXT, b BYTEA, r DOUBLE PRECISION)")
        for each in ((True, Word.ONE, b"\0\xff", 0.5), (False, "%?", b"", 1)):
            cursor.execute("INSERT INTO kinds VALUES (?, ?, ?, ?)", each)
        cursor.executemany("INSERT INTO kinds (i, t, b, r) VALUES (?, ?, ?, ?)", [(True, Word.ONE, b"\\x", 2.0)] * 200)
    found = store.query("SELECT DISTINCT * FROM kinds ORDER BY r")
    assert found == [(1, "one", b"\0\xff", 0.5), (0, "%?", b"", 1.0), (1, "one", b"\\x", 2.0)]


def test_a_stream_sees_what_was_there_and_changes_go_on_beside_it(store: PostgresStore) -> None:
    _add(store, "1", "2", "3")
    stream = store.stream("SELECT code FROM codes ORDER BY code")
    other = store.stream("SELECT code FROM codes ORDER BY code DESC")
    assert [next(stream), next(other)] == [("1",), ("3",)]
    _add(store, "0", "4")
    assert [*stream, *other] == [("2",), ("3",), ("2",), ("1",)]
    assert list(store.stream("SELECT count(*) FROM codes")) == [(5,)]


def test_a_transaction_reads_what_it_wrote(store: PostgresStore) -> None:
    with store.transaction() as cursor:
        cursor.execute(INSERT, ("1",))
        assert list(store.stream("SELECT code FROM codes")) == [("1",)]
        assert _codes(store) == ["1"]


def test_writers_of_all_nodes_stand_in_line(store: PostgresStore, url: str) -> None:
    other = PostgresStore.connect(url)
    assert other._main.current is not None
    other._main.current.execute("SET lock_timeout = '50ms'")
    with store.transaction() as cursor:
        cursor.execute(INSERT, ("1",))
        with pytest.raises(StoreError, match="another node is changing the store"):
            _add(other, "2")
        assert _codes(other) == []
    _add(other, "2")
    assert _codes(store) == ["1", "2"]
    other.close()


def test_an_idle_connection_that_was_lost_is_dialled_again(store: PostgresStore, postgres_server: Server) -> None:
    _add(store, "1")
    for stop in (signal.SIGINT, signal.SIGQUIT):
        postgres_server.stop(stop)
        postgres_server.start()
        assert _codes(store) == ["1"]
    postgres_server.stop()
    postgres_server.start()
    _add(store, "2")
    assert list(store.stream("SELECT code FROM codes ORDER BY code")) == [("1",), ("2",)]


def test_a_server_that_ends_in_mid_change_leaves_nothing_of_it(store: PostgresStore, postgres_server: Server) -> None:
    _add(store, "1")
    with pytest.raises(StoreError, match="postgresql://"), store.transaction() as cursor:  # noqa: PT012
        cursor.executemany(INSERT, [(f"{n:09d}",) for n in range(500)])
        postgres_server.stop(signal.SIGQUIT)
        cursor.executemany(INSERT, [(f"{n:09d}",) for n in range(500, 600)])
    postgres_server.start()
    assert _codes(store) == ["1"]


def test_a_server_that_is_away_is_dialled_with_growing_delay(url: str, postgres_server: Server) -> None:
    now = [0.0]
    store = PostgresStore(url, clock=lambda: now[0])
    assert _codes(store) == []
    postgres_server.stop()
    for attempt in range(8):
        with pytest.raises(StoreError, match=r"server running|connection") as raised:
            store.query("SELECT 1")
        assert "next attempt" not in str(raised.value), attempt
        with pytest.raises(StoreError, match="the next attempt is in"):
            store.query("SELECT 1")
        now[0] += min(FIRST_DELAY * 2**attempt, LONGEST_DELAY)
    postgres_server.start()
    assert store.query("SELECT 1") == [(1,)]
    store.close()


def test_names_for_people_hold_no_password() -> None:
    assert shown("postgresql://anna:geheim@db1:5433/sms") == "postgresql://anna@db1:5433/sms"
    assert shown("postgresql:///sms?host=/run/pg") == "postgresql:///run/pg/sms"


def test_many_upserts_are_as_one_after_the_other(store: PostgresStore) -> None:
    sql = (
        "INSERT INTO codes (code, state, owner, who, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (code) DO UPDATE SET owner = excluded.owner, changed_at = codes.changed_at + excluded.changed_at"
    )
    rows = [(f"{n % 250:09d}", "active", f"owner {n}", "x", 0, 1) for n in range(777)]
    rows += [("000000001", "active", "last", "x", 0, 1)] * 2
    with store.transaction() as cursor:
        cursor.executemany(sql, iter(rows))
    found = store.query("SELECT count(*), sum(changed_at) FROM codes")
    assert found == [(250, 779)]
    assert store.query("SELECT owner, changed_at FROM codes WHERE code = '000000001'") == [("last", 6)]
