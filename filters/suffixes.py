"""Which part of a host's name somebody registered: the public suffix list, read for that one question.

The list is the one the package ``publicsuffixlist`` carries, which is released whenever the list changes; nothing is
asked of a network. Only the file is used: read here, both of its sections take little more than a megabyte. Format and
algorithm are those of https://publicsuffix.org/list/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

#: Where the suffixes of registries end and those of firms begin, such as ``blogspot.com``, below which others have
#: names.
_PRIVATE: Final = "===BEGIN PRIVATE DOMAINS==="

_REGISTRY, _FIRM, _ABSENT = 0, 1, 2


class Suffixes:
    """Public suffixes by name. ``lines`` are those of the list as it is published."""

    __slots__ = ("_deepest", "_rules")

    def __init__(self, lines: Iterable[str]) -> None:
        #: Each rule as it is written, but in ASCII, and the section it stands in.
        self._rules = dict(_read(lines))
        self._deepest = max(rule.count(".") for rule in self._rules) + 1

    def registered(self, name: str, *, private: bool = False) -> str:
        """Return the public suffix of a host and the label before it; "" where there is no such label.

        ``name`` is a host as :func:`can_ada.parse` writes it. A name under no suffix of the list has none. With
        ``private`` the suffixes of firms count as well: ``shop.blogspot.com`` is told instead of ``blogspot.com``.
        """
        section, most = self._rules.get, _FIRM if private else _REGISTRY
        labels = name.rsplit(".", self._deepest + 1)  # of a name of a hundred labels no more are looked at
        at = max(0, len(labels) - self._deepest)
        rest, found = ".".join(labels[at:]), -1
        while rest:
            parent = rest.partition(".")[2]
            if section("!" + rest, _ABSENT) <= most:  # an exception, before which all else yields
                return rest
            if found < 0 and (section(rest, _ABSENT) <= most or section("*." + parent, _ABSENT) <= most):
                found = at  # where the longest rule begins
            rest = parent
            at += 1
        return ".".join(labels[found - 1 :]) if found > 0 and labels[found - 1] else ""


def _read(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The rules and their sections: one a line, which ends at its first blank; other lines are empty or comments."""
    section = _REGISTRY
    for line in lines:
        if line.startswith("//"):
            if _PRIVATE in line:
                section = _FIRM
        elif rule := line.partition(" ")[0].rstrip():
            yield (rule if rule.isascii() else _in_ascii(rule)), section


def _in_ascii(rule: str) -> str:
    """A rule as a host is written. The list has its letters as they are encoded: small and composed."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in rule.split(".")
    )


@cache
def suffixes() -> Suffixes:
    """Return the list; one for the process."""
    from publicsuffixlist import PSLFILE

    with open(PSLFILE, encoding="utf-8") as file:
        return Suffixes(file)
