"""What the normaliser took away, as numbers for people and as tokens for the model.

A token is four octets: ``02``, the feature, how often, ``03``. Control characters never survive normalising, so no
text can forge one, and a window of two octets is exactly one feature and how often.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: Position is the feature's number in the model's input: append only, and raise ``normalise.VERSION`` when you do.
NAMES: Final = (
    "invisible",  # zero-width, bidi marks, variation selectors, fillers
    "combining",  # marks riding on letters
    "styled",  # fullwidth, enclosed, mathematical letters
    "mixed_script",  # words of two scripts
    "split_jamo",
    "lookalike_jamo",
    "separator",  # symbols or Latin letters between Hangul syllables
    "spaced",  # spaced-out words
    "letter_digit",  # o for 0, l for 1
    "numeral",  # spelled-out or Hanja numbers
    "carrier_tag",
    "foreign_tag",
    "advert_label",
    "advert_label_broken",
    "link",
    "link_short",
    "link_chat",
    "link_ip",
    "link_idn",
    "link_broken",
    "link_public",
    "link_odd_tld",
    "link_app",
    "link_schemeless",
    "phone_mobile",
    "phone_service",  # 15xx, 16xx, 18xx
    "phone_free",  # 080
    "phone_internet",  # 070
    "phone_landline",
    "long",  # the middle was cut out
)

NUMBER: Final = {name: index for index, name in enumerate(NAMES)}
_FIRST: Final = 0x10  # features start here so that no token byte is NUL, 02 or 03
_BUCKETS: Final = (1, 2, 3, 5, 9, 17)


def bucket(count: int) -> int:
    """How often, coarsely: 1, 2, 3 to 4, 5 to 8, 9 to 16, more; as 1 to 6."""
    return sum(count >= edge for edge in _BUCKETS)


#: Tokens by feature and bucket.
TOKENS: Final = [
    [b""] + [bytes((2, _FIRST + number, _FIRST + step, 3)) for step in range(1, len(_BUCKETS) + 1)]
    for number in range(len(NAMES))
]


def encode(counts: Iterable[tuple[int, int]]) -> bytes:
    """The tokens of (feature, count) pairs, in the order given."""
    return b"".join(TOKENS[number][bucket(count)] for number, count in counts)
