"""What ``check`` says of patterns that no worker could use: they came in before a rule was as strict as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings
    from smppproxy.app.settings.faults import Warn

SHOWN: Final = 20  # patterns told of; a list of another system may hold thousands

_SQL: Final = (
    "SELECT l.name, e.key FROM list_entries e JOIN lists l ON l.id = e.list "
    "WHERE l.kind = 'pattern' AND e.gone IS NULL ORDER BY l.name, e.key"
)


def warnings(settings: Settings, config: Path) -> list[Warn]:
    """Return a warning for each pattern in the lists that is left out; none where the store cannot be read."""
    from filters.patterns import fault
    from filters.ports import Pattern
    from smppproxy.app.settings.faults import Warn
    from smppproxy.state.list_keys import pattern_of
    from smppproxy.state.peek import peek

    found: list[Warn] = []
    for name, key in peek(settings.proxy.database or settings.proxy.state_path, _SQL) or ():
        wrong = fault(Pattern(key, *pattern_of(key)))
        if wrong:
            remedy = f"take it out: smppproxy lists remove {name} {key!r}"
            found.append(Warn(str(config), 0, f"list {name}", f"pattern {key!r} is left out: {wrong}", remedy))
    if len(found) > SHOWN:
        rest = len(found) - SHOWN
        found[SHOWN:] = [Warn(str(config), 0, "lists", f"{rest} more patterns are left out")]
    return found
