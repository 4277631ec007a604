"""``smppproxy demo``: everything on one machine, nothing to configure."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End after so many seconds; until Ctrl-C when left out.")
    ] = None,
) -> None:
    """See it work: an SMSC simulator, the proxy, a good and a bad reseller and a steady load, all on loopback.

    Beside them a first sender goes bad over three resellers, is throttled, suspended and struck out; a file of reports
    is traced back to it. Exit code 0 only if all of it went as it should.
    """
    from smppproxy.load.demo import play

    raise typer.Exit(play.run(seconds))
