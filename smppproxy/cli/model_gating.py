"""The gate of ``smppproxy model use`` and ``model canary``: what it judges, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from filters.text.manifest import ModelError
from smppproxy.cli.model_source import Progress, load, model_of
from smppproxy.state.errors import InputError, StateError

if TYPE_CHECKING:
    from models.recipe.datasets import Dataset
    from smppproxy.app.model_gate import Figure, Report
    from smppproxy.app.settings import Settings


def gated(
    config: Path,
    settings: Settings,
    candidate: str,
    protected: Sequence[Path],
    force: bool,
    why: str,
    progress: Progress,
) -> Report | None:
    """Measure a model against the one in use; None where there is nothing to compare it with.

    With ``force`` one that is worse is let through; that needs a reason. Raises GateError, ModelError, StateError.
    """
    from smppproxy.app import model_gate

    if force and not why.strip():
        raise InputError("--force overrides the gate: say why with --why, the ledger keeps it")
    new = load(settings, candidate)
    try:
        old = load(settings, model_of(config))
    except ModelError as error:
        typer.echo(f"the model in use cannot be loaded, so there is nothing to compare with: {error}", err=True)
        return None
    report = model_gate.compare(old, new, _sets(config, settings, protected), progress)
    if report.worse and not force:
        raise GateError(report)
    return report


class GateError(StateError):
    """The gate refused a model. ``report`` says where it is worse."""

    kind = "gate"

    def __init__(self, report: Report) -> None:
        lines = "\n".join(f"  {sentence(figure)}" for figure in report.worse)
        super().__init__(
            f"the new model is worse than the one in use on protected texts:\n{lines}\n"
            "Nothing was changed. Train it on what it gets wrong, or override with --force --why TEXT."
        )
        self.report = report


def sentence(figure: Figure) -> str:
    """Say what a figure of the gate means."""
    what = "honest texts flagged" if figure.kind == "ham" else f"{figure.kind} found"
    became = "became wrong" if figure.worse_texts != 1 else "became wrong alone"
    return (
        f"{figure.set}: {what} {figure.old:.2%} -> {figure.new:.2%} of {figure.texts} texts; {figure.worse_texts} "
        f"{became}, {figure.better_texts} right (up to {figure.tolerance:.2%} would pass as chance), such as "
        f"{', '.join(figure.examples[:2])}"
    )


def _sets(config: Path, settings: Settings, files: Sequence[Path]) -> list[Dataset]:
    """The protected sets: the feedback, generated texts, and the operator's own files. Raises InputError."""
    from models.recipe.datasets import DataError, read_all
    from smppproxy.app import model_gate
    from smppproxy.cli import model_feedback

    feedback = model_feedback.dataset(config)
    try:
        own = read_all(list(dict.fromkeys((*settings.filters.text.protected, *files))))
    except DataError as error:
        raise InputError(str(error)) from error
    return [*([feedback] if feedback.rows else []), model_gate.generated(), *own]
