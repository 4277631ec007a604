"""A candidate in a proxy that runs: in the shadow, for some accounts, in use, and back; no message pays for it."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
from itertools import count

import onnx
import pytest

from filters.text.manifest import SHIPPED

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
ACCOUNTS = ["a", "b", "c", "d"]
BUSY = ["a", "c"]  # those that send all the time
WINDOW = 2
GOOD, BAD = 0, 0x45


@pytest.fixture
def blind(tmp_path):
    """A model that finds nothing: its thresholds are those no text reaches. Its version is its own."""
    folder = tmp_path / "blind"
    shutil.copytree(SHIPPED, folder)
    model = onnx.load(folder / "model.onnx")
    model.doc_string = "another"
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
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
            if number == 100:
                self.flowing.set()


def done(proxy, *arguments):
    """What a command says that works."""
    finished = proxy.command(*arguments, "--json")
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def statuses(proxy, octets):
    """What each account is answered to a bad text."""
    submit = octets.submit(GAMBLING.encode("cp949"), data_coding=0x84)
    return [proxy.bound(name).ask(submit).status for name in ACCOUNTS]


def explained(proxy, text):
    """What ``text.explain`` answers on the control socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(proxy.path.parent / "var" / "control.sock"))
        sock.sendall(json.dumps({"do": "text.explain", "text": text}).encode() + b"\n")
        return json.loads(sock.makefile().readline())


def test_from_shadow_to_canary_to_use_and_back_under_traffic(running, blind, octets):
    shipped, other = (json.loads((each / "manifest.json").read_text())["sha256"][:12] for each in (SHIPPED, blind))
    traffic = [Traffic(running.bound(name), octets) for name in BUSY]
    for each in traffic:
        each.start()
    assert all(each.flowing.wait(20) for each in traffic)

    told = done(running, "model", "shadow", str(blind))
    assert [worker["candidate"] for worker in told["workers"]] == [told["trial"]["model"]] * 2
    assert statuses(running, octets) == [BAD] * 4  # nothing follows from a shadow
    while True:
        [compared] = done(running, "model", "shadow", "--report")["comparisons"]
        if compared["texts"] > 50 and compared["accounts"].keys() >= set(BUSY):
            break
    assert {row["outcome"] for row in compared["classes"]} == {"no_longer_flagged"}
    assert compared["examples"][0]["before"] > 0.5
    metrics = running.get("/metrics")[1]
    found = [line for line in metrics.splitlines() if "model_shadow" in line]
    assert any("no_longer_flagged" in line and "gambling" in line for line in found), found

    forced = ("--force", "--why", "to see it work")
    done(running, "model", "canary", "--accounts", "a,b", *forced)
    assert statuses(running, octets) == [GOOD, GOOD, BAD, BAD]

    done(running, "model", "canary", "--promote", *forced)
    assert statuses(running, octets) == [GOOD] * 4
    done(running, "model", "use", "--rollback")
    assert statuses(running, octets) == [BAD] * 4

    answer = explained(running, GAMBLING)
    assert (answer["ok"], answer["reason"]) == (True, "code_missing")
    assert answer["text"]["classes"]["gambling"]["spans"]

    for each in traffic:
        each.go_on = False
    for each in traffic:
        each.join(30)
        # every one answered once, in the words of one model or the other, none for want of time
        assert sorted(got.sequence for got in each.answers) == list(range(1, each.sent + 1))
        assert {got.status for got in each.answers} <= {GOOD, BAD}
    running.clean()
    assert running.stop() == 0
    rows = {name: done(running, "trace", "--account", name, "--limit", "100000")["messages"] for name in ("a", "c")}
    verdicts = {name: {(row["model"], row["status"]) for row in found} for name, found in rows.items()}
    assert {(other, GOOD), (shipped, BAD)} <= verdicts["a"]
    assert (shipped, BAD) in verdicts["c"]
