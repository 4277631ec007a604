"""Each link is looked at when it is due, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smppproxy.relay.timetable import ROOM, Timetable

Make = Callable[..., Any]


def link(street: Make) -> Any:
    link = street().reseller().link
    link.next_check = float("inf")
    return link


def test_the_earliest_time_counts(street: Make) -> None:
    table, one, two = Timetable(), link(street), link(street)
    table.add(one, 5.0)
    table.add(two, 3.0)
    table.add(one, 2.0)
    table.add(one, 9.0)
    assert list(table.due(1.0)) == []
    assert list(table.due(4.0)) == [one, two]
    assert list(table.due(10.0)) == []


def test_a_link_that_is_gone_is_not_looked_at(street: Make) -> None:
    table, one = Timetable(), link(street)
    table.add(one, 1.0)
    one.gone = True
    assert list(table.due(2.0)) == []


def test_never_is_never(street: Make) -> None:
    table, one = Timetable(), link(street)
    table.add(one, float("inf"))
    assert len(table) == 0


def test_overtaken_entries_do_not_pile_up(street: Make) -> None:
    table, one = Timetable(), link(street)
    for n in range(10 * ROOM):
        table.add(one, 1e9 - n)
    assert len(table) <= ROOM
    assert list(table.due(1e9)) == [one]
