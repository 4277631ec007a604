"""The one table of layouts."""

from __future__ import annotations

import re

import pytest

from smppproxy.smpp import constants as c
from smppproxy.smpp import tables
from smppproxy.smpp.tables import LAYOUTS, Kind, Layout


def test_every_command_has_a_layout_under_its_own_number() -> None:
    assert LAYOUTS.keys() == c.COMMANDS.keys()
    assert all(layout.command_id == number for number, layout in LAYOUTS.items())


def test_every_request_with_an_answer_has_one() -> None:
    requests = {number for number in c.COMMANDS if not number & c.RESPONSE_BIT}
    unanswered = {c.OUTBIND, c.ALERT_NOTIFICATION}
    assert {number | c.RESPONSE_BIT for number in requests - unanswered} | {c.GENERIC_NACK} == {
        number for number, layout in LAYOUTS.items() if layout.is_response
    }


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: c.COMMANDS[layout.command_id])
def test_a_layout_can_be_compiled(layout: Layout) -> None:
    names = [field.name for field in layout.fields]
    assert len(names) == len(set(names))
    for position, field in enumerate(layout.fields):
        assert field.fault in c.STATUSES
        assert field.limit >= 1
        if field.kind is Kind.SHORT_MESSAGE:
            assert position == len(names) - 1  # the readers rely on it


def test_the_statuses_in_the_docstring_are_those_of_the_fields() -> None:
    documented = {int(number, 16) for number in re.findall(r"0x[0-9A-F]{2}", tables.__doc__ or "")}
    assert {field.fault for layout in LAYOUTS.values() for field in layout.fields} <= documented
