"""HTML that is escaped by construction: text is text until somebody says :class:`Html`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

#: Characters HTML does not allow, or that a page would not show: what a sender puts in a name must not vanish.
_UNSEEN: Final = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)
                  if code not in (0x09, 0x0A, 0x0D)} | dict.fromkeys(
    range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"
)  # fmt: skip
_VOID: Final = frozenset({"br", "hr", "input", "link", "meta", "wbr"})


class Html(str):
    """A piece of HTML that is written as it is. Make one only of constants and of what :func:`tag` returns."""

    __slots__ = ()


Child = object  # Html is taken as it is, None is nothing, an iterable its members, everything else is text
Attribute = str | int | float | bool | None  # True: the name alone; None and False: left out

NOTHING: Final = Html("")


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Return an element. ``class_`` and ``for_`` stand for words of Python, ``_`` within a name for ``-``."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Child) -> Html:
    """Return children one after the other."""
    if isinstance(children, Html):
        return children
    if children is None:
        return NOTHING
    if isinstance(children, str):
        return text(children)
    if isinstance(children, Iterable):
        return Html("".join(map(join, children)))
    return text(str(children))


def text(value: str) -> Html:
    """Return text as HTML."""
    return Html(escape(value if value.isprintable() else value.translate(_UNSEEN)))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{text(str(value))}"'
