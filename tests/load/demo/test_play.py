"""The demo as a person starts it, with the real proxy."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer

from smppproxy.load.demo import play

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")


def test_every_verdict_is_the_expected_one():
    shown = subprocess.run(
        [*PROGRAM, "demo", "--seconds", "1"], capture_output=True, text=True, check=False, timeout=300
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "text_gambling" in shown.stdout
    assert "/desk   sign in as 'demo' with password '" in shown.stdout
    assert "NO " not in shown.stdout
    assert shown.stderr == ""


def test_ctrl_c_ends_it_in_order():
    process = subprocess.Popen([*PROGRAM, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "Press Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, output + errors
    assert "every verdict was the expected one" in output
    assert "Traceback" not in output + errors


def test_the_proxys_own_count_is_asked_for_directly(monkeypatch):
    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'smppproxy_reasons_total{reason="code_missing"} 3.0\n')

        def log_message(self, *_):
            """Tests are quiet."""

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # where nobody is
    with HTTPServer(("127.0.0.1", 0), Metrics) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        told = play._told_reasons(f"127.0.0.1:{server.server_address[1]}")
        serving.join()
    assert told == Counter(code_missing=3)
