"""The registry of senders: what each change does to the store, the ledger and the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filters.ports import SenderEntry, SenderState
from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.sender_registry import RECORDS

A, B = "821023456789", "8215881234"
CODE, OTHER = "301150232", "301210079"


def test_a_sender_is_in_the_books_when_add_returns(authority: Authority, clock: Any) -> None:
    change = authority.senders.add("010-2345-6789", who="test", codes=[CODE], evidence="certificate 7", why="paper")
    assert change.changed
    found = authority.senders.show(A)
    assert (found.number, found.codes, found.evidence, found.who) == (A, (CODE,), "certificate 7", "test")
    books = authority.books.view(clock)
    assert books.sender(A) == SenderEntry(SenderState.ACTIVE, (CODE,), ())
    assert books.sender(B) is None
    assert books.sender("") is None
    books.close()


def test_adding_again_widens(authority: Authority) -> None:
    authority.senders.add(A, who="test", codes=[CODE])
    assert not authority.senders.add(A, who="test", codes=[CODE]).changed
    assert authority.senders.add(A, who="test", codes=[OTHER], accounts=["acme"]).changed
    found = authority.senders.show(A)
    assert (found.codes, found.accounts) == ((CODE, OTHER), ("acme",))
    assert authority.senders.update(A, who="test", codes=(OTHER,), accounts=()).changed
    assert authority.senders.show(A).codes == (OTHER,)


def test_the_ladder(authority: Authority, clock: Any) -> None:
    senders = authority.senders
    books = authority.books.view(clock)

    def worth() -> SenderState | None:
        books.refresh()
        entry = books.sender(A)
        return entry and entry.state

    senders.add(A, who="test", codes=[CODE])
    assert senders.suspend(A, who="desk", why="spam").changed
    assert not senders.suspend(A, who="desk", why="again").changed
    assert senders.show(A).why == "spam"
    assert worth() is SenderState.SUSPENDED
    with pytest.raises(ConflictError, match="resume"):
        senders.add(A, who="test")
    assert senders.block(A, SenderState.THEFT_BLOCKED, who="desk").changed
    assert worth() is SenderState.THEFT_BLOCKED
    with pytest.raises(ConflictError, match="outweighs"):
        senders.suspend(A, who="desk")
    with pytest.raises(ConflictError, match="--lift-block"):
        senders.resume(A, who="desk")
    with pytest.raises(ConflictError, match="--force"):
        senders.remove(A, who="desk")
    assert senders.resume(A, who="desk", lift_block=True).changed
    assert worth() is SenderState.ACTIVE
    senders.remove(A, who="desk")
    assert worth() is None
    actions = [each.action for each in senders.history(A)]
    assert actions == ["sender.remove", "sender.resume", "sender.block", "sender.suspend", "sender.add"]
    assert ledger.verify(authority.store).fault == ""
    books.close()


def test_a_block_ends_at_its_date_without_a_write(authority: Authority, clock: Any) -> None:
    senders, now = authority.senders, int(clock.now)
    senders.block(A, SenderState.BLACKLISTED, who="test", until=now + 10)
    senders.add(B, who="test", valid_from=now + 5)
    books = authority.books.view(clock)
    entry = books.sender(A)
    assert (entry and entry.state, books.sender(B)) == (SenderState.BLACKLISTED, None)
    version = books.version
    clock.now += 5
    assert books.refresh()
    assert books.version > version
    assert books.sender(B) == SenderEntry(SenderState.ACTIVE)
    clock.now += 5
    assert books.refresh()
    assert books.sender(A) is None
    books.close()


def test_what_was_known_for_its_block_only_is_gone_without_it(authority: Authority) -> None:
    authority.senders.block(A, SenderState.PROTECTED, who="test")
    assert not authority.senders.block(A, SenderState.PROTECTED, who="test").changed
    assert authority.senders.resume(A, who="test", lift_block=True).after is None
    with pytest.raises(NotFoundError):
        authority.senders.show(A)


def test_a_registration_outlives_a_lapsed_block(authority: Authority, clock: Any) -> None:
    authority.senders.block(A, SenderState.BLACKLISTED, who="test", until=int(clock.now) + 1)
    clock.now += 1
    assert authority.senders.add(A, who="test", codes=[CODE]).after.state_at(clock.now) is SenderState.ACTIVE


@pytest.mark.parametrize(
    ("number", "fields", "told"),
    [
        ("123456", {}, "telephone number"),
        (A, {"codes": ["a\nb"]}, "printable"),
        (A, {"codes": ["é"]}, "ASCII"),
        (A, {"accounts": [str(n) for n in range(1001)]}, "at most 1000"),
        (A, {"evidence": "x" * 501}, "at most 500"),
        (A, {"valid_from": 5, "valid_until": 5}, "never be valid"),
        (A, {"why": "x" * 501}, "at most 500"),
    ],
)
def test_what_cannot_be_stored_is_refused(authority: Authority, number: str, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        authority.senders.add(number, who="test", **fields)
    assert list(RECORDS.everything(authority.store)) == []


def test_block_takes_blocks_only(authority: Authority) -> None:
    with pytest.raises(InputError, match="one of blacklisted"):
        authority.senders.block(A, SenderState.ACTIVE, who="test")


def test_listing(authority: Authority) -> None:
    senders = authority.senders
    senders.add(A, who="test", codes=[CODE])
    senders.add(B, who="test", accounts=["acme", 'o"dd'])
    senders.block("112", SenderState.PROTECTED, who="test")
    assert [each.number for each in senders.page()] == [A, "82112", B]
    assert [each.number for each in senders.page(code=CODE)] == [A]
    assert senders.page(code=CODE[:-1]) == []
    assert [each.number for each in senders.page(account='o"dd')] == [B]
    assert [each.number for each in senders.page(state=SenderState.PROTECTED)] == ["82112"]
    assert [each.number for each in senders.page(prefix="8210")] == [A]


def test_rebuilt_books_hold_senders_too(take: Callable[[], Authority], clock: Any) -> None:
    first = take()
    first.codes.add(CODE, who="test")
    first.senders.add(A, who="test", codes=[CODE], valid_until=int(clock.now) + 5)
    path = first.books.path
    first.close()
    path.unlink()
    books = take().books.view(clock)
    assert books.sender(A) == SenderEntry(SenderState.ACTIVE, (CODE,), ())
    assert books.code(CODE) is not None
    clock.now += 5
    assert books.refresh()
    assert books.sender(A) is None
    books.close()


def test_the_books_tell_whether_any_sender_is_under_sanction(authority: Authority, clock: Any) -> None:
    senders, books = authority.senders, authority.books.view(clock)

    def told() -> bool:
        books.refresh()
        return books.blocks_senders

    senders.add(A, who="test", codes=[CODE])
    senders.block(B, SenderState.PROTECTED, who="test")
    assert not told()
    senders.suspend(A, who="desk")
    assert told()
    senders.resume(A, who="desk")
    assert not told()
    senders.block(B, SenderState.BLACKLISTED, who="desk")
    assert told()
    authority.publisher.rebuild(ledger.head(authority.store))
    assert told()
    senders.resume(B, who="desk", lift_block=True)
    assert not told()
    books.close()
