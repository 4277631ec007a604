"""Senders, texts and hosts of links under sanction, whatever filters are on.

A sanction is a decision about this one sender, text or host, made by a person or by a rule that a person let act. That
the filter which looks at such things is off, or only observes, does not undo it, and nobody is exempt from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from filters.blocklist import BlocklistRule, BlocklistSettings
from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, recall
from filters.ports import ClusterBook, ListBook, PatternBook, SenderBook, SenderState

if TYPE_CHECKING:
    from filters.sanctioned_hosts import SanctionedHosts

#: Remembered senders; some 300 octets each, so 5 MB. When full, everything is forgotten.
MEMO_LIMIT: Final = 16_384

_BLOCKED: Final = frozenset({SenderState.SUSPENDED, SenderState.BLACKLISTED})


class SanctionBook(SenderBook, ListBook, PatternBook, ClusterBook, Protocol):
    """The books that are asked."""

    @property
    def blocks_senders(self) -> bool:
        """Whether any sender may be suspended or blacklisted; known without looking each up."""
        ...

    @property
    def blocks_hosts(self) -> bool:
        """Whether any host may be under sanction; known without looking each up."""
        ...


class SanctionedMessages:
    """Looks senders, texts and links up, while any is under sanction. Costs nothing else."""

    __slots__ = (
        *("_active", "_book", "_country", "_hosts", "_memo", "_texts", "_version"),
        *("mode", "name", "on_error", "version"),
    )

    def __init__(self, book: SanctionBook, *, texts: bool, country: str = KOREA) -> None:
        """``texts``: whether texts are compared with those under sanction. ``country``: calling code of the home."""
        self.name = "sanction"
        self.mode = Mode.ENFORCE
        self.on_error: OnError = "refuse"
        self.version = 0  # grows whenever an answer may differ
        self._book = book
        self._country = country
        alone = BlocklistSettings(mode=Mode.ENFORCE, country=country, senders=False, optout="off", patterns=False)
        self._texts = BlocklistRule(alone, book, book, book) if texts else None
        self._hosts: SanctionedHosts | None = None
        self._memo: dict[tuple[str, str, bool, bool], Finding | None] = {}
        self._version: int | None = None
        self._active = False

    def follow(self) -> bool:
        """Take notice of changed books; return whether anything is under sanction. Raises what the books raise."""
        book = self._book
        if book.version != self._version:
            self._version = book.version
            self.version += 1
            self._memo.clear()
            if self._texts is not None:
                self._texts.refresh(0.0)
            if not book.blocks_hosts:
                self._hosts = None
            elif self._hosts is None:
                from filters.sanctioned_hosts import SanctionedHosts  # brings public suffixes and a parser

                self._hosts = SanctionedHosts(book)
            else:
                self._hosts.forget()
            texts = self._texts is not None and bool(book.clusters()[1])
            self._active = book.blocks_senders or texts or self._hosts is not None
        return self._active

    def check(self, message: Message) -> Finding | None:
        """Return why a message may not pass, None where it may. Raises what the books raise."""
        if not self.follow():
            return None
        key = (message.sender, message.callback, message.sender_alphanumeric, message.sender_international)
        try:
            found = self._memo[key]
        except KeyError:
            found = self._of_sender(message)
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            self._memo[key] = found
        if found is None and self._texts is not None:
            found = self._texts.check(message)
            if found is not None:
                found = msgspec.structs.replace(found, rule=self.name)
        if found is None and self._hosts is not None:
            what = self._hosts.found(message.texts)
            found = Finding(Reason.LINK_REFUSED, self.name, what) if what else None
        return found

    def _of_sender(self, message: Message) -> Finding | None:
        ton = TON_INTERNATIONAL if message.sender_international else 0
        ton = TON_ALPHANUMERIC if message.sender_alphanumeric else ton
        for number, kind, what in ((message.sender, ton, "the sender"), (message.callback, 0, "the callback number")):
            if number:
                entry = self._book.sender(recall(number, kind, 0, self._country).e164)
                if entry is not None and entry.state in _BLOCKED:
                    return Finding(Reason.SENDER_BLACKLISTED, self.name, f"{what} is {entry.state.value}")
        return None
