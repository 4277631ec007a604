"""The registry: what each change does to the store, the ledger and the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lmdb
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from filters.ports import CodeEntry, CodeState
from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import BooksError, ConflictError, InputError, NotFoundError, StateError

A, B, C = "301150232", "301210079", "302190001"


def _told(entry: CodeEntry | None) -> tuple[CodeState, str] | None:
    return (entry.state, entry.owner) if entry is not None else None


def test_a_code_is_active_in_the_books_when_add_returns(authority: Authority, clock: Any) -> None:
    change = authority.codes.add(A, who="test", owner="ACME", why="paper 7")
    assert change.changed
    found = authority.codes.show(A)
    assert (found.state, found.owner, found.why, found.who) == (CodeState.ACTIVE, "ACME", "paper 7", "test")
    assert found.created_at == found.changed_at == int(clock.now * 1000)
    books = authority.books.view(clock)
    assert _told(books.code(A)) == (CodeState.ACTIVE, "ACME")
    books.close()


def test_adding_again_changes_nothing(authority: Authority) -> None:
    authority.codes.add(A, who="test", owner="ACME")
    assert not authority.codes.add(A, who="test").changed
    assert ledger.head(authority.store).revision == 1
    with pytest.raises(ConflictError, match="another owner"):
        authority.codes.add(A, who="test", owner="Other")


def test_adding_lifts_no_sanction_and_no_date(authority: Authority, clock: Any) -> None:
    authority.codes.add(A, who="test")
    authority.codes.suspend(A, who="test")
    authority.codes.add(B, who="test", valid_until=int(clock.now) - 1)
    with pytest.raises(ConflictError, match=r"suspended; .*resume"):
        authority.codes.add(A, who="test")
    with pytest.raises(ConflictError, match=r"inactive; .*update"):
        authority.codes.add(B, who="test")


def test_the_ladder(authority: Authority) -> None:
    codes = authority.codes
    codes.add(A, who="test")
    assert codes.suspend(A, who="desk", why="gambling").changed
    assert not codes.suspend(A, who="desk", why="again").changed
    assert codes.show(A).why == "gambling"
    assert codes.strike(A, who="desk").changed
    with pytest.raises(ConflictError, match="struck already"):
        codes.suspend(A, who="desk")
    with pytest.raises(ConflictError, match="--lift-strike"):
        codes.resume(A, who="desk")
    assert codes.resume(A, who="court", lift_strike=True).changed
    assert not codes.resume(A, who="court").changed
    actions = [each.action for each in codes.history(A)]
    assert actions == ["code.resume", "code.strike", "code.suspend", "code.add"]


def test_removing_forgets_a_sanction_only_by_force(authority: Authority) -> None:
    codes = authority.codes
    codes.add(A, who="test")
    codes.suspend(A, who="test")
    with pytest.raises(ConflictError, match="--force"):
        codes.remove(A, who="test")
    codes.remove(A, who="test", force=True)
    with pytest.raises(NotFoundError, match=A):
        codes.show(A)
    assert codes.history(A)[0].action == "code.remove"
    assert authority.books.view().code(A) is None


def test_update_changes_what_is_said_and_no_more(authority: Authority, clock: Any) -> None:
    codes = authority.codes
    codes.add(A, who="test", owner="ACME", valid_until=int(clock.now) + 10)
    codes.update(A, who="test", owner="Acme Ltd")
    assert codes.show(A).valid_until == int(clock.now) + 10
    codes.update(A, who="test", valid_until=None)
    assert codes.show(A).valid_until is None
    assert not codes.update(A, who="test", owner="Acme Ltd").changed


@pytest.mark.parametrize("verb", ["show", "suspend", "strike", "resume", "remove", "update"])
def test_what_is_not_there_is_said_so(authority: Authority, verb: str) -> None:
    arguments = {} if verb == "show" else {"who": "test"}
    with pytest.raises(NotFoundError, match=f"code {A} is not registered"):
        getattr(authority.codes, verb)(A, **arguments)


@pytest.mark.parametrize(
    "fields", [{"owner": "a\nb"}, {"why": "x" * 501}, {"who": "\udcff"}, {"valid_from": 20, "valid_until": 20}]
)
def test_what_cannot_be_kept_is_refused_whole(authority: Authority, fields: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        authority.codes.add(A, **{"who": "test", **fields})
    assert ledger.head(authority.store).revision == 0
    assert authority.codes.page() == []


def test_a_code_that_looks_wrong_is_refused(authority: Authority) -> None:
    with pytest.raises(InputError, match="a code is expected"):
        authority.codes.add("", who="test")


def test_no_changes_leave_no_trace(authority: Authority) -> None:
    assert authority.codes.apply([], who="test") is None
    assert ledger.head(authority.store).revision == 0


def test_books_that_missed_a_change_catch_up_with_the_next(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise lmdb.DiskError("No space left on device")

    authority.codes.add(A, who="test")
    monkeypatch.setattr(authority.books, "_put", refuse)
    with pytest.raises(BooksError, match="recorded, but not in force yet"):
        authority.codes.suspend(A, who="test")
    assert authority.codes.show(A).state is CodeState.SUSPENDED
    monkeypatch.undo()
    authority.codes.add(B, who="test")
    books = authority.books.view()
    assert _told(books.code(A)) == (CodeState.SUSPENDED, "")
    assert _told(books.code(B)) == (CodeState.ACTIVE, "")
    books.close()
    assert authority.books.head() == ledger.head(authority.store)


def test_listing_filters_and_pages(authority: Authority, clock: Any) -> None:
    codes = authority.codes
    codes.add(A, who="test", owner="100% Fun_Co")
    codes.add(B, who="test", owner="ACME", valid_until=int(clock.now) + 5)
    codes.add(C, who="test", owner="ACME")
    codes.suspend(C, who="test")
    names = lambda **given: [each.code for each in codes.page(**given)]  # noqa: E731
    assert names() == [A, B, C]
    assert names(limit=2) == [A, B]
    assert names(after=B) == [C]
    assert names(prefix="3012") == [B]
    assert names(owner="ACM") == [B, C]
    assert names(owner="0%") == [A]
    assert names(owner="_C") == [A]
    assert names(owner="n%C") == []
    assert names(state=CodeState.ACTIVE) == [A, B]
    clock.now += 5
    assert names(state=CodeState.ACTIVE) == [A]
    assert names(state=CodeState.INACTIVE) == [B]
    assert codes.count() == {"active": 1, "inactive": 1, "suspended": 1, "struck": 0}


class RegistryMachine(RuleBasedStateMachine):
    """Any row of changes: store and books agree after each, the ledger verifies at the end."""

    take: Callable[[], Authority]

    def __init__(self) -> None:
        super().__init__()
        self.authority = type(self).take()
        self.books = self.authority.books.view(self.authority.codes.now)

    @rule(
        verb=st.sampled_from(["add", "suspend", "strike", "resume", "remove", "update"]),
        code=st.sampled_from([A, B, C]),
        owner=st.sampled_from(["", "ACME"]),
        until=st.sampled_from([None, 1_700_000_000, 1_900_000_000]),
    )
    def change(self, verb: str, code: str, owner: str, until: int | None) -> None:
        fields = {"owner": owner, "valid_until": until} if verb in ("add", "update") else {}
        try:
            getattr(self.authority.codes, verb)(code, who="test", **fields)
        except StateError:
            pass

    @invariant()
    def books_agree(self) -> None:
        self.books.refresh()
        known = {each.code: each for each in self.authority.codes.page()}
        for code in (A, B, C):
            entry = self.books.code(code)
            if code in known:
                worth = known[code].state_at(self.authority.codes.now())
                assert _told(entry) == (worth, known[code].owner)
            else:
                assert entry is None
        assert self.authority.books.head() == ledger.head(self.authority.store)

    def teardown(self) -> None:
        assert ledger.verify(self.authority.store).fault == ""
        self.books.close()
        self.authority.close()


def test_store_and_books_always_agree(tmp_path_factory: pytest.TempPathFactory, clock: Any) -> None:
    class Machine(RegistryMachine):
        take = staticmethod(lambda: Authority.take(tmp_path_factory.mktemp("var"), clock=clock))

    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Machine, settings=settings(max_examples=8, stateful_step_count=12, deadline=None))
