"""Runs the real parent with workers of another kind: `run_parent.py CONFIGURATION WORKER`."""

from __future__ import annotations

import sys

from smppproxy.app.parent import Commands, main

sys.exit(main(sys.argv[1], Commands(worker=(sys.executable, sys.argv[2]))))
