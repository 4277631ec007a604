"""``smppproxy smsc`` and ``smppproxy load`` as programs, against each other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
Start = Callable[..., "Running"]


class Running:
    """A simulator that told its address."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        ready = self.row()
        assert ready["event"] == "ready"
        self.address = ready["address"]

    def row(self) -> dict[str, object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        row: dict[str, object] = json.loads(line)
        return row

    def end(self) -> tuple[int, dict[str, object]]:
        self.process.send_signal(signal.SIGTERM)
        row = self.row()
        return self.process.wait(timeout=120), row


@pytest.fixture
def smsc() -> Iterator[Start]:
    """Starts ``smppproxy smsc`` on a free port."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Running:
        process = subprocess.Popen(
            [*PROGRAM, "smsc", "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return Running(process)

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def load(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, "load", *options], capture_output=True, text=True, check=False, timeout=120)


def test_both_print_the_same_checksum(smsc, tmp_path):
    dump = tmp_path / "dump.jsonl"
    simulator = smsc("--dump", str(dump), "--message-id", "uuid", "--delay-ms", "0-2")
    codes = tmp_path / "codes.csv"
    codes.write_text("code,owner\n301150232,a\n301150233,b\n")
    sent = load(simulator.address, "--messages", "300", "--sessions", "3", "--codes", str(codes), "--json")
    assert sent.returncode == 0, sent.stderr
    report = json.loads(sent.stdout)
    simulator.process.send_signal(signal.SIGUSR1)
    assert simulator.row()["submits"] == 300
    code, counts = simulator.end()
    assert code == 0
    assert counts["checksum"] == report["checksum"]
    assert counts["accepted"] == report["answered"] == 300
    rows = [json.loads(line) for line in dump.read_text().splitlines()]
    assert sum(row["command"] == "submit_sm" for row in rows) == 300


def test_faults_fail_the_load_unless_expected(smsc):
    simulator = smsc("--throttle-every", "10", "--error-share", "0.2", "--error-status", "0x0A", "--seed", "1")
    failed = load(simulator.address, "--messages", "100")
    assert failed.returncode == 1
    assert "UNEXPECTED" in failed.stdout
    assert "FAILED" in failed.stdout
    allowed = load(simulator.address, "--messages", "100", "--expect", "0/0x58/0x0a")
    assert allowed.returncode == 0, allowed.stdout


def test_over_tls(smsc, tmp_path):
    certificate = tmp_path / "both.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", certificate),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    simulator = smsc("--tls", str(certificate), "--tls-key", str(tmp_path / "key.pem"))
    for engine in ("native", "smpplib"):
        options = ("--messages", "50", "--tls-ca", str(certificate), "--engine", engine)
        sent = load(simulator.address, *options)
        assert sent.returncode == 0, sent.stdout + sent.stderr


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--delay-ms", "5-2"), 2, "--delay-ms"),
        (("--error-status", "x"), 2, "--error-status"),
        (("--tls", "/absent"), 2, "--tls /absent"),
        (("--dump", "/absent/file"), 2, "--dump"),
        (("--host", "203.0.113.1"), 1, "cannot listen"),
    ],
)
def test_wrong_usage_of_smsc_is_told(options, code, told):
    refused = subprocess.run([*PROGRAM, "smsc", *options], capture_output=True, text=True, check=False, timeout=120)
    assert refused.returncode == code
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
