"""The links of a text: on a list, in disguise, or of a kind that is not wanted. Finding them: :mod:`filters.urls`."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.hosts import Hosts
from filters.ports import ListBook
from filters.urls import Link, Links

#: Texts whose links are remembered, of at most so many characters: some 500 octets each, and 20 MB at the very most.
MEMO_LIMIT: Final = 8192
MEMO_CHARS: Final = 1000
#: Of a host that is quoted in evidence.
QUOTE_LIMIT: Final = 60

#: What a sound link scores as a signal: worth knowing, no ground for anything by itself.
SIGNAL: Final = 0.3

_UNKNOWN: Final = Finding(Reason.LINK_REFUSED, "")  # stands for what is not remembered

Attitude = Literal["refuse", "signal", "allow"]


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.link]``. ``signal`` records a finding that never refuses."""

    mode: Mode = Mode.OFF
    brands: tuple[str, ...] = ()  # registered domains that others try to look like
    lookalikes: Attitude = "refuse"
    ip_hosts: Attitude = "refuse"
    punycode: Attitude = "signal"
    shorteners: Attitude = "signal"
    chats: Attitude = "signal"
    on_error: OnError = "forward"


class LinkRule:
    """``[filters.link]``. The owner calls :meth:`refresh` once per turn of its loop.

    Raises ValueError when a brand is no registered domain.
    """

    __slots__ = (
        *("_links", "_lists", "_memo", "_quiet", "_version"),
        *("mode", "name", "on_error", "settings"),
    )

    def __init__(self, settings: LinkSettings, lists: ListBook) -> None:
        self.settings = settings
        self.name = "link"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._links = Links(Hosts(settings.brands))
        self._lists = lists
        self._version = lists.version
        self._memo: dict[str, Finding | None] = {}
        self._quiet: set[str] = set()  # hosts of which nothing is to be said: only their links may be listed

    def refresh(self, now: float) -> None:
        """Forget what was found under other lists. ``now`` is Unix time in seconds."""
        del now
        version = self._lists.version
        if version != self._version:
            self._version = version
            self._memo.clear()
            self._quiet.clear()

    def check(self, message: Message) -> Finding | None:
        """Return the worst that is to be said of the links of any reading. Raises what the lists raise."""
        worst: Finding | None = None
        for text in message.texts:
            found = self._memo.get(text, _UNKNOWN)
            if found is _UNKNOWN:
                links = self._links.find(text)
                if not links:  # most texts; to find that out again costs little more than to remember it
                    continue
                if self._are_quiet(links):
                    self._remember(text, None)
                    continue
                found = self._judge(text, links, message.arrived)
            if found is not None and (worst is None or found.score > worst.score):
                worst = found
        return worst

    def _judge(self, text: str, links: list[Link], now: float) -> Finding | None:
        worst: Finding | None = None
        lasting = True
        for link in links:
            found, expires = self._of_link(link, now)
            lasting = lasting and not expires
            if found is not None and (worst is None or found.score > worst.score):
                worst = found
                if found.score == 1.0:
                    break
        if lasting:  # what a list says for a time is asked again
            self._remember(text, worst)
        return worst

    def _remember(self, text: str, worst: Finding | None) -> None:
        if len(text) <= MEMO_CHARS:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            self._memo[text] = worst

    def _are_quiet(self, links: list[Link]) -> bool:
        """Whether nothing is to be said of any link, as far as one look-up each tells: its host was met before."""
        for link in links:
            if link.host.name not in self._quiet or self._lists.listed("url", link.url) is not None:
                return False
        return True

    def links(self, text: str) -> list[Link]:
        """Return the links of a text in order, each once, at most :data:`~filters.urls.MAX_LINKS`. Never raises."""
        return self._links.find(text)

    # ------------------------------------------------------------ one link

    def _of_link(self, link: Link, now: float) -> tuple[Finding | None, bool]:
        """What is found of a link, and whether that ends some day without any list changing."""
        host = link.host
        listed, expires = self._listed(link, now)
        if listed is not None:
            return listed, expires
        if not (host.resembles or host.is_ip or host.is_punycode or host.is_chat or host.is_shortener):
            if not (expires or host.name.startswith("www.")):  # those links are asked about in two spellings
                if len(self._quiet) >= MEMO_LIMIT:
                    self._quiet.clear()
                self._quiet.add(host.name)
            return None, expires
        settings = self.settings
        for applies, attitude, what in (
            (host.resembles, settings.lookalikes, f"looks like {host.resembles}"),
            (host.is_ip, settings.ip_hosts, "is an address instead of a name"),
            (host.is_punycode, settings.punycode, "is written in punycode"),
            (host.is_chat, settings.chats, "leads to a chat"),
            (host.is_shortener, settings.shorteners, "is a shortener"),
        ):
            if applies and attitude != "allow":
                return self._found(host.name, what, attitude == "refuse"), expires
        return None, expires

    def _listed(self, link: Link, now: float) -> tuple[Finding | None, bool]:
        listed, host = self._lists.listed, link.host
        questions = [("url", link.url)]
        if link.url.startswith("www."):
            questions.append(("url", link.url[4:]))
        # a shortener's host is everybody's: only its single links can be on a list
        if not (host.is_shortener or host.name in self._quiet):
            questions += [("host", name) for name in host.names]
        expires = False
        for kind, key in questions:
            entry = listed(kind, key)
            if entry is not None:
                expires = expires or entry.expires is not None
                if entry.expires is None or entry.expires > now:
                    what = f"the {kind} is listed by {entry.source or 'the operator'}"
                    return self._found(host.name, f"{what}: {entry.reason}" if entry.reason else what, True), expires
        return None, expires

    def _found(self, host: str, what: str, refuse: bool) -> Finding:
        shown = host if len(host) <= QUOTE_LIMIT else host[:QUOTE_LIMIT] + "…"
        enforce = refuse and self.mode is Mode.ENFORCE
        return Finding(
            Reason.LINK_REFUSED, self.name, f"{shown} {what}", score=1.0 if refuse else SIGNAL, enforce=enforce
        )
