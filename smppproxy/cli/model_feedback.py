"""``smppproxy model feedback``: what people and authorities said of texts, for the next model."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import DryRun, Limit, Output, Why, client_of, pages, print_json, telling, who, write_text

if TYPE_CHECKING:
    from models.recipe.datasets import Dataset
    from smppproxy.state.feedback import Verdict

app = typer.Typer(no_args_is_help=True, help="Corrections and labelled reports for the next model, with their source.")


class By(StrEnum):
    """Who says so, the weakest first; see ``smppproxy.state.feedback_rows.Authority``."""

    RESELLER = "reseller"
    PERSON = "person"
    REGULATOR = "regulator"
    APPEAL = "appeal"


Label = Annotated[str, typer.Option("--label", metavar="LABEL", help="ham, or a class of the model.")]
Source = Annotated[str, typer.Option("--source", metavar="NAME", help="The file or case it comes from.")]


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV or TSV with columns text and label, and maybe category, lang, authority, source, who, why, at.",
        ),
    ],
    config: ConfigFile,
    label: Annotated[
        str, typer.Option("--label", metavar="LABEL", help="Of rows without one: ham, a class, a sub-class, not spam.")
    ] = "",
    authority: Annotated[By, typer.Option("--authority", help="Who says so, where a row does not tell.")] = By.PERSON,
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Where it comes from; the file's name if absent.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who said so; you, if absent.")] = "",
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take in verdicts on texts, all or nothing. Texts are stored encrypted.

    What was said before is left out. Where two contradict each other both are kept: the higher authority holds (appeal,
    then regulator, person, reseller), of equals the later.
    """
    from smppproxy.cli.registry import read_text
    from smppproxy.cli.tables import progress_bar

    with telling("model feedback", as_json):
        client, text = client_of(config)[0], read_text(file)
        with progress_bar("importing") as progress:
            outcome = client.request(
                "feedback.import",
                progress=progress,
                who=who(),
                why=why,
                text=text,
                dry_run=dry_run,
                label=label,
                authority=authority.value,
                source=source or file.name,
                by=by,
            )
        print_json(outcome) if as_json else _print_outcome(outcome)


@app.command("list")
def list_feedback(
    config: ConfigFile,
    label: Label = "",
    source: Source = "",
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", metavar="HEX", help="Of one text, as the trace shows it.")
    ] = "",
    texts: Annotated[bool, typer.Option("--texts", help="Show the texts too.")] = False,
    limit: Limit = 0,
    as_json: AsJson = False,
) -> None:
    """List verdicts in the order they came; those that are not in force are marked."""
    from smppproxy.cli.tables import print_table
    from smppproxy.state.codes import print_instant

    with telling("model feedback", as_json):
        filters: dict[str, Any] = {"label": label, "source": source, "fingerprint": fingerprint, "texts": texts}
        found = list(pages(client_of(config)[0], "feedback.list", "feedback", limit, **filters))
    if as_json:
        print_json({"feedback": found})
        return
    columns = ("fingerprint", "label", "authority", "who", "at", "source", "in force", *(("text",) if texts else ()))
    rows = [
        (
            each["fingerprint"],
            "/".join(filter(None, (each["label"], each["subclass"]))),
            each["authority"],
            each["who"],
            print_instant(each["at"] // 1000),
            each["source"],
            "yes" if each["effective"] else "no",
            *((" ".join(each["text"].split()),) if texts else ()),
        )
        for each in found
    ]
    print_table(columns, rows)


@app.command()
def export(
    config: ConfigFile,
    output: Output = None,
    effective: Annotated[bool, typer.Option("--effective", help="Only the verdicts in force.")] = False,
) -> None:
    """Write all verdicts with their texts as CSV (UTF-8), as `import`, `train` and `eval` read it."""
    from smppproxy.state.feedback_verbs import render

    with telling("model feedback", as_json=False):
        write_text(render(each for each in _verdicts(config) if each.effective or not effective), output, private=True)


@app.command()
def remove(
    config: ConfigFile,
    fingerprint: Annotated[str, typer.Option("--fingerprint", metavar="HEX", help="All verdicts on one text.")] = "",
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="All verdicts from one source.")] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take verdicts out: on a text, from a source, or both together. The ledger keeps that they were there."""
    with telling("model feedback", as_json):
        client = client_of(config)[0]
        answer = client.request("feedback.remove", fingerprint=fingerprint, source=source, who=who(), why=why)
        print_json(answer) if as_json else typer.echo(f"{_many(answer['removed'])} removed")


def dataset(config: Path, *, weight: float = 1.0) -> Dataset:
    """Return the verdicts in force as a data set, for training and for the gate. Raises StateError, SettingsError.

    ``weight``: how much each teaches; of a text that another set has too, the weightier row stays.
    """
    from models.recipe.datasets import Dataset, Row
    from models.recipe.labels import targets
    from smppproxy.state.feedback import digest_of
    from smppproxy.state.reports.feedback import language_of

    said = [each for each in _verdicts(config) if each.effective]
    found = Dataset("feedback", digest_of(said))
    for each in said:
        goal = targets(each.label, each.subclass)
        kind = "/".join(filter(None, (each.label, each.subclass)))
        lang = each.lang or language_of(each.text)
        found.rows.append(Row(each.text, goal, lang, "feedback", kind, weight=weight))
    found.about = {"labels": dict(Counter(each.label for each in said)), "weight": weight}
    return found


def _verdicts(config: Path) -> list[Verdict]:
    """All verdicts with their texts, asked for in pages. Raises StateError."""
    import msgspec

    from smppproxy.state.feedback import Verdict

    return msgspec.convert(list(pages(client_of(config)[0], "feedback.list", "feedback", 0, texts=True)), list[Verdict])


def _print_outcome(outcome: dict[str, Any]) -> None:
    would = "would be " if outcome["dry_run"] else ""
    labels = ", ".join(f"{count} {label}" for label, count in sorted(outcome["labels"].items()))
    typer.echo(f"{_many(outcome['added'])} {would}added" + (f" ({labels})" if labels else ""))
    if outcome["repeated"]:
        typer.echo(f"{_many(outcome['repeated'])} known before, left out")
    if outcome["contradicted"]:
        typer.echo(f"{_many(outcome['contradicted'])} against what is known:")
    for each in outcome["contradictions"]:
        typer.echo(
            f"  line {each['line']}: {each['says']} (by {each['by']}), known as {each['known']} (by "
            f"{each['known_by']}): {each['holds']} holds, text {each['fingerprint']}"
        )


def _many(number: int) -> str:
    return f"{number} verdict" if number == 1 else f"{number} verdicts"
