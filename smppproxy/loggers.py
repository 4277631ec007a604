"""Where modules take their loggers from: structlog without what it would take along.

Where rich is installed structlog imports it, for tracebacks in colour that nobody asks for here: 8 MB and a third of a
second of every process. So rich is not to be found meanwhile, and nobody else imports structlog.
"""

from __future__ import annotations

import sys
from typing import Any

_hidden = "rich" not in sys.modules
if _hidden:
    sys.modules["rich"] = None  # type: ignore[assignment]  # an import of it fails
try:
    import structlog
    from structlog.typing import EventDict
finally:
    if _hidden:
        del sys.modules["rich"]

__all__ = ["EventDict", "get_logger", "structlog"]


def get_logger(name: str) -> Any:
    """Return the logger of a module: one method per level, which takes an event's name and its fields."""
    return structlog.get_logger(name)
