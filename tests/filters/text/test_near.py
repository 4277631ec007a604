"""Near-identical texts: what a random tail or other digits do not hide, and what is merely of the same kind."""

from __future__ import annotations

import random
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from filters.text.near import LIKE, ROWS, SHORTEST, Clusters, likeness, signature, signatures
from filters.text.normalise import prepare

OFFER = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
NOTICE = "[학교] 내일 소풍은 비가 오면 다음 주로 미룹니다. 도시락과 물을 준비해 주시기 바랍니다"


def key(text: str) -> bytes:
    return prepare(text).key


@given(st.binary(max_size=3000))
def test_a_signature_is_of_one_size_and_always_the_same(octets: bytes) -> None:
    made = signature(octets)
    assert made == signature(octets)
    assert len(made) == (ROWS if len(octets) >= SHORTEST else 0)
    assert likeness(made, made) == (1.0 if made else 0.0)


@given(st.lists(st.binary(max_size=1300), max_size=12))
def test_signatures_of_many_texts_are_those_of_each(keys: list[bytes]) -> None:
    assert signatures(keys) == [signature(key) for key in keys]


def test_signatures_are_those_of_yesterday() -> None:
    """They are stored in lists: a change of them would make every listed cluster meaningless."""
    whole = signature(bytes(range(64)))
    assert whole[:8].hex() == "dbb318cc0140414c"
    assert sha256(whole).hexdigest()[:16] == "5e8ba46a5cd58984"


@given(st.integers(0, 2**32))
def test_the_likeness_of_signatures_is_that_of_the_windows(seed: int) -> None:
    dice = random.Random(seed)
    one = dice.randbytes(300)
    kept = dice.randrange(60, 300)
    other = one[:kept] + dice.randbytes(300 - kept)
    windows = [{text[at : at + 6] for at in range(295)} for text in (one, other)]
    true = len(windows[0] & windows[1]) / len(windows[0] | windows[1])
    assert abs(likeness(signature(one), signature(other)) - true) < 0.3  # five standard errors


def test_other_digits_a_tail_and_sprinkled_symbols_stay_in_one_cluster() -> None:
    clusters = Clusters()
    name = clusters.assign(signature(key(OFFER)), key(OFFER))
    for other in (OFFER + " 뷁쀍똟", "쉛쫣 " + OFFER, OFFER + " 4821", OFFER.replace("상담", "상★담")):
        assert clusters.assign(signature(key(other)), key(other)) == name
    assert clusters.find(signature(key(NOTICE)), key(NOTICE)) is None
    assert len(clusters) == 1


def test_a_name_alone_tells_whether_a_text_belongs_to_it() -> None:
    elsewhere = Clusters()
    elsewhere.add(signature(key(OFFER)))
    assert elsewhere.find(signature(key(OFFER + " 뷁쀍똟"))) == signature(key(OFFER))
    assert elsewhere.find(signature(key(NOTICE))) is None


def test_what_signatures_say_is_confirmed_by_the_texts() -> None:
    clusters = Clusters()
    clusters.add(signature(key(OFFER)), key(NOTICE))  # as if two texts met in one signature
    assert clusters.find(signature(key(OFFER + " 뷁")), key(OFFER + " 뷁")) is None


def test_the_cluster_met_longest_ago_is_forgotten_first() -> None:
    clusters, dice = Clusters(limit=2), random.Random(1)
    first, second, third = (signature(dice.randbytes(100)) for _ in range(3))
    for each in (first, second, first, third):
        clusters.assign(each)
    assert (clusters.find(first), clusters.find(second), clusters.find(third)) == (first, None, third)
    assert sum(map(len, clusters._bands)) <= 2 * 21


def test_too_short_a_text_belongs_nowhere() -> None:
    clusters = Clusters()
    assert clusters.assign(signature(b"yes")) == b""
    assert clusters.find(b"") is None
    clusters.add(b"no signature")
    assert len(clusters) == 0
    assert likeness(b"", b"") < LIKE
