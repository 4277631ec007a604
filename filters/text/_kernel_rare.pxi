# The rewritings only the twin knows: whether one may apply, asked before and after the separators go.

cdef bint tld_at(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Whether one of the domains worth joining across spaces stands here, whole."""
    cdef uint32_t value = 0
    cdef Py_ssize_t start = i
    cdef int k
    while i < n and 97 <= b[i] <= 122 and i - start < 5:
        value = value << 8 | b[i]
        i += 1
    if i - start > 4 or i == start:
        return False
    if i < n and (48 <= b[i] <= 57 or b[i] == 45):
        return False
    for k in range(spaced_tlds):
        if SPACED_TLD[k] == value:
            return True
    return False


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


cdef bint rare_after(const int32_t *b, Py_ssize_t n, bint has_hangul) noexcept nogil:
    """The same, of those that come after the separators."""
    cdef Py_ssize_t i, j, run = 0
    cdef int32_t c
    cdef int k, after, before = C_WHITE
    for i in range(n):
        c = b[i]
        k = CLASS[c]
        after = cls(b, n, i + 1)
        if has_hangul:
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
        # dots in other clothes
        if c == 0xC810 or c == 0xB2F7 or c == 0xCA5C or c == 0x70B9:
            j = i - 2 if i and b[i - 1] == 32 else i - 1
            if j >= 0 and (alnum(b, n, j) or b[j] == 45):
                j = i + 2 if i + 1 < n and b[i + 1] == 32 else i + 1
                if tld_at(b, n, j) or (j < n and b[j] == 0xCEF4):
                    return True
        elif c == 46 or c == 44:
            if before == C_FENCE and after == C_FENCE:
                return True
            if after == C_SPACE or before == C_SPACE or c == 44:
                j = i + 2 if after == C_SPACE else i + 1
                if tld_at(b, n, j) or (j < n and b[j] == 0xCEF4):
                    return True
        before = k
    return False


cdef bint spaced_latin(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether four letters stand spaced out, or a dot is written in letters."""
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
            elif b[i] == 100 and i + 3 < n and before == C_SPACE and b[i + 1] == 111 and b[i + 2] == 116 and b[i + 3] == 32:
                return True
        before = k
    return False
