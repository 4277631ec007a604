"""``smppproxy quarantine``: messages held for a person to look at.

Every command works while the proxy runs and while it does not. What is released while it does not run is sent when it
does.
"""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from typing import Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Limit, Output, Why, client_of, pages, print_json, telling, who, write_text

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Messages held for a person to look at.", rich_markup_mode=None
)

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Message ids, as `list` shows them.")]
Account = Annotated[str, typer.Option("--account", metavar="NAME", help="Of this account.")]
Code = Annotated[str, typer.Option("--code", metavar="CODE", help="With this code.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WORD", help="Held for this reason, such as text_smishing.")]


class State(StrEnum):
    """Where a message stands."""

    HELD = "held"
    RELEASING = "releasing"
    SENDING = "sending"
    RELEASED = "released"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DROPPED = "dropped"
    EXPIRED = "expired"
    ALL = "all"


OfState = Annotated[State, typer.Option("--state", help="In this state.")]

_COLUMNS = ("id", "came in", "state", "account", "code", "sender", "part", "reason", "evidence")
_STYLES = {"held": "yellow", "unknown": "bold red", "released": "green", "refused": "red"}


@app.command("list")
def list_command(
    config: ConfigFile,
    state: OfState = State.HELD,
    account: Account = "",
    code: Code = "",
    reason: Reason = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List messages: those held, or of another state.

    In the order they came in.
    """
    with telling("quarantine list", as_json):
        found = list(_found(config, state, account, code, reason, limit))
    if as_json:
        print_json({"messages": found})
        return
    from smppproxy.cli.tables import print_table

    print_table(_COLUMNS, [_row(each) for each in found], _STYLES)
    if not found:
        typer.echo("nothing is held" if state is State.HELD else "nothing found", err=True)
    if found and len(found) == limit:
        typer.echo(f"the first {limit}; there may be more, which --limit 0 shows", err=True)


@app.command()
def show(
    config: ConfigFile,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The message id, as `list` shows it.")],
    text: Annotated[
        bool, typer.Option("--text", help="Show its recipients and its text too; the ledger notes it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one message: why it is held, what became of it."""
    with telling("quarantine show", as_json):
        client, _ = client_of(config)
        found = client.request("quarantine.show", message_id=message_id, content=text, who=who())
    if as_json:
        print_json(found)
        return
    message = found["message"]
    told = [
        ("id", message["message_id"]),
        ("state", message["state"]),
        ("came in", _time(message["at"])),
        ("expires", _time(message["expires_at"]) if message["state"] == "held" else ""),
        ("account", message["account"]),
        ("code", message["code"]),
        ("sender", message["sender"]),
        ("part", message["segment"]),
        ("text id", message["text_id"] if message["text_id"] != message["message_id"] else ""),
        ("held for", f"{message['reason']} ({message['evidence'] or message['rule']})"),
        ("trace id", message["trace_id"]),
        ("decided", f"{_time(message['changed_at'])} by {message['who']}" if message["who"] else ""),
        ("why", message["why"]),
        ("attempts", str(message["attempts"] or "")),
        ("outcome", message["told"]),
        ("status", f"0x{message['status']:08X}" if message["status"] else ""),
        ("SMSC's id", message["carrier_id"]),
        ("receipt", message["receipt"].replace("_", " ")),
        ("recipients", " ".join(found.get("recipients", ()))),
        ("text", found.get("text", "")),
    ]
    for name, value in told:
        if value:
            typer.echo(f"{name + ':':13}{value}")
    if text and "text" not in found:
        typer.echo("its text is no longer kept", err=True)


@app.command()
def release(
    config: ConfigFile,
    message_ids: Ids,
    why: Why = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also where nobody knows whether the SMSC has it: it may be sent twice.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send messages after all.

    Each goes with the other held parts of its text. A message whose code was sanctioned since is not sent.
    Receipts reach the client under the id it was told.
    """
    _decide("release", config, message_ids, as_json, why=why, again=again)


@app.command()
def drop(
    config: ConfigFile,
    message_ids: Ids,
    why: Why = "",
    receipts: Annotated[
        bool, typer.Option("--receipts/--no-receipts", help="Tell clients that asked for a receipt: REJECTD.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Never send messages.

    The other held parts of their texts go with them.
    """
    _decide("drop", config, message_ids, as_json, why=why, receipts=receipts)


@app.command()
def export(
    config: ConfigFile,
    output: Output = None,
    state: OfState = State.ALL,
    account: Account = "",
    code: Code = "",
    reason: Reason = "",
    text: Annotated[bool, typer.Option("--text", help="With recipients and texts, of those still kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write messages as CSV, or as JSON.

    Without their texts, unless these are asked for.
    """
    with telling("quarantine export", as_json):
        found = list(_found(config, state, account, code, reason, 0))
        if text:
            client, _ = client_of(config)
            for each in found:
                shown = client.request("quarantine.show", message_id=each["message_id"], content=True, who=who())
                each["to"] = " ".join(shown.get("recipients", ()))
                each["text"] = shown.get("text", "")
        if as_json:
            print_json({"messages": found})
        else:
            write_text(_csv(found, text), output, private=text)


def _found(config: Any, state: State, account: str, code: str, reason: str, limit: int) -> Any:
    client, _ = client_of(config)
    wanted = "" if state is State.ALL else state.value
    return pages(
        client, "quarantine.list", "messages", limit, state=wanted, account=account, code=code, reason=reason
    )  # fmt: skip


def _decide(verb: str, config: Any, message_ids: list[str], as_json: bool, **given: Any) -> None:
    with telling(f"quarantine {verb}", as_json):
        client, _ = client_of(config)
        done = client.request(f"quarantine.{verb}", message_ids=message_ids, who=who(), **given)
    if as_json:
        print_json(done)
        return
    for each in done["messages"]:
        part = f" (part {each['segment']})" if each["segment"] else ""
        typer.echo(f"{each['message_id']}{part}: {'to be sent' if verb == 'release' else each['state']}")


def _row(message: dict[str, Any]) -> list[str]:
    return [
        message["message_id"],
        _time(message["at"]),
        message["state"],
        *(message[name] for name in ("account", "code", "sender", "segment", "reason", "evidence")),
    ]


def _csv(messages: list[dict[str, Any]], text: bool) -> str:
    from smppproxy.state.quarantine import Message

    names = [*Message.__struct_fields__, *(("to", "text") if text else ())]
    written = io.StringIO()
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    times = ("at", "expires_at", "changed_at")
    writer.writerows({name: _time(each[name]) if name in times else each[name] for name in names} for each in messages)
    return written.getvalue()


def _time(at: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
