# Carrier and advert labels, and what stands between syllables.

cdef inline Py_ssize_t past(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The place behind an optional space."""
    return i + 1 if i < n and b[i] == 32 else i


cdef Py_ssize_t closed(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The end of a label whose closing bracket stands here, maybe behind a space; -1 where none does."""
    i = past(b, n, i)
    if i < n and (b[i] == 93 or b[i] == 41 or b[i] == 62):
        return past(b, n, i + 1)
    return -1


cdef Py_ssize_t carrier_label(const int32_t *b, Py_ssize_t n, Py_ssize_t i, bint *foreign) noexcept nogil:
    """The end of a carrier's label whose opening bracket stands here, or -1."""
    i = past(b, n, i + 1)
    foreign[0] = False
    if i + 2 < n and b[i] == 119 and ((b[i + 1] == 101 and b[i + 2] == 98) or (b[i + 1] == 119 and b[i + 2] == 119)):
        i += 3
    elif i + 1 < n and b[i] == 0xAD6D and (b[i + 1] == 0xC678 or b[i + 1] == 0xC81C or b[i + 1] == 0xB0B4):
        foreign[0] = b[i + 1] != 0xB0B4
        i += 2
    elif i + 1 < n and b[i] == 0xD574 and b[i + 1] == 0xC678:
        foreign[0] = True
        i += 2
    else:
        return -1
    i = past(b, n, i)
    if i + 1 < n and b[i] == 0xBC1C and b[i + 1] == 0xC2E0:
        return closed(b, n, i + 2)
    return -1


cdef Py_ssize_t advert_label(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The end of an advert label whose opening bracket stands here, or -1."""
    cdef int between = 0
    i = past(b, n, i + 1)
    if i >= n or b[i] != 0xAD11:
        return -1
    i += 1
    while i < n and between < 3 and CLASS[b[i]] != C_SYLLABLE and not alnum(b, n, i):
        i += 1
        between += 1
    if i < n and b[i] == 0xACE0:
        return closed(b, n, i + 1)
    return -1


cdef Py_ssize_t labels(int32_t *b, Py_ssize_t n, int *counts, bint adverts) noexcept nogil:
    """Take off the carriers' labels, or the advert labels."""
    cdef Py_ssize_t i = 0, w = 0, end
    cdef bint foreign = False, found = False
    while i < n:
        if b[i] == 91 or b[i] == 40 or b[i] == 60:
            end = advert_label(b, n, i) if adverts else carrier_label(b, n, i, &foreign)
            if end > 0:
                if adverts:
                    found = True
                else:
                    counts[F_FOREIGN_TAG if foreign else F_CARRIER_TAG] += 1
                i = end
                continue
        b[w] = b[i]
        w += 1
        i += 1
    if found and not counts[F_ADVERT]:
        counts[F_ADVERT_BROKEN] += 1
    return w


cdef Py_ssize_t separators(int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    """Drop one to three symbols, or one Latin letter with at most a symbol on either side, between Hangul."""
    cdef Py_ssize_t i = 0, w = 0, j, symbols, letters
    while i < n:
        b[w] = b[i]
        w += 1
        if hangul(CLASS[b[i]]):
            j, symbols, letters = i + 1, 0, 0
            while j < n and j - i <= 3:
                if CLASS[b[j]] == C_OTHER:
                    symbols += 1
                elif CLASS[b[j]] == C_LATIN:
                    letters += 1
                else:
                    break
                j += 1
            if j > i + 1 and j < n and hangul(CLASS[b[j]]) and (
                letters == 0
                or (letters == 1 and (symbols == 0
                                      or (symbols == 1)
                                      or (symbols == 2 and CLASS[b[i + 2]] == C_LATIN)))
            ):
                counts[F_SEPARATOR] += 1
                i = j
                continue
        i += 1
    return w


cdef Py_ssize_t spaced(int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    """Join three or more lone syllables with one to three spaces or symbols between them."""
    cdef Py_ssize_t i = 0, w = 0, j, k, end, found
    cdef int before
    while i < n:
        before = cls(b, n, i - 1)
        if hangul(CLASS[b[i]]) and not hangul(before) and before != C_LATIN and before != C_DIGIT:
            found, end, j = 0, i + 1, i + 1
            while True:
                k = j
                while k < n and k - j < 3 and (CLASS[b[k]] == C_OTHER or CLASS[b[k]] == C_SPACE):
                    k += 1
                if k == j or k >= n or not hangul(CLASS[b[k]]):
                    break
                j = k + 1
                if hangul(cls(b, n, j)):
                    break
                found += 1
                end = j
            if found >= 2:
                counts[F_SPACED] += 1
                for k in range(i, end):
                    if hangul(CLASS[b[k]]):
                        b[w] = b[k]
                        w += 1
                i = end
                continue
        b[w] = b[i]
        w += 1
        i += 1
    return w
