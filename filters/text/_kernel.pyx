# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The normaliser's hot part in C: one text to its key.

``prepare`` returns what ``filters.text.normalise`` would, or None for a text that is too long, grows too long, or has
characters beyond the tables: the pure twin then does all of it. The twin is the definition; differential tests hold the
two together.

The twin makes every pass over a text until none changes it any more. Here a text is read once, which folds it and tells
which passes may have anything to do; most texts need none. Where one has changed something the text is read again.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint32_t
from libc.string cimport memcpy, memmove, memset

cdef extern from "Python.h":
    object PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)
    bint PyUnicode_IS_ASCII(object text)
    bint Py_UNICODE_ISALNUM(Py_UCS4 character) nogil
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 character) nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 character) nogil

NAME = "cython"

include "_kernel_tables.pxi"
include "_kernel_phones.pxi"
include "_kernel_sites.pxi"
include "_kernel_links.pxi"
include "_kernel_broken.pxi"
include "_kernel_scan.pxi"
include "_kernel_hangul.pxi"
include "_kernel_rare.pxi"


cdef Py_ssize_t fold(str text, Py_ssize_t first, int32_t *out, int *counts) except -2:
    """Fold from a place on, collapse spaces, count kinds. Returns the length, or -1 where the twin must do it."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, n = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef int32_t code, becomes, c
    cdef str several
    if length > 4000:
        return -1
    for i in range(first, length):
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
                out[n] = c
                n += 1
            continue
        if becomes == 32 and (n == 0 or out[n - 1] == 32):
            continue
        if n >= 4000:
            return -1
        out[n] = becomes
        n += 1
    if n and out[n - 1] == 32:
        n -= 1
    return n


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


cdef Py_ssize_t passes(int32_t *b, Reading *r, int *counts, int32_t *spare) except -2:
    """Make the passes before those for links and digits that may have anything to do. Returns the new length, or -1
    where it grows too long; adds to ``r.may`` what of the rest has become possible."""
    cdef Py_ssize_t n = r.n, m
    cdef int watch = r.watch
    cdef bint changed = False, joined = False
    if r.may & MAY_MIX:
        changed = unmix(b, n, counts)
    if watch & W_HANGUL:
        if r.may & MAY_LABEL or (changed and watch & W_FENCE):
            m = labels(b, n, counts, False)
            m = labels(b, m, counts, True)
            changed = changed or m < n
            n = m
        if r.may & MAY_JAMO:
            changed = lookalikes(b, n, counts) or changed
        if changed or r.may & MAY_SEPARATE:
            m = separators(b, n, counts)
            joined = m < n  # which may make a number of what was apart; nothing else looks beyond a symbol
            n = m
        if changed or r.may & MAY_SPACE:
            m = spaced(b, n, counts)
            changed = changed or m < n
            n = m
        if r.may & MAY_JAMO:
            n = recompose(b, n, counts, &changed)
        if changed or r.may & MAY_NUMERAL or (joined and watch & W_NUMERAL):
            changed = numerals(b, n, counts) or changed
    if changed or r.may & MAY_LATIN:
        m = spaced_latin(b, n, counts)
        changed = changed or m < n
        n = m
    if changed or r.may & MAY_REPAIR:
        m = repair(b, n, spare, counts, &changed)
        n = m
    if changed:
        r.may |= MAY_LINK
    return n


cdef Py_ssize_t rewrite(int32_t *one, Reading *r, int *counts) except -2:
    """Write a text that was read as it is meant and count what was taken away. Returns its length, or -1 where the twin
    must do it."""
    cdef int32_t two[CAP]
    cdef int32_t three[CAP]
    cdef Py_ssize_t n = r.n, m
    cdef Spans spans
    cdef int rounds
    cdef bint settled
    for rounds in range(ROUNDS):
        spans.count = 0
        memcpy(two, one, n * sizeof(int32_t))
        m = passes(two, r, counts, three)
        if m < 0:
            return -1
        m = links(two, m, three, counts, &spans) if r.may & MAY_LINK else digits(two, 0, m, three, 0, counts)
        if m < 0:
            return -1
        if m and three[m - 1] == 32:
            m -= 1
        if m > 4000:
            return -1
        settled = unchanged(one, n, three, m)
        memcpy(one, three, m * sizeof(int32_t))
        n = m
        if settled:
            break
        read_again(one, n, r, 0, &spans)
        if r.n != n:
            raise RuntimeError("a space was left by a pass")
        if not r.may:
            break
    return n


cdef Py_ssize_t told(const int *counts, uint8_t *out) noexcept nogil:
    """Write the tokens of what was counted; returns their octets."""
    cdef Py_ssize_t i, w = 0
    cdef int count
    for i in range(KINDS):
        count = counts[i]
        if count and not HIDDEN[i]:
            memcpy(out + w, TOKEN[i * 7 + (count >= 1) + (count >= 2) + (count >= 3) + (count >= 5) + (count >= 9) + (count >= 17)], 4)
            w += 4
    return w


cdef bytes key_of(const int32_t *b, Py_ssize_t n, const int *counts, bint alike):
    """The octets of a text, see filters.text.dense, with the feature tokens behind. ``alike``: its digits are not yet."""
    cdef uint8_t buffer[CAP * 4 + KINDS * 4]
    cdef Py_ssize_t i, w = 0
    cdef int32_t c, index
    for i in range(n):
        c = b[i]
        if c < 0x80:
            buffer[w] = 48 if alike and 48 <= c <= 57 else c
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
    return PyBytes_FromStringAndSize(<char *>buffer, w + told(counts, buffer + w))


def prepare(str text not None, int labelled):
    """(key, text, [(feature, count), …]), or None where the twin must do it. ``labelled`` is the count of one feature
    found by the caller: number + 1, or 0."""
    cdef int32_t one[CAP]
    cdef int counts[KINDS]
    cdef Reading r
    cdef Py_ssize_t i, n
    if read_text(text, 0, 0, one, &r, counts) != READ:
        return None
    if labelled:
        counts[labelled - 1] += 1
    if r.number_at >= 0:
        phones(one, r.n, r.number_at, counts)
    n = rewrite(one, &r, counts)
    if n < 0:
        return None
    return key_of(one, n, counts, False), piece(one, 0, n), [(i, counts[i]) for i in range(KINDS) if counts[i]]


include "_kernel_keys.pxi"
include "_kernel_fold.pxi"
