"""How ``smppproxy sanctions`` shows what it found."""

from __future__ import annotations

from typing import Any

import typer

from smppproxy.cli.tables import print_history, print_table
from smppproxy.state.codes import print_instant
from smppproxy.state.sanctions.rules import Action

STYLES = {
    "proposed": "yellow",
    "standing": "red",
    "warned": "yellow",
    "strike": "bold red",
    "suspend": "red",
}
_MOST = 5  # values of a breakdown shown in one line


def print_sanctions(found: dict[str, Any]) -> None:
    """Print a listing."""
    columns = ("id", "subject", "action", "state", "texts", "share", "by", "since", "until", "approvals")
    print_table(columns, [_row(each) for each in found["sanctions"]], STYLES)
    if found["next"] is not None:
        typer.echo("… and more: --limit")


def print_sanction(found: dict[str, Any]) -> None:
    """Print one sanction with what it rests on and its history."""
    sanction, evidence = found["sanction"], found["sanction"]["evidence"]
    typer.echo(sentence(sanction))
    lines = [
        ("asked for", f"{sanction['made_by']} on {_instant(sanction['made_at'])}"),
        ("why", sanction["why"]),
        *(("approved", f"{yes['who']} on {_instant(yes['at'])} {yes['why']}".strip()) for yes in sanction["approvals"]),
        ("rate left", f"{sanction['rate']:g} msg/s" if sanction["rate"] else ""),
        ("ends", _instant(sanction["ends_at"])),
        *_grounds(evidence),
    ]
    if sanction["appeal"]:
        appeal = sanction["appeal"]
        lines.append(("appeal", f"{appeal['state']}: {appeal['text']} ({appeal['by']}, {_instant(appeal['at'])})"))
    if found.get("now"):
        now = found["now"]
        lines.append(("now", f"{now['verdicts']} malignant texts of {now['messages']} messages in the window"))
    for name, value in lines:
        if value:
            typer.echo(f"{name + ':':13}{value}")
    if evidence["verdicts"]:
        typer.echo(f"the newest messages ({len(evidence['verdicts'])} are named, `sanctions evidence` writes all):")
        rows = [
            [
                _instant(each["at"]),
                each["trace_id"],
                each["account"],
                each["reason"],
                f"{each['score']:.3f}",
                each["model"],
            ]
            for each in evidence["verdicts"][:10]
        ]
        print_table(("time", "trace id", "account", "reason", "score", "model"), rows)
    print_history(found["history"])


def print_overturned(found: dict[str, Any]) -> None:
    """Print what came of overturning a verdict."""
    typer.echo(f"{found['trace_id']}: its verdict counts no longer")
    for each in found["taken_back"]:
        typer.echo(f"taken back: {sentence(each)}")
    for each in found["stand"]:
        typer.echo(f"stands all the same: {sentence(each)}")


def sentence(sanction: dict[str, Any]) -> str:
    """Return what a sanction is, in one line."""
    what = f"sanction {sanction['id']}: {Action(sanction['action']).noun} of {sanction['subject']}"
    missing = sanction["needed"] - len(sanction["approvals"])
    told = {
        "warned": "warned, nothing was done",
        "proposed": f"proposed, {missing} {'person has' if missing == 1 else 'persons have'} to approve",
        "standing": "in force" + (f" until {_instant(sanction['ends_at'])}" if sanction["ends_at"] else ""),
        "ended": f"ended ({sanction['ended_how']})",
        "rejected": "rejected",
        "withdrawn": f"withdrawn ({sanction['ended_how']})",
    }
    return f"{what}: {told[sanction['state']]}"


def _grounds(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    figures, rule = evidence["figures"], evidence["rule"]
    share = f" of {figures['messages']} messages ({evidence['share']:.2%})" if figures["messages"] else ""
    error = f" (within {figures['recipients_error']:.0%})" if figures["recipients_error"] else ""
    window = f"{_instant(evidence['window_from'])} to {_instant(evidence['window_until'])}"
    lines = [("rule", rule["name"])] if rule else []
    lines += [("window", window), ("counted", f"{figures['verdicts']} malignant texts{share}")]
    different = "1" if figures["recipients"] == 1 else f"{figures['recipients']} different ones"
    lines.append(("recipients", f"{different}{error}" if figures["recipients"] else ""))
    for name in ("accounts", "codes", "owners", "labels", "reasons", "models", "hosts", "clusters"):
        if evidence[name]:
            shown = [f"{key} {number}" for key, number in list(evidence[name].items())[:_MOST]]
            lines.append((name, ", ".join(shown) + (", …" if len(evidence[name]) > _MOST else "")))
    if evidence["suspensions"]:
        lines.append(("suspensions", ", ".join(f"sanction {each}" for each in evidence["suspensions"])))
    if evidence["overturned"]:
        lines.append(("overturned", ", ".join(evidence["overturned"])))
    return lines


def _row(each: dict[str, Any]) -> list[str]:
    figures = each["figures"]
    share = f"{figures['share']:.2%}" if figures["messages"] else ""
    since = each["began_at"] if each["began_at"] is not None else each["made_at"]
    until = each["ended_at"] if each["ended_at"] is not None else each["ends_at"]
    return [
        str(each["id"]), each["subject"], each["action"], each["state"], str(figures["verdicts"]), share,
        each["made_by"], _instant(since), _instant(until), f"{len(each['approvals'])}/{each['needed']}",
    ]  # fmt: skip


def _instant(millis: int | None) -> str:
    return "" if millis is None else print_instant(millis // 1000)
