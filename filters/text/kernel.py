"""Picks the compiled normaliser where it was built. ``SMPPPROXY_PURE=1`` in the environment forces the pure twin.

See ``_kernel.pyx``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Final, NamedTuple

from filters.text import confusables, dense, features, links
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


def _class(code: int) -> int:
    """The class of a folded character, as ``_kernel.pyx`` numbers them."""
    character = chr(code)
    if code == 0x20:
        return 1
    if 0x30 <= code <= 0x39:
        return 2
    if 0x61 <= code <= 0x7A:
        return 3
    if 0xAC00 <= code <= 0xD7A3:
        return 4
    if 0x3131 <= code <= 0x314E:
        return 5
    if 0x314F <= code <= 0x3163:
        return 6
    if character in "()[]{}<>\"'":
        return 7
    if character.isspace():
        return 11
    if confusables.has_foreign(character):
        return 9
    return 8 if character.isalnum() else 0


def _slow(code: int) -> bool:
    """Whether a character is both a symbol and of a foreign script: two classes, so the twin's."""
    return _class(code) == 9 and not chr(code).isalnum()


def load(head_octets: int, max_octets: int, unseen: frozenset[int]) -> Fast | None:
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
        bytes(map(_class, range(_LIMIT))),
        dense.TRAILS,
        _read_site,
        links.PATH_WORDS,
        features.NUMBER,
        features.TOKENS,
        unseen,
        sorted(links.SPACED_TLDS),
        _HANJA,
        _NUMERALS,
        [code for code in range(0x0370, 0x0588) if _slow(code)],
        head_octets,
        max_octets,
    )
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


def _read_site(host: str, schemed: bool, has_path: bool) -> tuple[str, list[int]] | bool:
    """What the kernel asks of a link: its host in canonical form and its features; False where it is none."""
    site = links.site(host, schemed, has_path)
    return False if site is None else (site[0], [features.NUMBER[name] for name in site[1]])
