"""The states of a session and the one table of what may be received in each.

A session starts ``OPEN``. A bind request moves it to ``BINDING`` until the bind is answered, then to one
of the three bound states. ``unbind`` ends in ``UNBOUND``, the end of the connection in ``CLOSED``.
``OUTBOUND`` lies between an outbind and the bind it asks for. ``BINDING`` is not a state of the
specification: it keeps a request that overtakes the answer to the bind from being taken for legal.

:data:`ALLOWED` says which PDUs an end may *receive* (SMPP 3.4 s. 2.3, table 2-1; SMPP 5.0 s. 2.4, tables
2-3 and 2-4). Whatever is absent is a fault: the session, its tests and the page
``docs/reference/session-states.md``, which :func:`page` makes, all read this table.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from smppproxy.smpp.constants import (
    ALERT_NOTIFICATION,
    BIND_RECEIVER,
    BIND_RECEIVER_RESP,
    BIND_TRANSCEIVER,
    BIND_TRANSCEIVER_RESP,
    BIND_TRANSMITTER,
    BIND_TRANSMITTER_RESP,
    BROADCAST_SM,
    BROADCAST_SM_RESP,
    CANCEL_BROADCAST_SM,
    CANCEL_BROADCAST_SM_RESP,
    CANCEL_SM,
    CANCEL_SM_RESP,
    COMMANDS,
    DATA_SM,
    DATA_SM_RESP,
    DELIVER_SM,
    DELIVER_SM_RESP,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    GENERIC_NACK,
    OUTBIND,
    QUERY_BROADCAST_SM,
    QUERY_BROADCAST_SM_RESP,
    QUERY_SM,
    QUERY_SM_RESP,
    REPLACE_SM,
    REPLACE_SM_RESP,
    SUBMIT_MULTI,
    SUBMIT_MULTI_RESP,
    SUBMIT_SM,
    SUBMIT_SM_RESP,
    UNBIND,
    UNBIND_RESP,
)


class Role(Enum):
    """Which end *we* are on a link."""

    SMSC = "SMSC"
    ESME = "ESME"


class State(Enum):
    """Where a session stands."""

    OPEN = "open"
    OUTBOUND = "outbound"
    BINDING = "binding"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBOUND = "unbound"
    CLOSED = "closed"


#: The states in which messages flow.
BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})

#: Each bind request and the state it leads to.
BIND_STATES: Final[dict[int, State]] = {
    BIND_TRANSMITTER: State.BOUND_TX,
    BIND_RECEIVER: State.BOUND_RX,
    BIND_TRANSCEIVER: State.BOUND_TRX,
}

#: The answers to a bind request.
BIND_RESPONSES: Final = frozenset({BIND_TRANSMITTER_RESP, BIND_RECEIVER_RESP, BIND_TRANSCEIVER_RESP})

# What an ESME asks of an SMSC, and what the SMSC answers; then the other way round.
_FROM_ESME: Final = frozenset(
    {
        *(SUBMIT_SM, SUBMIT_MULTI, DATA_SM, QUERY_SM, CANCEL_SM, REPLACE_SM),
        *(BROADCAST_SM, QUERY_BROADCAST_SM, CANCEL_BROADCAST_SM),
    }
)
_TO_ESME_RESP: Final = frozenset(
    {
        *(SUBMIT_SM_RESP, SUBMIT_MULTI_RESP, DATA_SM_RESP, QUERY_SM_RESP, CANCEL_SM_RESP, REPLACE_SM_RESP),
        *(BROADCAST_SM_RESP, QUERY_BROADCAST_SM_RESP, CANCEL_BROADCAST_SM_RESP),
    }
)
_TO_ESME: Final = frozenset({DELIVER_SM, DATA_SM, ALERT_NOTIFICATION})
_FROM_ESME_RESP: Final = frozenset({DELIVER_SM_RESP, DATA_SM_RESP})

# Legal wherever there is a connection: SMPP 5.0 allows enquire_link and generic_nack in every state.
_ALWAYS: Final = frozenset({ENQUIRE_LINK, ENQUIRE_LINK_RESP, GENERIC_NACK})
_BOUND: Final = _ALWAYS | {UNBIND, UNBIND_RESP}

#: What each end may receive in each state; anything absent is a fault.
#: ``UNBOUND`` keeps the responses: what was asked before the unbind may still be answered after it.
ALLOWED: Final[dict[tuple[Role, State], frozenset[int]]] = {
    (Role.SMSC, State.OPEN): _ALWAYS | BIND_STATES.keys(),
    (Role.SMSC, State.OUTBOUND): _ALWAYS | {BIND_RECEIVER, BIND_TRANSCEIVER},
    (Role.SMSC, State.BINDING): _ALWAYS,
    (Role.SMSC, State.BOUND_TX): _BOUND | _FROM_ESME,
    (Role.SMSC, State.BOUND_RX): _BOUND | _FROM_ESME_RESP,
    (Role.SMSC, State.BOUND_TRX): _BOUND | _FROM_ESME | _FROM_ESME_RESP,
    (Role.SMSC, State.UNBOUND): _ALWAYS | {UNBIND_RESP} | _FROM_ESME_RESP,
    (Role.SMSC, State.CLOSED): frozenset(),
    (Role.ESME, State.OPEN): _ALWAYS | {OUTBIND},
    (Role.ESME, State.OUTBOUND): _ALWAYS,
    (Role.ESME, State.BINDING): _ALWAYS | BIND_RESPONSES,
    (Role.ESME, State.BOUND_TX): _BOUND | _TO_ESME_RESP,
    (Role.ESME, State.BOUND_RX): _BOUND | _TO_ESME,
    (Role.ESME, State.BOUND_TRX): _BOUND | _TO_ESME | _TO_ESME_RESP,
    (Role.ESME, State.UNBOUND): _ALWAYS | {UNBIND_RESP} | _TO_ESME_RESP,
    (Role.ESME, State.CLOSED): frozenset(),
}


def page() -> str:
    """The reference page of the states, as Markdown, from :data:`ALLOWED`."""
    lines = [
        "# Session states",
        "",
        "What each end may receive in each state of a session. Made from the table `ALLOWED` in",
        "`smppproxy/smpp/states.py` by its function `page`; do not edit by hand.",
        "",
        "A request that is not in the table is answered with its own response and status 0x04 (a bind on a bound",
        "session: 0x05); `alert_notification` and `outbind`, which have no response, with a generic_nack. A response",
        "that is not in the table is counted and dropped. An unknown command_id is answered with generic_nack 0x03 in",
        "every state but `closed`.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> open",
        "    open --> outbound: outbind",
        "    open --> binding: bind",
        "    outbound --> binding: bind",
        "    binding --> open: bind refused",
        *(f"    binding --> {state.value}: bind accepted" for state in BIND_STATES.values()),
        *(f"    {state.value} --> unbound: unbind answered" for state in BIND_STATES.values()),
        "    unbound --> closed",
        "    closed --> [*]",
        "```",
    ]
    for role in Role:
        columns = [state for state in State if state is not State.CLOSED]
        rows = [(command, name) for command, name in sorted(COMMANDS.items()) if _anywhere(role, command)]
        lines += ["", f"## Received by the {role.value} end", ""]
        lines.append("| PDU | " + " | ".join(state.value for state in columns) + " |")
        lines.append("|---" * (len(columns) + 1) + "|")
        for command, name in rows:
            cells = ("yes" if command in ALLOWED[role, state] else "" for state in columns)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _anywhere(role: Role, command: int) -> bool:
    return any(command in ALLOWED[role, state] for state in State)
