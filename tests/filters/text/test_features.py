"""Feature tokens: one octet pattern a feature and a bucket."""

from __future__ import annotations

from filters.text import features


def test_tokens_are_all_different_and_four_octets() -> None:
    tokens = {
        features.encode([(number, count)]) for number in range(len(features.NAMES)) for count in (1, 2, 3, 5, 9, 17)
    }
    assert len(tokens) == 6 * len(features.NAMES)
    assert {len(token) for token in tokens} == {4}
    assert not any(0 in token for token in tokens)


def test_buckets_never_fall() -> None:
    assert [features.bucket(count) for count in (0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 1000)] == [
        0,
        1,
        2,
        3,
        3,
        4,
        4,
        5,
        5,
        6,
        6,
    ]
    assert features.encode([(0, 0)]) == b""
