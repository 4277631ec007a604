"""Picks the compiled normaliser where it was built. ``SMPPPROXY_PURE=1`` in the environment forces the pure twin.

See ``_kernel.pyx``.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from array import array
from collections.abc import Callable
from typing import Final, NamedTuple

from filters.text import confusables, dense, features, hangul, links
from filters.text.tables import FOLD, KIND


class Fast(NamedTuple):
    """What the kernel does."""

    #: (text, number + 1 of a feature the caller has counted or 0) to (key, text, [(feature, count), …]), or None for a
    #: text that only the twin can treat.
    prepare: Callable[[str, int], tuple[bytes, str, list[tuple[int, int]]] | None]
    #: (texts, who makes a key that the kernel cannot) to keys.
    keys: Callable[[list[str], Callable[[str], bytes]], list[bytes]]
    #: What :func:`filters.patterns.fold` makes of a text, or None for one that only the twin can treat.
    fold_patterns: Callable[[str], str | None]
    #: A text folded but for its capital letters, or None; see :mod:`filters.urls`.
    fold_links: Callable[[str], str | None]
    #: Whether a text can hold a link, once ``set_signs`` has said by which dots, slashes and closing brackets.
    might_link: Callable[[str], bool]
    set_signs: Callable[[str, str, str], None]
    #: The first place from one on where :data:`filters.text.links.LINK` may match, -1 for none.
    link_from: Callable[[str, int], int]
    #: Whether :func:`filters.text.links.repair` may find something to repair.
    might_break: Callable[[str], bool]


_LIMIT: Final = 0x20000
_NUMERALS: Final = "공영일이삼사오육륙칠팔구"
_HANJA: Final = "一二三四五六七八九十百千万億亿"


#: Classes of folded characters, as ``_kernel.pyx`` numbers them.
_FOREIGN: Final = 9
_SPANS: Final = {" ": 1, "0-9": 2, "a-z": 3, "가-힣": 4, "ㄱ-ㅎ": 5, "ㅏ-ㅣ": 6}
_BRACKETS: Final = "()[]{}<>\"'"


def classes() -> bytes:
    """The class of each character below :data:`_LIMIT`. What is told later counts."""
    characters = array("I", range(_LIMIT)).tobytes().decode(f"utf-32-{sys.byteorder[0]}e", "surrogatepass")
    found = bytearray(_LIMIT)  # 0 is a symbol
    for match in re.finditer(r"[^\W_]+", characters):  # letters and digits of other kinds
        found[match.start() : match.end()] = b"\x08" * (match.end() - match.start())
    for match in confusables.ANY_FOREIGN.finditer(characters):
        found[match.start()] = _FOREIGN
    for match in re.finditer(r"\s", characters):
        found[match.start()] = 11
    for bracket in _BRACKETS:
        found[ord(bracket)] = 7
    for span, number in _SPANS.items():
        first, end = ord(span[0]), ord(span[-1]) + 1
        found[first:end] = bytes((number,)) * (end - first)
    return bytes(found)


def load(head_octets: int, max_octets: int, head_chars: int, max_chars: int, unseen: frozenset[int]) -> Fast | None:
    """The compiled ``prepare`` with its tables filled, or None."""
    if os.environ.get("SMPPPROXY_PURE"):
        return None
    try:
        compiled = importlib.import_module("filters.text._kernel")
    except ImportError:
        return None
    compiled.setup(
        FOLD,
        KIND,
        classes(),
        dense.TRAILS,
        features.NUMBER,
        features.TOKENS,
        unseen,
        sorted(links.SPACED_TLDS),
        _HANJA,
        _NUMERALS,
        head_octets,
        max_octets,
        head_chars,
        max_chars,
    )
    compiled.setup_rare(
        confusables.TO_LATIN,
        confusables.TO_CYRILLIC,
        hangul.LOOKALIKE_VOWELS,
        hangul.LEADS,
        hangul.TAILS,
        hangul.JOINED_VOWELS,
        hangul.HANJA_TO,
    )
    compiled.setup_links(_read_site, links.PATH_WORDS)
    return Fast(
        compiled.prepare,
        compiled.keys,
        compiled.fold_patterns,
        compiled.fold_links,
        compiled.might_link,
        compiled.set_signs,
        compiled.link_from,
        compiled.might_break,
    )


#: A host that :data:`filters.text.links.LINK` takes whole wherever it stands alone, and a hint of one.
_PLAIN: Final = re.compile(
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){0,7}[a-z]{2,24}"
)


def _read_site(host: str, schemed: bool, has_path: bool) -> tuple[str, bytes, bool, bool] | None:
    """What the kernel asks of a link: its host in canonical form, its features, and whether that form is read as
    itself, alone and with a path behind it; None where it is no link."""
    site = links.site(host, schemed, has_path)
    if site is None:
        return None
    written, names = site
    numbers = bytes([features.NUMBER[name] for name in names])
    if _PLAIN.fullmatch(written):  # such a host is found again; whether as a link, and the same one, its form says
        alone, with_path = links.canonical(written, False, False), links.canonical(written, False, True)
        return written, numbers, alone == written, with_path == written
    return written, numbers, settled(written), settled(written + "/~")


def settled(canonical: str) -> bool:
    """Whether another round finds the same link again where one is written so."""
    match = links.LINK.search(f" {canonical} ")
    if match is None or match[0] != canonical or not links.has_hint(canonical):
        return False
    link = links.read(match["host"], match["path"] or "", match["scheme"] is not None)
    return link is not None and link.canonical == canonical
