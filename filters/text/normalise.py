"""A text as it is meant: disguises off, links together, digits alike; and a record of what was taken away.

The same code runs in training and in serving, and the model's manifest names :data:`VERSION`; a model trained with
another version is refused at load. Normalising is idempotent on its text, raises on no string, and its output is
bounded by the input (see :data:`MAX_CHARS`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from filters.text import confusables, dense, hangul, kernel, links
from filters.text.features import NAMES, NUMBER, encode
from filters.text.tables import FOLD, KIND, near

#: Raise it with every change that can alter any output.
VERSION: Final = 4

#: Characters looked at. A longer text is judged by its first three quarters and its last quarter of this: 1,200
#: characters are more than the longest LMS of Hangul, and bound the time one text can hold the loop.
MAX_CHARS: Final = 1200
_HEAD: Final = 900

#: Octets of a text that the model sees, in the same shares: a bound on the time a text takes, and on the model's sums.
MAX_TEXT_OCTETS: Final = 2600
_HEAD_OCTETS: Final = 1950
MAX_KEY: Final = MAX_TEXT_OCTETS + 4 * len(NAMES)

#: Told to people, kept from the model: a carrier puts these labels in front behind the proxy, so that in training data
#: they tell the set and not the sender.
_UNSEEN: Final = frozenset({NUMBER["carrier_tag"], NUMBER["foreign_tag"]})

#: Rewriting one thing can uncover another; rounds go on until nothing changes. Real texts need two.
_MAX_ROUNDS: Final = 8

_SPACES: Final = re.compile(r" {2,}")
_TAG: Final = re.compile(r"[\[(<] ?(web|www|국외|국제|해외|국내) ?발신 ?[\])>] ?")
_ADVERT: Final = re.compile(r"[\[(<] ?광[^가-힣a-z0-9]{0,3}고 ?[\])>] ?")
_LAWFUL_LABEL: Final = re.compile(r"\s*(?:\[[^\]]{1,8}발신\]\s*)?[(\[]광고[)\]]")
_SPACED_LATIN: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[ .\-_*][a-z]){3,}(?![a-z0-9])")
_NOT_LATIN: Final = re.compile("[^a-z]+")
_LETTER_DIGIT: Final = re.compile(r"(?<=[0-9])[ol]+(?![a-z])|(?<![a-z])[ol]+(?=[0-9])")
_DIGIT: Final = re.compile("[0-9]")
_DIGITS: Final = str.maketrans("123456789", "000000000")
_PHONE: Final = re.compile(
    r"(?<![0-9])(?:01[016789]|080|070|0[2-6][0-9]?|1[568][0-9]{2})[-. )]{0,2}[0-9]{3,4}[-. ]?(?:[0-9]{4})?(?![0-9])"
)
_FAR: Final = re.compile("[\U00020000-\U0010ffff]")
_JAMO: Final = re.compile("[ㄱ-ㅎ]")
_HANGUL: Final = re.compile("[가-힣ㄱ-ㅣ]")


_LABELLED: Final = NUMBER["advert_label"] + 1
_kernel: Final = kernel.load(_HEAD_OCTETS, MAX_TEXT_OCTETS, _HEAD, MAX_CHARS, _UNSEEN)
FAST: Final = _kernel  #: the compiled twin, for those who fold texts for other ends

#: Which twin is in use.
KERNEL: Final = "pure" if _kernel is None else "cython"


class Prepared(msgspec.Struct, gc=False):
    """A text made ready. ``key`` is all that the model and the memo see: equal keys have equal verdicts."""

    key: bytes  # the normalised text in dense octets, then the feature tokens; at most MAX_KEY
    text: str  # the readable normalised text
    features: dict[str, int]  # what was taken away or seen, by name; only those that occur


class _Counts:
    """Feature counts of one text."""

    __slots__ = ("of",)

    def __init__(self) -> None:
        self.of: dict[int, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        if count:
            number = NUMBER[name]
            self.of[number] = self.of.get(number, 0) + count


def clip(text: str) -> str:
    """The head and the tail of an over-long text."""
    return text if len(text) <= MAX_CHARS else text[:_HEAD] + text[_HEAD - MAX_CHARS :]


def prepare(text: str) -> Prepared:
    """Normalise one text. Never raises on any string."""
    if _kernel is not None:
        labelled = _LABELLED if "광고" in text and _LAWFUL_LABEL.match(text) else 0
        fast = _kernel.prepare(text, labelled)
        if fast is None and _FAR.search(text):
            fast = _kernel.prepare(_looked_at(text, _brought_near), labelled)
        if fast is not None:
            return Prepared(fast[0], fast[1], {NAMES[number]: count for number, count in fast[2]})
    return prepare_pure(text)


def keys(texts: list[str]) -> list[bytes]:
    """The keys of many texts, several times as fast as :func:`prepare` makes them. Never raises on any string."""
    if _kernel is not None:
        return _kernel.keys(texts, _key)
    return [_key(text) for text in texts]


def _key(text: str) -> bytes:
    return prepare(text).key


def prepare_pure(text: str) -> Prepared:
    """The definition of :func:`prepare`; the compiled kernel is held to it."""
    counts = _Counts()
    if len(text) > MAX_CHARS:
        counts.add("long")
        text = clip(text)
    if _FAR.search(text):
        text = _brought_near(text)
    if not text.isascii():
        for character in set(text):
            if ord(character) in KIND:
                counts.add(NAMES[KIND[ord(character)]], text.count(character))
    _labels(text, counts)
    text = _tidied(text.translate(FOLD))
    for match in _PHONE.finditer(text):
        counts.add(_phone_kind(match[0]))
    for _ in range(_MAX_ROUNDS):
        before = text
        text = _round(text, counts)
        if text in (before, before.translate(_DIGITS)):  # nothing new can come of digits folded
            break
    ordered = sorted(counts.of.items())
    octets = dense.encode(text)
    if len(octets) > MAX_TEXT_OCTETS:
        octets = octets[:_HEAD_OCTETS] + octets[_HEAD_OCTETS - MAX_TEXT_OCTETS :]
    key = octets + encode(pair for pair in ordered if pair[0] not in _UNSEEN)
    return Prepared(key, text, {NAMES[number]: count for number, count in ordered})


def _labels(text: str, counts: _Counts) -> None:
    """Whether the advert label stands as the law wants it: first, and unbroken."""
    if "광고" in text and _LAWFUL_LABEL.match(text):
        counts.add("advert_label")


def _round(text: str, counts: _Counts) -> str:
    """Every rewriting once, in the order in which one uncovers the next."""
    if confusables.has_foreign(text):
        text = confusables.MIXED.sub(lambda m: _unmix(m, counts), text)
    if _HANGUL.search(text):
        text = _hangul(text, counts)
    text, spaced = _SPACED_LATIN.subn(lambda m: _NOT_LATIN.sub("", m[0]), text)
    counts.add("spaced", spaced)
    text, repaired = links.repair(text)
    counts.add("link_broken", repaired)
    text = _fold_links(text, counts) if links.has_hint(text) else _fold_digits(text, counts)
    return _tidied(text)


def _tidied(text: str) -> str:
    """No more than is looked at, with single spaces."""
    text = _SPACES.sub(" ", text).strip(" ")
    return text if len(text) <= MAX_CHARS else _SPACES.sub(" ", clip(text))


def _brought_near(text: str) -> str:
    """The text with what stands for its characters of the far planes, so that tables need not hold those."""
    return _FAR.sub(lambda match: near(ord(match[0])), text)


def _looked_at(text: str, rewrite: Callable[[str], str]) -> str:
    """The text with what is looked at rewritten letter by letter; one that was too long is so still."""
    if len(text) <= MAX_CHARS:
        return rewrite(text)
    text = rewrite(clip(text))
    return f"{text[:_HEAD]} {text[_HEAD:]}"


def _unmix(match: re.Match[str], counts: _Counts) -> str:
    word = confusables.unmix(match[0])
    counts.add("mixed_script", word != match[0])
    return word


def _hangul(text: str, counts: _Counts) -> str:
    if "발신" in text:
        text = _TAG.sub(lambda m: _tag(m, counts), text)
    if "광" in text:
        text, labels = _ADVERT.subn("", text)
        if labels and NUMBER["advert_label"] not in counts.of:
            counts.add("advert_label_broken")
    jamo = _JAMO.search(text)
    if jamo:
        text, found = hangul.restore_lookalikes(text)
        counts.add("lookalike_jamo", found)
    text, found = hangul.SEPARATOR.subn("", text)
    counts.add("separator", found)
    text, found = hangul.join_spaced(text)
    counts.add("spaced", found)
    if jamo:
        text, found = hangul.recompose(text)
        counts.add("split_jamo", found)
    text, found = hangul.fold_numerals(text)
    counts.add("numeral", found)
    return text


def _tag(match: re.Match[str], counts: _Counts) -> str:
    counts.add("carrier_tag" if match[1] in ("web", "www", "국내") else "foreign_tag")
    return ""


def _phone_kind(number: str) -> str:
    if number.startswith("01"):
        return "phone_mobile"
    if number.startswith("080"):
        return "phone_free"
    if number.startswith("070"):
        return "phone_internet"
    return "phone_service" if number[0] == "1" else "phone_landline"


def _fold_digits(text: str, counts: _Counts) -> str:
    if _DIGIT.search(text) is None:
        return text
    text, found = _LETTER_DIGIT.subn(lambda m: "0" * len(m[0]), text)
    counts.add("letter_digit", found)
    return text.translate(_DIGITS)


def _fold_links(text: str, counts: _Counts) -> str:
    """Links to their canonical form, digits alike outside them."""
    out: list[str] = []
    done = 0
    for match in links.LINK.finditer(text):
        path, schemed = match["path"] or "", match["scheme"] is not None
        link = links.read(match["host"], path, schemed)
        if link is None:
            continue
        if match[0] != link.canonical or NUMBER["link"] not in counts.of:  # else counted by the round that made it
            for name in link.kinds:
                counts.add(name)
        out.append(_fold_digits(text[done : match.start()], counts))
        out.append(" " + link.canonical + " ")
        done = match.end() - (len(path) - link.path_length)
    out.append(_fold_digits(text[done:], counts))
    return "".join(out)
