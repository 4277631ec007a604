"""Public suffixes: the algorithm as publicsuffix.org describes it, and the list that came along."""

from __future__ import annotations

import can_ada
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE

from filters.suffixes import Suffixes, suffixes

LIST = """\
// A comment, and what is no rule:

// ===BEGIN ICANN DOMAINS===
test
co.test and what follows a blank
*.wild
!city.wild
*.deep.wild
시험
회사.시험
// ===END ICANN DOMAINS===
// ===BEGIN PRIVATE DOMAINS===
blogs.test
*.host.test
!own.host.test
x.y.host.test
// ===END PRIVATE DOMAINS===
"""
COMPANY, KOREAN = can_ada.parse("http://회사.시험/").hostname.split(".")


@pytest.fixture(scope="module")
def small():
    return Suffixes(LIST.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("test", ""),  # a suffix is nobody's
        ("a.test", "a.test"),
        ("b.a.test", "a.test"),
        ("co.test", ""),
        ("a.co.test", "a.co.test"),
        ("b.a.co.test", "a.co.test"),
        ("and.test", "and.test"),
        ("wild", ""),
        ("a.wild", ""),  # any label there is a suffix
        ("b.a.wild", "b.a.wild"),
        ("c.b.a.wild", "b.a.wild"),
        ("city.wild", "city.wild"),  # but this one
        ("a.city.wild", "city.wild"),
        ("a.deep.wild", ""),  # the longest rule decides
        ("b.a.deep.wild", "b.a.deep.wild"),
        (KOREAN, ""),
        (f"a.{KOREAN}", f"a.{KOREAN}"),
        (f"{COMPANY}.{KOREAN}", ""),
        (f"b.a.{COMPANY}.{KOREAN}", f"a.{COMPANY}.{KOREAN}"),
        ("unlisted", ""),
        ("a.unlisted", ""),
        ("", ""),
        (".test", ""),
        ("a..test", ""),
        (".a.test", "a.test"),
        ("1." * 200 + "a.test", "a.test"),
        ("1." * 200 + "a.unlisted", ""),
    ],
)
def test_registered(small, name, registered):
    assert small.registered(name) == registered
    assert small.registered(name, private=True) == registered


@pytest.mark.parametrize(
    ("name", "of_a_registry", "of_a_firm"),
    [
        ("blogs.test", "blogs.test", ""),
        ("a.blogs.test", "blogs.test", "a.blogs.test"),
        ("host.test", "host.test", "host.test"),  # only what is under it
        ("a.host.test", "host.test", ""),
        ("b.a.host.test", "host.test", "b.a.host.test"),
        ("own.host.test", "host.test", "own.host.test"),
        ("a.own.host.test", "host.test", "own.host.test"),
        ("y.host.test", "host.test", ""),  # the rule for any label holds where a longer one goes on as well
        ("x.y.host.test", "host.test", ""),
        ("a.x.y.host.test", "host.test", "a.x.y.host.test"),
        ("z.y.host.test", "host.test", "z.y.host.test"),
    ],
)
def test_suffixes_of_firms_count_where_asked_for(small, name, of_a_registry, of_a_firm):
    assert small.registered(name) == of_a_registry
    assert small.registered(name, private=True) == of_a_firm


@pytest.mark.parametrize(
    ("name", "of_a_registry", "of_a_firm"),
    [
        ("a.example.com", "example.com", "example.com"),
        ("a.example.co.kr", "example.co.kr", "example.co.kr"),
        ("a.example.kr", "example.kr", "example.kr"),
        ("co.kr", "", ""),
        ("a.b.test.ck", "b.test.ck", "b.test.ck"),
        ("a.www.ck", "www.ck", "www.ck"),
        ("a.b.kobe.jp", "a.b.kobe.jp", "a.b.kobe.jp"),
        ("a.city.kobe.jp", "city.kobe.jp", "city.kobe.jp"),
        ("shop.blogspot.com", "blogspot.com", "shop.blogspot.com"),
        ("a.b.github.io", "github.io", "b.github.io"),
        ("a.b.xn--3e0b707e", "b.xn--3e0b707e", "b.xn--3e0b707e"),  # .한국
        ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),  # .公司.cn
        ("printer.local", "", ""),
    ],
)
def test_the_list_that_came_along(name, of_a_registry, of_a_firm):
    assert suffixes().registered(name) == of_a_registry
    assert suffixes().registered(name, private=True) == of_a_firm


def test_rules_are_written_as_hosts_are():
    """The list's letters beyond ASCII become what the URL parser makes of them."""
    with open(PSLFILE, encoding="utf-8") as file:
        lines = [line.split()[0] for line in file if line.strip() and not line.startswith("//")]
    beyond = [line.lstrip("!*.") for line in lines if not line.isascii()]
    assert len(lines) == len(suffixes()._rules)
    assert len(beyond) > 100
    for name in beyond:
        host = can_ada.parse(f"http://a.{name}/").hostname
        assert suffixes().registered(host, private=True) == host


def test_there_is_one_list():
    assert suffixes() is suffixes()


LABELS = st.sampled_from(["a", "b", "c", "d"])
NAMES = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
RULES = st.tuples(st.sampled_from(["", "", "*.", "!"]), NAMES).map("".join)


def defined(rules: set[str], name: str) -> str:
    """The algorithm word by word: the rules that match, the one that prevails, the suffix it names."""
    labels = name.split(".")
    matching = []
    for rule in rules:
        theirs = rule.removeprefix("!").split(".")
        ours = labels[-len(theirs) :]
        if len(ours) == len(theirs) and all(one in (other, "*") for one, other in zip(theirs, ours, strict=True)):
            matching.append(rule)
    if not matching:
        return ""
    exceptions = [rule for rule in matching if rule.startswith("!")]
    prevailing = max(exceptions or matching, key=lambda rule: rule.count("."))
    number = prevailing.count(".") + (not exceptions)
    return ".".join(labels[-number - 1 :]) if len(labels) > number else ""


@given(st.sets(RULES, min_size=1, max_size=8), NAMES)
@example({"*.a", "b.c.a"}, "d.c.a")
@example({"a", "!b.a"}, "c.b.a")
@example({"c.b.a", "!b.a"}, "d.c.b.a")
def test_it_is_the_algorithm(rules, name):
    assert Suffixes(rules).registered(name) == defined(rules, name)


@given(st.text(st.sampled_from("ab.*!한\x00"), max_size=80))
def test_nothing_raises(name):
    found = suffixes().registered(name, private=True)
    assert name.endswith(found)
