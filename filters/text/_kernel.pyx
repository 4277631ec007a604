# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The normaliser's hot part in C: one text to its key.

``prepare`` returns what ``filters.text.normalise`` would, or None for a text that grows to twice what is looked at or
has characters beyond the tables: the pure twin then does all of it. The twin is the definition; differential tests hold the
two together.

The twin makes every pass over a text until none changes it any more. Here a text is read once, which folds it and tells
which passes may have anything to do; most texts need none. Where one has changed something the text is read again.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint32_t, uint64_t
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
include "_kernel_signs.pxi"
include "_kernel_scan.pxi"
include "_kernel_hangul.pxi"
include "_kernel_rare.pxi"


cdef int32_t wide[WIDE]


cdef Py_ssize_t clipped(int32_t *b, Py_ssize_t n) noexcept nogil:
    """Leave the head and the tail of what is too long, as ``normalise.clip`` does, and one space where they meet."""
    cdef Py_ssize_t tail = max_chars - head_chars, first = n - tail
    if n <= max_chars:
        return n
    if b[head_chars - 1] == 32 and b[first] == 32:
        first += 1
    memmove(b + head_chars, b + first, (n - first) * sizeof(int32_t))
    return head_chars + n - first


cdef str clipped_text(str text):
    """The same of a text that was not read yet."""
    return text[:head_chars] + text[PyUnicode_GET_LENGTH(text) - (max_chars - head_chars):]


cdef Py_ssize_t fold(str text, Py_ssize_t first, int32_t *out, Py_ssize_t room, int *counts) except -2:
    """Fold from a place on, collapse spaces, count kinds. Returns the length, or -1 where the twin must do it."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, n = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef int32_t code, becomes, c
    cdef str several
    if length > room:
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
            if n + len(several) > room:
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
        if n >= room:
            return -1
        out[n] = becomes
        n += 1
    if n and out[n - 1] == 32:
        n -= 1
    return n


cdef bint unchanged(const int32_t *a, Py_ssize_t n, const int32_t *b, Py_ssize_t m) noexcept nogil:
    """Whether two texts are the same, or the same but for digits folded everywhere: nothing new can come of that."""
    cdef Py_ssize_t i
    cdef int32_t other = 0, folded = 0
    if n != m:
        return False
    for i in range(n):
        other |= a[i] ^ b[i]
        folded |= (48 if <uint32_t>(a[i] - 48) < 10 else a[i]) ^ b[i]
    return other == 0 or folded == 0


cdef bint numbered(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether a text that was rewritten has digits that are not alike: those of links."""
    cdef Py_ssize_t i
    cdef int found = 0
    for i in range(n):
        found |= <uint32_t>(b[i] - 49) < 9
    return found


cdef Py_ssize_t passes(int32_t *b, Reading *r, int *counts, int32_t *spare) except -2:
    """Make the passes before those for links and digits that may have anything to do. Returns the new length, or -1
    where it grows too long; adds to ``r.may`` what of the rest has become possible."""
    cdef Py_ssize_t n = r.n, m
    cdef bint changed = False, joined = False
    if r.may & MAY_MIX:
        changed = unmix(b, n, counts)
    if r.seen & SEEN_HANGUL:
        if r.may & MAY_LABEL or (changed and r.seen & SEEN_FENCE):
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
        if changed or r.may & MAY_NUMERAL or (joined and r.seen & SEEN_NUMERAL):
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


cdef Py_ssize_t rewrite(int32_t *one, uint8_t *octets, Reading *r, int *counts, bint begun) except -2:
    """Write a text that was read as it is meant and count what was taken away. Returns its length, or -1 where the twin
    must do it. ``begun``: something was taken away from it before. Its octets are then those of the text, but that all
    digits are alike."""
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
        if m > max_chars:
            m = clipped(three, m)
            spans.count = 0  # they are not where they were
        settled = not begun and unchanged(one, n, three, m)
        begun = False
        memcpy(one, three, m * sizeof(int32_t))
        n = m
        if settled:
            break
        read_again(one, n, octets, r, 0, &spans)
        if r.n != n:  # no pass leaves two spaces; were it so, the links would not be where they were put down
            return -1
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


cdef bytes key_of(const int32_t *b, Py_ssize_t n, uint8_t *out, const int *counts):
    """The octets of a text whose digits are alike but in links, with the tokens of what was counted behind."""
    cdef Py_ssize_t i, w = 0
    cdef uint32_t octets
    for i in range(n):
        octets = CHARACTER[b[i]].octets
        if octets >> WIDTH_SHIFT == 4:
            octets = four_octets(b[i])
            memcpy(out + w, &octets, 4)
            w += 4
            continue
        memcpy(out + w, &octets, 4)
        if 48 <= b[i] <= 57:
            out[w] = <uint8_t>b[i]
        w += octets >> WIDTH_SHIFT
    return finished(out, w, counts)


cdef bytes finished(uint8_t *out, Py_ssize_t w, const int *counts):
    """A key of a text's octets."""
    if w > max_octets:
        memmove(out + head_octets, out + w - (max_octets - head_octets), max_octets - head_octets)
        w = max_octets
    return PyBytes_FromStringAndSize(<char *>out, w + told(counts, out + w))


def prepare(str text not None, int labelled):
    """(key, text, [(feature, count), …]), or None where the twin must do it. ``labelled`` is the count of one feature
    found by the caller: number + 1, or 0."""
    cdef int32_t one[CAP]
    cdef uint8_t octets[OCTETS]
    cdef int counts[KINDS]
    cdef Reading r
    cdef Py_ssize_t i, n
    cdef bint long = PyUnicode_GET_LENGTH(text) > max_chars
    if read_text(clipped_text(text) if long else text, 0, 0, one, octets, &r, counts) != READ:
        return None
    counts[F_LONG] += long
    if labelled:
        counts[labelled - 1] += 1
    phones(one, &r, counts)
    n = rewrite(one, octets, &r, counts, False)
    if n < 0:
        return None
    return key_of(one, n, octets, counts), piece(one, 0, n), [(i, counts[i]) for i in range(KINDS) if counts[i]]


include "_kernel_keys.pxi"
include "_kernel_fold.pxi"
