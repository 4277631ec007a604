"""Held messages with the real program: durable before they are answered, released over a restart, their receipts."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

POLICY = """
[filters.sender]
mode = "enforce"
registration = false
[policy]
rewrite_sender = "Unverified"
[policy.actions]
code_missing = "quarantine"
sender_malformed = "rewrite"
code_unregistered = "swallow"
"""


@pytest.fixture(scope="module")
def _carrier_here(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture
def settings(_carrier_here):
    upstreams = [
        f'name = "up"\naddress = "{_carrier_here.address}"',
        f'name = "pool"\naddress = "{_carrier_here.address}"\nmode = "pooled"\nsystem_id = "us"\npassword = "p"\n'
        "binds = 2",
    ]
    accounts = ['system_id = "pair"\nupstream = "up"', 'system_id = "pooled"\npassword = "pw"\nupstream = "pool"']
    _carrier_here.reset()
    return _carrier_here, upstreams, accounts


def receipt(octets, sequence, message_id):
    text = b"id:" + message_id + b" sub:001 dlvrd:001 stat:DELIVRD err:000"
    return octets.pdu(5, octets.message(text, source=b"01050001234", destination=b"15880000", esm_class=4), sequence)


def found(proxy, message_id, state):
    """Waits for a message to come to a state."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        shown = proxy.command("quarantine", "show", message_id, "--text", "--json")
        told = json.loads(shown.stdout)
        if shown.returncode == 0 and told["message"]["state"] == state:
            return told
    pytest.fail(f"never {state}: {shown.stdout}{shown.stderr}")


def killed(proxy):
    """Ends every process of a proxy, at once."""
    for line in list(proxy.log):
        if '"child_started"' in line:
            os.kill(json.loads(line)["child_pid"], signal.SIGKILL)
    proxy.process.kill()
    proxy.leave()
    proxy.ends()


def test_held_killed_released_and_its_receipt(launch, settings, octets):
    smsc, upstreams, accounts = settings
    ids = {}
    proxy = launch(upstreams, accounts, [octets.CODE], proxy="workers = 2", more=POLICY).ready()
    for name in ("pair", "pooled"):
        session = proxy.bound(name)
        answer = session.ask(octets.submit(b"hold me", tlvs=octets.tlv(0x1500, name.encode()), sequence=9))
        assert (answer.command, answer.status, answer.sequence) == (0x80000004, 0, 9)
        ids[name] = answer.message_id.decode()
        assert len(ids[name]) == 16
    assert smsc.of(4) == []
    killed(proxy)  # not a moment later: what was answered is on the disk
    smsc.reset()

    proxy = launch(upstreams, accounts, proxy="workers = 2", more=POLICY).ready()
    for name, message_id in ids.items():
        assert found(proxy, message_id, "held")["message"]["account"] == name
    done = proxy.command("quarantine", "release", *ids.values(), "--why", "asked by telephone")
    assert done.returncode == 0, done.stderr
    assert found(proxy, ids["pooled"], "released")["message"]["who"].startswith("cli")
    [sent] = smsc.of(4)
    assert sent.body == octets.message(b"hold me") + octets.tlv(0x1500, b"pooled")
    sessions = {name: proxy.bound(name) for name in ("pair", "pooled")}  # now the pair's has a link, too
    for name, session in sessions.items():
        carrier_id = found(proxy, ids[name], "released")["message"]["carrier_id"]
        smsc.link("us" if name == "pooled" else name).send(receipt(octets, 77, carrier_id.encode()))
        got = session.receive()
        assert b"id:" + ids[name].encode() + b" sub:001" in got.body
        session.send(octets.pdu(0x80000005, b"\0", got.sequence))
    assert [got.body for got in smsc.of(4)][1:] == [octets.message(b"hold me") + octets.tlv(0x1500, b"pair")]
    assert proxy.command("quarantine", "list").stdout == ""
    proxy.leave()
    assert proxy.stop() == 0
    proxy.clean()


def test_dropped_swallowed_rewritten(tmp_path, make_proxy, settings, octets):
    smsc, upstreams, accounts = settings
    with make_proxy(tmp_path, upstreams, accounts, [octets.CODE], proxy="workers = 1", more=POLICY) as proxy:
        session = proxy.bound("pooled")
        held = session.ask(octets.submit(b"drop me", tlvs=b"")).message_id.decode()
        swallowed = session.ask(octets.submit(b"to nobody", tlvs=octets.code("999999999")))
        assert (swallowed.status, len(swallowed.message_id)) == (0, 16)
        odd = octets.tlv(0x1500, b"1") + octets.code() + octets.tlv(0x1500, b"1")
        answer = session.ask(octets.submit(b"unknown sender", source=b"12", tlvs=odd))
        assert answer.status == 0
        [sent] = smsc.of(4)
        before, after = b"\0\x01\x0212\0", b"\0\x05\0Unverified\0"
        body = octets.message(b"unknown sender", source=b"12") + odd
        assert body.startswith(before)
        assert sent.body == after + body.removeprefix(before)
        assert found(proxy, held, "held")["text"] == "drop me"
        assert proxy.command("quarantine", "drop", held, "--why", "spam").returncode == 0
        told = session.receive()
        assert told.command == 5
        assert b"id:" + held.encode() in told.body
        assert b"stat:REJECTD" in told.body
        session.send(octets.pdu(0x80000005, b"\0", told.sequence))
        assert "held" not in proxy.command("quarantine", "list", "--state", "dropped").stderr
        assert 'smppproxy_actions_total{action="swallow",reason="code_unregistered"} 1' in proxy.get("/metrics")[1]
        proxy.leave()
        proxy.clean()
