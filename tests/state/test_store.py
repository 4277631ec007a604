"""The store: born private, durable, of one schema, and never silently replaced."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from smppproxy.state import sqlite_store as store_module
from smppproxy.state.errors import CorruptStoreError, NewerSchemaError, StoreError
from smppproxy.state.store import DATABASE, Store, migrations


def test_makes_the_directory_and_the_file_private(state_dir: Path) -> None:
    Store.open(state_dir / "deeper").close()
    assert (state_dir / "deeper").stat().st_mode & 0o777 == 0o700
    assert (state_dir / "deeper" / DATABASE).stat().st_mode & 0o777 == 0o600


def test_every_migration_is_applied_once(state_dir: Path) -> None:
    for _ in range(2):
        store = Store.open(state_dir)
        assert store.query("PRAGMA user_version") == [(len(migrations()),)]
        store.close()


def test_durable_by_setting(state_dir: Path) -> None:
    store = Store.open(state_dir)
    assert store.query("PRAGMA journal_mode") == [("wal",)]
    assert store.query("PRAGMA synchronous") == [(2,)]
    store.close()


def test_a_newer_schema_is_named(state_dir: Path) -> None:
    Store.open(state_dir).close()
    connection = sqlite3.connect(state_dir / DATABASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerSchemaError, match=r"schema 99, this version knows \d+"):
        Store.open(state_dir)


def test_a_file_of_another_program_is_left_alone(state_dir: Path) -> None:
    state_dir.mkdir()
    connection = sqlite3.connect(state_dir / DATABASE)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Store.open(state_dir)


def test_a_damaged_head_is_named_copied_and_left(state_dir: Path) -> None:
    Store.open(state_dir).close()
    path = state_dir / DATABASE
    octets = b"this is no database at all" + path.read_bytes()[26:]
    path.write_bytes(octets)
    for _ in range(2):
        with pytest.raises(CorruptStoreError, match=r"damaged .* a copy was kept as smppproxy\.db\.corrupt-"):
            Store.open(state_dir)
    copies = list(state_dir.glob(f"{DATABASE}.corrupt-*"))
    assert len(copies) == 1
    assert path.read_bytes() == copies[0].read_bytes() == octets


def test_a_copy_that_is_broken_off_is_made_anew(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(state_dir).close()
    path = state_dir / DATABASE
    path.write_bytes(octets := b"no database, " * 100)

    def broken_off(source: Path, target: Path) -> None:
        Path(target).write_bytes(source.read_bytes()[:50])
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(shutil, "copy2", broken_off)
        with pytest.raises(KeyboardInterrupt):
            Store.open(state_dir)
    assert not list(state_dir.glob("*corrupt*"))
    with pytest.raises(CorruptStoreError, match="a copy was kept"):
        Store.open(state_dir)
    [copy] = state_dir.glob("*corrupt*")
    assert copy.read_bytes() == octets


COLUMNS = "code, state, owner, why, who, valid_from, valid_until, created_at, changed_at"


def test_a_damaged_page_is_found_when_opened(state_dir: Path) -> None:
    store = Store.open(state_dir)
    with store.transaction() as cursor:
        rows = [(f"{n:09d}", "active", "", "", "x", None, None, 0, 0) for n in range(2000)]
        cursor.executemany(f"INSERT INTO codes ({COLUMNS}) VALUES ({', '.join('?' * 9)})", rows)
    store.close()
    path = state_dir / DATABASE
    octets = bytearray(path.read_bytes())
    octets[8192:-4096] = b"\xa5" * (len(octets) - 8192 - 4096)
    path.write_bytes(octets)
    with pytest.raises(CorruptStoreError):
        Store.open(state_dir)


def test_a_transaction_is_all_or_nothing(state_dir: Path) -> None:
    store = Store.open(state_dir)

    def two(*states: str) -> None:
        with store.transaction() as cursor:
            for code, state in enumerate(states):
                cursor.execute(
                    "INSERT INTO codes (code, state, who, created_at, changed_at) VALUES (?, ?, 'x', 0, 0)",
                    (str(code), state),
                )

    with pytest.raises(StoreError, match="CHECK"):
        two("active", "no such state")
    assert store.query("SELECT count(*) FROM codes") == [(0,)]
    store.close()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="state_dir"):
        Store.open(tmp_path / "file" / "var")


def test_another_engine_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match="postgresql"):
        Store.open("mysql://somewhere/db")


FULL_DISK = """
import resource, sys
from pathlib import Path
from smppproxy.state.store import Store
from smppproxy.state.errors import StoreError
store = Store.open(Path(sys.argv[1]))
insert = "INSERT INTO codes (code, state, owner, who, created_at, changed_at) VALUES (?, 'active', ?, 'x', 0, 0)"
with store.transaction() as cursor:
    cursor.execute(insert, ("before", ""))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with store.transaction() as cursor:
        cursor.executemany(insert, [(f"{n}", "x" * 400) for n in range(5000)])
except StoreError as error:
    print(error)
print(store.query("SELECT code FROM codes"))
"""


def test_a_full_disk_changes_nothing(state_dir: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, state_dir], capture_output=True, text=True, check=True)
    message, rows = done.stdout.splitlines()
    assert DATABASE in message
    assert rows == "[('before',)]"


KILLED = """
import os, sys
from pathlib import Path
from smppproxy.state.authority import Authority
authority = Authority.take(Path(sys.argv[1]))
for n in range(100000):
    authority.codes.add(f"{n:09d}", who="test")
    os.write(1, b"%09d\\n" % n)
"""


def test_what_was_acknowledged_survives_a_kill(state_dir: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", KILLED, state_dir], stdout=subprocess.PIPE)
    assert child.stdout is not None
    seen = [child.stdout.readline() for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    seen += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    store = Store.open(state_dir)
    stored = {code for (code,) in store.query("SELECT code FROM codes")}
    assert {line.decode().strip() for line in seen if line.endswith(b"\n")} <= stored
    store.close()


def test_a_migration_that_fails_leaves_the_schema(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(state_dir).close()
    monkeypatch.setattr(store_module, "migrations", lambda: [*migrations(), "CREATE TABLE half (a); NONSENSE;"])
    with pytest.raises(StoreError, match="NONSENSE"):
        Store.open(state_dir)
    monkeypatch.undo()
    store = Store.open(state_dir)
    assert store.query("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == [(0,)]
    store.close()


def test_a_database_that_cannot_be_opened_is_named(state_dir: Path) -> None:
    (state_dir / DATABASE).mkdir(parents=True)
    with pytest.raises(StoreError, match=f"{DATABASE}: cannot be opened"):
        Store.open(state_dir)


def test_damage_is_named_even_where_no_copy_fits(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    state_dir.mkdir()
    (state_dir / DATABASE).write_bytes(b"no database at all" * 99)
    monkeypatch.setattr(store_module.shutil, "copy2", refuse)
    with pytest.raises(CorruptStoreError, match="no copy could be kept"):
        Store.open(state_dir)


def test_rows_are_streamed(state_dir: Path) -> None:
    store = Store.open(state_dir)
    assert list(store.stream("SELECT 1 UNION SELECT 2")) == [(1,), (2,)]
    store.close()
