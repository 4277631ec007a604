"""What an operator has listed: senders, recipients who opted out, patterns in texts, and texts under sanction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.numbers import KOREA, TON_ALPHANUMERIC, TON_INTERNATIONAL, e164, recall
from filters.patterns import Patterns, fold
from filters.ports import ClusterBook, ListBook, Pattern, PatternBook, PatternKind

if TYPE_CHECKING:
    from filters.text.near import Clusters

#: Texts whose pattern is remembered, of at most so many characters: some 500 octets each, and 20 MB at the very most.
MEMO_LIMIT: Final = 8192
MEMO_CHARS: Final = 1000

_UNKNOWN: Final = Pattern("", PatternKind.LITERAL, "")  # stands for what is not remembered

#: Octets of a cluster's name that are quoted in evidence.
_SHOWN: Final = 8

#: Where the label of an advertisement is looked for, in characters.
_LABEL_WITHIN: Final = 64


class BlocklistSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.blocklist]``."""

    mode: Mode = Mode.OFF
    country: str = KOREA  # calling code of the home country
    senders: bool = True  # look senders up; needless where the sender rule does
    optout: Literal["adverts", "all", "off"] = "adverts"  # which messages recipients opted out of
    patterns: bool = True
    clusters: bool = True  # refuse texts that are near-identical to one under sanction
    on_error: OnError = "forward"


class BlocklistRule:
    """``[filters.blocklist]``. The owner calls :meth:`refresh` once per turn of its loop.

    Patterns are compiled a part at a time, one part for each :meth:`refresh`; those before them stay in force until
    all are compiled. ``patterns.refused`` tells which could not be. Texts are compared with clusters only while there
    are any.
    """

    __slots__ = (
        *("_clusters", "_clusters_version", "_compiling", "_lists", "_memo", "_patterns_version", "_source"),
        *("_everybody", "_optouts", "_senders", "_source_version", "_texts"),
        *("mode", "name", "on_error", "patterns", "settings"),
    )

    def __init__(
        self, settings: BlocklistSettings, lists: ListBook, patterns: PatternBook, texts: ClusterBook | None = None
    ) -> None:
        """``texts`` are those under sanction, None for none."""
        self.settings = settings
        self.name = "blocklist"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self.patterns = Patterns()
        self._senders = settings.senders
        self._optouts = settings.optout != "off"
        self._everybody = settings.optout == "all"
        self._lists = lists
        self._source = patterns
        self._source_version: int | None = None
        self._patterns_version: int | None = None
        self._compiling: tuple[Patterns, Iterator[None]] | None = None
        self._texts = texts
        self._clusters: Clusters | None = None
        self._clusters_version: int | None = None
        self._memo: dict[str, Pattern | None] = {}
        if settings.mode is not Mode.OFF:
            self._compile_now()

    def _compile_now(self) -> None:
        self.refresh(0.0)
        while self._compiling is not None:
            self.refresh(0.0)

    def refresh(self, now: float) -> None:
        """Take notice of changed patterns, and compile a part of them. ``now`` is Unix time in seconds."""
        del now
        version = self._source.version
        if version != self._source_version and self.mode is not Mode.OFF:
            self._source_version = version
            if self.settings.clusters:
                self._follow_clusters()
            if self.settings.patterns:
                self._follow_patterns()
        if self._compiling is not None:
            new, steps = self._compiling
            if next(steps, self) is self:
                self._compiling = None
                self.patterns = new
                self._memo.clear()

    def _follow_patterns(self) -> None:
        own, patterns = self._source.patterns()
        if own != self._patterns_version:
            self._patterns_version = own
            new = Patterns()
            self._compiling = (new, new.compile(patterns))

    def _follow_clusters(self) -> None:
        version, names = self._texts.clusters() if self._texts is not None else (0, [])
        if version == self._clusters_version:
            return
        self._clusters_version = version
        self._memo.clear()
        self._clusters = None
        if names:
            from filters.text.near import Clusters  # brings numpy, for those alone who have texts under sanction

            self._clusters = Clusters(len(names))
            for name in names:
                self._clusters.add(name)

    def check(self, message: Message) -> Finding | None:
        """Return what of the message is listed, or None. Raises what the lists raise."""
        if self._senders and message.sender:
            found = self._sender(message)
            if found is not None:
                return found
        patterns, clusters = self.patterns, self._clusters
        if patterns.size or clusters is not None:
            for text in message.texts:
                if clusters is None and not patterns.may_hold(text):
                    continue
                pattern = self._memo.get(text, _UNKNOWN)
                if pattern is _UNKNOWN:
                    pattern = self._held(text)
                if pattern is not None:
                    why = f": {pattern.reason}" if pattern.reason else ""
                    what = "holds pattern" if pattern.text else "is near-identical to those under sanction, cluster"
                    return self._found(Reason.TEXT_SPAM, f"the text {what} {pattern.id}{why}")
        if self._optouts and (self._everybody or _is_advert(message)):
            return self._opted_out(message)
        return None

    def _sender(self, message: Message) -> Finding | None:
        ton = TON_INTERNATIONAL if message.sender_international else 0
        ton = TON_ALPHANUMERIC if message.sender_alphanumeric else ton
        number = recall(message.sender, ton, 0, self.settings.country)
        entry = self._lists.listed("sender_blacklist", number.e164)
        if entry is None or (entry.expires is not None and entry.expires <= message.arrived):
            return None
        return self._found(Reason.SENDER_BLACKLISTED, f"the sender is listed by {entry.source or 'the operator'}")

    def _held(self, text: str) -> Pattern | None:
        """The pattern a text holds; remembered, because bulk senders repeat themselves."""
        memo = self._memo
        pattern = self.patterns.first(fold(text)) if self.patterns.size else None
        if pattern is None and self._clusters is not None:
            pattern = _alike(self._clusters, text)
        if len(text) <= MEMO_CHARS:
            if len(memo) >= MEMO_LIMIT:
                memo.clear()
            memo[text] = pattern
        return pattern

    def _opted_out(self, message: Message) -> Finding | None:
        listed, country = self._lists.listed, self.settings.country
        refused = []
        for recipient in message.recipients:
            entry = listed("recipient_optout", e164(recipient, country))
            if entry is not None and (entry.expires is None or entry.expires > message.arrived):
                refused.append(recipient)
        if not refused:
            return None
        if len(refused) == len(message.recipients):
            return self._found(Reason.RECIPIENT_REFUSED, "the recipient opted out")
        evidence = f"{len(refused)} of {len(message.recipients)} recipients opted out"
        return self._found(Reason.RECIPIENT_REFUSED, evidence, tuple(refused))

    def _found(self, reason: Reason, evidence: str, recipients: tuple[str, ...] = ()) -> Finding:
        enforce = self.mode is Mode.ENFORCE
        return Finding(reason, self.name, evidence, enforce=enforce, recipients=recipients)


def _alike(clusters: Clusters, text: str) -> Pattern | None:
    """The cluster a text belongs to, as a pattern without text."""
    from filters.text.near import signature
    from filters.text.normalise import prepare

    name = clusters.find(signature(prepare(text).key))
    return None if name is None else Pattern(name[:_SHOWN].hex(), PatternKind.LITERAL, "")


def _is_advert(message: Message) -> bool:
    """Whether a text begins with the label of an advertisement."""
    for text in message.texts:  # noqa: SIM110  a generator costs more than the search
        if "광고)" in text and "광고)" in text[:_LABEL_WITHIN]:
            return True
    return False
