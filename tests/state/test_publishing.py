"""Several nodes on one store: what one changes is in the books of the others, and nobody undoes another's change."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import ledger, publications
from smppproxy.state.authority import Authority
from smppproxy.state.errors import BooksError, StaleError, StoreError
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.publications import KEPT, MOST

A, B, C = "301150232", "301210079", "301310081"

Clock = Callable[[], float]
shared = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
"""For tests of what only a store of several nodes knows."""


@pytest.fixture
def nodes(tmp_path: Path, database: str, clock: Clock) -> Iterator[list[Authority]]:
    """Three nodes, each with a state directory of its own, but for the key they share."""
    Pseudonymiser.load(tmp_path / "node0")
    for n in (1, 2):
        shutil.copytree(tmp_path / "node0", tmp_path / f"node{n}")
    nodes = [Authority.take(tmp_path / f"node{n}", database=database, clock=clock) for n in range(3)]
    yield nodes
    for node in nodes:
        node.close()


@pytest.fixture
def rebuilds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Who wrote the books anew, by revision."""
    from smppproxy.state.publishing import Publisher

    seen: list[int] = []
    real = Publisher.rebuild

    def rebuild(self: Publisher, head: ledger.Head) -> None:
        seen.append(head.revision)
        real(self, head)

    monkeypatch.setattr(Publisher, "rebuild", rebuild)
    return seen


def _say(node: Authority, do: str, **fields: Any) -> dict[str, Any]:
    answer = node.service.dispatch({"do": do, **fields})
    assert answer.pop("ok"), answer
    return answer


@shared
def test_a_change_is_in_the_books_of_the_other_nodes(nodes: list[Authority], rebuilds: list[int]) -> None:
    here, there, _ = nodes
    _say(here, "codes.add", code=A, owner="acme")
    _say(here, "senders.add", number="1588-1234", codes=[A])
    _say(here, "lists.create", name="bad", kind="host")
    _say(here, "lists.add", name="bad", keys=["bad.example"])
    _say(here, "codes.suspend", code=A)
    view = there.books.view()
    assert view.code(A) is None
    assert there.publisher.catch_up()
    assert not there.publisher.catch_up()
    view.refresh()
    assert str(view.code(A).state) == "suspended"
    assert view.sender(there.senders.canonical("1588-1234")) is not None
    assert there.books.head() == here.books.head() == ledger.head(there.store)
    _say(here, "codes.remove", code=A, force=True)
    there.publisher.catch_up()
    view.refresh()
    assert view.code(A) is None
    assert rebuilds == []


@shared
def test_a_verb_begins_with_what_the_others_did(nodes: list[Authority]) -> None:
    here, there, _ = nodes
    _say(here, "codes.add", code=A)
    _say(here, "codes.suspend", code=A)
    changed = _say(there, "codes.update", code=A, owner="acme")["code"]
    assert (changed["state"], changed["owner"]) == ("suspended", "acme")


@shared
def test_changes_that_cross_are_made_one_after_the_other(
    nodes: list[Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there, _ = nodes
    _say(here, "codes.add", code=A)
    real, crossed = here.codes.update, []

    def update(*given: Any, **fields: Any) -> Any:
        known = here.codes.show(A)  # what the change is made of …
        if not crossed:
            crossed.append(known)
            _say(there, "codes.suspend", code=A)  # … and what it must not undo
        return here.codes._record("code.update", here.codes.altered(known, "x", owner="acme"), "x", "")

    monkeypatch.setattr(here.codes, "update", update)
    changed = _say(here, "codes.update", code=A, owner="acme")["code"]
    assert (changed["state"], changed["owner"]) == ("suspended", "acme")
    assert real is not update
    assert ledger.verify(here.store).fault == ""


@shared
def test_a_change_that_is_always_crossed_is_given_up(nodes: list[Authority]) -> None:
    here, there, _ = nodes
    tried: list[int] = []

    def work() -> None:
        tried.append(1)
        there.codes.add(f"{len(tried):09d}", who="x")
        here.codes.add(A, who="x")

    def attempt() -> None:
        there.publisher.catch_up()
        here.publisher.attempt(work)

    with pytest.raises(StaleError, match="another node changed the store"):
        attempt()
    assert len(tried) > 1
    assert here.codes.find([A]) == {}


@shared
def test_a_file_that_comes_in_pieces_survives_a_crossing(
    nodes: list[Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there, _ = nodes
    _say(here, "codes.upload", upload="u", text=f"code\n{A}\n")
    real = here.codes.apply

    def apply(*given: Any, **fields: Any) -> Any:
        monkeypatch.undo()
        _say(there, "codes.add", code=C)
        return real(*given, **fields)

    monkeypatch.setattr(here.codes, "apply", apply)
    assert _say(here, "codes.import", upload="u", text=f"{B}\n")["added"] == 2
    assert here.service._uploads == {}


@shared
def test_large_changes_and_long_absence_rebuild(
    nodes: list[Authority], rebuilds: list[int], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there, third = nodes
    monkeypatch.setattr(publications, "MOST", 10)
    _say(here, "codes.import", text="\n".join(["code", *(f"{n:09d}" for n in range(11))]))
    there.publisher.catch_up()
    assert rebuilds == [11]
    clock.now += KEPT / 1000 + 1
    for n in range(100, 170):
        _say(here, "codes.add", code=f"{n:09d}")
    assert here.store.query("SELECT count(*) FROM publications WHERE revision = 11") == [(0,)]
    third.publisher.catch_up()
    there.publisher.catch_up()
    assert rebuilds == [11, 81]
    assert {node.books.head() for node in nodes} == {ledger.head(here.store)}
    assert MOST > 1000


@shared
def test_another_history_rebuilds(nodes: list[Authority], rebuilds: list[int]) -> None:
    here, there, _ = nodes
    _say(here, "codes.add", code=A)
    there.publisher.catch_up()
    there.books.apply([], ledger.Head(1, b"x" * 32))
    _say(here, "codes.add", code=B)
    there.publisher.catch_up()
    assert rebuilds == [2]
    assert there.books.view().code(B) is not None


@shared
def test_a_database_that_was_lost_does_not_empty_the_books(nodes: list[Authority]) -> None:
    here = nodes[0]
    _say(here, "codes.add", code=A)
    with here.store.transaction() as cursor:
        cursor.execute("ALTER TABLE ledger DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM ledger")
    with pytest.raises(StoreError, match="it was lost"):
        here.publisher.catch_up()
    assert here.books.view().code(A) is not None


def test_books_that_could_not_be_written_follow_later(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise BooksError("books.lmdb: no space left")

    monkeypatch.setattr(authority.books, "apply", refuse)
    with pytest.raises(BooksError, match="recorded, but not in force yet"):
        authority.codes.add(A, who="test")
    monkeypatch.undo()
    assert authority.publisher.catch_up()
    assert authority.books.view().code(A) is not None


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_store_of_one_node_tells_nobody(authority: Authority) -> None:
    authority.codes.add(A, who="test")
    assert authority.store.query("SELECT count(*) FROM publications") == [(0,)]
