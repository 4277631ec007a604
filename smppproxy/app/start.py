"""What a child process begins with: imports the module that it is to be, and runs it.

``python -m smppproxy.app.start worker_main …``: the module's ``main`` finds the words that follow.
"""

from __future__ import annotations

import sys
from importlib import import_module

from smppproxy.imports import undisturbed


def main() -> int:
    """Run the module that the first word names; the exit code."""
    with undisturbed():
        module = import_module(f"smppproxy.app.{sys.argv.pop(1)}")
    code: int = module.main()
    return code


if __name__ == "__main__":
    sys.exit(main())
