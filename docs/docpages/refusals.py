"""The table of the page for resellers: status, reason, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from filters.contract import Action, Reason
from filters.policy import DEFAULTS
from filters.reasons import MEANINGS
from smppproxy.relay.statuses import TABLES
from smppproxy.smpp.constants import STATUSES

PAGE: Final = Path(__file__).parents[1] / "how-to/refused-messages.md"
BEGIN: Final = "<!-- reasons: begin, written by docs/generate.py -->\n"
END: Final = "<!-- reasons: end -->\n"

#: Reasons a status of this table stands for, but that are not told by it.
SILENT: Final = {Reason.CARRIER_REFUSED, Reason.RESELLER_GONE}


def table() -> str:
    """Return the table, by status, then in the order of the reasons."""
    statuses = TABLES["smpp34"]
    rows = sorted((reason for reason in Reason if reason not in SILENT), key=lambda reason: statuses[reason])
    return "| status | reason | what was seen | what to do | again? |\n|---|---|---|---|---|\n" + "".join(
        f"| `0x{statuses[reason]:02X}` {STATUSES[statuses[reason]].name34} "
        f"| [`{reason}`](../reference/statuses.md#{reason}) | {MEANINGS[reason].what} | {MEANINGS[reason].remedy} "
        f"| {'later' if DEFAULTS[reason] is Action.THROTTLE else 'no'} |\n"
        for reason in rows
    )


def page() -> str:
    """Return the page with its table renewed."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]
