"""The links of a text: on a list, in disguise, or of a kind that is not wanted.

Links are found by what the text filter uses as well (:mod:`filters.text.links`), in whatever spelling, and their hosts
read the way a browser reads them: ``ｂｉｔ．ｌｙ``, ``0x7f.1`` and ``good.com@bad.top`` are what a tap would open. The
case of paths is kept, since short links differ by it.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

import can_ada
import msgspec

from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.hosts import Host, Hosts
from filters.ports import ListBook
from filters.text import links
from filters.text.tables import FOLD

#: Characters of a text that are looked at: twice the longest LMS.
MAX_CHARS: Final = 4000
#: Links of one text that are looked at; lists are asked up to five times for each.
MAX_LINKS: Final = 16
#: Texts whose links are remembered, of at most so many characters: some 500 octets each, and 20 MB at the very most.
MEMO_LIMIT: Final = 8192
MEMO_CHARS: Final = 1000
#: Of a host that is quoted in evidence.
QUOTE_LIMIT: Final = 60

#: What a sound link scores as a signal: worth knowing, no ground for anything by itself.
SIGNAL: Final = 0.3

#: As :data:`filters.text.tables.FOLD`, with plain capital letters left as they are.
_FOLD: Final = {code: text for code, text in FOLD.items() if not 0x41 <= code <= 0x5A}
#: A link that says it is one; the rest is the URL parser's business.
_SCHEMED: Final = re.compile(r"(?<![a-z])h[tx]{2}ps? ?[:;] ?[/\\] ?[/\\] ?([!-~]{1,512})")
_TRAILING: Final = ".,;:!?)]}>'\"*"
_DOT: Final = ".．。｡・･·ㆍ•∙⋅‧"
#: What no link can do without: a dot, what stands in its place, or a slash, with a letter behind it. Hangul behind a
#: dot is no sign, because sentences are often written without a space between them.
_MIGHT: Final = re.compile(
    rf"[{_DOT},점닷쩜点/／⁄∕⧸\\][)\]}}]? ?(?:[^\W\d가-힣ㄱ-ㅣ]|[^\w\s\x00-\x7f]|컴|한국|[/／⁄∕⧸\\])"
)

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


class Link(NamedTuple):
    """A link as a browser would open it."""

    host: Host
    url: str  # host and path, no final slash: the key of the list of URLs


class LinkRule:
    """``[filters.link]``. The owner calls :meth:`refresh` once per turn of its loop.

    Raises ValueError when a brand is no registered domain.
    """

    __slots__ = ("_hosts", "_lists", "_memo", "_version", "mode", "name", "on_error", "settings")

    def __init__(self, settings: LinkSettings, lists: ListBook) -> None:
        self.settings = settings
        self.name = "link"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._hosts = Hosts(settings.brands)
        self._lists = lists
        self._version = lists.version
        self._memo: dict[str, Finding | None] = {}

    def refresh(self, now: float) -> None:
        """Forget what was found under other lists. ``now`` is Unix time in seconds."""
        del now
        version = self._lists.version
        if version != self._version:
            self._version = version
            self._memo.clear()

    def check(self, message: Message) -> Finding | None:
        """Return the worst that is to be said of the links of any reading. Raises what the lists raise."""
        worst: Finding | None = None
        for text in message.texts:
            if not might_link(text if len(text) <= MAX_CHARS else text[:MAX_CHARS]):
                continue
            try:
                found = self._memo[text]
            except KeyError:
                found = self._judge(text, message.arrived)
            if found is not None and (worst is None or found.score > worst.score):
                worst = found
        return worst

    def _judge(self, text: str, now: float) -> Finding | None:
        worst: Finding | None = None
        lasting = True
        for link in self.links(text):
            found, expires = self._of_link(link, now)
            lasting = lasting and not expires
            if found is not None and (worst is None or found.score > worst.score):
                worst = found
                if found.score == 1.0:
                    break
        if lasting and len(text) <= MEMO_CHARS:  # what a list says for a time is asked again
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            self._memo[text] = worst
        return worst

    def links(self, text: str) -> list[Link]:
        """Return the links of a text in order, each once, at most :data:`MAX_LINKS`. Never raises."""
        text = text[:MAX_CHARS]
        if not text.isascii():
            text = text.translate(_FOLD)
        lower = text.lower()  # of the same length: what else than A to Z has a case is folded
        repaired, dots = links.repair(lower)
        if dots:
            text = lower = repaired
        found: dict[str, Link] = {}
        read: set[int] = set()  # where links begin that are read by the parser's rules
        if "/" in lower or "\\" in lower:
            for match in _SCHEMED.finditer(lower):
                read.update((match.start(), match.start(1)))
                self._keep(found, text[match.start(1) : match.end(1)])
        if links.has_hint(lower):
            for match in links.LINK.finditer(lower):
                if match.start() not in read and _is_link(match):
                    self._keep(found, text[match.start("host") : match.end()])
        return list(found.values())

    def _keep(self, found: dict[str, Link], rest: str) -> None:
        if len(found) < MAX_LINKS:
            link = self._parsed(rest)
            if link is not None:
                found.setdefault(link.url, link)

    def _parsed(self, rest: str) -> Link | None:
        try:
            url = can_ada.parse("http://" + rest.rstrip(_TRAILING))
        except ValueError:
            return None
        name = url.hostname.rstrip(".")
        if "." not in name and name[:1] != "[":
            return None
        return Link(self._hosts.host(name), (name + url.pathname).rstrip("/"))

    # ------------------------------------------------------------ one link

    def _of_link(self, link: Link, now: float) -> tuple[Finding | None, bool]:
        """What is found of a link, and whether that ends some day without any list changing."""
        host = link.host
        listed, expires = self._listed(link, now)
        if listed is not None:
            return listed, expires
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
        bare = link.url[4:] if link.url.startswith("www.") else ""
        expires = False
        # a shortener's host is everybody's: only its single links can be on a list
        questions = [("url", link.url)] + ([("url", bare)] if bare else [])
        if not host.is_shortener:
            questions += [("host", name) for name in host.names]
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


def might_link(text: str) -> bool:
    """Whether a text can hold a link at all: the cheap question asked first."""
    return _MIGHT.search(text) is not None or " dot " in text


def _is_link(match: re.Match[str]) -> bool:
    """Whether a dotted name may be meant as a link: ``evil.top`` may, although the text filter takes it for words."""
    host = match["host"]
    if host.rpartition(".")[2] in links.STRONG_TLDS:
        return True
    return links.read(host, match["path"] or "", match["scheme"] is not None) is not None
