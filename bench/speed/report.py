"""The table: on a terminal, and between two marks of the page in docs/explanation."""

from __future__ import annotations

from pathlib import Path

from speed.figures import Results, rows

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def to_text(results: Results) -> str:
    """Return the table for people at a terminal."""
    lines = [str(results.machine), f"kernel {results.kernel}; {results.engines}; {results.date}"]
    if results.machine.busy:
        lines.append("WARNING: the machine was busy: trust CPU per message and ratios more than rates and latencies")
    table = rows(results)
    what = max((len(row.what) for row in table), default=0)
    reached = max((len(row.reached) for row in table), default=0)
    lines.append("")
    for row in table:
        target = f"target {row.target}" if row.target else ""
        lines.append(f"{row.what:{what}}  {row.reached:>{reached}}  {target:16}  {row.remark}".rstrip())
    return "\n".join([*lines, *(f"note: {note}" for note in results.notes)])


def to_markdown(results: Results) -> str:
    """Return the table for the page. A machine is told by its class: figures of one machine bind nobody else."""
    machine = results.machine
    state = "shared with others" if machine.busy else "otherwise idle"
    lines = [
        f"{results.date}; {machine.cores} cores, {machine.model}, {state} (load average {machine.load:.1f} at start); "
        f"Python {machine.python}, kernel {results.kernel}; {results.engines}.",
        "",
        "| what | reached | target | beside it |",
        "|---|---|---|---|",
        *(f"| {row.what} | {row.reached} | {row.target} | {row.remark} |" for row in rows(results)),
    ]
    if results.notes:
        lines += ["", *(f"- {note}" for note in results.notes)]
    return "\n".join(lines)


def rewrite(page: Path, results: Results) -> None:
    """Put the table into a page. Raises ValueError when the page has no marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: the lines {BEGIN} and {END} are missing; the table goes between them")
    page.write_text(f"{before}{BEGIN}\n{to_markdown(results)}\n{END}{after}", encoding="utf-8")
