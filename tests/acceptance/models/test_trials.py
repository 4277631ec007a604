"""A candidate in a proxy that runs: in the shadow, for some accounts, in use, and back; no message pays for it."""

from __future__ import annotations

import json
import socket

from filters.text.manifest import SHIPPED

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
BUSY = ("a", "c")  # those that send all the time
GOOD, BAD = 0, 0x45


def explained(proxy, text):
    """What ``text.explain`` answers on the control socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(proxy.path.parent / "var" / "control.sock"))
        sock.sendall(json.dumps({"do": "text.explain", "text": text}).encode() + b"\n")
        return json.loads(sock.makefile().readline())


def test_from_shadow_to_canary_to_use_and_back_under_traffic(running, blind, flood, statuses, done, until):
    shipped, other = (json.loads((each / "manifest.json").read_text())["sha256"][:12] for each in (SHIPPED, blind))
    traffic = flood(*BUSY, window=2)

    told = done(running, "model", "shadow", str(blind))
    assert [worker["candidate"] for worker in told["workers"]] == [told["trial"]["model"]] * 2
    assert statuses(running) == [BAD] * 4  # nothing follows from a shadow

    def compared():
        [found] = done(running, "model", "shadow", "--report")["comparisons"]
        return found if found["texts"] > 50 and found["accounts"].keys() >= set(BUSY) else None

    report = until(compared)
    assert {row["outcome"] for row in report["classes"]} == {"no_longer_flagged"}
    assert report["examples"][0]["before"] > 0.5
    metrics = running.get("/metrics")[1]
    found = [line for line in metrics.splitlines() if "model_shadow" in line]
    assert any("no_longer_flagged" in line and "gambling" in line for line in found), found

    forced = ("--force", "--why", "to see it work")
    done(running, "model", "canary", "--accounts", "a,b", *forced)
    assert statuses(running) == [GOOD, GOOD, BAD, BAD]

    done(running, "model", "canary", "--promote", *forced)
    assert statuses(running) == [GOOD] * 4
    done(running, "model", "use", "--rollback")
    assert statuses(running) == [BAD] * 4

    answer = explained(running, GAMBLING)
    assert (answer["ok"], answer["reason"]) == (True, "code_missing")
    assert answer["text"]["classes"]["gambling"]["spans"]

    # in the words of one model or the other, none for want of time
    assert set().union(*(each.stop() for each in traffic)) <= {GOOD, BAD}
    running.clean()
    assert running.stop() == 0
    rows = {name: done(running, "trace", "--account", name, "--limit", "100000")["messages"] for name in BUSY}
    verdicts = {name: {(row["model"], row["status"]) for row in found} for name, found in rows.items()}
    assert {(other, GOOD), (shipped, BAD)} <= verdicts["a"]
    assert (shipped, BAD) in verdicts["c"]
