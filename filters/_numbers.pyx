# cython: language_level=3, boundscheck=False, wraparound=False
"""Numbers, compiled. What it is and why is said in ``filters.numbers``, which is the definition."""

include "_mobile.pxi"

NAME = "cython"


def are_korean_mobiles(tuple numbers not None):
    """Whether all numbers are written the way nearly all recipients are."""
    for number in numbers:
        if not is_mobile(<str?>number):
            return False
    return True
