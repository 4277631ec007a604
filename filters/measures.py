"""What a sanction asks for: the first words of the reason that stands in a list of sanctions."""

from __future__ import annotations

from typing import Final, NamedTuple

_THROTTLE: Final = "throttle"


class Measure(NamedTuple):
    """``word``: throttle, suspend or strike; ``rate``: messages a second that a throttle leaves."""

    word: str
    rate: float = 0.0

    @property
    def refuses(self) -> bool:
        """Whether nothing may pass."""
        return self.word != _THROTTLE

    @property
    def participle(self) -> str:
        """How people say it: ``suspended``."""
        return {"throttle": "throttled", "suspend": "suspended"}.get(self.word, "struck")


def measure(reason: str) -> Measure:
    """Return what a reason asks for: ``throttle 5``, ``suspend``, ``strike``; any other text is a strike."""
    word, _, rest = reason.partition(" ")
    if word == _THROTTLE:
        try:
            rate = float(rest.split()[0])
        except (ValueError, IndexError):
            rate = 0.0
        if 0.0 < rate < float("inf"):
            return Measure(word, rate)
    return Measure("suspend") if word in ("suspend", "suspended") else Measure("strike")
