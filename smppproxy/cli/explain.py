"""``smppproxy explain``: what would become of a message, and why. Sends nothing and changes nothing."""

from __future__ import annotations

import json as json_module
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smppproxy.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from filters.text.explain import Explanation
    from smppproxy.app.dry_run import Outcome
    from smppproxy.app.rules import RuleBooks
    from smppproxy.app.settings import Settings

#: Pieces of text shown to a person; ``--json`` has all there are.
SPANS_SHOWN = 6

#: Least probability of a kind shown to a person.
KIND_SHOWN = 0.2


def command(
    config: ConfigFile,
    text: Annotated[str, typer.Option("--text", help="The text; - reads it from standard input.")],
    code: Annotated[str | None, typer.Option("--code", help="The first sender's code; none when left out.")] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="The account's system_id; the first one when left out.")
    ] = None,
    sender: Annotated[str, typer.Option("--sender", help="The sender number or name.")] = "",
    recipient: Annotated[str, typer.Option("--recipient", help="The destination.")] = "",
    data_coding: Annotated[
        str | None, typer.Option("--data-coding", help="As 8 or 0x08; 0 or 8 as the text needs when left out.")
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Option("--extra", metavar="NAME=VALUE", help="A further identity; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what would become of a message: every finding, what the text judge saw, the decision, the status.

    Exit code 0: explained, whatever the decision. Exit code 2: the message or the configuration is wrong.
    """
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").removesuffix("\n")  # as an argument is
    run(config, text, code, account, sender, recipient, data_coding, as_json, extra or ())


def run(
    config: Path,
    text: str,
    code: str | None = None,
    account: str | None = None,
    sender: str = "",
    recipient: str = "",
    data_coding: str | int | None = None,
    json: bool = False,
    extras: list[str] | tuple[str, ...] = (),
) -> None:
    """Judge the message and print the outcome. Raises SettingsError and typer.Exit(2)."""
    from filters.text.filter import ModelError
    from smppproxy.app.dry_run import Draft, DraftError, dry_run
    from smppproxy.app.settings import load

    settings = load(config).settings
    try:
        settings = _with_stored(settings, account)
        draft = Draft(
            text=text,
            account=account,
            code=code,
            extras=dict(_pair(extra) for extra in extras),
            sender=sender,
            recipient=recipient,
            data_coding=_number(data_coding),
        )
        with _registry(settings.proxy.state_path) as (book, note):
            outcome = dry_run(settings, book, draft, time.time())
    except (DraftError, ModelError) as error:
        typer.echo(f"smppproxy explain: {error}", err=True)
        raise typer.Exit(2) from None
    if note and outcome.modes["code"] != "off":
        typer.echo(f"note: {note}", err=True)
    if json:
        from smppproxy.app.explaining import report

        typer.echo(json_module.dumps(report(outcome), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(lines(outcome)))


def _with_stored(settings: Settings, name: str | None) -> Settings:
    """Return the configuration with the account of the store that is asked for, as a worker has it. Raises DraftError.

    That is the first one where nobody says which, and the configuration lists none.
    """
    if settings.accounts if name is None else any(each.system_id == name for each in settings.accounts):
        return settings
    from smppproxy.app.dry_run import DraftError
    from smppproxy.app.settings import stored
    from smppproxy.state.accounts import AccountState

    for each in stored.kept(settings):
        if each.system_id == name or (name is None and each.state is AccountState.ACTIVE):
            if each.state is not AccountState.ACTIVE:
                raise DraftError(f"account {name!r} is {each.state}, its bind would be answered 0x0D")
            combined, unusable = stored.combine(settings, [each])
            if unusable:
                raise DraftError(f"account {each.system_id!r} of the store is left out: {unusable[each.system_id]}")
            return combined
    return settings


@contextmanager
def _registry(state_dir: Path) -> Iterator[tuple[RuleBooks, str]]:
    """Open the books for reading; where there are none yet, an empty registry and a word about it."""
    from smppproxy.app.dry_run import NoBook
    from smppproxy.state import books
    from smppproxy.state.errors import BooksError

    path = state_dir / books.FILE
    try:
        book = books.Books(path)
    except (BooksError, OSError) as error:
        yield NoBook(), f"no code is registered yet ({error})" if path.exists() else "no code is registered yet"
        return
    try:
        yield book, ""
    finally:
        book.close()


def _pair(extra: str) -> tuple[str, str]:
    from smppproxy.app.dry_run import DraftError

    name, separator, value = extra.partition("=")
    if not separator:
        raise DraftError(f"--extra {extra!r}: expected NAME=VALUE, such as relay=0009")
    return name, value


def _number(data_coding: str | int | None) -> int | None:
    from smppproxy.app.dry_run import DraftError

    if data_coding is None:
        return None
    try:
        number = int(str(data_coding), 0)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFF:
        raise DraftError(f"--data-coding {data_coding!r}: expected a number from 0 to 255, such as 8 or 0x08")
    return number


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield the outcome for people."""
    from filters.contract import Action
    from filters.reasons import MEANINGS
    from smppproxy.app.explaining import status_name

    decision = outcome.decision
    if decision.reason is None:
        yield "decision      forward: the SMSC's answer reaches the reseller unchanged"
    else:
        status = f"0x{outcome.command_status:02X} {status_name(outcome.command_status)}"
        if decision.action is Action.REWRITE:
            status = f"by the SMSC; the sender becomes {decision.rewrite_sender}"
        yield f"decision      {decision.action.value}: {decision.reason.value}, answered {status}"
        yield f"what it means {MEANINGS[decision.reason].what}"
        yield f"what to do    {MEANINGS[decision.reason].remedy}"
    yield f"account       {outcome.account}"
    yield f"code          {outcome.message.code or 'none'}"
    yield "rules         " + ", ".join(f"{rule} ({mode})" for rule, mode in outcome.modes.items())
    for throttle in outcome.throttled:
        yield f"throttled     {throttle}; what comes faster is answered 0x58"
    for finding in decision.findings:
        enforced = "" if finding.enforce else " (observed only)"
        yield f"finding       {finding.rule}: {finding.reason.value}{enforced}: {finding.evidence}"
    if not decision.findings:
        yield "finding       none"
    if outcome.explanation is not None:
        yield from _text_lines(outcome, outcome.explanation)


def _text_lines(outcome: Outcome, explanation: Explanation) -> Iterator[str]:
    from smppproxy.app.explaining import heaviest

    if len(outcome.message.texts) > 1:
        yield f"readings      {len(outcome.message.texts)}; number {(outcome.reading or 0) + 1} is explained"
    yield f"normalised    {explanation.text}"
    if explanation.features:
        yield "taken away    " + ", ".join(f"{name} {count}" for name, count in explanation.features.items())
    yield f"judged as     {explanation.top}"
    for name, probability in sorted(explanation.probabilities.items(), key=lambda item: -item[1]):
        yield f"  {name:<12}{probability:.3f}  threshold {outcome.thresholds[name]:.3f}"
    if likely := [f"{name} {p:.2f}" for name, p in explanation.kinds.items() if p >= KIND_SHOWN]:
        yield "more closely  " + ", ".join(likely)
    if not explanation.known_language:
        yield "  a language the model does not know: nothing follows from these numbers"
        if explanation.strange_words:
            yield "  seldom met    " + ", ".join(explanation.strange_words)
    name, spans = heaviest(explanation)
    nearest = "" if name == explanation.top else ", the nearest class"
    yield f"weighed most  for {name}{nearest}:"
    for span in spans[:SPANS_SHOWN]:
        yield f"  {span.weight:+.2f}  {span.text}"
