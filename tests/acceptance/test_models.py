"""Another text model for a proxy that runs: nothing is lost, nothing late, and every worker follows."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from itertools import count

import pytest

from filters.text.manifest import SHIPPED

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
ACCOUNTS = ["a", "b", "c", "d"]
WINDOW = 40


@pytest.fixture
def lenient(tmp_path):
    """A model that finds nothing: its thresholds are those no text reaches."""
    folder = tmp_path / "lenient"
    shutil.copytree(SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["thresholds"] = dict.fromkeys(manifest["thresholds"], 1.1)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def running(tmp_path, make_proxy, make_smsc, octets):
    with make_smsc() as smsc:
        upstreams = [f'name = "up"\naddress = "{smsc.address}"']
        accounts = [f'system_id = "{name}"\nupstream = "up"' for name in ACCOUNTS]
        text = 'mode = "enforce"\ndeadline = 2.0\non_late = "refuse"'
        folder = tmp_path / "proxy"
        folder.mkdir()
        with make_proxy(folder, upstreams, accounts, [octets.CODE], proxy="workers = 2", text=text) as proxy:
            yield proxy


class Traffic(threading.Thread):
    """A reseller that keeps its window full of texts that are all different, until told to stop."""

    def __init__(self, reseller, octets) -> None:
        super().__init__(daemon=True)
        self.reseller, self.octets = reseller, octets
        self.sent, self.answers = 0, []
        self.go_on, self.flowing = True, threading.Event()

    def run(self) -> None:
        for number in count(1):
            if not self.go_on and len(self.answers) == self.sent:
                return
            while self.go_on and self.sent - len(self.answers) < WINDOW:
                self.sent += 1
                text = f"{GAMBLING} {chr(0xAC00 + self.sent % 9000)}{chr(0xAC00 + self.sent // 9000)}"
                self.reseller.send(
                    self.octets.submit(text.encode("cp949", "replace"), data_coding=0x84, sequence=self.sent)
                )
            self.answers.append(self.reseller.receive())
            if number == 200:
                self.flowing.set()


def status_of(proxy, name, octets):
    return proxy.bound(name).ask(octets.submit(GAMBLING.encode("cp949"), data_coding=0x84)).status


def test_models_change_under_traffic(running, lenient, octets):
    traffic = [Traffic(running.bound(name), octets) for name in ACCOUNTS]
    for each in traffic:
        each.start()
    assert all(each.flowing.wait(20) for each in traffic)
    for arguments, expected in (
        ([str(lenient), "--force", "--why", "a test"], 0),
        (["--rollback"], 0x45),
        (["--rollback"], 0),
        (["--shipped"], 0x45),
    ):
        done = running.command("model", "use", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert [worker["error"] for worker in told["workers"]] == ["", ""]
        assert {status_of(running, name, octets) for name in ACCOUNTS} == {expected}
    for each in traffic:
        each.go_on = False
    for each in traffic:
        each.join(30)
        # every one answered once, in the words of one model or the other, none for want of time
        assert sorted(got.sequence for got in each.answers) == list(range(1, each.sent + 1))
        assert {got.status for got in each.answers} == {0, 0x45}
    running.clean()


def test_a_worker_that_was_down_follows(running, lenient, octets):
    assert running.command("model", "use", str(lenient), "--force", "--why", "a test").returncode == 0
    pids = [json.loads(line)["child_pid"] for line in running.log if '"child_started"' in line and '"worker-' in line]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    running.logged("child_started", "worker-", times=4)
    running.logged("child_died", times=2)

    told = json.loads(running.command("model", "info", "--json").stdout)["in_use"]
    for _ in range(20):
        if len(told["workers"]) == 2 and not any(worker["error"] for worker in told["workers"]):
            break
        told = json.loads(running.command("model", "info", "--json").stdout)["in_use"]
    assert [worker["folder"] for worker in told["workers"]] == [told["current"]["model"]] * 2
    assert status_of(running, "a", octets) == 0
    running.log[:] = [line for line in running.log if '"child_died"' not in line]  # it was us


def test_what_is_no_good_changes_nothing(running, lenient, octets):
    (lenient / "model.onnx").write_bytes(b"no model")
    done = running.command("model", "use", str(lenient))
    assert done.returncode == 1
    assert "sha256" in done.stderr
    assert running.command("model", "use", "--rollback").returncode == 1
    told = json.loads(running.command("model", "info", "--json").stdout)["in_use"]
    assert (told["current"]["model"], told["previous"]) == ("", None)
    assert status_of(running, "a", octets) == 0x45


def test_a_choice_outlives_a_restart(tmp_path, make_proxy, make_smsc, lenient, octets):
    with make_smsc() as smsc:
        parts = [f'name = "up"\naddress = "{smsc.address}"'], ['system_id = "a"\nupstream = "up"'], [octets.CODE]
        folder = tmp_path / "proxy"
        folder.mkdir()
        with make_proxy(folder, *parts, text='mode = "enforce"') as proxy:
            assert status_of(proxy, "a", octets) == 0x45
            assert proxy.stop() == 0
            forced = proxy.command("model", "use", str(lenient), "--force", "--why", "a test")
            assert "not running" in forced.stdout
        with make_proxy(folder, *parts, text='mode = "enforce"') as proxy:
            assert status_of(proxy, "a", octets) == 0
            proxy.path.write_text(
                proxy.path.read_text().replace('mode = "enforce"', f'mode = "enforce"\nmodel = "{SHIPPED}"')
            )
            refused = proxy.command("model", "use", "--shipped")
            assert refused.returncode == 1
            assert "[filters.text] model" in refused.stderr
