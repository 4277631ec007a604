"""Hosts of links under sanction, whatever the filter of links does. A part of :mod:`filters.sanctioned`."""

from __future__ import annotations

from typing import Final

from filters.hosts import Hosts
from filters.measures import measure
from filters.ports import ListBook
from filters.urls import Links

#: Texts whose links are remembered, of at most so many characters: some 500 octets each, and 20 MB at the very most.
MEMO_LIMIT: Final = 8192
MEMO_CHARS: Final = 1000
#: Of a host that is quoted in evidence.
QUOTE_LIMIT: Final = 60


class SanctionedHosts:
    """Looks the hosts of links up, and the domains above them. There is one while any host is under sanction."""

    __slots__ = ("_links", "_lists", "_memo")

    def __init__(self, lists: ListBook) -> None:
        self._links = Links(Hosts())
        self._lists = lists
        self._memo: dict[str, str] = {}

    def forget(self) -> None:
        """What was found was found in other books."""
        self._memo.clear()

    def found(self, texts: tuple[str, ...]) -> str:
        """Return which host of any reading is under sanction, "" for none. Raises what the lists raise."""
        for text in texts:
            what = self._memo.get(text)
            if what is None:
                what = self._of_text(text)
                if len(text) <= MEMO_CHARS:
                    if len(self._memo) >= MEMO_LIMIT:
                        self._memo.clear()
                    self._memo[text] = what
            if what:
                return what
        return ""

    def _of_text(self, text: str) -> str:
        for link in self._links.find(text):
            if link.host.is_shortener:
                continue  # everybody's
            for name in link.host.names:
                entry = self._lists.listed("host_sanction", name)
                if entry is not None:
                    shown = name if len(name) <= QUOTE_LIMIT else name[:QUOTE_LIMIT] + "…"
                    return f"the host {shown} is {measure(entry.reason).participle}"
        return ""
