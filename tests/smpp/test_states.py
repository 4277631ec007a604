"""The one table of what may be received, and the page made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from smppproxy.smpp import constants as c
from smppproxy.smpp.states import ALLOWED, BIND_STATES, BOUND, Role, State, page

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_state_of_both_ends_has_a_row() -> None:
    assert set(ALLOWED) == {(role, state) for role in Role for state in State}


def test_only_known_commands_are_allowed() -> None:
    assert frozenset().union(*ALLOWED.values()) <= c.COMMANDS.keys()


@pytest.mark.parametrize("role", Role)
def test_enquire_link_and_generic_nack_are_legal_wherever_there_is_a_connection(role: Role) -> None:
    for state in State:
        expected = state is not State.CLOSED
        assert (c.ENQUIRE_LINK in ALLOWED[role, state]) is expected
        assert (c.GENERIC_NACK in ALLOWED[role, state]) is expected


def test_what_one_end_may_ask_the_other_may_answer() -> None:
    asked = {Role.SMSC: Role.ESME, Role.ESME: Role.SMSC}
    for state in BOUND:
        for role, other in asked.items():
            for command in ALLOWED[role, state] - set(BIND_STATES):
                response = command | c.RESPONSE_BIT
                if not command & c.RESPONSE_BIT and response in c.COMMANDS:
                    assert response in ALLOWED[other, state], (role, state, c.COMMANDS[command])


def test_a_transmitter_does_not_receive_and_a_receiver_does_not_submit() -> None:
    assert c.SUBMIT_SM not in ALLOWED[Role.SMSC, State.BOUND_RX]
    assert c.DELIVER_SM not in ALLOWED[Role.ESME, State.BOUND_TX]
    assert (
        ALLOWED[Role.SMSC, State.BOUND_TRX] == ALLOWED[Role.SMSC, State.BOUND_TX] | ALLOWED[Role.SMSC, State.BOUND_RX]
    )


def test_the_reference_page_is_up_to_date() -> None:
    written = (REPOSITORY / "docs" / "reference" / "session-states.md").read_text()
    assert written == page(), "write what smppproxy.smpp.states.page() returns to docs/reference/session-states.md"
