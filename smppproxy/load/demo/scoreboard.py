"""Expected against seen, for every case of the demo."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from smppproxy.load.demo.cases import CASES, Case

if TYPE_CHECKING:
    from rich.table import Table

    from smppproxy.load.demo.story import Story

LOST = -1
"""In place of a status: no answer came."""


class Scoreboard:
    """Answers by case; filled from two threads."""

    def __init__(self) -> None:
        self._seen: dict[Case, Counter[int]] = {case: Counter() for case in CASES}
        self._lock = Lock()

    def answered(self, case: Case, status: int) -> None:
        """Count one answer; :data:`LOST` when none came."""
        with self._lock:
            self._seen[case][status] += 1

    def count(self, case: Case) -> int:
        """Messages of a case that are through."""
        return self._seen[case].total()

    def holds(self, case: Case) -> bool:
        """True when a case was tried and every answer was the expected one."""
        return set(self._seen[case]) == {case.status}

    @property
    def all_hold(self) -> bool:
        """True when every case holds."""
        return all(self.holds(case) for case in CASES)

    def untried(self, reseller: str) -> bool:
        """True while a case of this reseller has not been sent."""
        return any(not self.count(case) for case in CASES if case.reseller == reseller)

    @property
    def forwarded(self) -> int:
        """Messages answered with success."""
        return sum(statuses[0] for statuses in self._seen.values())

    def reasons(self, reseller: str) -> Counter[str]:
        """How often the proxy should have named each reason to a reseller."""
        wanted: Counter[str] = Counter()
        for case, statuses in self._seen.items():
            if case.reseller == reseller and case.reason:
                wanted[case.reason] += statuses.total()
        return +wanted

    def table(self, title: str) -> Table:
        """What was forwarded and what was refused and why."""
        from rich.table import Table

        table = Table(title=title, title_justify="left")
        for heading in ("reseller", "message", "sent", "expected", "seen", "why", ""):
            table.add_column(heading, justify="right" if heading == "sent" else "left")
        for case in CASES:
            with self._lock:
                statuses = self._seen[case].copy()
            seen = ", ".join(_told(status) for status in sorted(statuses)) or "-"
            mark = "[green]ok[/]" if self.holds(case) else "[red]WRONG[/]" if statuses else "..."
            table.add_row(
                case.reseller, case.title, str(statuses.total()), _told(case.status), seen, case.reason or "-", mark
            )
        return table


def story_table(story: Story) -> Table:
    """The steps of the story and how far it is."""
    from rich.table import Table

    table = Table(title="A first sender goes bad, over three resellers", title_justify="left")
    for heading in ("what happens", "", ""):
        table.add_column(heading)
    for step in story.steps:
        mark = "..." if step.held is None else "[green]ok[/]" if step.held else "[red]NO[/]"
        table.add_row(step.what, step.told, mark)
    return table


def without_rogue(told: Counter[str], wanted: Counter[str], answers: Counter[int]) -> Counter[str]:
    """The proxy's count of reasons without what the story's messages were refused for.

    They were refused for their text or for their code: how many of each only the proxy knows, all together both do.
    """
    rest = told.copy()
    rest.subtract({"code_rate": answers[0x58]})
    ours = (rest["text_gambling"] + rest["code_sanctioned"]) - (wanted["text_gambling"] + wanted["code_sanctioned"])
    if ours == answers[0x45]:
        rest["text_gambling"], rest["code_sanctioned"] = wanted["text_gambling"], wanted["code_sanctioned"]
    return +rest


def _told(status: int) -> str:
    if status == LOST:
        return "no answer"
    return "forwarded" if status == 0 else f"refused 0x{status:02X}"
