# The dot of a link in other clothes: found and put back.

cdef Py_ssize_t tld_at(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The end of one of the domains worth joining across spaces that stands here, whole; 0 where none does."""
    cdef uint32_t value = 0
    cdef Py_ssize_t start = i
    cdef int k
    while i < n and 97 <= b[i] <= 122 and i - start < 5:
        value = value << 8 | b[i]
        i += 1
    if i - start > 4 or i == start:
        return 0
    if i < n and (48 <= b[i] <= 57 or b[i] == 45):
        return 0
    for k in range(spaced_tlds):
        if SPACED_TLD[k] == value:
            return i
    return 0


cdef Py_ssize_t dot_end(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The end of a dot in other clothes that begins here, with a space on either side; 0 where there is none."""
    cdef Py_ssize_t j = past(b, n, i)
    cdef bint led = j > i
    cdef int32_t c
    if j >= n:
        return 0
    c = b[j]
    if c == 44 or c == 0xC810 or c == 0xB2F7 or c == 0xCA5C or c == 0x70B9:
        return past(b, n, j + 1)
    if c == 46:
        if led:
            return past(b, n, j + 1)
        return j + 2 if j + 1 < n and b[j + 1] == 32 else 0
    if j + 2 < n and b[j + 1] == 46 and (
        (c == 40 and b[j + 2] == 41) or (c == 91 and b[j + 2] == 93) or (c == 123 and b[j + 2] == 125)
    ):
        return past(b, n, j + 3)
    if led and c == 100 and j + 3 < n and b[j + 1] == 111 and b[j + 2] == 116 and b[j + 3] == 32:
        return j + 4
    return 0


cdef Py_ssize_t repair(int32_t *b, Py_ssize_t n, int32_t *spare, int *counts, bint *changed) noexcept nogil:
    """Put dots in other clothes back, as ``links.repair`` does. Returns the length, or -1 when it grows too long."""
    cdef Py_ssize_t at = 1, i, w = 0, done = 0, dot, end
    cdef int found = 0
    while at + 1 < n:
        if not WATCH[b[at]] & W_CLOTHED:
            at += 1
            continue
        i = at - 1 - (b[at - 1] == 32)  # the last letter before it
        at += 1
        if i < done or not (97 <= b[i] <= 122 or 48 <= b[i] <= 57 or b[i] == 45) or 97 <= b[i + 1] <= 122:
            continue
        dot = dot_end(b, n, i + 1)
        if not dot:
            continue
        if dot < n and b[dot] == 0xCEF4 and not (dot + 1 < n and 0xAC00 <= b[dot + 1] <= 0xD7A3):
            end = dot + 1
        else:
            end = tld_at(b, n, dot)
        if not end:
            continue
        if w + (i + 1 - done) + 5 > CAP:
            return -1
        memcpy(spare + w, b + done, (i + 1 - done) * sizeof(int32_t))
        w += i + 1 - done
        spare[w] = 46
        w += 1
        if b[dot] == 0xCEF4:
            spare[w], spare[w + 1], spare[w + 2] = 99, 111, 109
            w += 3
        else:
            memcpy(spare + w, b + dot, (end - dot) * sizeof(int32_t))
            w += end - dot
        found += 1
        done = end
        at = end + 1
    if not found:
        return n
    if w + n - done > CAP:
        return -1
    memcpy(spare + w, b + done, (n - done) * sizeof(int32_t))
    w += n - done
    memcpy(b, spare, w * sizeof(int32_t))
    counts[F_BROKEN] += found
    changed[0] = True
    return w
