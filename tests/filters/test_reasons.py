"""Every reason can be explained to the person whose message it stopped."""

from filters.contract import Reason
from filters.reasons import MEANINGS


def test_every_reason_is_explained_in_sentences():
    assert set(MEANINGS) == set(Reason)
    for meaning in MEANINGS.values():
        assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in meaning)
