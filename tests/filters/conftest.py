"""Helpers of the filter tests: the books in memory."""

from __future__ import annotations

import pytest

from filters.ports import CodeEntry, CodeState, ListEntry, Pattern, SenderEntry


class MemoryBook:
    """A code book one can change; every change makes a new version."""

    def __init__(self) -> None:
        self.entries: dict[str, CodeEntry] = {}
        self.version = 1
        self.asked = 0

    def code(self, code: str) -> CodeEntry | None:
        self.asked += 1
        return self.entries.get(code)

    def put(self, code: str, state: CodeState = CodeState.ACTIVE) -> None:
        self.entries[code] = CodeEntry(state)
        self.version += 1


@pytest.fixture
def book() -> MemoryBook:
    """A book with one active code, 301150232."""
    book = MemoryBook()
    book.put("301150232")
    return book


@pytest.fixture
def new_book() -> type[MemoryBook]:
    """The class itself, for tests that make books of their own."""
    return MemoryBook


class MemorySenders:
    """A book of senders one can change."""

    def __init__(self) -> None:
        self.entries: dict[str, SenderEntry] = {}
        self.version = 1
        self.asked = 0

    def sender(self, number: str) -> SenderEntry | None:
        self.asked += 1
        return self.entries.get(number)

    def put(self, number: str, entry: SenderEntry) -> None:
        self.entries[number] = entry
        self.version += 1


class MemoryLists:
    """Lists one can change."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], ListEntry] = {}
        self.version = 1

    def listed(self, kind: str, key: str) -> ListEntry | None:
        return self.entries.get((kind, key))

    def put(self, kind: str, key: str, entry: ListEntry | None = None) -> None:
        self.entries[kind, key] = entry or ListEntry("a test")
        self.version += 1


class MemoryPatterns:
    """Patterns one can change."""

    def __init__(self) -> None:
        self.entries: list[Pattern] = []
        self.version = 1

    def patterns(self) -> tuple[int, list[Pattern]]:
        return self.version, list(self.entries)

    def put(self, *patterns: Pattern) -> None:
        self.entries.extend(patterns)
        self.version += 1


@pytest.fixture(scope="session")
def new_senders() -> type[MemorySenders]:
    return MemorySenders


@pytest.fixture(scope="session")
def new_lists() -> type[MemoryLists]:
    return MemoryLists


@pytest.fixture(scope="session")
def new_patterns() -> type[MemoryPatterns]:
    return MemoryPatterns
