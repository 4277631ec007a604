# The rewritings only the twin knows: whether one may apply, asked before and after the separators go.

cdef bint rare_before(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether a rewriting that only the twin knows may apply, of those that come before the separators."""
    cdef Py_ssize_t i
    cdef int32_t c
    cdef int k, last = C_WHITE
    for i in range(n):
        c = b[i]
        k = CLASS[c]
        if k == C_FOREIGN:
            if last == C_LATIN:
                return True
        elif k == C_LATIN:
            if last == C_FOREIGN:
                return True
        last = k
        if k == C_CONSONANT:
            if i + 1 < n and (b[i + 1] in (104, 114, 108, 105, 49, 124)) and not alnum(b, n, i + 2):
                return True
    return False


cdef bint rare_after(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """The same, of those that come after the separators, for a text with Hangul."""
    cdef Py_ssize_t i, run = 0
    cdef int32_t c
    cdef int k, after, before = C_WHITE
    for i in range(n):
        c = b[i]
        k = CLASS[c]
        after = cls(b, n, i + 1)
        if k == C_CONSONANT and (after == C_VOWEL or (before == C_SYLLABLE and after == C_SYLLABLE)):
            return True
        if WATCH[c] & W_NUMERAL:
            run += 1
            if run >= 7:
                return True
        else:
            run = 0
        if WATCH[c] & W_HANJA and (before == C_DIGIT or before == C_SYLLABLE or after == C_SYLLABLE):
            return True
        before = k
    return False


cdef bint spaced_latin(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether four letters stand spaced out."""
    cdef Py_ssize_t i, j, pairs
    cdef int k, before = C_WHITE
    for i in range(n):
        k = CLASS[b[i]]
        if k == C_LATIN and before != C_LATIN and before != C_DIGIT:
            if i + 1 < n and CLASS[b[i + 1]] != C_LATIN:
                pairs, j = 0, i + 1
                while j + 1 < n and (b[j] in (32, 46, 45, 95, 42)) and CLASS[b[j + 1]] == C_LATIN:
                    pairs += 1
                    j += 2
                if pairs >= 3:
                    return True
        before = k
    return False
