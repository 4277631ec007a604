from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.app.settings.positions import lines_of, nearest_line

TEXT = '''\
# a comment with [brackets] and "quotes
title = "x # no comment"

[proxy]  # comment
workers = 1
timers.enquire_link = 3
limits = { sessions = 1, "a b" = 2 }

[[accounts]]
system_id = "one"
codes = [
  "a",   # ]
  "b", { c = 1 },
]
[[accounts]]
system_id = "two"
text = """
system_id = "not this"
[nor.this]
"""
literal = \'\'\'
x = 1\'\'\'
[accounts.code]
tag = 1
[[accounts.code.extra]]
name = 'n'
'''


def test_lines_of_everything():
    lines = lines_of(TEXT)
    assert lines[("title",)] == 2
    assert lines[("proxy",)] == 4
    assert lines[("proxy", "timers", "enquire_link")] == 6
    assert lines[("proxy", "limits", "sessions")] == 7
    assert lines[("proxy", "limits", "a b")] == 7
    assert lines[("accounts", 0)] == 9
    assert lines[("accounts", 0, "codes", 0)] == 12
    assert lines[("accounts", 0, "codes", 2, "c")] == 13
    assert lines[("accounts", 1)] == 15
    assert lines[("accounts", 1, "system_id")] == 16
    assert lines[("accounts", 1, "literal")] == 21
    assert lines[("accounts", 1, "code", "tag")] == 24
    assert lines[("accounts", 1, "code", "extra", 0, "name")] == 26
    assert ("nor",) not in lines


def test_what_stands_nowhere_has_the_line_of_its_table():
    lines = lines_of(TEXT)
    assert nearest_line(lines, ("accounts", 1, "upstream")) == 15
    assert nearest_line(lines, ("absent", "x")) == 0


SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(
        ["true", "1.5", "1979-05-27 07:32:00", '""', "''", '"a\\"]b"', "'}'", '"""x\n]\n"""', "'''\n= 1'''"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ", # ,]\n".join(items) + "\n]"),
        st.lists(inner.filter(lambda v: "\n" not in v), max_size=3).map(
            lambda items: "{ " + ", ".join(f"k{at} = {item}" for at, item in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)


def paths(tree: Any, way: tuple[str | int, ...] = ()):
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, inner in items:
        yield (*way, name)
        yield from paths(inner, (*way, name))


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_every_path_of_any_document_has_a_line(values):
    text = "".join(f'[[rows]]\nkey = {value}\n"q.x" = 1\n' for value in values) + "[t.'u v']\nlast = 1\n"
    lines = lines_of(text)
    tree = tomllib.loads(text)
    assert set(paths(tree)) <= set(lines)
    assert lines[("t", "u v", "last")] == text.count("\n")
