"""The parent with real children: start, restart, reload, drain."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.settings import SettingsError

Start = Callable[..., Any]
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long
SIGKILL, SIGTERM, SIGINT, SIGHUP = signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP


def has_six() -> bool:
    """Whether this machine has IPv6 on loopback; a container often has none."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_says_where_it_listens_once_and_serves_there(run: Start) -> None:
    second = "[::1]" if has_six() else "127.0.0.2"
    proxy = run(listeners=['address = "127.0.0.1:0"', f'address = "{second}:0"'])
    assert proxy.event["event"] == "ready"
    assert proxy.event["workers"] == 1
    assert proxy.event["listeners"][1].startswith(f"{second}:")
    for listener in (0, 1):
        seen = proxy.reseller(listener).bind("reseller1")
        assert (seen["worker"], seen["listener"], seen["first"]) == (0, listener, "")
    for line in (("child_started", "worker-0"), ("child_ready", "control"), ("child_ready", "worker-0")):
        proxy.logged(*line)  # in this order: a worker imports while control makes the books, and begins after that
    proxy.signal(SIGTERM)
    assert proxy.ends() == 0
    assert proxy.process.stdout.read() == ""


def test_zero_workers_are_one_per_core(run: Start) -> None:
    assert run(proxy="workers = 0").event["workers"] == len(os.sched_getaffinity(0))


def test_a_dead_worker_is_started_again_on_the_same_address(run: Start) -> None:
    proxy = run()
    lost = proxy.reseller()
    before = lost.bind("reseller1")["pid"]
    os.kill(before, SIGKILL)
    assert lost.is_closed()
    proxy.logged("child_died", "worker-0")
    assert proxy.reseller().bind("reseller1")["pid"] != before
    proxy.logged("child_ready", "worker-0")


def test_a_dead_control_disturbs_no_session_and_comes_back_on_the_same_address(run: Start) -> None:
    proxy = run()
    reseller = proxy.reseller()
    before = reseller.bind("reseller1")["pid"]
    os.kill(proxy.child("control"), SIGKILL)
    proxy.logged("child_died", "control")
    assert reseller.bind("reseller1")["pid"] == before
    assert proxy.get("/healthz")[0] == 200  # waits in the queue of the socket, which the parent keeps
    proxy.logged("child_ready", "control")
    assert proxy.get("/readyz")[0] == 200


def test_one_dead_worker_leaves_the_sessions_of_the_others(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    resellers = {name: proxy.reseller() for name in ("reseller1", "reseller2")}
    seen = {name: reseller.bind(name) for name, reseller in resellers.items()}
    assert {each["worker"] for each in seen.values()} == {0, 1}
    os.kill(seen["reseller1"]["pid"], SIGKILL)
    assert resellers["reseller1"].is_closed()
    assert resellers["reseller2"].bind("reseller2")["pid"] == seen["reseller2"]["pid"]
    died = f'"worker-{seen["reseller1"]["worker"]}"'
    proxy.logged("child_died", died)  # a bind that is handed to a process just ending ends with it
    again = proxy.reseller().bind("reseller1")  # meanwhile its home is wherever there is a worker
    assert again["pid"] != seen["reseller1"]["pid"]


def test_children_end_with_their_parent(run: Start) -> None:
    proxy = run()
    reseller = proxy.reseller()
    reseller.bind("reseller1")
    proxy.process.kill()
    assert reseller.is_closed()


# --- reload ---


def rewrite(path: Path, old: str, new: str) -> None:
    """Replaces the file in one step, as careful editors do."""
    text = path.read_text()
    assert old in text
    fresh = path.with_suffix(".new")
    fresh.write_text(text.replace(old, new))
    fresh.replace(path)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_changed_file_is_taken_without_dropping_a_session(run: Start, workers: int) -> None:
    proxy = run(proxy=f"drain_timeout = 5.0\nworkers = {workers}")
    reseller = proxy.reseller()
    assert reseller.bind("reseller1")["drain_timeout"] == 5.0
    rewrite(proxy.path, "drain_timeout = 5.0", "drain_timeout = 6.0")
    proxy.logged("reloaded", "file changed")
    until(lambda: reseller.bind("reseller1")["drain_timeout"] == 6.0)


def until(holds: Callable[[], bool]) -> None:
    """A reload reaches a worker beside the sessions, so an answer may be one message old."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline


def test_sighup_reloads_and_keeps_what_needs_a_restart(run: Start) -> None:
    proxy = run(proxy="drain_timeout = 5.0\nworkers = 1")
    rewrite(proxy.path, "drain_timeout = 5.0\nworkers = 1", "drain_timeout = 6.0\nworkers = 2")
    proxy.signal(SIGHUP)
    assert "proxy.workers" in proxy.logged("reload_needs_restart")
    reseller = proxy.reseller()
    until(lambda: reseller.bind("reseller1")["drain_timeout"] == 6.0)


def test_a_faulty_file_is_refused_whole_and_the_old_one_runs_on(run: Start) -> None:
    proxy = run(proxy="drain_timeout = 5.0")
    rewrite(proxy.path, "drain_timeout = 5.0", "drain_timeout = 6.0\nno_such_key = 1")
    assert "no_such_key" in proxy.logged("reload_refused")
    pid = proxy.reseller().bind("reseller1")["pid"]
    os.kill(pid, SIGKILL)
    proxy.logged("child_died")
    # Started again while the file is faulty: it gets the configuration that was found good.
    assert proxy.reseller().bind("reseller1")["drain_timeout"] == 5.0


# --- start that fails ---


def test_a_faulty_configuration_is_told_by_the_settings(tmp_path: Path) -> None:
    from smppproxy.app.parent import main

    (tmp_path / "faulty.toml").write_text("[proxy]\nworkers = -1\n")
    with pytest.raises(SettingsError):
        main(tmp_path / "faulty.toml")


def test_an_address_in_use_is_named(launch: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        proxy = launch(listeners=[f'address = "127.0.0.1:{other.getsockname()[1]}"'])
        assert "listeners[0].address" in proxy.logged("cannot_start")
        assert proxy.ends() == 1


def test_a_worker_that_cannot_start_ends_it_all(launch: Start) -> None:
    proxy = launch(environment={"FAIL_TO_START": "1"})
    assert "as the test wants it" in proxy.logged("task_failed")
    assert "worker-0" in proxy.logged("cannot_start")
    assert proxy.ends() == 1
    assert proxy.process.stdout.read() == ""


def test_a_worker_that_ends_before_it_is_configured_ends_it_all(launch: Start, tmp_path: Path) -> None:
    (tmp_path / "none.py").write_text("raise SystemExit(3)\n")
    proxy = launch(worker=str(tmp_path / "none.py"))
    assert "worker-0" in proxy.logged("cannot_start")
    assert proxy.ends() == 1


@pytest.mark.parametrize("child", ["control", "worker-0"])
def test_told_to_stop_while_it_starts(launch: Start, child: str) -> None:
    proxy = launch()
    proxy.child(child)
    proxy.signal(SIGTERM)
    assert proxy.ends() == 0


def test_a_state_directory_in_use_is_told(run: Start, launch: Start) -> None:
    first = run()
    second = launch()
    assert "control.lock" in second.logged("control_cannot_work")
    assert second.ends() == 1
    assert first.get("/healthz")[0] == 200


# --- drain ---


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_idle_proxy_ends_with_0(run: Start, number: signal.Signals, workers: int) -> None:
    proxy = run(proxy=f"workers = {workers}")
    proxy.reseller().bind("reseller1")
    proxy.signal(number)
    assert proxy.ends() == 0


def test_what_is_in_flight_is_finished_first(run: Start) -> None:
    proxy = run()
    reseller = proxy.reseller()
    reseller.bind("reseller1")
    reseller.hold()
    proxy.signal(SIGTERM)
    proxy.logged("draining")
    code, body = proxy.get_until("/readyz", lambda code, _: code == 503)
    assert (code, json.loads(body)["reasons"]) == (503, ["draining"])
    with pytest.raises(ConnectionRefusedError):
        proxy.get_until("/healthz", lambda *_: proxy.reseller() is None)
    assert reseller.let_go() == 0x80000004
    assert proxy.ends() == 0


def test_an_unanswered_request_ends_it_with_1(run: Start) -> None:
    proxy = run(proxy="drain_timeout = 0.2")
    reseller = proxy.reseller()
    reseller.bind("reseller1")
    reseller.hold()
    proxy.signal(SIGTERM)
    assert proxy.ends() == 1


def test_a_second_signal_hurries(run: Start) -> None:
    proxy = run(proxy="drain_timeout = 3600.0\nworkers = 2")
    reseller = proxy.reseller()
    reseller.bind("reseller1")
    reseller.hold()
    proxy.signal(SIGTERM)
    proxy.logged("draining")
    proxy.signal(SIGTERM)
    assert proxy.ends() == 1


def test_a_worker_that_dies_while_draining_is_no_clean_end(run: Start) -> None:
    proxy = run(proxy="drain_timeout = 3600.0")
    reseller = proxy.reseller()
    pid = reseller.bind("reseller1")["pid"]
    reseller.hold()
    proxy.signal(SIGTERM)
    proxy.logged("draining")
    os.kill(pid, SIGKILL)
    assert proxy.ends() == 1


# --- the service manager ---


def test_the_service_manager_is_told(run: Start, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        proxy = run(environment={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000"})
        heard = [manager.recv(1000).decode() for _ in range(3)]
        assert heard == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        proxy.signal(SIGHUP)
        while not (words := manager.recv(1000).decode()).startswith("RELOADING=1\nMONOTONIC_USEC="):
            assert words == "WATCHDOG=1"
        proxy.signal(SIGTERM)
        while manager.recv(1000) != b"STOPPING=1":
            pass
        assert proxy.ends() == 0
