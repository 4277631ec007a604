"""Links: found in whatever spelling, put together again, and written in one canonical form.

The canonical form keeps the host and the words of the path that mean something; the rest of the path, ports, queries
and the scheme go, since they differ from message to message and mean nothing to the judgement.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Domains that stand on their own: a dotted name ending in one is a link even without scheme, path or ``www``.
STRONG_TLDS: Final = _words(
    """
    com net org kr cn xyz cc tv vip ly gl ru io biz info top club shop site online store app icu buzz link click
    asia mobi wtf fun bet casino games ink uno pw gg ws tk ml ga cf gq eu uk de fr jp tw hk sg th vn id ph my in
    au nz us ca br mx es it pl nl se fi ch at be dk tr ir pk bd lk np mm kh la kz ua by dev xn co page
    cfd sbs cyou ltd
    """
)
#: Of those, the ones that are also words: without scheme or path, ``ok.in`` is two words and a full stop.
WORD_TLDS: Final = _words(
    """
    in is it me my no so to us be at id do am as la by de es se fr ch link fun bet games page top club shop site
    online store app click dev co lol bond rest help life live today world quest monster beauty skin hair mom pics
    run team zone fit work autos
    """
)
#: Worth joining across spaces; a sentence seldom starts with one.
SPACED_TLDS: Final = _words(
    """
    com net org kr cn xyz cc tv vip ly gl ru io biz info top co
    """
)

SHORTENERS: Final = _words(
    """
    bit.ly goo.gl tinyurl.com ow.ly t.co is.gd buff.ly rb.gy t.ly tiny.cc me2.do me2.kr buly.kr vo.la url.kr
    zrr.kr yun.kr han.gl ko.gl reurl.kr link24.kr sbz.kr tne.kr uto.kr c11.kr di.do koe.kr lrl.kr muz.so t2m.kr
    abit.ly vvd.bz ii.ad iii.ad goo.su cogi.cc shorturl.at tuney.kr vdo.kr booly.kr qaa.kr qrco.de linktr.ee
    cutt.ly v.gd t.cn dwz.cn url.cn suo.im s.id shrtco.de rebrand.ly bl.ink lnkd.in tny.im clck.ru u.to
    """
)
CHATS: Final = _words(
    """
    open.kakao.com pf.kakao.com t.me telegram.me line.me lin.ee band.us wa.me chat.whatsapp.com discord.gg
    """
)
APP_STORES: Final = _words(
    """
    play.google.com apps.apple.com onestore.co.kr m.onestore.co.kr
    """
)
PUBLIC_SUFFIXES: Final = ("go.kr", "or.kr", "ac.kr", "re.kr", "gov", "gov.uk", "gov.cn", "edu")
ODD_TLDS: Final = _words(
    """
    top xyz pw ink uno icu buzz click link club vip site online shop store fun bet casino wtf tk ml ga cf gq cc ws
    live life win bid loan work men date cfd sbs cyou bond lol rest help quest monster beauty skin hair mom pics
    autos today world
    """
)
PATH_WORDS: Final = _words(
    """
    login signin verify verification account secure security update confirm track tracking delivery parcel event
    join app download apk install pay payment bill invoice refund invite invitation wedding funeral card bank auth
    code coupon gift bonus vip room chat open news notice view help support faq shop product order reserve booking
    form survey unsubscribe optout index main home html php apk
    """
)

_UNDER_PUBLIC: Final = tuple("." + suffix for suffix in PUBLIC_SUFFIXES)
_HTTP: Final = "http://"  # before a host that is none without a scheme

MAX_HOST: Final = 100  # characters kept of a host; DNS allows 253, a real one is seldom over 60

_TLD: Final = "|".join(sorted(STRONG_TLDS, key=lambda t: (-len(t), t)))
_SPACED: Final = "|".join(sorted(SPACED_TLDS, key=lambda t: (-len(t), t)))
_WORD: Final = "가-힣\u4e00-\u9fff"

#: ``abc . com``, ``abc점컴``, ``abc[.]com``, ``abc dot com``: the dot in other clothes.
BROKEN: Final = re.compile(
    r"([a-z0-9-])(?: ?(?:점|닷|쩜|点|\(\.\)|\[\.\]|\{\.\}) ?| \. ?|\. | dot | ?, ?)"
    rf"((?:{_SPACED})(?![a-z0-9-])|컴(?![가-힣]))"
)
_BROKEN_HINT: Final = re.compile(r"점|닷|쩜|点|\. | \.|\(\.|\[\.|\{\.| dot |,")
_SCHEME: Final = r"(?:h[tx]{2}ps?|ttps?|https?) ?[:;] ?/ ?/ ?"
_LABELS: Final = r"(?:[a-z0-9_-]{1,63}\.){1,8}"
LINK: Final = re.compile(
    rf"(?<![@a-z0-9.-])(?P<scheme>{_SCHEME})?(?P<host>"
    rf"\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}}(?![\d.])"
    rf"|{_LABELS}(?:xn--[a-z0-9-]{{1,59}}|[a-z]{{2,24}})(?![a-z0-9_-])"
    rf"|[{_WORD}]{{1,30}}\.(?:com|net|org|kr|한국|中国)(?![a-z0-9-])"
    rf")(?P<port>:\d{{1,5}}(?!\d))?(?P<path>[/?#][!-~]*)?"
)
_HINT: Final = re.compile(r"[a-z0-9가-힣\u4e00-\u9fff]\.[a-z0-9한中]")
_SEGMENT: Final = re.compile(r"[/?#&=.:_]+")
_TRAILING: Final = ".,;:!?)]}>'\"*"


class Link(NamedTuple):
    """One link as found: its canonical form, how much of the path is its own, and what is worth saying of it."""

    canonical: str
    path_length: int  # closing punctuation behind a path is not the path's
    kinds: tuple[str, ...]  # features


def repair(text: str) -> tuple[str, int]:
    """Put dots in other clothes back. Returns the text and how many there were."""
    if _BROKEN_HINT.search(text) is None:
        return text, 0
    return BROKEN.subn(lambda m: m[1] + "." + ("com" if m[2] == "컴" else m[2]), text)


def _canonical_path(path: str) -> str:
    if path[1:].isalnum():  # by far the most frequent: one segment
        return path if path[1:] in PATH_WORDS and path[0] == "/" else "/~"
    words: list[str] = []
    for segment in _SEGMENT.split(path):
        word = segment if segment in PATH_WORDS else "~" if segment else ""
        if word and (not words or words[-1] != word):
            words.append(word)
    return "/" + "/".join(words[:4]) if words else ""


def read(host: str, path: str, schemed: bool) -> Link | None:
    """The link of a match, or None where the dotted name is no link (a version number, two words and a full stop)."""
    path = path.rstrip(_TRAILING)
    found = site(host, schemed, path != "")
    if found is None:
        return None
    return Link(found[0] + _canonical_path(path) if path else found[0], len(path), found[1])


@lru_cache(maxsize=8192)
def site(host: str, schemed: bool, has_path: bool) -> tuple[str, tuple[str, ...]] | None:
    """The canonical form of a host and its features: hosts repeat where paths do not."""
    written = canonical(host, schemed, has_path)
    return None if written is None else (written, _kinds(written.removeprefix(_HTTP), host, schemed))


def canonical(host: str, schemed: bool, has_path: bool) -> str | None:
    """The canonical form of a host, None where it is no link."""
    is_ip = host[-1].isdigit()
    tld = "" if is_ip else host.rpartition(".")[2]
    www = host.startswith("www.")
    bare = host[4:] if www and host.count(".") > 1 else host
    alone = tld in STRONG_TLDS or tld in WORD_TLDS or tld.startswith("xn--") or not tld.isascii()
    if is_ip or not alone:
        if not schemed and not (www and not is_ip):
            return None
        prefix = _HTTP
    elif tld in WORD_TLDS and not has_path and bare.count(".") < 2:
        if not schemed and not www:
            return None
        prefix = _HTTP
    else:
        prefix = ""
    return prefix + bare[-MAX_HOST:].lstrip(".-_")


def _kinds(host: str, whole: str, schemed: bool) -> tuple[str, ...]:
    """The features of a link to a host, which was written ``whole``."""
    names = ["link"]
    if host in SHORTENERS:
        names.append("link_short")
    elif host in CHATS:
        names.append("link_chat")
    elif host in APP_STORES:
        names.append("link_app")
    elif host in PUBLIC_SUFFIXES or host.endswith(_UNDER_PUBLIC):
        names.append("link_public")
    elif whole[-1].isdigit():
        names.append("link_ip")
    if "xn--" in host or not host.isascii():
        names.append("link_idn")
    if whole.rpartition(".")[2] in ODD_TLDS:
        names.append("link_odd_tld")
    if not schemed:
        names.append("link_schemeless")
    return tuple(names)


def has_hint(text: str) -> bool:
    """Whether the text can hold a link at all."""
    return _HINT.search(text) is not None
