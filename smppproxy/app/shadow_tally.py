"""What two models said of the same texts, counted: kept by each worker in a file, added up for the report.

A text counts once (``texts``), however often it is sent, as far as a worker remembers; ``messages`` counts every time.
Of a text itself only the fingerprint is kept that its trace rows have too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from smppproxy.state.models import FOLDER

TALLIES: Final = "shadow"  # the folder of the files, beside the record
EXAMPLES: Final = 100  # differences kept of each tally, the newest: a person reads no more, a file stays under 100 KiB
TALLIES_KEPT: Final = 4  # comparisons a worker's file holds, the newest: of a trial and of what was before it


class Outcome(StrEnum):
    """What the candidate made of a text, seen from the model in use."""

    AGREE = "agree"
    NEWLY_FLAGGED = "newly_flagged"
    NO_LONGER_FLAGGED = "no_longer_flagged"
    OTHER_CLASS = "other_class"  # both flag it, each for another class


class Compared(msgspec.Struct, frozen=True):
    """One text: the class it is about ("" where neither flags it), and that class's probability by both."""

    outcome: Outcome
    label: str = ""  # the candidate's class; of a text it no longer flags, that of the model in use
    before: float = 0.0  # by the model in use
    after: float = 0.0  # by the candidate


class Difference(msgspec.Struct, frozen=True):
    """An example. ``at`` is Unix seconds, ``text`` the fingerprint in hex as trace rows have it."""

    at: float
    account: str
    text: str
    outcome: Outcome
    label: str
    before: float
    after: float


class Cell(msgspec.Struct):
    """How often one thing was seen."""

    texts: int = 0
    messages: int = 0


class Tally(msgspec.Struct):
    """One comparison: a candidate against a model in use, in one stage of a trial. Models are folders' names."""

    candidate: str
    against: str
    stage: str
    trial: int  # Unix seconds at which the stage began
    cells: dict[str, dict[str, Cell]] = {}  # by account, then "outcome class"
    examples: list[Difference] = []
    dropped: int = 0  # messages that were not compared for want of time
    failed: int = 0  # messages a model failed on

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells comparisons apart."""
        return self.candidate, self.against, self.stage, self.trial

    def count(self, account: str, compared: Compared, *, first: bool) -> None:
        """Count a message; ``first`` says that its text was not compared before."""
        cells = self.cells.setdefault(account, {})
        name = f"{compared.outcome.value} {compared.label}"
        cell = cells.get(name)
        if cell is None:
            cell = cells[name] = Cell()
        cell.messages += 1
        cell.texts += first

    def keep(self, example: Difference) -> None:
        """Keep an example; the oldest goes."""
        self.examples.append(example)
        del self.examples[:-EXAMPLES]


def file_of(state_dir: Path, worker: int) -> Path:
    """Where a worker keeps its tallies."""
    return state_dir / FOLDER / TALLIES / f"{worker}.json"


def encode(tallies: Iterable[Tally]) -> bytes:
    """Return the content of a worker's file: the newest comparisons."""
    return msgspec.json.encode(list(tallies)[-TALLIES_KEPT:])


def save(path: Path, octets: bytes) -> None:
    """Write a worker's file, whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(octets)
    draft.replace(path)


def load(path: Path) -> list[Tally]:
    """Read a worker's file; none where it is absent or cannot be read: the count begins anew."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=list[Tally])
    return []


def of(state_dir: Path) -> list[Tally]:
    """The comparisons of all workers, those of the same models and stage added up, the newest last."""
    merged: dict[tuple[str, str, str, int], Tally] = {}
    for path in sorted((state_dir / FOLDER / TALLIES).glob("*.json")):
        for tally in load(path):
            known = merged.setdefault(tally.key, Tally(*tally.key))
            known.dropped += tally.dropped
            known.failed += tally.failed
            known.examples += tally.examples
            for account, cells in tally.cells.items():
                into = known.cells.setdefault(account, {})
                for name, cell in cells.items():
                    total = into.setdefault(name, Cell())
                    total.texts += cell.texts
                    total.messages += cell.messages
    for tally in merged.values():
        tally.examples.sort(key=lambda example: -example.at)
    return sorted(merged.values(), key=lambda tally: tally.trial)


def report(tally: Tally, interval: Any) -> dict[str, Any]:
    """Figures of a comparison: shares of texts with 95 % intervals, in all, by class and by account.

    ``interval(share, count)`` gives the interval of a share.
    """
    total = _sum(tally.cells.values())
    texts = sum(cell.texts for cell in total.values())

    def told(cells: dict[str, Cell], of: int) -> list[dict[str, Any]]:
        rows = []
        for name, cell in sorted(cells.items(), key=lambda item: (-item[1].texts, item[0])):
            outcome, _, label = name.partition(" ")
            share = cell.texts / of if of else 0.0
            low, high = interval(share, of) if of else (0.0, 1.0)
            rows.append(
                {"outcome": outcome, "class": label, "texts": cell.texts, "messages": cell.messages}
                | {"share": round(share, 6), "interval": [round(low, 6), round(high, 6)]}
            )
        return rows

    return {
        "candidate": tally.candidate,
        "against": tally.against,
        "stage": tally.stage,
        "since": tally.trial,
        "texts": texts,
        "messages": sum(cell.messages for cell in total.values()),
        "dropped": tally.dropped,
        "failed": tally.failed,
        "outcomes": told(_by_outcome(total), texts),
        "classes": told({name: cell for name, cell in total.items() if not name.endswith(" ")}, texts),
        "accounts": {
            account: told(_by_outcome(cells), sum(cell.texts for cell in cells.values()))
            for account, cells in sorted(tally.cells.items())
        },
        "examples": msgspec.to_builtins(tally.examples[:EXAMPLES]),
    }


def _sum(parts: Iterable[dict[str, Cell]]) -> dict[str, Cell]:
    total: dict[str, Cell] = {}
    for cells in parts:
        for name, cell in cells.items():
            into = total.setdefault(name, Cell())
            into.texts += cell.texts
            into.messages += cell.messages
    return total


def _by_outcome(cells: dict[str, Cell]) -> dict[str, Cell]:
    """The same without regard to the class; every outcome is there."""
    parts: Sequence[dict[str, Cell]] = [{f"{name.partition(' ')[0]} ": cell} for name, cell in cells.items()]
    return {f"{outcome.value} ": Cell() for outcome in Outcome} | _sum(parts)
