"""The control process with a real state directory: what it answers, and what it makes of its workers' answers."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable
from typing import Any

from smppproxy.app.rpc import ask
from smppproxy.state.client import Client

Start = Callable[..., Any]


def state_dir(proxy: Any) -> Any:
    return proxy.path.parent / "var"


def test_the_command_line_is_answered_over_the_control_socket(run: Start) -> None:
    proxy = run()
    client = Client(state_dir(proxy))
    client.request("codes.add", code="301150232", who="test")
    assert client.request("codes.show", code="301150232")["code"]["state"] == "active"
    assert stat.S_IMODE((state_dir(proxy) / "control.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE((state_dir(proxy) / "worker-0.sock").stat().st_mode) == 0o600


def test_what_was_registered_outlives_a_killed_control(run: Start) -> None:
    proxy = run()
    pid = proxy.child("control")
    Client(state_dir(proxy)).request("codes.add", code="301150232", who="test")
    os.kill(pid, signal.SIGKILL)
    proxy.logged("child_died", "control")
    # Whoever is first, the command or the new control: both keep the lock only for as long as they work.
    client = Client(state_dir(proxy), patience=30.0)
    assert client.request("codes.count", who="test")["counts"]["active"] == 1


def test_no_socket_is_left_behind(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    sockets = {"control.sock", "worker-0.sock", "worker-1.sock"}
    assert sockets <= {path.name for path in state_dir(proxy).iterdir()}
    proxy.signal(signal.SIGTERM)
    assert proxy.ends() == 0
    assert not sockets & {path.name for path in state_dir(proxy).iterdir()}


async def test_workers_deliver_for_each_other(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    answer = await ask(state_dir(proxy) / "worker-1.sock", {"do": "deliver", "account": "reseller1", "pdus": []}, 30.0)
    assert (answer["delivered_by"], answer["account"]) == (1, "reseller1")


def test_metrics_of_all_workers_are_one(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    for name in ("reseller1", "reseller2", "reseller1"):
        proxy.reseller().bind(name)
    code, text = proxy.get("/metrics")
    assert code == 200
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["smppproxy_workers_ready"]) == 2
    assert float(values['smppproxy_sessions{side="reseller"}']) == 3
    assert float(values['smppproxy_codes{state="active"}']) == 0
    assert any(name.startswith("smppproxy_build_info{") for name in values)


def test_a_worker_that_does_not_answer_is_counted_and_makes_the_proxy_not_ready(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    seen = proxy.reseller().bind("reseller1")
    stopped = seen["pid"]
    os.kill(stopped, signal.SIGSTOP)
    code, body = proxy.get("/readyz")
    assert (code, json.loads(body)["reasons"]) == (503, [f"worker {seen['worker']} does not answer"])
    code, text = proxy.get("/metrics")
    assert code == 200
    assert "smppproxy_workers_silent 2.0" in text
    os.kill(stopped, signal.SIGCONT)
    assert proxy.get_until("/readyz", lambda code, _: code == 200)[0] == 200


def test_an_account_without_a_usable_upstream_makes_the_proxy_not_ready(run: Start) -> None:
    proxy = run(environment={"UNUSABLE": "1"})
    code, body = proxy.get("/readyz")
    assert (code, json.loads(body)["reasons"]) == (503, ["upstream smsc is not usable"])


def test_status_names_processes_and_no_secret(run: Start) -> None:
    proxy = run(proxy="workers = 2")
    seen = proxy.reseller().bind("reseller1")
    code, body = proxy.get("/status")
    assert code == 200
    workers = json.loads(body)["workers"]
    home = workers[seen["worker"]]
    assert (home["pid"], home["status"]["sessions"]) == (seen["pid"], 1)
    assert [worker["ready"] for worker in workers] == [True, True]
    assert "secret" not in body
