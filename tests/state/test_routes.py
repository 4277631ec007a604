"""Receipt routes: found by every worker, for seven days, through kills, restarts and a changed number of workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lmdb
import msgspec
import pytest

from smppproxy.state import environment
from smppproxy.state import routes as routes_module
from smppproxy.state.errors import BooksError
from smppproxy.state.routes import BATCH, DAY, DAYS, FLUSH_INTERVAL, RETRY_INTERVAL, SCAN_INTERVAL, Routes

NOON = 20_000 * DAY + 43_200.0


class Route(msgspec.Struct, frozen=True):
    """What a caller keeps of a message."""

    account: str
    code: bytes | None = None


def _at_once(work: Callable[[], None]) -> None:
    work()


Begin = Callable[..., Routes[Route]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    begun: list[Routes[Route]] = []

    def again(worker: int = 0, now: float = NOON, boot_id: str = "boot") -> Routes[Route]:
        routes = Routes(tmp_path / "routes", worker, now, Route, background=_at_once, boot_id=boot_id)
        begun.append(routes)
        return routes

    yield again
    for each in begun:
        each.close(NOON)


def _other(tmp_path: Path, work: str) -> None:
    """Do something with the routes as another process, worker 1."""
    script = f"""
import os, signal, sys
from pathlib import Path
from tests_route import Route, Routes, NOON, DAY
routes = Routes(Path(sys.argv[1]), 1, NOON, Route, background=lambda work: work(), boot_id="boot")
{work}
"""
    helper = tmp_path / "tests_route.py"
    helper.write_text(
        "import msgspec\nfrom smppproxy.state.routes import DAY, Routes\n"
        f"NOON = {NOON}\n"
        "class Route(msgspec.Struct, frozen=True):\n    account: str\n    code: bytes | None = None\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script, tmp_path / "routes"], check=False, env=environ)


def test_known_at_once_and_after_the_flush(begin: Begin) -> None:
    routes = begin()
    routes.remember("smsc", "1a", Route("one", b"301150232"), NOON)
    assert routes.find("smsc", ("26", "1a")) == Route("one", b"301150232")
    routes.flush(NOON + FLUSH_INTERVAL / 2)
    assert routes.pending == 1
    routes.flush(NOON + FLUSH_INTERVAL * 1.1)
    assert routes.pending == 0
    assert routes.find("smsc", ["26", b"1a"]) == Route("one", b"301150232")
    assert routes.find("other", ["1a"]) is None
    assert routes.find("smsc", ["26"]) is None
    assert routes.find("smsc", []) is None


def test_many_do_not_wait(begin: Begin) -> None:
    routes = begin()
    for n in range(BATCH):
        routes.remember("smsc", f"{n:x}", Route(f"account{n}"), NOON)
    routes.flush(NOON)
    assert routes.pending == 0
    assert routes.find("smsc", ["7f"]) == Route("account127")


@pytest.mark.parametrize("message_id", ["", "x" * 65, "y" * 5000, "é\xff\0", "가"])
def test_any_message_id_will_do(begin: Begin, message_id: str) -> None:
    routes = begin()
    routes.remember("u" * 60, message_id, Route("a"), NOON)
    routes.flush(NOON + 1)
    assert routes.find("u" * 60, [message_id]) == Route("a")
    assert routes.find("u" * 60, [message_id + "z"]) is None


def test_the_newest_wins(begin: Begin) -> None:
    routes = begin()
    for account in ("old", "new"):
        routes.remember("smsc", "1", Route(account), NOON)
        routes.flush(NOON + 1)
    assert routes.find("smsc", ["1"]) == Route("new")
    routes.remember("smsc", "1", Route("tomorrow"), NOON + DAY)
    routes.flush(NOON + DAY + 1)
    assert routes.find("smsc", ["1"]) == Route("tomorrow")


def test_kept_for_seven_days_then_dropped(begin: Begin, tmp_path: Path) -> None:
    routes = begin()
    routes.remember("smsc", "1", Route("a"), NOON)
    for day in range(DAYS + 1):
        routes.flush(NOON + 1 + day * DAY)
        assert routes.find("smsc", ["1"]) == Route("a")
    assert len(list((tmp_path / "routes").iterdir())) == DAYS + 1
    routes.flush(NOON + 1 + (DAYS + 1) * DAY)
    assert routes.find("smsc", ["1"]) is None
    assert len(list((tmp_path / "routes").iterdir())) == DAYS + 1


def test_a_restart_remembers(begin: Begin) -> None:
    first = begin()
    first.remember("smsc", "1", Route("a"), NOON)
    first.close(NOON)
    first.close(NOON)
    for now in (NOON, NOON + 3 * DAY):
        again = begin(now=now)
        assert again.find("smsc", ["1"]) == Route("a")
        again.close(now)
    assert begin(worker=7, now=NOON + 4 * DAY).find("smsc", ["1"]) == Route("a")


def test_another_worker_finds_it(begin: Begin, tmp_path: Path) -> None:
    routes = begin()
    _other(tmp_path, "routes.remember('smsc', '1', Route('theirs'), NOON); routes.close(NOON)")
    assert routes.find("smsc", ["1"]) is None
    routes.flush(NOON + SCAN_INTERVAL)
    assert routes.find("smsc", ["1"]) == Route("theirs")


def test_a_kill_costs_what_was_waiting(begin: Begin, tmp_path: Path) -> None:
    _other(
        tmp_path,
        "routes.remember('smsc', '1', Route('flushed'), NOON); routes.flush(NOON + 1)\n"
        "routes.remember('smsc', '2', Route('waiting'), NOON); os.kill(os.getpid(), signal.SIGKILL)",
    )
    reader, again = begin(worker=0), begin(worker=0, now=NOON + DAY)
    assert reader.find("smsc", ["1"]) == Route("flushed")
    assert reader.find("smsc", ["2"]) is None
    again.close(NOON)
    reader.close(NOON)
    assert begin(worker=1).find("smsc", ["1"]) == Route("flushed")


def test_a_file_unsynced_when_the_machine_went_down_is_set_aside(begin: Begin, tmp_path: Path) -> None:
    _other(
        tmp_path,
        "routes.remember('smsc', '1', Route('a'), NOON - DAY); routes.flush(NOON + 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)",
    )
    reader = begin(worker=0, boot_id="next boot")
    assert reader.find("smsc", ["1"]) is None
    reader.close(NOON)
    writer = begin(worker=1, boot_id="next boot")
    assert writer.find("smsc", ["1"]) is None
    writer.remember("smsc", "2", Route("b"), NOON)
    writer.close(NOON)
    names = {path.name for path in (tmp_path / "routes").glob("*/*")}
    assert "001.lmdb.damaged" in names
    assert begin(worker=1, boot_id="third boot").find("smsc", ["2"]) == Route("b")


def test_a_file_that_was_synced_survives_the_machine(begin: Begin) -> None:
    routes = begin()
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + 1)
    routes.flush(NOON + DAY)  # the day turns: the file is synced
    again = begin(worker=1, now=NOON + DAY, boot_id="next boot")
    assert again.find("smsc", ["1"]) is None  # open in this very process already
    routes.close(NOON + DAY)
    again.flush(NOON + DAY + SCAN_INTERVAL)
    assert again.find("smsc", ["1"]) == Route("a")


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b""])
def test_a_damaged_file_is_set_aside(begin: Begin, tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "routes" / "2024-10-04"
    folder.mkdir(parents=True)
    (folder / "000.lmdb").write_bytes(damage)
    (folder / "005.lmdb").write_bytes(damage)
    routes = begin()
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + 1)
    assert (routes.fault, routes.find("smsc", ["1"])) == ("", Route("a"))


def test_a_full_file_grows(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAP_START", 1 << 17)
    routes = begin()
    for n in range(5000):
        routes.remember("smsc", f"{n:08x}", Route("a" * 16), NOON)
    routes.flush(NOON + 1)
    assert (routes.fault, routes.pending) == ("", 0)
    assert routes.find("smsc", ["00001387"]) == Route("a" * 16)


def test_a_file_at_its_limit_is_told_and_memory_is_bounded(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAP_START", 1 << 17)
    monkeypatch.setattr(routes_module, "SIZE_LIMIT", 1 << 17)
    monkeypatch.setattr(routes_module, "PENDING_LIMIT", 1000)
    routes = begin()
    for n in range(5000):
        routes.remember("smsc", f"{n:08x}", Route("a" * 16), NOON)
    routes.flush(NOON + 1)
    assert "full at 131072" in routes.fault
    assert (routes.faults, routes.lost, routes.pending) == (1, 4000, 1000)
    routes.flush(NOON + 1 + RETRY_INTERVAL / 2)
    assert routes.faults == 1
    routes.flush(NOON + 1 + RETRY_INTERVAL)
    assert routes.pending == 0


def test_a_directory_that_went_away_is_told(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = begin()

    def refuse(*_: Any, **__: Any) -> lmdb.Environment:
        raise BooksError("no such disk")

    monkeypatch.setattr(routes_module, "open_environment", refuse)
    routes.flush(NOON + DAY)
    routes.remember("smsc", "1", Route("a"), NOON + DAY)
    routes.flush(NOON + DAY + 1)
    assert "no such disk" in routes.fault
    assert routes.find("smsc", ["1"]) == Route("a")
    monkeypatch.undo()
    routes.flush(NOON + DAY + 3)
    assert (routes.fault, routes.pending) == ("", 0)


def test_what_another_version_wrote_is_unknown(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "routes"
    strange: Routes[int] = Routes(path, 0, NOON, int, background=_at_once, boot_id="boot")
    strange.remember("smsc", "1", 7, NOON)
    strange.close(NOON)
    assert begin().find("smsc", ["1"]) is None


def test_slow_work_goes_to_a_thread_by_default(tmp_path: Path) -> None:
    routes = Routes(tmp_path / "routes", 0, NOON, Route)
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + DAY)
    assert routes.find("smsc", ["1"]) == Route("a")
    routes.close(NOON + DAY)
    assert list((tmp_path / "routes").glob("*/*-boot")) == []


def test_a_clock_that_is_set_back(begin: Begin) -> None:
    routes = begin()
    for now in (NOON, NOON + DAY, NOON):
        routes.remember("smsc", f"{now}", Route("a"), now)
        routes.flush(now)
        routes.flush(now + 1)
    assert routes.find("smsc", [f"{NOON}"]) == routes.find("smsc", [f"{NOON + DAY}"]) == Route("a")
    assert routes.fault == ""


def test_files_that_went_away_are_forgotten(begin: Begin, tmp_path: Path) -> None:
    routes = begin()
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + 1)
    routes.flush(NOON + DAY)
    for path in (tmp_path / "routes" / "2024-10-04").iterdir():
        path.unlink()
    routes.flush(NOON + DAY + SCAN_INTERVAL)
    assert routes.find("smsc", ["1"]) is None


def test_a_mark_that_cannot_be_written_is_told(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    routes = begin()
    monkeypatch.setattr(Path, "write_text", refuse)
    routes.flush(NOON + DAY)
    assert "No space left on device" in routes.fault


def test_the_boot_has_an_id() -> None:
    assert routes_module._boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_others_that_cannot_be_read_know_nothing(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _other(tmp_path, "routes.remember('smsc', '1', Route('a'), NOON); routes.close(NOON)")
    routes = begin()
    assert routes.find("smsc", ["1"]) == Route("a")

    def broken(*_: Any) -> bytes:
        raise lmdb.CorruptedError("page 7")

    monkeypatch.setattr(routes_module._File, "_find", broken)
    assert routes.find("smsc", ["1"]) is None


def test_a_map_that_another_process_grew_is_taken_over(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    adopted: list[Any] = []
    real = routes_module._File._find

    def grown_at_first(self: Any, keys: list[bytes]) -> bytes | None:
        if not adopted:
            raise lmdb.MapResizedError("grown")
        return real(self, keys)

    routes = begin()
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + 1)
    monkeypatch.setattr(routes_module, "adopt_growth", adopted.append)
    monkeypatch.setattr(routes_module._File, "_find", grown_at_first)
    assert routes.find("smsc", ["1"]) == Route("a")
    assert len(adopted) == 1


def test_without_its_directory_it_finds_nothing_and_goes_on(begin: Begin, tmp_path: Path) -> None:
    routes = begin()
    shutil.rmtree(tmp_path / "routes")
    routes.remember("smsc", "1", Route("a"), NOON)
    routes.flush(NOON + SCAN_INTERVAL)
    assert routes.find("smsc", ["1"]) == Route("a")
