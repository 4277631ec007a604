"""``smppproxy load``: a load generator that knows which answer each message should get."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from smppproxy.load.generator import Codes


def command(
    target: Annotated[str, typer.Argument(metavar="HOST:PORT", help="The SMSC or proxy to load.")],
    sessions: Annotated[int, typer.Option(help="Sessions bound at the same time.")] = 1,
    window: Annotated[int, typer.Option(help="Unanswered messages per session.")] = 10,
    messages: Annotated[int, typer.Option(min=0, help="Stop after so many messages.")] = 0,
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so many seconds (after the warm-up).")] = 0.0,
    rate: Annotated[float, typer.Option(min=0, help="Open loop: messages per second in all; 0 = closed loop.")] = 0.0,
    poisson: Annotated[bool, typer.Option("--poisson", help="Open loop: random gaps instead of even ones.")] = False,
    spin: Annotated[bool, typer.Option("--spin", help="Open loop: poll without sleep, for exact send times.")] = False,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds not counted in rate and latency.")] = 0.0,
    response_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a message is unanswered.")] = 30.0,
    engine: Annotated[
        Literal["native", "aiosmpplib", "smpplib"], typer.Option(help="Who speaks SMPP: this program, or a library.")
    ] = "native",
    bind: Annotated[Literal["transceiver", "transmitter"], typer.Option(help="How to bind.")] = "transceiver",
    system_id: Annotated[str, typer.Option(help="%d is the session's number from 0.")] = "load",
    password: Annotated[str, typer.Option(help="%d is the session's number from 0.")] = "secret",
    source: Annotated[str, typer.Option(help="Source address; # is a random digit.")] = "15880000",
    destination: Annotated[str, typer.Option(help="Destination address; # is a random digit.")] = "0105000####",
    texts: Annotated[Path | None, typer.Option(help="UTF-8 file with one text per line.")] = None,
    invent: Annotated[int, typer.Option(help="Invent different texts of this many characters instead.")] = 0,
    varied_digits: Annotated[
        bool, typer.Option("--varied-digits", help="Other digits in the text of every message.")
    ] = False,
    encoding: Annotated[
        Literal["auto", "gsm7", "ucs2", "cp949"], typer.Option(help="auto: GSM 7-bit where it fits, else UCS2.")
    ] = "auto",
    data_coding: Annotated[str, typer.Option(help="Declare this data_coding, as 0x0E, whatever the encoding.")] = "",
    code: Annotated[list[str] | None, typer.Option(help="A code to carry; may be repeated.")] = None,
    codes: Annotated[Path | None, typer.Option(help="File with one code per line (first column of a CSV).")] = None,
    code_tag: Annotated[str, typer.Option(help="Tag of the code's TLV.")] = "0x1400",
    code_mix: Annotated[
        str, typer.Option(help="Shares, as valid=0.9,missing=0.05; kinds: valid list missing wrong short unknown.")
    ] = "",
    expect: Annotated[str, typer.Option(help="Statuses allowed: 0, any, 0/0x58, or per kind: valid=0,wrong=any.")] = "",
    receipts: Annotated[bool, typer.Option("--receipts", help="Ask for delivery receipts.")] = False,
    linger: Annotated[float, typer.Option(min=0, help="Wait so many seconds for the last receipts.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    tls: Annotated[bool, typer.Option("--tls", help="Connect with TLS.")] = False,
    tls_ca: Annotated[Path | None, typer.Option(help="Trust this CA (PEM) instead of the system's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Load an SMPP server and check every answer.

    Without --rate the windows are always full (closed loop); with it, messages leave at their own time and latency
    counts from that time (open loop). Exit code 0 only if every message was answered as expected.
    """
    from smppproxy.load.generator import Plan, PlanError, report, run
    from smppproxy.load.generator import texts as text_sources
    from smppproxy.load.generator.plan import parse_expect

    host, port = _target(target)
    try:
        if invent:
            lines = text_sources.invented(min(messages or 200_000, 200_000), invent, seed)
        else:
            lines = text_sources.from_file(texts) if texts else ()
        plan = Plan(
            host=host,
            port=port,
            engine=engine,
            sessions=sessions,
            window=window,
            messages=messages,
            seconds=seconds,
            rate=rate,
            poisson=poisson,
            spin=spin,
            warm_up=warm_up,
            response_timeout=response_timeout,
            bind=bind,
            system_id=system_id,
            password=password,
            source=source,
            destination=destination,
            texts=lines,
            encoding=encoding,
            data_coding=_number(data_coding, "--data-coding", 0xFF) if data_coding else None,
            varied_digits=varied_digits,
            registered_delivery=1 if receipts else 0,
            codes=_codes(code or [], codes, code_tag, code_mix),
            expect=parse_expect(expect) if expect else {},
            linger=linger,
            seed=seed,
            tls=_tls(tls_ca) if tls or tls_ca else None,
        )
        tally = run(plan)
    except PlanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    typer.echo(json.dumps(report.to_dict(plan, tally)) if as_json else report.to_text(plan, tally))
    raise typer.Exit(1 if tally.failed else 0)


def _target(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise typer.BadParameter(f"{text!r} is no HOST:PORT, as 127.0.0.1:2775", param_hint="HOST:PORT")
    return host.strip("[]"), int(port)


def _number(text: str, option: str, most: int) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        raise typer.BadParameter(f"{text!r} is no number from 0 to 0x{most:X}", param_hint=option)
    return value


def _codes(given: list[str], path: Path | None, tag: str, mix: str) -> Codes | None:
    """The code options as one value; None when none of them was used."""
    from smppproxy.load.generator import Codes, PlanError
    from smppproxy.load.generator.plan import parse_shares

    values = list(given)
    if path is not None:
        try:
            values += [line.split(",")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(f"--codes {path}: not readable ({error})") from None
    # a CSV's heading is no code
    known = tuple(value.encode() for value in values if value and value != "code" and not value.startswith("#"))
    if not known and not mix:
        return None
    shares = parse_shares(mix) if mix else {"valid": 1.0}
    return Codes(tag=_number(tag, "--code-tag", 0xFFFF), values=known, shares=shares)


def _tls(authority: Path | None) -> ssl.SSLContext:
    from smppproxy.load.generator import PlanError

    try:
        return ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        raise PlanError(f"--tls-ca {authority}: no usable PEM file ({error})") from None
