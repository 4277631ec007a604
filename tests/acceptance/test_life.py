"""The commands and the life of the process: check, run, reload, drain, and the exit codes (DESIGN 4.1)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
UP = 'name = "up"\naddress = "{}"'
ONE = 'system_id = "one"\nupstream = "up"'
TWO = 'system_id = "two"\nupstream = "up"'
FAULTY = """\
[proxy]
workers = -1
surprise = true
[[listeners]]
address = "nowhere"
[[upstreams]]
name = "up"
address = "127.0.0.1:1"
mode = "pared"
[[accounts]]
system_id = "one"
upstream = "upp"
pasword = "x"
"""


@pytest.fixture
def smsc(carrier):
    return carrier()


def program(*arguments, **options):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=120, **options)


# ---------------------------------------------------------------- without a proxy


@pytest.fixture
def faulty(tmp_path):
    path = tmp_path / "faulty.toml"
    path.write_text(FAULTY)
    return path


@pytest.mark.parametrize("command", ["check", "run"])
def test_every_fault_at_once(faulty, command):
    done = program(command, "-c", faulty)
    assert done.returncode == 2
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    for line, key, value, suggestion in (
        (2, "workers", "-1", ""),
        (3, "surprise", "", ""),
        (5, "address", "nowhere", ""),
        (9, "mode", "pared", "paired"),
        (12, "upstream", "upp", "up"),
        (13, "pasword", "", "password"),
    ):
        about = [each for each in told.splitlines() if f"faulty.toml:{line}:" in each and key in each]
        assert about, (line, told)
        assert value in about[0]
        assert suggestion in about[0] or suggestion in told


def test_a_file_that_is_not_there(tmp_path):
    for command in ("check", "run"):
        done = program(command, "-c", tmp_path / "none.toml")
        assert done.returncode == 2
        told = done.stdout + done.stderr
        assert "none.toml" in told
        assert "Traceback" not in told


def test_wrong_usage():
    for arguments in (("fly",), ("run", "--nonsense"), ("run",), ("codes", "add")):
        environment = {key: value for key, value in os.environ.items() if key != "SMPPPROXY_CONFIG"}
        done = program(*arguments, env=environment)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_check_warns_of_what_will_hurt(tmp_path):
    path = tmp_path / "smppproxy.toml"
    path.write_text(
        '[[listeners]]\naddress = "127.0.0.1:0"\n[[upstreams]]\nname = "up"\naddress = "127.0.0.1:1"\n'
        'mode = "pooled"\nsystem_id = "x"\npassword = "y"\nwindow = 10\n'
        '[[accounts]]\nsystem_id = "one"\npassword = "p"\nupstream = "up"\nwindow = 500\n'
        'statuses = { base = "smpp34", text_gambling = 0x58 }\n'
    )
    done = program("check", "-c", path)
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    for word in ("registry", "text_gambling", "window"):
        assert word in told, told


def test_a_taken_port_fails_at_once_and_says_which(tmp_path, carrier, launch):
    taken = carrier()
    path = tmp_path / "smppproxy.toml"
    path.write_text(
        f'[[listeners]]\naddress = "{taken.address}"\n[[upstreams]]\nname = "up"\naddress = "127.0.0.1:1"\n'
        '[[accounts]]\nsystem_id = "one"\nupstream = "up"\n[admin]\naddress = "127.0.0.1:0"\n'
    )
    done = program("run", "-c", path)
    assert done.returncode == 1
    assert taken.address.rpartition(":")[2] in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_and_version():
    done = program("--version")
    assert done.returncode == 0
    assert "cython" in done.stdout or "pure" in done.stdout
    done = program("--help")
    for command in ("run", "check", "codes", "explain", "smsc", "load", "demo"):
        assert command in done.stdout


# ---------------------------------------------------------------- a life


def test_the_ready_line_and_a_quiet_end(launch, smsc, octets):
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE]).ready()
    assert set(proxy.event) >= {"event", "listeners", "admin", "workers"}
    assert proxy.event["event"] == "ready"
    assert proxy.event["workers"] == 1
    assert proxy.get("/healthz")[0] == 200
    assert proxy.get("/readyz")[0] == 200
    bound, unbound = proxy.bound("one"), proxy.connect()
    unbound.works()
    proxy.signal(signal.SIGINT)
    assert unbound.rest() == []
    unbind = bound.receive()
    assert unbind.command == 6
    bound.send(octets.pdu(0x80000006, sequence=unbind.sequence))
    assert bound.rest() == []
    smsc.first(6)
    assert proxy.ends() == 0
    proxy.clean()
    for line in proxy.log:
        json.loads(line)


def _refused(proxy):
    try:
        proxy.connect()
    except ConnectionRefusedError:
        return True
    return False


def test_a_drain_finishes_what_is_in_flight(launch, smsc, octets, until):
    held = []

    def hold_the_first(link, got):
        if got.command == 4 and not held:
            held.append((link, got))
        else:
            smsc.accept(link, got)

    smsc.answer = hold_the_first
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE]).ready()
    reseller = proxy.bound("one")
    reseller.send(octets.submit(sequence=1))
    smsc.wait(lambda: held)
    proxy.signal(signal.SIGTERM)
    proxy.logged('"draining"')
    sequence = 2
    while not (answer := reseller.ask(octets.submit(sequence=sequence))).status:
        sequence += 1  # the word has not reached the worker yet
    assert answer.raw == octets.pdu(0x80000004, b"", sequence, 0x58)
    assert until(lambda: _refused(proxy))
    reseller.works()
    smsc.accept(*held[0])
    assert reseller.receive().header[1:] == (0x80000004, 0, 1)
    unbind = reseller.receive()
    assert unbind.command == 6
    reseller.send(octets.pdu(0x80000006, sequence=unbind.sequence))
    assert reseller.rest() == []
    assert proxy.ends() == 0
    smsc.first(6)
    proxy.clean()


def test_a_drain_that_must_leave_a_request_unanswered_fails(launch, smsc, octets):
    smsc.answer = lambda link, got: smsc.accept(link, got) if got.command in (9, 0x15) else None
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE]).ready()
    proxy.configure(proxy.path.read_text().replace("drain_timeout = 30.0", "drain_timeout = 0.5"))
    proxy.logged("reloaded")
    reseller = proxy.bound("one")
    reseller.send(octets.submit(sequence=7))
    smsc.first(4)
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    rest = reseller.rest()
    assert [got.raw for got in rest if got.command == 0x80000004] == [octets.pdu(0x80000004, b"", 7, 0x08)]
    assert proxy.ends() == 1
    assert time.monotonic() - began < 20  # long before drain_timeout was


def test_an_unanswered_unbind_does_not_hold_the_end_up(launch, smsc):
    smsc.answer = lambda link, got: smsc.accept(link, got) if got.command == 9 else None
    proxy = launch([UP.format(smsc.address)], [ONE], proxy="timers = { unbind = 0.4 }").ready()
    reseller = proxy.bound("one")
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    assert reseller.receive().command == 6
    assert reseller.rest() == []
    assert proxy.ends() == 0
    assert time.monotonic() - began < 20  # long before drain_timeout was


def test_reload_by_file_and_by_signal(launch, smsc, octets, until):
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE]).ready()
    reseller = proxy.bound("one")
    assert proxy.connect().bind("two").status == 0x0D
    good = proxy.path.read_text()

    # a changed file: another account, and a rule
    proxy.configure(good.replace("[filters.code]", f"[[accounts]]\n{TWO}\n[filters.code]\ntag = 0x1600"))
    proxy.logged('"reloaded"')
    stranger = until(lambda: _bound(proxy, "two"))
    assert reseller.ask(octets.submit(sequence=3)).status == 0xC3
    assert reseller.ask(octets.submit(sequence=4, tlvs=octets.code(tag=0x1600))).status == 0

    # a faulty file is refused whole, and says why
    proxy.configure(good.replace("[filters.code]", "[filters.code]\ntag = 0x1700\nmode = 7"))
    line = proxy.logged("reload_refused")
    assert "mode" in line
    assert reseller.ask(octets.submit(sequence=5, tlvs=octets.code(tag=0x1600))).status == 0
    stranger.works()
    proxy.configure("no [toml")
    proxy.logged("reload_refused", times=2)
    reseller.works()

    # by signal, a key that needs a restart, an account that goes
    proxy.configure(good.replace("[proxy]", "[proxy]\nworkers = 2"))
    proxy.logged('"reloaded"', times=2)
    proxy.logged("reload_needs_restart", "workers")
    proxy.signal(signal.SIGHUP)
    proxy.logged('"reloaded"', "SIGHUP")
    unbind = stranger.receive()
    assert unbind.command == 6
    stranger.send(octets.pdu(0x80000006, sequence=unbind.sequence))
    assert stranger.rest() == []
    assert reseller.ask(octets.submit(sequence=6)).status == 0
    proxy.leave()
    assert proxy.stop() == 0
    assert not any("Traceback" in each for each in proxy.log)


def _bound(proxy, name):
    session = proxy.connect()  # a new one each time: few refusals are borne on one connection
    return session if session.bind(name).status == 0 else None


def test_defaults_are_those_of_the_contract(launch, smsc, octets):
    """No filter named at all: code enforced with preset kr, text observed."""
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE], text="").ready()
    reseller = proxy.bound("one")
    assert reseller.ask(octets.submit(tlvs=b"")).status == 0xC3
    assert reseller.ask(octets.submit(tlvs=octets.code("12345678"))).status == 0xC2
    assert reseller.ask(octets.submit(tlvs=octets.code("999999999"))).status == 0xC4
    gambling = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 http://slot777.example"
    assert reseller.ask(octets.submit(gambling.encode("cp949"), data_coding=0x84)).status == 0
    assert proxy.stop() == 0
    proxy.clean()


def test_nothing_personal_in_the_logs_and_none_of_it_readable_on_disk(launch, smsc, octets):
    proxy = launch([UP.format(smsc.address)], [ONE], [octets.CODE], more='[logs]\nlevel = "debug"').ready()
    reseller = proxy.bound("one", "very-secret-pw")
    reseller.ask(octets.submit(b"private words", destination=b"01077778888"))
    reseller.ask(octets.submit(b"private words", destination=b"01077778888", tlvs=b""))
    proxy.leave()
    assert proxy.stop() == 0
    log = "\n".join(proxy.log)
    for secret in ("private words", "01077778888", "very-secret-pw"):
        assert secret not in log
    files = [path for path in proxy.path.parent.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"01077778888" in path.read_bytes()]
    keys = [path for path in files if "key" in path.name]
    assert keys
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
