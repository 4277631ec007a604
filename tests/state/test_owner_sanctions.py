"""Owners: their codes, throttles, and that a struck business does not come back under a new code."""

from __future__ import annotations

from typing import Any

import pytest

from filters.ports import CodeState
from smppproxy.state.authority import Authority
from smppproxy.state.codes_import import import_codes
from smppproxy.state.errors import InputError
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind

A, B, C = "301150232", "301210079", "302190001"
OWNER, WRITTEN = "1234567890", "123-45-67890"


def against(authority: Authority, reason: str, expires: int | None = None, owner: str = WRITTEN) -> None:
    authority.lists.create("owners", ListKind.OWNER_SANCTION, who="test")
    authority.lists.add("owners", [owner], Item("sanctions", reason, expires), who="test")


def test_a_code_knows_its_owner_chain_and_date(authority: Authority, clock: Any) -> None:
    authority.codes.add(A, who="test", owner_id=WRITTEN, chain=("near", "far"), registered_at=86_400)
    authority.codes.add(B, who="test", owner_id=OWNER)
    authority.codes.add(C, who="test")
    assert [each.code for each in authority.codes.of_owner(WRITTEN)] == [A, B]
    assert [each.code for each in authority.codes.page(owner_id=WRITTEN)] == [A, B]
    assert authority.codes.of_owner("") == []
    assert authority.codes.show(A).chain == ("near", "far")
    assert (authority.codes.show(A).registered_at, authority.codes.show(B).registered_at) == (86_400, int(clock.now))
    books = authority.books.view(clock)
    entry = books.code(A)
    assert entry is not None
    assert (entry.owner_id, entry.registered_at, entry.rate) == (OWNER, 86_400, 0.0)
    books.close()
    with pytest.raises(InputError, match="registration number"):
        authority.codes.update(A, who="test", owner_id="x" * 65)


def test_a_throttle_ends_by_itself_and_by_resume(authority: Authority, clock: Any) -> None:
    authority.codes.add(A, who="test")
    until = int(clock.now) + 60
    assert authority.codes.throttle(A, rate=5, until=until, who="test", why="spam").changed
    assert not authority.codes.throttle(A, rate=5, until=until, who="test", why="again").changed
    books = authority.books.view(clock)
    version = books.version
    assert books.code(A).rate == 5.0  # type: ignore[union-attr]
    clock.now += 60
    assert books.refresh()
    assert books.version > version
    assert books.code(A).rate == 0.0  # type: ignore[union-attr]
    assert authority.codes.show(A).rate_at(clock.now) == 0.0
    authority.codes.throttle(A, rate=2, who="test")
    authority.codes.resume(A, who="test")
    assert authority.codes.show(A).rate == 0.0
    assert [each.action for each in authority.codes.history(A)][:2] == ["code.resume", "code.throttle"]
    books.close()
    for rate, end in ((-1.0, None), (1e9, None), (float("nan"), None), (1.0, 5)):
        with pytest.raises(InputError):
            authority.codes.throttle(A, rate=rate, until=end, who="test")


@pytest.mark.parametrize(
    ("reason", "state", "rate"),
    [
        ("strike", CodeState.STRUCK, 0.0),
        ("suspend", CodeState.SUSPENDED, 0.0),
        ("throttle 3", CodeState.ACTIVE, 3.0),
        ("whatever a person wrote", CodeState.STRUCK, 0.0),
    ],
)
def test_a_new_code_comes_in_under_its_owners_sanction(
    authority: Authority, reason: str, state: CodeState, rate: float
) -> None:
    against(authority, reason)
    authority.codes.add(A, who="test", owner_id=OWNER)
    authority.codes.add(B, who="test", owner_id="999")
    text = f"code,owner_id\n{C},{WRITTEN}\n"
    outcome = import_codes(authority.codes, text, who="test", dry_run=True)
    assert outcome.differences[0].fields["state"] == (None, state)
    import_codes(authority.codes, text, who="test")
    for code in (A, C):
        found = authority.codes.show(code)
        assert (found.state, found.rate) == (state, rate)
        assert found.why.startswith(f"the owner {OWNER} is ")
    assert authority.codes.show(B).state is CodeState.ACTIVE


def test_a_code_that_comes_to_a_struck_owner_is_struck_and_others_of_it_stay(authority: Authority) -> None:
    authority.codes.add(A, who="test", owner_id=OWNER)
    authority.codes.add(B, who="test")
    against(authority, "strike")
    authority.codes.update(A, who="test", owner="New name")  # its own change is the sanction's affair
    authority.codes.update(B, who="test", owner_id=OWNER)
    assert authority.codes.show(A).state is CodeState.ACTIVE
    assert authority.codes.show(B).state is CodeState.STRUCK


def test_a_sanction_that_has_ended_says_nothing(authority: Authority, clock: Any) -> None:
    against(authority, "suspend", int(clock.now) + 10)
    clock.now += 10
    authority.codes.add(A, who="test", owner_id=OWNER)
    assert authority.codes.show(A).state is CodeState.ACTIVE


def test_sanctions_in_the_books_end_at_their_instant(authority: Authority, clock: Any) -> None:
    cluster = bytes(range(64))
    end = int(clock.now) + 30
    for name, kind, key in (
        ("accounts", ListKind.ACCOUNT_SANCTION, "reseller1"),
        ("clusters", ListKind.TEXT_CLUSTER, cluster.hex().upper()),
    ):
        authority.lists.create(name, kind, who="test")
        authority.lists.add(name, [key], Item("sanctions", "throttle 5", end), who="test")
    books = authority.books.view(clock)
    assert books.listed("account_sanction", "reseller1").reason == "throttle 5"  # type: ignore[union-attr]
    version, names = books.clusters()
    assert names == [cluster]
    seen = books.version
    clock.now = float(end)
    books.refresh()
    assert books.version > seen
    assert books.listed("account_sanction", "reseller1") is None
    assert books.clusters() == (version + 1, [])
    books.close()


@pytest.mark.parametrize(
    ("kind", "key"),
    [(ListKind.ACCOUNT_SANCTION, "a" * 65), (ListKind.OWNER_SANCTION, " - "), (ListKind.TEXT_CLUSTER, "abc")],
)
def test_keys_that_are_none(authority: Authority, kind: ListKind, key: str) -> None:
    authority.lists.create("some", kind, who="test")
    with pytest.raises(InputError, match="expected"):
        authority.lists.add("some", [key], Item(), who="test")
