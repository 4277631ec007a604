# Telephone numbers.

cdef Py_ssize_t phone_end(const int32_t *b, Py_ssize_t n, Py_ssize_t at) noexcept nogil:
    """Where a telephone number that starts here ends, or -1: the first way the pattern fits, greedy as it is."""
    cdef Py_ssize_t option, prefix, p, seps, s, d, t, q, e
    cdef int options = 1
    if b[at] == 48:  # 0
        if at + 2 < n and b[at + 1] == 49 and (b[at + 2] in (48, 49, 54, 55, 56, 57)):
            prefix = 3
        elif at + 2 < n and (b[at + 1] == 56 or b[at + 1] == 55) and b[at + 2] == 48:
            prefix = 3
        elif at + 1 < n and 50 <= b[at + 1] <= 54:
            prefix = 3 if digit(b, n, at + 2) else 2
            options = 2 if prefix == 3 else 1
        else:
            return -1
    elif b[at] == 49 and at + 3 < n and (b[at + 1] in (53, 54, 56)) and digit(b, n, at + 2) and digit(b, n, at + 3):
        prefix = 4
    else:
        return -1
    for option in range(options):
        p = at + prefix - option
        seps = 0
        while seps < 2 and p + seps < n and (b[p + seps] in (45, 46, 32, 41)):
            seps += 1
        for s in range(seps, -1, -1):
            for d in range(4, 2, -1):
                e = p + s
                if not (digit(b, n, e) and digit(b, n, e + 1) and digit(b, n, e + 2)):
                    break
                if d == 4 and not digit(b, n, e + 3):
                    continue
                e += d
                for t in range(1, -1, -1):
                    if t and not (e < n and (b[e] in (45, 46, 32))):
                        continue
                    for q in range(4, -1, -4):
                        if q and not (digit(b, n, e + t) and digit(b, n, e + t + 1) and digit(b, n, e + t + 2) and digit(b, n, e + t + 3)):
                            continue
                        if not digit(b, n, e + t + q):
                            return e + t + q
    return -1


cdef inline int phone_kind(const int32_t *b, Py_ssize_t i) noexcept nogil:
    """The feature a telephone number counts as, by its first digits."""
    if b[i] == 49:
        return F_SERVICE
    if b[i + 1] == 49:
        return F_MOBILE
    if b[i + 1] == 56:
        return F_FREE
    return F_INTERNET if b[i + 1] == 55 else F_LANDLINE


cdef void phones(const int32_t *b, const Reading *r, int *counts) noexcept nogil:
    """Count telephone numbers, which begin at marks."""
    cdef Py_ssize_t i, at, end = 0
    for i in range(r.found):
        at = r.marks[i]
        if at >= end and (b[at] == 48 or b[at] == 49):
            end = phone_end(b, r.n, at)
            if end > 0:
                counts[phone_kind(b, at)] += 1
