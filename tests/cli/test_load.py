"""Wrong usage of ``smppproxy load``; whole runs of it are in ``test_smsc.py``."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("nowhere", "--messages", "1"), "HOST:PORT"),
        (("127.0.0.1:1",), "--messages"),
        (("127.0.0.1:1", "--messages", "1", "--code-mix", "nice=1"), "no kind"),
        (("127.0.0.1:1", "--messages", "1", "--texts", "/absent"), "--texts /absent"),
        (("127.0.0.1:1", "--messages", "1", "--codes", "/absent"), "--codes /absent"),
        (("127.0.0.1:1", "--messages", "1", "--expect", "x"), "--expect"),
        (("127.0.0.1:1", "--messages", "1", "--code", "1", "--code-tag", "x"), "--code-tag"),
        (("127.0.0.1:1", "--messages", "1", "--tls-ca", "/absent"), "--tls-ca /absent"),
        (("127.0.0.1:1", "--messages", "1", "--engine", "aiosmpplib", "--encoding", "cp949"), "--encoding"),
    ],
)
def test_wrong_usage_of_load_is_told(options, told):
    refused = subprocess.run([*PROGRAM, "load", *options], capture_output=True, text=True, check=False, timeout=120)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
