"""Lists: versions, roll-back, what the books show, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.ports import ListEntry, Pattern, PatternKind
from smppproxy.state import ledger, list_store
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.list_files import Format, Item, render
from smppproxy.state.list_keys import ListKind, pattern_id

HOST, OPTOUT, PATTERN = ListKind.HOST, ListKind.RECIPIENT_OPTOUT, ListKind.PATTERN
A = "821023456789"


def _keys(authority: Authority, name: str) -> list[str]:
    return [key for key, _ in list_store.entries(authority.store, authority.lists.show(name))]


def _hosts(authority: Authority, *names: str) -> None:
    for name in names:
        authority.lists.create(name, HOST, who="test")


def test_an_import_is_in_the_books_when_it_returns(authority: Authority, clock: Any) -> None:
    _hosts(authority, "bad")
    outcome = authority.lists.import_text("bad", "a.example\nB.example.\n", who="test", default=Item(reason="phish"))
    assert (outcome.version, outcome.added, outcome.entries) == (1, 2, 2)
    books = authority.books.view(clock)
    assert books.listed("host", "b.example") == ListEntry("bad", "phish", None)
    assert books.listed("host", "c.example") is None
    assert books.listed("url", "b.example") is None
    with pytest.raises(KeyError):
        books.listed("colour", "red")
    again = authority.lists.import_text("bad", "a.example\nb.example\n", who="test", default=Item(reason="phish"))
    assert (again.version, again.unchanged) == (1, 2)
    assert ledger.head(authority.store).revision == 2
    books.close()


def test_a_file_replaces_or_keeps(authority: Authority) -> None:
    _hosts(authority, "bad")
    lists = authority.lists
    lists.import_text("bad", "a.example\nb.example\n", who="test")
    tried = lists.import_text("bad", "b.example\nc.example\n", who="test", dry_run=True)
    assert tried.differences == ("- a.example", "+ c.example")
    assert tried.version == 1
    lists.import_text("bad", "c.example\n", who="test", keep=True)
    assert _keys(authority, "bad") == ["a.example", "b.example", "c.example"]
    outcome = lists.import_text("bad", "b.example\nd.example\n", who="test", default=Item(reason="new"))
    assert (outcome.added, outcome.changed, outcome.removed) == (1, 1, 2)
    assert _keys(authority, "bad") == ["b.example", "d.example"]


def test_rolling_back_goes_step_by_step(authority: Authority, clock: Any) -> None:
    _hosts(authority, "bad")
    lists = authority.lists
    lists.import_text("bad", "a.example\n", who="test")
    lists.import_text("bad", "a.example\nb.example\n", who="test", default=Item(reason="two"))
    lists.add("bad", ["c.example"], Item(), who="test")
    books = authority.books.view(clock)
    assert lists.rollback("bad", who="test").version == 4
    assert _keys(authority, "bad") == ["a.example", "b.example"]
    assert lists.rollback("bad", who="test").version == 5
    books.refresh()
    assert (books.listed("host", "a.example"), books.listed("host", "b.example")) == (ListEntry("bad", "", None), None)
    lists.rollback("bad", who="test")
    assert _keys(authority, "bad") == []
    with pytest.raises(ConflictError, match="nothing to go back to"):
        lists.rollback("bad", who="test")
    assert lists.rollback("bad", who="test", to=3).entries == 3
    assert _keys(authority, "bad") == ["a.example", "b.example", "c.example"]
    with pytest.raises(ConflictError, match="versions 0 to 6"):
        lists.rollback("bad", who="test", to=7)
    told = list_store.versions(authority.store, lists.show("bad"), 9)
    assert [(each.action, each.restores) for each in told][:4] == [
        ("rollback", 3),
        ("rollback", 0),
        ("rollback", 1),
        ("rollback", 2),
    ]
    books.close()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcde"), min_size=1), st.sampled_from(("", "x"))), min_size=1, max_size=5
    ),
    st.integers(0, 4),
)
def test_every_version_can_be_brought_back(
    tmp_path_factory: pytest.TempPathFactory, contents: list[tuple[set[str], str]], target: int
) -> None:
    authority = Authority.take(tmp_path_factory.mktemp("var"))
    try:
        _hosts(authority, "bad")
        seen: dict[int, dict[str, Item]] = {0: {}}
        for hosts, reason in contents:
            text = "\n".join(f"{each}.example" for each in hosts)
            version = authority.lists.import_text("bad", text, who="test", default=Item(reason=reason)).version
            seen[version] = dict(list_store.entries(authority.store, authority.lists.show("bad")))
        target = min(target, max(seen) - 1)
        authority.lists.rollback("bad", who="test", to=target)
        record = authority.lists.show("bad")
        assert dict(list_store.entries(authority.store, record)) == seen[target]
        assert record.entries == len(seen[target])
        books = authority.books.view()
        for each in "abcde":
            assert (books.listed("host", f"{each}.example") is not None) == (f"{each}.example" in seen[target])
        books.close()
    finally:
        authority.close()


def test_of_two_lists_the_longer_entry_is_shown(authority: Authority, clock: Any) -> None:
    _hosts(authority, "one", "two")
    now = int(clock.now)
    lists, books = authority.lists, authority.books.view(clock)

    def shown() -> ListEntry | None:
        books.refresh()
        return books.listed("host", "a.example")

    lists.add("one", ["a.example"], Item("feed", "short", now + 5), who="test")
    lists.add("two", ["a.example"], Item("", "long", now + 9), who="test")
    assert shown() == ListEntry("two", "long", now + 9)
    lists.remove("two", ["a.example"], who="test")
    assert shown() == ListEntry("feed", "short", now + 5)
    lists.import_text("two", "a.example", who="test")
    assert shown() == ListEntry("two", "", None)
    lists.drop("two", who="test")
    assert shown() == ListEntry("feed", "short", now + 5)
    lists.drop("one", who="test")
    assert shown() is None
    books.close()


def test_recipients_are_kept_as_keyed_hashes(authority: Authority, clock: Any) -> None:
    authority.lists.create("quiet", OPTOUT, who="test")
    authority.lists.add("quiet", ["010-2345-6789"], Item(), who="test")
    (key,) = _keys(authority, "quiet")
    assert len(key) == 32
    assert A not in str(authority.store.query("SELECT * FROM list_entries"))
    assert "2345" not in str(authority.store.query("SELECT content FROM ledger"))
    books = authority.books.view(clock)
    assert books.listed("recipient_optout", A) is not None
    assert books.listed("recipient_optout", "821000000000") is None
    text = "".join(render(OPTOUT, list_store.entries(authority.store, authority.lists.show("quiet"))))
    assert f"#{key}" in text
    assert authority.lists.import_text("quiet", text, who="test").unchanged == 1
    assert authority.lists.import_text("quiet", f"#{key}\n", who="test").unchanged == 1
    books.close()


def test_patterns_have_a_version_of_their_own(authority: Authority, clock: Any) -> None:
    authority.lists.create("words", PATTERN, who="test")
    books = authority.books.view(clock)
    version, found = books.patterns()
    assert found == []
    item = Item(reason="gambling", expires=int(clock.now) + 5)
    authority.lists.add("words", ["slot # 1"], Item(), who="test")
    authority.lists.add("words", [r"re:casino\d+"], item, who="test")
    books.refresh()
    assert books.patterns()[0] > version
    version, found = books.patterns()
    assert sorted(found, key=lambda each: each.kind) == [
        Pattern(pattern_id("words", r"re:casino\d+"), PatternKind.EXPRESSION, r"casino\d+", "gambling"),
        Pattern(pattern_id("words", "slot # 1"), PatternKind.LITERAL, "slot # 1", ""),
    ]
    authority.codes.add("301150232", who="test")
    assert books.refresh()
    assert books.pattern_book.version == version
    clock.now += 5
    assert books.refresh()
    assert [each.text for each in books.pattern_book.patterns()[1]] == ["slot # 1"]
    assert books.pattern_book.version > version
    authority.lists.drop("words", who="test")
    books.refresh()
    assert books.patterns()[1] == []
    books.close()


def test_rebuilt_books_hold_lists_too(take: Callable[[], Authority], clock: Any) -> None:
    first = take()
    _hosts(first, "one", "two")
    first.lists.create("words", PATTERN, who="test")
    first.lists.create("urls", ListKind.URL, who="test")
    first.lists.import_text("one", "a.example\nb.example\n", who="test")
    first.lists.import_text("two", "b.example\nc.example\n", who="test", default=Item(expires=int(clock.now)))
    first.lists.add("words", ["xy"], Item(), who="test")
    first.lists.add("urls", ["https://a.example/" + "x" * 600], Item(), who="test")
    path = first.books.path
    first.close()
    path.unlink()
    books = take().books.view(clock)
    assert books.listed("host", "a.example") == ListEntry("one")
    assert books.listed("host", "b.example") == ListEntry("one")
    assert books.listed("host", "c.example") == ListEntry("two", "", clock.now)
    assert books.listed("url", "a.example/" + "x" * 600) == ListEntry("urls")
    assert [each.text for each in books.patterns()[1]] == ["xy"]
    books.close()


def test_versions_are_forgotten_in_the_end(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_store, "KEPT", 3)
    monkeypatch.setattr(list_store, "SWEEP", 1)
    _hosts(authority, "bad")
    for n in range(6):
        authority.lists.import_text("bad", f"h{n}.example", who="test")
    assert len(authority.store.query("SELECT * FROM list_entries")) == 4
    with pytest.raises(ConflictError, match="versions 3 to 5"):
        authority.lists.rollback("bad", who="test", to=2)
    assert authority.lists.rollback("bad", who="test", to=3).entries == 1
    assert _keys(authority, "bad") == ["h2.example"]


def test_what_cannot_be_is_refused(authority: Authority) -> None:
    lists = authority.lists
    with pytest.raises(NotFoundError, match="none yet"):
        lists.show("bad")
    with pytest.raises(InputError, match="a-z"):
        lists.create("Bad List", HOST, who="test")
    assert lists.create("bad", HOST, who="test")
    assert not lists.create("bad", HOST, who="test")
    with pytest.raises(ConflictError, match="of kind host"):
        lists.create("bad", PATTERN, who="test")
    with pytest.raises(InputError, match="a host"):
        lists.add("bad", ["a b"], Item(), who="test")
    with pytest.raises(InputError, match="at most 500"):
        lists.add("bad", ["a.example"], Item(reason="x" * 501), who="test")
    with pytest.raises(InputError, match="names no entry"):
        lists.import_text("bad", "# nothing\n", who="test")
    with pytest.raises(InputError) as caught:
        lists.import_text("bad", "a.example\nb b\n", who="test", form=Format.PLAIN)
    assert [each.row for each in caught.value.faults] == [2]
    assert lists.show("bad").version == 0
    with pytest.raises(ConflictError, match="nothing to go back to"):
        lists.rollback("bad", who="test")
