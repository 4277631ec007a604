"""What the Dockerfile takes is there, and it does what its proof knows how to run."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def prove():
    loader = importlib.machinery.SourceFileLoader("prove_dockerfile", str(ROOT / "deploy/prove-dockerfile"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("prove_dockerfile", loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def steps(prove):
    return prove.instructions((ROOT / "Dockerfile").read_text())


def test_continued_lines_are_one_instruction(prove):
    assert prove.instructions("# note\nRUN a \\\n && b\nUSER x\n") == [("RUN", "a   && b"), ("USER", "x")]


def test_everything_it_copies_is_in_the_project(steps):
    for keyword, rest in steps:
        if keyword == "COPY" and not rest.startswith("--from="):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources)


def test_the_program_runs_as_its_own_user_and_has_a_health_check(steps):
    last = dict(steps)
    assert last["USER"] != "root"
    assert json.loads(last["ENTRYPOINT"]) == ["smppproxy"]
    assert "HEALTHCHECK" in last
    assert [keyword for keyword, _ in steps].count("FROM") == 2


def test_it_uses_only_instructions_the_proof_can_run(steps):
    known = {"FROM", "RUN", "ENV", "WORKDIR", "USER", "COPY", "CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE"}
    assert {keyword for keyword, _ in steps} <= known


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_asks_directly(steps, status):
    """Whoever runs containers behind an HTTP proxy has its address put into all of them."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Tests are quiet."""

    words = json.loads(dict(steps)["HEALTHCHECK"].partition("CMD ")[2])
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/healthz"
        environment = {"SMPPPROXY_HEALTH": address, "http_proxy": "http://127.0.0.1:1"}  # where nobody is
        done = subprocess.run([sys.executable, *words[1:]], env=environment, capture_output=True, check=False)
        if done.returncode and status == 200:
            socket.create_connection(server.server_address).close()  # lets the thread end
        serving.join()
    assert (done.returncode == 0) is (status == 200), done.stderr
