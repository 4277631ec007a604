"""What a link's host says by itself: its registered domain, what it is, and whom it tries to look like.

Nothing is asked of a network: the list of public suffixes is the one that came along, see :mod:`filters.suffixes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import can_ada
import msgspec

from filters.suffixes import suffixes
from filters.text.confusables import TO_LATIN
from filters.text.links import APP_STORES, CHATS, SHORTENERS
from filters.text.tables import FOLD

#: Hosts whose facts are remembered; a campaign uses few. About 600 octets each.
MEMO_LIMIT: Final = 4096

#: Shortest label that is compared by edit distance; of shorter ones a changed letter makes another word.
SHORTEST_COMPARED: Final = 6
#: Longest label that is: DNS allows no longer one, but a parser may pass it.
LONGEST_COMPARED: Final = 63
#: Shortest label looked for as one word among others, as in ``brand-login``.
SHORTEST_PART: Final = 4

#: Most labels of a host that lists are asked about, counted from the registered domain: a name of a hundred labels
#: must not cost a hundred look-ups.
MOST_PARENTS: Final = 4

#: Letters and pairs that look alike in a browser's line, brought to one of them.
_SHAPES: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "5": "s", "3": "e", "4": "a", "8": "b", "9": "g", "j": "l"}
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LATIN: Final = {ord(letter): latin for letter, latin in TO_LATIN.items()}


class Host(msgspec.Struct, frozen=True, gc=False):
    """The facts of one host."""

    name: str  # lower case, ASCII
    registered: str  # the domain somebody registered; the address itself where it is one
    names: tuple[str, ...]  # what lists are asked about: the host and its parents down to the registered domain
    is_ip: bool = False
    is_punycode: bool = False
    is_shortener: bool = False
    is_chat: bool = False
    resembles: str = ""  # the protected domain it looks like, "" where it looks like none


class Hosts:
    """Reads hosts and remembers them. ``brands`` are registered domains, such as ``example.co.kr``.

    Raises ValueError for a brand that is no registered domain.
    """

    __slots__ = ("_brands", "_labels", "_memo", "_near", "_shapes", "_suffixes")

    def __init__(self, brands: Iterable[str] = ()) -> None:
        self._suffixes = suffixes()
        self._memo: dict[str, Host] = {}
        self._brands: set[str] = set()
        self._labels: dict[str, str] = {}  # a brand's label: its domain
        self._shapes: dict[str, str] = {}  # the shape of a brand's label: its domain
        self._near: dict[str, list[str]] = {}  # a brand's label with up to one letter left out: labels
        for brand in brands:
            self._protect(brand)

    def host(self, name: str) -> Host:
        """Return the facts of a host as :func:`can_ada.parse` writes it: lower case, punycode."""
        known = self._memo.get(name)
        if known is None:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            known = self._memo[name] = self._read(name)
        return known

    def owned(self, host: Host) -> str:
        """Return the part of a host's name that is somebody's own; "" where it is everybody's.

        ``shop.example.top`` is the owner's of ``example.top``; ``shop.blogspot.com`` is its own, because whoever asks
        gets one beside it. Shorteners, chats and app stores are everybody's.
        """
        if host.is_shortener or host.is_chat or host.name in APP_STORES:
            return ""
        if host.is_ip or not host.registered:
            return host.name
        return self._suffixes.registered(host.name, private=True)

    def _read(self, name: str) -> Host:
        if name[:1] == "[" or name[-1:].isdigit():  # the parser has brought every other spelling to these two
            return Host(name, name, (name,), is_ip=True)
        registered = self._suffixes.registered(name)
        names = [name]
        rest = name
        while len(rest) > len(registered) and registered:
            rest = rest.partition(".")[2]
            names.append(rest)
        bare = name[4:] if name.startswith("www.") else name
        return Host(
            name,
            registered,
            tuple(names if len(names) <= MOST_PARENTS else [name, *names[-MOST_PARENTS + 1 :]]),
            is_punycode="xn--" in name,
            is_shortener=bare in SHORTENERS,
            is_chat=bare in CHATS,
            resembles=self._resembled(name, registered) if registered and self._brands else "",
        )

    # ------------------------------------------------------------ brands

    def _protect(self, brand: str) -> None:
        try:
            name = can_ada.parse(f"http://{brand}/").hostname
        except ValueError:
            name = ""
        if not name or self._suffixes.registered(name) != name:
            raise ValueError(f"{brand!r} is no registered domain such as example.co.kr")
        self._brands.add(name)
        label = name.partition(".")[0]
        self._labels.setdefault(label, name)
        self._shapes.setdefault(_shape(label), name)
        if len(label) >= SHORTEST_COMPARED:
            for spelling in {label, *_without_one(label)}:
                self._near.setdefault(spelling, []).append(label)

    def _resembled(self, name: str, registered: str) -> str:
        """The brand a host that is not its own looks like, "" where it looks like none."""
        if registered in self._brands:
            return ""
        labels = name.split(".")
        for start in range(len(labels) - 2):  # a subdomain spelt like it: brand.com.other.top
            for end in (start + 2, start + 3):
                spelt = ".".join(labels[start:end])
                if spelt in self._brands and end < len(labels):
                    return spelt
        shown = _decoded(registered.partition(".")[0])
        found = self._labels.get(shown) or self._shapes.get(_shape(shown))
        if found:
            return found
        for part in shown.split("-"):
            if part != shown and len(part) >= SHORTEST_PART:
                found = self._labels.get(part) or self._shapes.get(_shape(part))
                if found:
                    return found
        if SHORTEST_COMPARED - 1 <= len(shown) <= LONGEST_COMPARED:
            for spelling in (shown, *_without_one(shown)):
                for near in self._near.get(spelling, ()):
                    if _one_apart(shown, near):
                        return self._labels[near]
        return ""


def _decoded(label: str) -> str:
    """A label as it is shown, disguises off."""
    if not label.startswith("xn--") or len(label) > LONGEST_COMPARED:
        return label
    try:
        shown = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return shown.translate(FOLD).translate(_LATIN)


def _shape(label: str) -> str:
    """What a label looks like at a glance."""
    for pair, letter in _PAIRS:
        label = label.replace(pair, letter)
    return label.translate(_SHAPES)


def _without_one(label: str) -> list[str]:
    """Every spelling with one letter left out."""
    return [label[:place] + label[place + 1 :] for place in range(len(label))]


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter added, left out, changed, or two swapped make one of the other. Equal labels are not."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    swapped = one[start + 1 : start + 2] + one[start]
    return swapped == other[start : start + 2] and one[start + 2 :] == other[start + 2 :]
