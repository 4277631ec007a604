"""Persons of the abuse desk: names, roles, passwords that are kept as hashes only, and the ledger of it all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.desk_persons import PersonRegistry, Role, check_password
from smppproxy.state.errors import ConflictError, InputError, NotFoundError

HASH = "scrypt$4096$8$1$c2FsdA==$aGFzaA=="
OTHER = "scrypt$4096$8$1$c2FsdA==$b3RoZXI="


@pytest.fixture
def persons(authority: Authority, clock: Callable[[], float]) -> PersonRegistry:
    return PersonRegistry(authority.publisher, clock)


def test_a_person_comes_changes_and_goes(persons: PersonRegistry, authority: Authority) -> None:
    made = persons.add("anna", Role.DESK, HASH, who="cli:root", why="new")
    assert persons.find("anna") == made
    assert persons.set_role("anna", Role.ADMIN, who="cli:root") == (persons.find("anna"), True)
    assert persons.set_role("anna", Role.ADMIN, who="cli:root")[1] is False
    changed = persons.set_password("anna", OTHER, who="desk:anna")
    assert changed.hash == OTHER
    assert changed.password_at > made.password_at  # even within a millisecond: sessions are told apart by it
    assert [each.name for each in persons.list()] == ["anna"]
    persons.remove("anna", who="cli:root", why="left")
    assert persons.find("anna") is None
    told = ledger.history(authority.store, "desk:anna")
    assert [each.action for each in told] == ["desk.remove", "desk.password", "desk.role", "desk.add"]
    assert [each.who for each in told] == ["cli:root", "desk:anna", "cli:root", "cli:root"]
    assert not any("scrypt" in each.content for each in told)
    assert ledger.verify(authority.store).fault == ""


@pytest.mark.parametrize("name", ["", "Anna", "an na", "-anna", "anna.", "a" * 41, "안나", "cli", "unknown", "a:b"])
def test_names_that_are_none(persons: PersonRegistry, name: str) -> None:
    with pytest.raises(InputError):
        persons.add(name, Role.VIEWER, HASH, who="t")


def test_what_is_refused(persons: PersonRegistry) -> None:
    persons.add("anna", Role.DESK, HASH, who="t")
    with pytest.raises(ConflictError):
        persons.add("anna", Role.DESK, HASH, who="t")
    for wrong in ("secret", "scrypt$" + "x" * 400, ""):
        with pytest.raises(InputError):
            persons.set_password("anna", wrong, who="t")
    for call in (
        lambda: persons.remove("bob", who="t"),
        lambda: persons.set_password("bob", HASH, who="t"),
        lambda: persons.set_role("bob", Role.ADMIN, who="t"),
    ):
        with pytest.raises(NotFoundError):
            call()
    with pytest.raises(InputError):
        persons.remove("anna", who="t", why="two\nlines")


def test_roles_are_a_ladder() -> None:
    assert Role.ADMIN.covers(Role.VIEWER)
    assert Role.DESK.covers(Role.DESK)
    assert not Role.VIEWER.covers(Role.DESK)
    assert not Role.DESK.covers(Role.ADMIN)


@pytest.mark.parametrize("password", ["", "short", "x" * 20, "abcabcabcabc", "a1" * 101])
def test_passwords_that_are_guessed(password: str) -> None:
    with pytest.raises(InputError):
        check_password(password)


def test_a_password_that_is_not() -> None:
    check_password("correct horse")
