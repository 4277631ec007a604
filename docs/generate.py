"""Writes the reference pages that are derived from code: ``python docs/generate.py``.

A test compares them with what is committed, so a table in the code and its page cannot differ.
"""

from __future__ import annotations

from pathlib import Path

from docpages import commands, events, refusals

from filters.contract import Reason
from filters.policy import DEFAULTS
from filters.reasons import MEANINGS
from smppproxy.relay.statuses import TABLES

DOCS = Path(__file__).parent

STATUSES_HEAD = """\
# Reasons and statuses

<!-- Written by docs/generate.py; do not edit. -->

For resellers and network engineers.

A *reason* is a word of a closed list; it stands in traces, metrics and, for accounts with `explain_tlv = true`, in TLV
`0x001D` of the answer. A *status* is the `command_status` the client sees. An account chooses its table with
`statuses = "smpp34" | "smpp50" | "vendor" | "india-dlt"`, or changes single rows of `smpp34` by a table of its own.

The default uses statuses of SMPP 3.4 only, because a vendor status (`0x400` and up) makes some widely used client
libraries drop the connection. *Action* says whether trying again can help: `throttle` means later, `refuse` never. A
permanent reason never has a status that clients retry (`0x08`, `0x14`, `0x58`, `0x64`).

For these reasons a status in the table is only the usual one: `field_broken` is answered with the status of the field
(`0x01`, `0x0A`, `0x0B`, ...), `carrier_refused` with the SMSC's own, and `reseller_gone` is not answered at all.

"""

TABLE_HEAD = "| reason | action | " + " | ".join(TABLES) + " |\n|" + "---|" * (len(TABLES) + 2) + "\n"


def statuses() -> str:
    """Return the page of reasons and statuses."""
    rows = [
        f"| [`{reason}`](#{reason}) | {DEFAULTS[reason]} | "
        + " | ".join(f"`0x{table[reason]:02X}`" for table in TABLES.values())
        + " |\n"
        for reason in Reason
    ]
    meanings = [
        f"\n### {reason}\n\n{MEANINGS[reason].what}\n\n*What to do:* {MEANINGS[reason].remedy}\n" for reason in Reason
    ]
    return STATUSES_HEAD + TABLE_HEAD + "".join(rows) + "\n## What each reason means\n" + "".join(meanings)


PAGES = {
    "reference/statuses.md": statuses,
    "reference/commands.md": commands.page,
    "reference/events.md": events.page,
    "how-to/refused-messages.md": refusals.page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"written: docs/{name}")
