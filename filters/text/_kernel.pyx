# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The normaliser's hot part in C: one text to its key, for all but the rare rewritings.

``prepare`` returns what ``filters.text.normalise`` would, or None where a text needs one of the rare rewritings (split
jamo, mixed scripts, numerals in words, letters spaced out): the pure twin then does all of it. The twin is the definition; a
differential test holds the two together.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t
from libc.string cimport memcpy, memmove, memset

cdef extern from "Python.h":
    object PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)
    bint PyUnicode_IS_ASCII(object text)
    bint Py_UNICODE_ISALNUM(Py_UCS4 character)
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 character)
    bint Py_UNICODE_ISSPACE(Py_UCS4 character)

NAME = "cython"

include "_kernel_tables.pxi"
include "_kernel_rare.pxi"
include "_kernel_hangul.pxi"
include "_kernel_broken.pxi"
include "_kernel_links.pxi"


cdef inline int bucket(int count) noexcept nogil:
    return (count >= 1) + (count >= 2) + (count >= 3) + (count >= 5) + (count >= 9) + (count >= 17)


cdef inline Py_ssize_t tokens_of(const int *counts, uint8_t *out) noexcept nogil:
    """Write the tokens of what was counted; returns their octets."""
    cdef Py_ssize_t i, w = 0
    for i in range(KINDS):
        if counts[i] and not HIDDEN[i]:
            memcpy(out + w, TOKEN[i * 7 + bucket(counts[i])], 4)
            w += 4
    return w


cdef Py_ssize_t fold(str text, int32_t *out, int *counts, int *watch) except -2:
    """Fold, collapse spaces, count kinds. Returns the length, or -1 for the slow way."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, n = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef int32_t code, becomes, c
    cdef str several
    cdef int seen = 0
    if length > 4000:
        return -1
    for i in range(length):
        code = PyUnicode_READ(kind, data, i)
        if code >= LIMIT:
            return -1
        if KIND_OF[code]:
            counts[KIND_OF[code] - 1] += 1
        becomes = FOLDED[code]
        if becomes < 0:
            if becomes == SLOW:
                return -1
            continue
        if becomes & MULTI:
            several = longer[becomes & MASK]
            if n + len(several) > 4000:
                return -1
            for character in several:
                c = <int32_t>(<Py_UCS4>character)
                if c == 32 and (n == 0 or out[n - 1] == 32):
                    continue
                seen |= WATCH[c]
                out[n] = c
                n += 1
            continue
        if becomes == 32 and (n == 0 or out[n - 1] == 32):
            continue
        if n >= 4000:
            return -1
        seen |= WATCH[becomes]
        out[n] = becomes
        n += 1
    if n and out[n - 1] == 32:
        n -= 1
    watch[0] = seen
    return n


cdef Py_ssize_t squeeze(int32_t *b, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i, w = 0
    for i in range(n):
        if b[i] == 32 and (w == 0 or b[w - 1] == 32):
            continue
        b[w] = b[i]
        w += 1
    if w and b[w - 1] == 32:
        w -= 1
    return w


cdef bytes dense(const int32_t *b, Py_ssize_t n, bytes tail):
    """The octets of a text, see filters.text.dense, with the feature tokens behind."""
    cdef uint8_t buffer[CAP * 4]
    cdef Py_ssize_t i, w = 0
    cdef int32_t c, index
    for i in range(n):
        c = b[i]
        if c < 0x80:
            buffer[w] = c
            w += 1
        elif 0xAC00 <= c <= 0xD7A3 or 0x4E00 <= c <= 0x9FCF:
            index = c - 0xAC00 if c >= 0xAC00 else c - 0x4E00 + 11172
            buffer[w] = 0x80 + index // 253
            buffer[w + 1] = TRAILS[index % 253]
            w += 2
        elif c < 0x10000:
            buffer[w] = 0xFF
            buffer[w + 1] = c >> 8
            buffer[w + 2] = c & 0xFF
            w += 3
        else:  # plane 1: others took the slow way
            buffer[w] = 0xFF
            buffer[w + 1] = 0xD8
            buffer[w + 2] = (c >> 8) & 0xFF
            buffer[w + 3] = c & 0xFF
            w += 4
    if w > max_octets:
        memmove(buffer + head_octets, buffer + w - (max_octets - head_octets), max_octets - head_octets)
        w = max_octets
    cdef bytes out = PyBytes_FromStringAndSize(NULL, w + len(tail))
    memcpy(PyBytes_AS_STRING(out), buffer, w)
    memcpy(PyBytes_AS_STRING(out) + w, PyBytes_AS_STRING(tail), len(tail))
    return out


cdef bint unchanged(const int32_t *a, Py_ssize_t n, const int32_t *b, Py_ssize_t m) noexcept nogil:
    """Whether two texts are the same, or the same but for digits folded everywhere: nothing new can come of that."""
    cdef Py_ssize_t i
    cdef bint same = n == m, folded = n == m
    for i in range(n if same else 0):
        if a[i] != b[i]:
            same = False
        if (48 if 48 <= a[i] <= 57 else a[i]) != b[i]:
            folded = False
        if not (same or folded):
            return False
    return same or folded


cdef Py_ssize_t rewrite(str text, int labelled, int32_t *one, int *counts) except -2:
    """Write a text as it is meant and count what was taken away. Returns its length, or -1 where the twin must do it."""
    cdef int32_t two[CAP]
    cdef int32_t three[CAP]
    cdef Py_ssize_t n, m, rounds
    cdef int watch = 0
    cdef bint settled
    memset(counts, 0, KINDS * sizeof(int))
    n = fold(text, one, counts, &watch)
    if n < 0:
        return -1
    if labelled:
        counts[labelled - 1] += 1
    if watch & W_DIGIT:
        phones(one, n, counts)
    # rewriting adds no kind of character that was not there, so what was seen when folding says which passes to skip
    for rounds in range(ROUNDS):
        memcpy(two, one, n * sizeof(int32_t))
        m = n
        if watch & W_HANGUL and watch & W_FENCE:
            m = labels(two, m, counts, False)
            m = labels(two, m, counts, True)
        if watch & (W_CONSONANT | W_FOREIGN) and rare_before(two, m):
            return -1
        if watch & W_HANGUL:
            m = separators(two, m, counts)
            m = spaced(two, m, counts)
        if watch & W_HANGUL and watch & (W_CONSONANT | W_NUMERAL | W_HANJA) and rare_after(two, m):
            return -1
        if spaced_latin(two, m):
            return -1
        m = repair(two, m, three, counts, &watch)
        if m < 0:
            return -1
        if watch & (W_DIGIT | W_DOT):
            m = links(two, m, three, counts)
            if m < 0:
                return -1
            m = squeeze(three, m)
            if m > 4000:
                return -1
            settled = unchanged(one, n, three, m)
            memcpy(one, three, m * sizeof(int32_t))
        else:
            m = squeeze(two, m)
            settled = unchanged(one, n, two, m)
            memcpy(one, two, m * sizeof(int32_t))
        n = m
        if settled:
            break
    return n


cdef bytes told(const int *counts):
    """The tokens of what was counted."""
    cdef uint8_t buffer[KINDS * 4]
    return PyBytes_FromStringAndSize(<char *>buffer, tokens_of(counts, buffer))


def prepare(str text not None, int labelled):
    """(key, text, [(feature, count), …]), or None where the twin must do it. ``labelled`` is the count of one feature
    found by the caller: number + 1, or 0."""
    cdef int32_t one[CAP]
    cdef int counts[KINDS]
    cdef Py_ssize_t i, n = rewrite(text, labelled, one, counts)
    if n < 0:
        return None
    return dense(one, n, told(counts)), piece(one, 0, n), [(i, counts[i]) for i in range(KINDS) if counts[i]]


include "_kernel_quick.pxi"
include "_kernel_fold.pxi"
