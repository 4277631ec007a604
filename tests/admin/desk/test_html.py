"""Text stays text, whatever it holds."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.admin.desk.html import NOTHING, Html, join, tag, text


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(name)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.said += data


@given(st.text(), st.text())
def test_nothing_gets_out_of_text_or_an_attribute(said: str, value: str) -> None:
    page = _Seen()
    page.feed(tag("p", said, title=value))
    page.close()
    assert page.tags == ["p"]
    assert len(page.attributes) == 1
    if said.isprintable():
        assert page.said == said
    if value.isprintable():
        assert page.attributes == [("title", value)]


def test_what_children_and_attributes_may_be() -> None:
    made = tag("td", 1, None, ["a", Html("<b>"), ("c", 2.5)], class_="x", hidden=True, title=None, lang=False, data_x=0)
    assert made == '<td class="x" hidden data-x="0">1a<b>c2.5</td>'
    assert tag("input", name="n") == '<input name="n">'
    assert join(None) == NOTHING
    assert join([]) == ""


def test_what_would_not_be_seen_is_shown() -> None:
    assert text("a\0b\x1bc\ud800") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}"
    assert text("tab\tline\n") == "tab\tline\n"
