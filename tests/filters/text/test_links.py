"""Which dotted names are links, and what is said of them."""

from __future__ import annotations

import pytest

from filters.text import links


@pytest.mark.parametrize(
    ("host", "path", "schemed", "canonical"),
    [
        ("www.example.com", "", False, "example.com"),
        ("example.com", "/a/b/c?x=1", True, "example.com/~"),
        ("example.com", "/login", True, "example.com/login"),
        ("example.com", "/login/abc.", True, "example.com/login/~"),
        ("t.me", "", False, None),
        ("t.me", "/abc", False, "t.me/~"),
        ("t.me", "", True, "http://t.me"),
        ("example.zzz", "", False, None),
        ("example.zzz", "", True, "http://example.zzz"),
        ("192.0.2.1", "", False, None),
        ("192.0.2.1", "", True, "http://192.0.2.1"),
    ],
)
def test_canonical_form(host: str, path: str, schemed: bool, canonical: str | None) -> None:
    link = links.read(host, path, schemed)
    assert (link.canonical if link else None) == canonical


@pytest.mark.parametrize(
    ("host", "path", "kind"),
    [
        ("bit.ly", "/x", "link_short"),
        ("open.kakao.com", "/o/x", "link_chat"),
        ("play.google.com", "/store", "link_app"),
        ("www.gov.kr", "", None),
        ("city.go.kr", "", "link_public"),
        ("192.0.2.1", "", "link_ip"),
        ("xn--hq1bm8jm9l.com", "", "link_idn"),
        ("example.top", "/x", "link_odd_tld"),
    ],
)
def test_kinds(host: str, path: str, kind: str | None) -> None:
    link = links.read(host, path, True)
    assert link is not None
    assert "link" in link.kinds
    assert "link_schemeless" not in link.kinds
    if kind:
        assert kind in link.kinds


def test_closing_punctuation_is_not_the_paths() -> None:
    link = links.read("example.com", "/abc).", True)
    assert link is not None
    assert link.path_length == len("/abc")
