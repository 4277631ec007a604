# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""A glance at a text that tells of most texts that they hold none of many patterns. See ``filters.patterns``."""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

NAME = "cython"

DEF LIMIT = 0x10000
DEF BITS = 16             # of the hash of some characters
DEF OCTETS = 1 << (BITS - 3)
DEF UNKNOWN = 0           # a character that becomes several, or that only the definition knows
DEF NOTHING = 1           # one that becomes nothing
DEF BLANK = 32

cdef uint16_t FOLDED[LIMIT]


def setup(bytes folded not None):
    """Say what folding makes of each character up to U+FFFF: 16 bits each, 0 for what is not known, 1 for nothing."""
    if len(folded) != sizeof(FOLDED):
        raise ValueError(f"{len(folded)} octets, {sizeof(FOLDED)} are expected")
    memcpy(FOLDED, <const uint8_t*>folded, sizeof(FOLDED))


# The last four characters, 16 bits each, make a number; so do the last two. Numbers are mixed by odd factors.
cdef uint64_t TWO = 0xFFFFFFFF, FACTOR_OF_TWO = 0x9E3779B97F4A7C15, FACTOR_OF_FOUR = 0xC2B2AE3D27D4EB4F


cdef inline uint32_t place_of_two(uint64_t last) noexcept nogil:
    return ((last & TWO) * FACTOR_OF_TWO) >> (64 - BITS)


cdef inline uint32_t place_of_four(uint64_t last) noexcept nogil:
    return (last * FACTOR_OF_FOUR) >> (64 - BITS)


cdef class Sieve:
    """Some characters in a row of each pattern: a text without any of them holds no pattern."""

    cdef uint8_t twos[OCTETS]
    cdef uint8_t fours[OCTETS]
    cdef bint has_twos, has_fours

    def __cinit__(self):
        memset(self.twos, 0, OCTETS)
        memset(self.fours, 0, OCTETS)

    def add(self, str part not None):
        """Let texts through that hold these two or four characters, folded as texts are."""
        cdef uint64_t last = 0
        cdef uint32_t place
        for character in part:
            last = last << 16 | <uint16_t>ord(character)
        if len(part) == 4:
            place = place_of_four(last)
            self.fours[place >> 3] |= 1 << (place & 7)
            self.has_fours = True
        elif len(part) == 2:
            place = place_of_two(last)
            self.twos[place >> 3] |= 1 << (place & 7)
            self.has_twos = True
        else:
            raise ValueError(f"{len(part)} characters, 2 or 4 are expected")

    def may_hold(self, str text not None):
        """Whether a text may hold any part once it is folded; blanks in a row are one."""
        cdef int kind = PyUnicode_KIND(text)
        cdef void* data = PyUnicode_DATA(text)
        cdef Py_ssize_t i
        cdef uint64_t last = BLANK
        cdef uint32_t c, place
        if kind == 4:
            return True
        for i in range(PyUnicode_GET_LENGTH(text)):
            c = FOLDED[PyUnicode_READ(kind, data, i)]
            if c <= BLANK:
                if c == UNKNOWN:
                    return True
                if c == NOTHING or <uint16_t>last == BLANK:
                    continue
            last = last << 16 | c
            if self.has_fours:
                place = place_of_four(last)
                if self.fours[place >> 3] >> (place & 7) & 1:
                    return True
            if self.has_twos:
                place = place_of_two(last)
                if self.twos[place >> 3] >> (place & 7) & 1:
                    return True
        return False
