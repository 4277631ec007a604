"""``smppproxy trace``: what became of a message, from the store and from what still lies in the spool.

It reads beside a proxy that runs; nothing is locked and nothing is changed.
"""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smppproxy.cli.options import ConfigFile
from smppproxy.cli.registry import instant, print_json, telling

if TYPE_CHECKING:
    from pathlib import Path

    from smppproxy.state.trace import TraceRow


ACTIONS = {"forward": "green", "refuse": "red", "throttle": "yellow"}


class Form(StrEnum):
    """How rows are printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def command(
    config: ConfigFile,
    trace_id: Annotated[str, typer.Option("--id", metavar="ID", help="The trace id a refused client was told.")] = "",
    recipient: Annotated[
        str, typer.Option("--recipient", metavar="NUMBER", help="The number, in any spelling; kept as a keyed hash.")
    ] = "",
    sender: Annotated[str, typer.Option("--sender", metavar="TEXT", help="The sender as it was sent.")] = "",
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="The first sender's code.")] = "",
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="The account.")] = "",
    message_id: Annotated[
        str, typer.Option("--message-id", metavar="ID", help="The carrier's message_id, hexadecimal or decimal.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="WORD", help="Such as code_missing or text_loan.")] = "",
    observed: Annotated[
        str, typer.Option("--observed", metavar="WORD", help="The same, found by a filter that only observes.")
    ] = "",
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="Messages the judge cannot tell from this text.")
    ] = "",
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", metavar="HEX", help="The same, by the fingerprint in `text` of --json.")
    ] = "",
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show the texts that are kept; the ledger tells that you read them.")
    ] = False,
    name: Annotated[str, typer.Option("--who", metavar="NAME", help="Who reads the texts; you, if absent.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, with --show-text.")] = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From this day or time on (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="To this day or time (UTC).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many, the newest.")] = 100,
    form: Annotated[Form, typer.Option("--format", help="text, csv or json.")] = Form.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
) -> None:
    """Find what became of a message, newest first. What is given has to fit all at once."""
    form = Form.JSON if as_json else form
    with telling("trace", form is Form.JSON):
        from smppproxy.app.settings import load
        from smppproxy.state.errors import InputError
        from smppproxy.state.pseudonyms import Pseudonymiser
        from smppproxy.state.refusals import REASONS
        from smppproxy.state.trace_query import TraceQuestion, pseudonyms_of, search

        if wrong := [word for word in (reason, observed) if word and word not in REASONS]:
            raise InputError(f"{wrong[0]!r} is no reason; they are listed in the reference of statuses")
        proxy = load(config).settings.proxy
        state_dir = proxy.state_path
        given: dict[str, Any] = {
            "trace_id": trace_id, "sender": sender, "code": code, "account": account,
            "message_id": message_id, "reason": reason, "observed": observed, "limit": limit,
            "text": _fingerprint(text, fingerprint),
        }  # fmt: skip
        if (begin := instant("--since", since, end=False)) is not None:
            given["since"] = float(begin)
        if (end := instant("--until", until, end=True)) is not None:
            given["until"] = float(end)
        if recipient:
            given["recipients"] = pseudonyms_of(recipient, Pseudonymiser.load(state_dir))
        rows = search(state_dir, TraceQuestion(**given), proxy.database)
        texts = _texts(config, rows, name, why) if show_text else {}
    if form is Form.JSON:
        print_json({"messages": [_told(row) | texts.get(row.trace_id, {}) for row in rows]})
    elif form is Form.CSV:
        _print_csv(rows)
    else:
        _print_text(rows)
    if form is not Form.JSON:
        for trace_id, found in texts.items():
            typer.echo(f"--- {trace_id}, from {found['said_by']}")
            typer.echo("".join(each if each.isprintable() or each == "\n" else "�" for each in found["said"]))


def _texts(config: Path, rows: list[TraceRow], name: str, why: str) -> dict[str, dict[str, str]]:
    """Return the texts of messages by trace id. Raises StateError: too many, or no reason given."""
    from smppproxy.cli.registry import client_of, who
    from smppproxy.state.errors import InputError
    from smppproxy.state.text_verbs import LIMIT

    wanted = {row.trace_id: row.text.hex() for row in rows}
    if len(wanted) > LIMIT:
        raise InputError(f"texts of {LIMIT} messages are shown at most; ask for fewer: --limit, --id, --since")
    messages = [{"trace_id": trace_id, "text": text} for trace_id, text in wanted.items()]
    answer = client_of(config)[0].request(
        "texts.read", messages=messages, who=f"cli:{name}" if name else who(), why=why
    )
    return {each["trace_id"]: {"said": each["text"], "said_by": each["from"]} for each in answer["texts"]}


def _fingerprint(text: str, given: str) -> bytes:
    """Return the fingerprint that is looked for, b"" for none. Raises BadParameter."""
    from smppproxy.state.trace import FINGERPRINT, fingerprint

    if text and given:
        raise typer.BadParameter("say the text or its fingerprint, not both", param_hint="--fingerprint")
    if text:
        from filters.text.normalise import prepare

        return fingerprint(prepare(text).key)
    try:
        found = bytes.fromhex(given)
    except ValueError:
        found = b"?"
    if found and len(found) != FINGERPRINT:
        raise typer.BadParameter(f"{2 * FINGERPRINT} hexadecimal digits are expected", param_hint="--fingerprint")
    return found


def _told(row: TraceRow) -> dict[str, Any]:
    return {**row._asdict(), "at": _time(row.at), "recipient": row.recipient.hex(), "text": row.text.hex()}


def _print_csv(rows: list[TraceRow]) -> None:
    from smppproxy.state.trace import FIELDS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(_told(row).values() for row in rows)


def _print_text(rows: list[TraceRow]) -> None:
    from smppproxy.cli.tables import print_table

    columns = ("time", "trace id", "account", "code", "sender", "action", "reason", "label", "status", "message_id")
    shown = [_shown(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *shown, strict=True)]
    if sys.stdout.isatty() and sum(widths) + 2 * len(widths) > get_terminal_size().columns:
        _print_records(shown)
    else:
        print_table(columns, shown, ACTIONS)
    if not rows and sys.stdout.isatty():
        typer.echo("nothing found")


def _print_records(shown: list[list[str]]) -> None:
    """Print two lines a message where a table would have to cut off what one looks for: the trace id, the time."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for at, trace_id, account, code, sender, action, reason, label, status, message_id in shown:
        head = (
            Text(f"{at}  {trace_id}  ") + Text(action, ACTIONS.get(action, "")) + Text(f" {status} {reason}".rstrip())
        )
        told = {"code": code, "sender": sender, "label": label, "message_id": message_id}
        console.print(head, soft_wrap=True)
        console.print(
            "  " + ", ".join([account, *(f"{name} {value}" for name, value in told.items() if value)]), markup=False,
            soft_wrap=True,
        )  # fmt: skip


def _shown(row: TraceRow) -> list[str]:
    """What a person sees of a row; what was only observed stands in brackets."""
    label = f"{row.label} {row.score:.2f}" if row.label else ""
    reasons = [row.reason] if row.reason else []
    reasons += [f"({word})" for word in row.observed.split(",") if word]
    ends = [row.action, " ".join(reasons), label, f"0x{row.status:08X}", row.message_id]
    return [_time(row.at), row.trace_id, row.account, row.code, row.sender, *ends]


def _time(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
