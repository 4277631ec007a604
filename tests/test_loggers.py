"""Loggers: structlog as it is, without what it would take along."""

from __future__ import annotations

import json
import subprocess
import sys

import structlog

from smppproxy.loggers import get_logger

CODE = """\
import json, sys
import smppproxy.loggers
told = {"brought": sorted({"rich", "pygments", "markdown_it"} & sys.modules.keys())}
import rich.console  # who needs it finds it
told["later"] = rich.console.__name__
print(json.dumps(told))
"""


def test_rich_is_left_out_and_found_later():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {"brought": [], "later": "rich.console"}


def test_a_logger_tells_what_structlog_is_told():
    with structlog.testing.capture_logs() as lines:
        get_logger("any").info("session_bound", account="a")
    assert lines == [{"event": "session_bound", "account": "a", "log_level": "info"}]
