"""``smppproxy reports``: spam reports of the regulator, the campaigns they make, and who sent those.

The file is read, and the trace searched, by this command itself, beside a proxy that runs; what comes of it goes to the
registry like any other change.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import DryRun, Output, Why, client_of, print_json, settle, telling, who, write_text
from smppproxy.state.reports.files import Form

if TYPE_CHECKING:
    from smppproxy.state.client import Client

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Spam reports: import them, and find who sent what was reported."
)

Campaign = Annotated[
    int, typer.Argument(metavar="CAMPAIGN", min=1, help="Its number, as `reports campaigns` shows it.")
]


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The regulator's dump, or its spreadsheet as XLSX or CSV.")
    ],
    config: ConfigFile,
    form: Annotated[Form, typer.Option("--format", help="How the file is written.")] = Form.AUTO,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Where rows that are wrong are kept; else FILE.rejected.csv."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Match a file that was imported before to the trace anew.")
    ] = False,
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Read a file of reports, match it to the trace and gather it into campaigns. The same report counts once."""
    from smppproxy.app.settings import load
    from smppproxy.state.reports.importing import Import

    with telling("reports", as_json):
        proxy = load(config).settings.proxy
        if not dry_run:
            settle(config)
        with _progress() as tell:
            work = Import(
                client_of(config)[0], proxy.state_path, who=who(), why=why, clock=time.time, tell=tell,
                database=proxy.database,
            )  # fmt: skip
            outcome = work.run(file, form=form, dry_run=dry_run, rejects=rejects, again=again)
    if as_json:
        from msgspec import to_builtins

        print_json(to_builtins(outcome))
    else:
        _print_outcome(outcome)


@app.command("list")
def list_files(config: ConfigFile, as_json: AsJson = False) -> None:
    """List the files that were imported, newest first."""
    from smppproxy.cli.tables import print_table
    from smppproxy.state.codes import print_instant

    with telling("reports", as_json):
        found = client_of(config)[0].request("reports.list")
        if as_json:
            print_json(found)
            return
        rows = [
            [each["name"], each["form"], "broken off: import it again" if each["state"] == "open" else "done",
             print_instant(each["at"] // 1000), each["who"],
             *(str(each[name]) for name in ("added", "duplicates", "rejected"))]
            for each in found["files"]
        ]  # fmt: skip
        print_table(("file", "format", "state", "imported", "by", "reports", "duplicates", "rejected"), rows)


@app.command()
def campaigns(
    config: ConfigFile,
    least: Annotated[int, typer.Option("--least", min=1, help="Only those with so many reports.")] = 2,
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="Only those this code sent.")] = "",
    category: Annotated[str, typer.Option("--category", metavar="CLASS", help="Such as gambling or loan.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List campaigns: texts that are near-identical, those with the most reports first."""
    from smppproxy.cli.tables import print_table

    with telling("reports", as_json):
        found = client_of(config)[0].request(
            "reports.campaigns", least=least, code=code, category=category, limit=limit
        )
        if as_json:
            print_json(found)
            return
        rows = [
            [str(each["campaign"]), each["category"] or "unknown", str(each["reports"]), str(each["ham"]),
             str(each["texts"]), str(each["senders"]), _time(each["first_at"]), _time(each["last_at"]),
             " ".join(code or "none" for code in each["codes"]) or "not in the trace"]
            for each in found["campaigns"]
        ]  # fmt: skip
        print_table(("campaign", "class", "reports", "not spam", "texts", "senders", "first", "last", "codes"), rows)
        if not rows and sys.stdout.isatty():
            typer.echo("no campaign")


@app.command()
def show(number: Campaign, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show a campaign: what was reported, and which codes sent it, through whom, how often."""
    with telling("reports", as_json):
        found = client_of(config)[0].request("reports.show", campaign=number)
        print_json(found) if as_json else _print_campaign(found)


@app.command()
def propose(
    number: Campaign,
    config: ConfigFile,
    action: Annotated[str, typer.Option("--action", metavar="WORD", help="throttle, suspend or strike.")] = "strike",
    code: Annotated[
        list[str] | None, typer.Option("--code", metavar="CODE", help="Only this code; else every code that sent it.")
    ] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Propose a sanction for the codes that sent a campaign, with its reports and traces as evidence.

    Another person approves or rejects it: `smppproxy sanctions list`.
    """
    from smppproxy.state.errors import ConflictError, InputError
    from smppproxy.state.reports.proposing import proposals

    with telling("reports", as_json):
        client = client_of(config)[0]
        made, left = [], []
        for each in proposals(client.request("reports.show", campaign=number), set(code or ())):
            try:
                sanction = client.request(
                    "sanctions.impose", subject=f"code:{each.code}", action=action, propose=True, who=who(),
                    why=why or each.why,
                )["sanction"]  # fmt: skip
            except ConflictError as error:
                # What is proposed or in force already gets this evidence too: whoever decides it has to see it.
                standing = _standing(client, each.code, action)
                if standing:
                    client.request("sanctions.note", id=standing, text=each.evidence, who=who())
                left.append({"code": each.code, "reason": str(error), "sanction": standing})
                continue
            client.request("sanctions.note", id=sanction["id"], text=each.evidence, who=who())
            made.append({"code": each.code, "sanction": sanction["id"], "evidence": each.evidence})
        if not made and not left:
            raise InputError(f"campaign {number}: no code that is in the trace sent it; nothing was proposed")
        if as_json:
            print_json({"proposed": made, "left": left})
            return
        for entry in made:
            typer.echo(f"proposed: {action} {entry['code']} (sanction {entry['sanction']})")
        for entry in left:
            noted = f"; the evidence was added to sanction {entry['sanction']}" if entry["sanction"] else ""
            typer.echo(f"left: {entry['code']}: {entry['reason']}{noted}")


@app.command()
def export(
    config: ConfigFile,
    feedback: Annotated[
        bool,
        typer.Option("--feedback", help="Texts with their labels, as `smppproxy model feedback import` reads them."),
    ] = False,
    least: Annotated[int, typer.Option("--least", min=1, help="Only texts with so many reports.")] = 1,
    output: Output = None,
    why: Why = "",
) -> None:
    """Write reported texts with the label most of their reports give them. Whoever has the file can read them."""
    from smppproxy.state.errors import InputError
    from smppproxy.state.reports.feedback import render

    with telling("reports", as_json=False):
        if not feedback:
            raise InputError("say what to write: --feedback")
        client = client_of(config)[0]

        def texts() -> Iterator[dict[str, Any]]:
            after: str | None = ""
            while after is not None:
                page = client.request("reports.labelled", after=after, least=least, who=who(), why=why)
                yield from page["texts"]
                after = page["next"]

        write_text(render(texts()), output, private=True)


def _standing(client: Client, code: str, action: str) -> int | None:
    """Return the number of the sanction of a code that is proposed or in force, of this action where there are more."""
    found = client.request("sanctions.list", subject=f"code:{code}")["sanctions"]
    open_ones = [each for each in found if each["state"] in ("proposed", "standing")]
    open_ones.sort(key=lambda each: (each["action"] == action, each["id"]))
    return open_ones[-1]["id"] if open_ones else None


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done on a terminal, nothing when piped."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield tell


def _print_outcome(outcome: Any) -> None:
    if outcome.repeated:
        typer.echo("this very file was imported before; nothing was changed (--again matches it to the trace anew)")
        return
    would = "would be " if outcome.dry_run else ""
    typer.echo(
        f"{outcome.reports} reports: {would}added {outcome.added}, told before {outcome.duplicates}, "
        f"wrong rows {outcome.rejected}"
    )
    typer.echo("classes: " + ", ".join(f"{name} {many}" for name, many in outcome.categories.items()))
    if outcome.unknown_labels:
        words = ", ".join(f"{label or 'empty'} {many}" for label, many in list(outcome.unknown_labels.items())[:10])
        typer.echo(f"labels that stand for no class: {words}")
    if not outcome.dry_run:
        typer.echo(
            f"matched to the trace {outcome.matched}, campaigns {outcome.campaigns}, "
            f"senders reported 50 times a day {outcome.candidates}"
        )
    for fault in outcome.faults:
        typer.echo(f"  row {fault}", err=True)
    if outcome.rejected > len(outcome.faults):
        typer.echo(f"  … and {outcome.rejected - len(outcome.faults)} more", err=True)
    if outcome.rejects:
        typer.echo(f"  all of them are in {outcome.rejects}", err=True)


def _print_campaign(found: dict[str, Any]) -> None:
    lines = {
        "campaign": f"{found['campaign']}: {found['category'] or 'unknown'}",
        "reports": f"{found['reports']}, of these {found['ham']} say it is no spam",
        "reported": f"{_time(found['first_at'])} to {_time(found['last_at'])}",
        "texts": str(found["texts"]),
        "labels": _counted(found["labels"]),
        "senders": _counted(found["numbers"]) or "masked or not named",
        "text": f"fingerprint {found['text']}",
    }
    for name, value in lines.items():
        typer.echo(f"{name + ':':10}{value}")
    if not found["sources"]:
        typer.echo("sent by:  no message of it is in the trace")
    for each in found["sources"]:
        through = " through " + " > ".join(each["resellers"]) if each["resellers"] else ""
        owner = f" ({each['owner']})" if each["owner"] else ""
        typer.echo(
            f"sent by:  code {each['code'] or 'none'}{owner}, account {each['account']}{through}, {each['route']}"
        )
        typer.echo(
            f"          {each['messages']} messages to {each['recipients']} recipients, {each['refused']} refused, "
            f"{_time(each['first_at'])} to {_time(each['last_at'])}"
        )
        typer.echo(f"          such as {', '.join(each['traces'][:3])}")
        for match in each["matches"][:3]:
            typer.echo(
                f"          report {match['report']} is {match['trace_id']}: {match['confidence']:.2f}, {match['why']}"
            )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or 'none'} {many}" for name, many in counts.items())


def _time(at: float) -> str:
    from smppproxy.state.codes import print_instant

    return print_instant(int(at)) if at else "unknown"
