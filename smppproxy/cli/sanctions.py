"""``smppproxy sanctions``: what rules propose and persons decide, with the evidence, while the proxy runs or not."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, client_of, print_json, telling, who, write_text

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sanctions: proposals, measures, appeals, evidence.")

Number = Annotated[int, typer.Argument(metavar="ID", help="The sanction, as `sanctions list` shows it.")]
Whom = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="code:…, sender:…, account:…, owner:…, cluster:… or host:…; a code without its kind."
    ),
]
For = Annotated[str, typer.Option("--for", metavar="TIME", help="How long, such as 10min, 24h, 7d; until lifted else.")]
Propose = Annotated[bool, typer.Option("--propose", help="Propose it only: another person has to approve.")]

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


class Kept(StrEnum):
    """The states a listing can be of."""

    WARNED = "warned"
    PROPOSED = "proposed"
    STANDING = "standing"
    ENDED = "ended"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@app.command("list")
def list_sanctions(
    config: ConfigFile,
    state: Annotated[list[Kept] | None, typer.Option("--state", help="Only these states; repeatable.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    subject: Annotated[str, typer.Option("--subject", metavar="SUBJECT", help="Only of this subject.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List what waits for a decision and what is in force."""
    from smppproxy.cli.sanction_tables import print_sanctions

    with telling("sanctions", as_json):
        states = [str(each) for each in state or ()] or ([] if every else ["warned", "proposed", "standing"])
        found = client_of(config)[0].request("sanctions.list", states=states, subject=subject, limit=limit)
        print_json(found) if as_json else print_sanctions(found)


@app.command()
def show(number: Number, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show a sanction: what it rests on, who decided."""
    from smppproxy.cli.sanction_tables import print_sanction

    with telling("sanctions", as_json):
        found = client_of(config)[0].request("sanctions.show", id=number)
        print_json(found) if as_json else print_sanction(found)


@app.command()
def history(
    subject: Whom,
    config: ConfigFile,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show all that the ledger tells of a subject."""
    from smppproxy.cli.tables import print_history

    with telling("sanctions", as_json):
        found = client_of(config)[0].request("sanctions.history", subject=subject, limit=limit)
        if as_json:
            print_json(found)
        elif found["history"]:
            print_history(found["history"])
        else:
            typer.echo(f"{found['subject']}: the ledger tells nothing")


@app.command()
def propose(
    subject: Whom,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="observe, throttle, suspend or strike.")],
    config: ConfigFile,
    for_: For = "",
    rate: Annotated[float, typer.Option("--rate", metavar="N", help="Messages a second a throttle leaves.")] = 1.0,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Propose a measure; another person has to approve it."""
    _impose(config, subject, action, why, as_json, duration=_seconds(for_), rate=rate, propose=True)


@app.command()
def throttle(
    subject: Whom,
    config: ConfigFile,
    rate: Annotated[float, typer.Option("--rate", metavar="N", help="Messages a second that are left.")] = 1.0,
    for_: For = "",
    propose: Propose = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Leave so many messages a second, on all binds together.

    This is for a code, an account or an owner.
    """
    _impose(config, subject, "throttle", why, as_json, duration=_seconds(for_), rate=rate, propose=propose)


@app.command()
def suspend(
    subject: Whom, config: ConfigFile, for_: For = "", propose: Propose = False, why: Why = "", as_json: AsJson = False
) -> None:
    """Refuse from the next message on, for a time.

    Until it is lifted or, with --for, its time is over.
    """
    _impose(config, subject, "suspend", why, as_json, duration=_seconds(for_), propose=propose)


@app.command()
def strike(subject: Whom, config: ConfigFile, propose: Propose = False, why: Why = "", as_json: AsJson = False) -> None:
    """Refuse from the next message on, until lifted."""
    _impose(config, subject, "strike", why, as_json, propose=propose)


@app.command()
def approve(number: Number, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Say yes to a proposal.

    The last yes that is needed puts it in force.
    """
    _act(config, "approve", number, why, as_json)


@app.command()
def reject(number: Number, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Say no to a proposal, or drop a warning."""
    _act(config, "reject", number, why, as_json)


@app.command()
def lift(number: Number, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """End a measure now."""
    _act(config, "lift", number, why, as_json)


@app.command()
def appeal(
    number: Number,
    config: ConfigFile,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What they say.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who appeals.")] = "",
    uphold: Annotated[
        bool, typer.Option("--uphold", help="Decide the appeal: the sanction was wrong and ends.")
    ] = False,
    reject_it: Annotated[bool, typer.Option("--reject", help="Decide the appeal: the sanction stays.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Write down an appeal, or decide it.

    With --text and --by it is written down, with --uphold or --reject the open one is decided.
    """
    if sum((bool(text or by), uphold, reject_it)) != 1 or bool(text) != bool(by):
        raise typer.BadParameter("say --text and --by to write an appeal down, or --uphold or --reject to decide it")
    if text:
        _act(config, "appeal", number, why, as_json, text=text, by=by)
    else:
        _act(config, "decide_appeal", number, why, as_json, uphold=uphold)


@app.command()
def note(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be remembered.")],
    config: ConfigFile,
    as_json: AsJson = False,
) -> None:
    """Add a note to a sanction's history."""
    _act(config, "note", number, "", as_json, text=text)


@app.command()
def overturn(
    trace_id: Annotated[str, typer.Argument(metavar="TRACE_ID", help="The message, as evidence and trace name it.")],
    config: ConfigFile,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take back the verdict on a message.

    It counts no longer, and a sanction that does not reach its rule without it is taken back.
    """
    from smppproxy.cli.sanction_tables import print_overturned

    with telling("sanctions", as_json):
        found = client_of(config)[0].request("sanctions.overturn", trace_id=trace_id, who=who(), why=why)
        print_json(found) if as_json else print_overturned(found)


@app.command()
def evidence(
    number: Number,
    config: ConfigFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="FILE.html or FILE.json; JSON on stdout if absent."),
    ] = None,
) -> None:
    """Write what a court or a reseller may read.

    Grounds, messages, decisions, and the ledger's entries with their hashes.
    """
    from smppproxy.state.sanctions.evidence_page import as_json, render

    with telling("sanctions", as_json=False):
        document = client_of(config)[0].request("sanctions.evidence", id=number)["evidence"]
        html = out is not None and out.suffix.lower() in (".html", ".htm")
        write_text(render(document) if html else as_json(document), out)


@app.command()
def verify(config: ConfigFile, as_json: AsJson = False) -> None:
    """Prove that the ledger was not altered."""
    with telling("sanctions", as_json):
        proof = client_of(config)[0].request("ledger.verify")
        if as_json:
            print_json(proof)
        elif proof["fault"]:
            typer.echo(f"the ledger was altered: {proof['fault']}", err=True)
        else:
            typer.echo(f"the ledger is whole: {proof['entries']} entries, head {proof['head']}")
        if proof["fault"]:
            raise typer.Exit(1)


def _impose(config: Path, subject: str, action: str, why: str, as_json: bool, **fields: Any) -> None:
    with telling("sanctions", as_json):
        answer = client_of(config)[0].request(
            "sanctions.impose", subject=subject, action=action, who=who(), why=why, **fields
        )
        _tell(answer, as_json)


def _act(config: Path, verb: str, number: int, why: str, as_json: bool, **fields: Any) -> None:
    with telling("sanctions", as_json):
        _tell(client_of(config)[0].request(f"sanctions.{verb}", id=number, who=who(), why=why, **fields), as_json)


def _tell(answer: dict[str, Any], as_json: bool) -> None:
    from smppproxy.cli.sanction_tables import sentence

    if as_json:
        print_json(answer)
    else:
        typer.echo(sentence(answer["sanction"]))


def _seconds(text: str) -> int:
    """Return the seconds of ``10min``, ``24h``, ``7d``; 0 for none. Raises BadParameter."""
    if not text:
        return 0
    match = re.fullmatch(r"(\d{1,9})\s*([a-z]*)", text.strip())
    if match is None or (match[2] or "s") not in _UNITS:
        raise typer.BadParameter("a time such as 10min, 24h or 7d is expected", param_hint="--for")
    return int(match[1]) * _UNITS[match[2] or "s"]
