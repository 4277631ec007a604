"""Helpers of the filter tests: a code book in memory."""

from __future__ import annotations

import pytest

from filters.ports import CodeEntry, CodeState


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
