# Telephone numbers, links, and digits outside them.

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


cdef void phones(const int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    cdef Py_ssize_t i = 0, end
    while i < n:
        if (b[i] == 48 or b[i] == 49) and not digit(b, n, i - 1):
            end = phone_end(b, n, i)
            if end > 0:
                counts[phone_kind(b, i)] += 1
                i = end
                continue
        i += 1


cdef inline bint label(int32_t c) noexcept nogil:
    return 97 <= c <= 122 or 48 <= c <= 57 or c == 95 or c == 45


cdef inline bint word(int32_t c) noexcept nogil:
    return 0xAC00 <= c <= 0xD7A3 or 0x4E00 <= c <= 0x9FFF


cdef Py_ssize_t scheme_end(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Where a scheme that starts here ends, or the same place."""
    cdef Py_ssize_t start = i
    cdef int slashes
    if i + 3 >= n:
        return start
    if b[i] == 104:
        i += 1
    if i + 2 < n and ((b[i] == 116 or (i > start and b[i] == 120)) and (b[i + 1] == 116 or (i > start and b[i + 1] == 120)) and b[i + 2] == 112):
        i += 3
    else:
        return start
    if i < n and b[i] == 115:
        i += 1
    if i < n and b[i] == 32:
        i += 1
    if i >= n or not (b[i] == 58 or b[i] == 59):
        return start
    i += 1
    for slashes in range(2):
        if i < n and b[i] == 32:
            i += 1
        if i >= n or b[i] != 47:
            return start
        i += 1
    if i < n and b[i] == 32:
        i += 1
    return i


cdef Py_ssize_t host_end(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Where a host that starts here ends, or -1."""
    cdef Py_ssize_t j = i, k, groups, width, best
    cdef int labels
    cdef bint letters
    # four numbers
    groups = 0
    while groups < 4:
        width = 0
        while width < 3 and digit(b, n, j):
            j += 1
            width += 1
        if width == 0:
            break
        groups += 1
        if groups == 4:
            if not (digit(b, n, j) or (j < n and b[j] == 46)):
                return j
            break
        if j >= n or b[j] != 46:
            break
        j += 1
    # labels and a top-level domain: the longest run of at most eight labels before it
    best, labels, j = -1, 0, i
    while True:
        k = j
        letters = True
        while k < n and label(b[k]):
            if not 97 <= b[k] <= 122:
                letters = False
            k += 1
        width = k - j
        if width == 0:
            break
        if labels and ((letters and 2 <= width <= 24)
                       or (5 <= width <= 63 and b[j] == 120 and b[j + 1] == 110 and b[j + 2] == 45 and b[j + 3] == 45
                           and xn_rest(b, j + 4, k))):
            best = k
        if width > 63 or labels == 8 or k >= n or b[k] != 46:
            break
        labels += 1
        j = k + 1
    if best >= 0:
        return best
    # a word of Hangul or Han and a common domain
    k = i
    while k < n and k - i < 31 and word(b[k]):
        k += 1
    if 1 <= k - i <= 30 and k < n and b[k] == 46:
        k += 1
        if k + 2 < n and ((b[k] == 99 and b[k + 1] == 111 and b[k + 2] == 109) or (b[k] == 110 and b[k + 1] == 101 and b[k + 2] == 116) or (b[k] == 111 and b[k + 1] == 114 and b[k + 2] == 103)):
            k += 3
        elif k + 1 < n and ((b[k] == 107 and b[k + 1] == 114) or (b[k] == 0xD55C and b[k + 1] == 0xAD6D) or (b[k] == 0x4E2D and b[k + 1] == 0x56FD)):
            k += 2
        else:
            return -1
        if k < n and (97 <= b[k] <= 122 or 48 <= b[k] <= 57 or b[k] == 45):
            return -1
        return k
    return -1


cdef bint xn_rest(const int32_t *b, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    """Whether the rest of a punycode label has no underscore."""
    while i < end:
        if b[i] == 95:
            return False
        i += 1
    return True


cdef Py_ssize_t digits(int32_t *b, Py_ssize_t first, Py_ssize_t last, int32_t *out, Py_ssize_t w, int *counts) noexcept nogil:
    """Copy a stretch without links: digits alike, o and l among digits as digits. Neighbours are the stretch's own."""
    cdef Py_ssize_t i = first, j, k
    cdef int32_t c
    cdef bint any_digit = False
    for i in range(first, last):
        if 48 <= b[i] <= 57:
            any_digit = True
            break
    i = first
    while i < last:
        c = b[i]
        if any_digit and (c == 111 or c == 108):
            j = i
            while j < last and (b[j] == 111 or b[j] == 108):
                j += 1
            k = j
            if i > first and 48 <= b[i - 1] <= 57:
                # after a digit, before no letter: the run, or as much of it as leaves no letter behind it
                if not (j < last and 97 <= b[j] <= 122):
                    counts[F_LETTER_DIGIT] += 1
                    while i < j:
                        out[w] = 48
                        w += 1
                        i += 1
                    continue
            if (i == first or not 97 <= b[i - 1] <= 122) and j < last and 48 <= b[j] <= 57:
                counts[F_LETTER_DIGIT] += 1
                while i < j:
                    out[w] = 48
                    w += 1
                    i += 1
                continue
            while i < k:
                out[w] = b[i]
                w += 1
                i += 1
            continue
        out[w] = 48 if 48 <= c <= 57 else c
        w += 1
        i += 1
    return w


cdef str piece(const int32_t *b, Py_ssize_t first, Py_ssize_t last):
    return PyUnicode_FromKindAndData(4, b + first, last - first)


cdef inline bint parts(int32_t c) noexcept nogil:
    """Whether a character of a path stands between its words: one of ``/?#&=.:_``."""
    return c == 47 or c == 63 or c == 35 or c == 38 or c == 61 or c == 46 or c == 58 or c == 95


cdef inline bint trails(int32_t c) noexcept nogil:
    """Whether a character behind a path is a sentence's: one of ``.,;:!?)]}>'"*``."""
    return (
        c == 46 or c == 44 or c == 59 or c == 58 or c == 33 or c == 63 or c == 41 or c == 93 or c == 125 or c == 62
        or c == 39 or c == 34 or c == 42
    )


cdef Py_ssize_t known_word(const int32_t *b, Py_ssize_t first, Py_ssize_t last) except -1:
    """The length of a stretch that is a word of paths which means something, else 0."""
    return last - first if last - first <= longest_path_word and piece(b, first, last) in path_words else 0


cdef Py_ssize_t path_words_of(const int32_t *b, Py_ssize_t first, Py_ssize_t last, int32_t *out, Py_ssize_t w) except -1:
    """Write what is kept of a path, which begins with one of ``/?#``; at most PATH characters."""
    cdef Py_ssize_t i = first, start, kept, before = -1, length
    cdef int words = 0
    cdef bint single = last - first > 1
    for start in range(first + 1, last):
        if not (97 <= b[start] <= 122 or 48 <= b[start] <= 57 or 65 <= b[start] <= 90):
            single = False
            break
    while i < last and words < 4:
        if parts(b[i]):
            i += 1
            continue
        start = i
        while i < last and not parts(b[i]):
            i += 1
        kept = 0 if single and b[first] != 47 else known_word(b, start, i)
        length = kept if kept else 1
        if words and before == length + 1 and (
            (kept and same(out + w - length, b + start, length)) or (not kept and out[w - 1] == 126)
        ):
            continue
        out[w] = 47
        w += 1
        if kept:
            memcpy(out + w, b + start, kept * sizeof(int32_t))
        else:
            out[w] = 126
        w += length
        before = length + 1
        words += 1
    return w


cdef inline bint same(const int32_t *a, const int32_t *b, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if a[i] != b[i]:
            return False
    return True


cdef Py_ssize_t links(int32_t *b, Py_ssize_t n, int32_t *out, int *counts) except -2:
    """Links to their canonical form, digits alike outside them. Returns the new length, or -1 when it grows too long."""
    cdef Py_ssize_t i = 0, w = 0, done = 0, s, h, e, port, path, end, used, length, k
    cdef int32_t c, last
    cdef int32_t canonical[SITE + PATH]
    cdef str site
    cdef bint hint = False
    for i in range(1, n - 1):
        if b[i] == 46:
            last, c = b[i - 1], b[i + 1]
            if (97 <= last <= 122 or 48 <= last <= 57 or word(last)) and (
                97 <= c <= 122 or 48 <= c <= 57 or c == 0xD55C or c == 0x4E2D
            ):
                hint = True
                break
    i = 0
    if hint:
        while i < n:
            c = b[i]
            last = b[i - 1] if i else 32
            if not (label(c) or word(c)) or (97 <= last <= 122 or 48 <= last <= 57 or last == 46 or last == 45 or last == 64):
                i += 1
                continue
            s = scheme_end(b, n, i)
            h = s
            e = host_end(b, n, s)
            if e < 0 and s > i:
                h = i
                e = host_end(b, n, i)
                s = i
            if e < 0:
                i += 1
                continue
            port = e
            if e < n and b[e] == 58:
                port = e + 1
                while port < n and port - e <= 5 and digit(b, n, port):
                    port += 1
                if port == e + 1 or digit(b, n, port):
                    port = e
            end = path = port
            if end < n and (b[end] == 47 or b[end] == 63 or b[end] == 35):
                while end < n and 33 <= b[end] <= 126:
                    end += 1
            used = end
            while used > path and trails(b[used - 1]):
                used -= 1
            key = (piece(b, h, e), (s > i) + 2 * (used > path))
            found = site_memo.get(key)
            if found is None:
                found = read_site(key[0], s > i, used > path)
                if len(site_memo) >= 4096:
                    site_memo.clear()
                site_memo[key] = found
            if found is not False:
                site, numbers = found
                length = PyUnicode_GET_LENGTH(site)
                if length > SITE:
                    return -1
                for k in range(length):
                    canonical[k] = PyUnicode_READ(PyUnicode_KIND(site), PyUnicode_DATA(site), k)
                length = path_words_of(b, path, used, canonical, length)
                if not (counts[F_LINK] and length == end - i and same(canonical, b + i, length)):
                    for number in numbers:
                        counts[<int>number] += 1
                if w + (i - done) + length + 2 > CAP:
                    return -1
                w = digits(b, done, i, out, w, counts)
                out[w] = 32
                w += 1
                memcpy(out + w, canonical, length * sizeof(int32_t))
                w += length
                out[w] = 32
                w += 1
                done = used
            i = end if end > i else i + 1
    if w + n - done > CAP:
        return -1
    return digits(b, done, n, out, w, counts)
