"""Rules of other packages, found by entry point.

A package offers a rule in the group ``smppproxy.rules``: a callable that is given the options of its section and the
books, and returns an object with ``check(message)``. What it does with its time is its own affair; it is called on the
data path and must not wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from filters.contract import Finding, Message, Mode, OnError, Reason
from smppproxy.app.settings.checks import RULES_GROUP


class GuestError(ValueError):
    """A rule of another package cannot be used. The text says which, and why."""


class Guest:
    """A rule of another package, with the name, the mode and the ``on_error`` of its section."""

    __slots__ = ("_rule", "mode", "name", "on_error", "settings")

    def __init__(self, name: str, mode: Mode, on_error: OnError, options: Mapping[str, Any], books: Any) -> None:
        """Load and make the rule. Raises GuestError."""
        self.name = name
        self.mode = mode
        self.on_error: OnError = on_error
        self.settings = (mode, on_error, dict(options))
        offered = installed()
        if name not in offered:
            raise GuestError(f"[filters.rules.{name}]: no installed package offers this rule")
        try:
            self._rule = offered[name].load()(dict(options), books)
        except Exception as error:  # whatever another package's code may raise
            raise GuestError(f"[filters.rules.{name}]: {type(error).__name__}: {error}") from error
        if not callable(getattr(self._rule, "check", None)):
            raise GuestError(f"[filters.rules.{name}]: it has no check(message)")

    def check(self, message: Message) -> Finding | None:
        """Return what the rule finds. Raises what the rule raises, and TypeError where it returns something else."""
        found = self._rule.check(message)
        if found is None or (isinstance(found, Finding) and isinstance(found.reason, Reason)):
            return found
        raise TypeError(f"a rule returns a Finding with a Reason or None, not {type(found).__name__}")

    def refresh(self, now: float) -> None:
        """Pass on that books may have changed. ``now`` is Unix time in seconds."""
        refresh = getattr(self._rule, "refresh", None)
        if refresh is not None:
            refresh(now)


def installed() -> dict[str, Any]:
    """Return the entry points of all rules that installed packages offer, by name."""
    return {point.name: point for point in entry_points(group=RULES_GROUP)}
