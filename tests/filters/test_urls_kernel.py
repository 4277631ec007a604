"""Links read at a glance are what the definition finds, whatever the text."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters import urls
from filters.hosts import Hosts
from smppproxy.smpp.kernel import BUILD_COMMAND

LINKS = urls.Links(Hosts())
SAMPLES = """
http:// https:// HTTP:// hxxp:// ttp:// http: // : / ; \\ // . .. , ? # & = @ - _ ~ % %2e ( ) [ ] { } < > ' " ` ! * +
a b x1 com kr net top Com CO go.kr bit.ly a.com www. xn--abc 1 12 1.2 192.168.0.1 0x7f.1 abc.com/Ab
/x/y /./ /../ ?q=a,com
dot 점 닷 쩜 컴 한국 가 주문 안내. · ★ 。 ／ １ ａ é 点 中国 漢 ٣ \u200b 😀
"""
PIECES = SAMPLES.split()
TEXTS = st.lists(st.sampled_from([*PIECES, " ", " ", " ", "\n", "\t", "\u3000", "\x1c", ""]), max_size=14).map("".join)
WORDS = st.lists(st.sampled_from([*PIECES, "https://a.b.kr/c", "가나다"]), max_size=8).map(" ".join)


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    made = pytest.importorskip("filters._urls", reason=f"not compiled; run `{BUILD_COMMAND}`")
    if urls.plain_links is not made.plain_links:
        pytest.skip("SMPPPROXY_PURE is set")
    return made


def defined(text: str) -> list[urls.Link]:
    """What the definition finds."""
    return LINKS.find_any(text) if urls.might_link_pure(text[: urls.MAX_CHARS]) else []


@given(TEXTS | WORDS | st.text(max_size=40))
@settings(max_examples=400)
@example("http://a.com/Ab?x=b,com c")
@example("http://a.com/Ab. com")
@example("https://a.com..kr/b")
@example("https://a.com/b/.c/..d")
@example("https://a.com/b)).")
@example("https://a-.com/b https://-a.com")
@example("http : //a.com")
@example("@https://a.com")
@example("x@a.com")
@example("bit dot ly bit dot com")
@example("https://a.com https://a.com/ https://a.com?b")
@example("a.com http://b.com")
@example("a.com?http://b.com")
@example("192.168.0.1a.com")
@example("go.kr:٣bit.ly")
@example("1,컴")
@example("http://xn--abc.com http://a--b.com")
def test_plain_links_are_those_the_definition_finds(compiled, text):
    plain = compiled.plain_links(text)
    if plain is not None:
        assert [link.url for link in defined(text)] == list(dict.fromkeys(url for _, url in plain))
        assert LINKS.find(text) == defined(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("주문 확인 https://shop.example.co.kr/o/12.", "shop.example.co.kr/o/12"),
        ("(http://a.com/Ab-c_d~/?x=1#y)", "a.com/Ab-c_d~"),
        ("1,000원. 안내bit.ly/Ab1", "bit.ly/Ab1"),
        ("2024.05.01 https://a.com 입니다", "a.com"),
    ],
)
def test_what_people_write_is_plain(compiled, text, url):
    assert [found for _, found in compiled.plain_links(text)] == [url]


@pytest.mark.parametrize("text", ["", "안녕하세요. 내일 3.5시에, 2024/05/01", "A/S 02-123-4567", "문의: 1588-0000!"])
def test_most_texts_hold_no_link(compiled, text):
    assert compiled.plain_links(text) == []


def test_a_crowd_of_links(compiled):
    text = " ".join(f"https://a{number}.com" for number in range(30))
    assert LINKS.find(text) == defined(text)
    assert len(LINKS.find(text)) == urls.MAX_LINKS
    assert compiled.plain_links("가" * 4001) is None
