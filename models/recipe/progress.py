"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Called with what is done and the total.
Progress = Callable[[int, int], None]

#: Steps told to the person waiting: what, done, total.
Report = Callable[[str, int, int], None]
