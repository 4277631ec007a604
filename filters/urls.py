"""The links of a text as a browser would open them, in whatever spelling they stand there.

Links are found by what the text filter uses as well (:mod:`filters.text.links`), and their hosts read the way a browser
reads them: ``ｂｉｔ．ｌｙ``, ``0x7f.1`` and ``good.com@bad.top`` are what a tap would open. The case of paths is kept,
since short links differ by it.
"""

from __future__ import annotations

import importlib
import os
import re
import string
import sys
from array import array
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Final

import can_ada
import msgspec

from filters.hosts import Host, Hosts
from filters.text import links, normalise
from filters.text.tables import FOLD

#: Characters of a text that are looked at: twice the longest LMS.
MAX_CHARS: Final = 4000
#: Links of one text that are looked at; lists are asked up to five times for each.
MAX_LINKS: Final = 16

#: A link that says it is one; the rest is the URL parser's business.
_SCHEMED: Final = re.compile(r"(?<![a-z])h[tx]{2}ps? ?[:;] ?[/\\] ?[/\\] ?([!-~]{1,512})")
_BEFORE_SLASH: Final = 8  # characters of a scheme before its first slash: "https : "
_TRAILING: Final = ".,;:!?)]}>'\"*"
_DOT: Final = ".．。｡・･·ㆍ•∙⋅‧,점닷쩜点"
_SLASH: Final = "/／⁄∕⧸\\"
_CLOSER: Final = ")]}"
#: What no link can do without: a dot, what stands in its place, or a slash, with a letter behind it. Hangul behind a
#: dot is no sign, because sentences are often written without a space between them.
_SLASHES: Final = re.escape(_SLASH)
_MIGHT: Final = re.compile(
    rf"[{_DOT}{_SLASHES}][{re.escape(_CLOSER)}]? ?(?:[^\W\d가-힣ㄱ-ㅣ]|[^\w\s\x00-\x7f]|컴|한국|[{_SLASHES}])"
)


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link as a browser would open it."""

    host: Host
    url: str  # host and path, no final slash: the key of the list of URLs


class Links:
    """Finds the links of texts. ``hosts`` tells what their hosts are."""

    __slots__ = ("_hosts",)

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def find(self, text: str) -> list[Link]:
        """Return the links of a text in order, each once, at most :data:`MAX_LINKS`. Never raises."""
        plain = plain_links(text)
        if plain is None:
            return self.find_any(text) if might_link(text if len(text) <= MAX_CHARS else text[:MAX_CHARS]) else []
        if not plain:
            return []
        host = self._hosts.host
        if len(plain) == 1:  # nearly all others
            return [Link(host(plain[0][0]), plain[0][1])]
        return [Link(host(name), url) for name, url in islice(dict.fromkeys(plain), MAX_LINKS)]

    def find_any(self, text: str) -> list[Link]:
        """Return the links of a text that may be in disguise: the definition of :meth:`find`."""
        text = text[:MAX_CHARS]
        if not text.isascii():
            text = fold(text)
        lower = text.lower()  # of the same length: what else than A to Z has a case is folded
        if might_break(lower):
            repaired, dots = links.repair(lower)
            if dots:
                text = lower = repaired
        found: dict[str, Link] = {}
        read: set[int] = set()  # where links begin that are read by the parser's rules
        slash, other = lower.find("/"), lower.find("\\")
        if other >= 0 and (other < slash or slash < 0):
            slash = other
        if slash >= 0:
            for match in _SCHEMED.finditer(lower, max(0, slash - _BEFORE_SLASH)):
                read.update((match.start(), match.start(1)))
                self._keep(found, text[match.start(1) : match.end(1)])
        hinted = False  # asked for once there is something to keep: most links have a scheme
        at = link_from(lower, 0)
        while at >= 0:
            named = links.LINK.search(lower, at)
            if named is None:
                break
            if named.start() not in read and _is_link(named):
                hinted = hinted or links.has_hint(lower)
                if not hinted:
                    break
                self._keep(found, text[named.start("host") : named.end()])
            at = link_from(lower, named.end())
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


def fold_pure(text: str) -> str:
    """Bring all characters of a text but plain capital letters to the form that stands for them."""
    return text.translate(_fold_table())


@cache
def _fold_table() -> dict[int, str]:
    """As :data:`filters.text.tables.FOLD`, with plain capital letters left as they are."""
    return {code: text for code, text in FOLD.items() if not 0x41 <= code <= 0x5A}


def might_link_pure(text: str) -> bool:
    """The definition of :func:`might_link`; the compiled kernel is held to it."""
    return _MIGHT.search(text) is not None or " dot " in text


def link_from_pure(text: str, at: int) -> int:
    """Return a place from ``at`` on before which no :data:`~filters.text.links.LINK` begins, -1 where none follows."""
    return at if text.find(".", at) >= 0 else -1


def might_break_pure(text: str) -> bool:
    """Whether :func:`~filters.text.links.repair` may find something to repair: it finds out by itself."""
    del text
    return True


def _plain_links_pure(text: str) -> list[tuple[str, str]] | None:
    """The definition finds the links of all texts."""
    del text
    return None


#: The classes of characters as ``_urls.pyx`` numbers them, but for 0, what the definition has to look at: what folding
#: changes, signs of a link in other clothes, blanks and digits beyond ASCII.
_CLASSES: Final = {
    **dict.fromkeys(" \n\t\r\v\f", 2),
    **dict.fromkeys("점닷쩜点", 3),
    **dict.fromkeys("컴한中", 4),
    **dict.fromkeys(string.ascii_lowercase, 5),
    **dict.fromkeys(string.ascii_uppercase, 6),
    **dict.fromkeys(string.digits, 7),
    "-": 8,
    ".": 9,
    ",": 10,
    **dict.fromkeys(":;", 11),
    "/": 12,
    **dict.fromkeys("_=&~@", 13),
    **dict.fromkeys("?#", 14),
    **dict.fromkeys("([{", 15),
    **dict.fromkeys("!\"$%')*+<>]^|}", 16),
}


def _classes() -> bytes:
    """The class of each character up to U+FFFF; 1 is any other."""
    characters = array("H", range(0x10000)).tobytes().decode(f"utf-16-{sys.byteorder[0]}e", "surrogatepass")
    classes = bytearray(b"\x01" * len(characters))
    for match in re.finditer(rf"[\s\d{_DOT}{_SLASHES}`]", characters):
        classes[match.start()] = 0
    for code in FOLD:
        if code < len(classes):
            classes[code] = 0
    for character, number in _CLASSES.items():
        classes[ord(character)] = number
    return bytes(classes)


def _load() -> Callable[[str], list[tuple[str, str]] | None]:
    if not os.environ.get("SMPPPROXY_PURE"):
        try:
            compiled = importlib.import_module("filters._urls")
        except ImportError:  # not compiled: see hatch_build.py
            return _plain_links_pure
        compiled.setup(_classes(), _TRAILING, links.STRONG_TLDS)
        plain: Callable[[str], list[tuple[str, str]] | None] = compiled.plain_links
        return plain
    return _plain_links_pure


def _fold_fast(text: str) -> str:
    folded = None if _fast is None else _fast.fold_links(text)
    return fold_pure(text) if folded is None else folded


_fast: Final = normalise.FAST
fold: Final = fold_pure if _fast is None else _fold_fast
#: Whether a text can hold a link at all: the cheap question asked first.
might_link: Final = might_link_pure if _fast is None else _fast.might_link
might_break: Final = might_break_pure if _fast is None else _fast.might_break
link_from: Final = link_from_pure if _fast is None else _fast.link_from
if _fast is not None:
    _fast.set_signs(_DOT, _SLASH, _CLOSER)
#: The links of a text as (host, host and path), where all of them stand there plainly; None where some may not.
plain_links: Final = _load()


def _is_link(match: re.Match[str]) -> bool:
    """Whether a dotted name may be meant as a link: ``evil.top`` may, although the text filter takes it for words."""
    host = match["host"]
    if host.rpartition(".")[2] in links.STRONG_TLDS:
        return True
    return links.read(host, match["path"] or "", match["scheme"] is not None) is not None
