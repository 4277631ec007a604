# Links, and digits outside them.

cdef extern from *:
    """
    #include <wchar.h>

    /* The first full stop of so many characters, or NULL. */
    static const int32_t *stop_in(const int32_t *b, Py_ssize_t n) {
    #if WCHAR_MAX > 0xFFFF
        return n > 0 ? (const int32_t *) wmemchr((const wchar_t *) b, L'.', (size_t) n) : NULL;
    #else
        for (; n > 0; b++, n--)
            if (*b == '.')
                return b;
        return NULL;
    #endif
    }
    """
    const int32_t *stop_in(const int32_t *b, Py_ssize_t n) noexcept nogil

DEF SPANS = 16           # links that another round need not look at

# Where links stand that are read as themselves: another round would change nothing in them.
cdef struct Spans:
    Py_ssize_t count
    Py_ssize_t first[SPANS]
    Py_ssize_t last[SPANS]


cdef inline bint label(int32_t c) noexcept nogil:
    return 97 <= c <= 122 or 48 <= c <= 57 or c == 95 or c == 45


cdef inline bint word(int32_t c) noexcept nogil:
    return 0xAC00 <= c <= 0xD7A3 or 0x4E00 <= c <= 0x9FFF


cdef inline bint decimal(int32_t c) noexcept nogil:
    """Whether a character is a digit of any script, as patterns see it."""
    return 48 <= c <= 57 or (c > 127 and CLASS[c] == C_WORD and Py_UNICODE_ISDECIMAL(<Py_UCS4>c))


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
        while width < 3 and j < n and decimal(b[j]):
            j += 1
            width += 1
        if width == 0:
            break
        groups += 1
        if groups == 4:
            if not (j < n and (decimal(b[j]) or b[j] == 46)):
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
        if labels and ((letters and 2 <= width <= 24) or (5 <= width <= 63 and xn_at(b, n, j) and xn_rest(b, j + 4, k))):
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


cdef inline bint xn_at(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Whether a punycode label may start here."""
    return i + 3 < n and b[i] == 120 and b[i + 1] == 110 and b[i + 2] == 45 and b[i + 3] == 45


cdef bint xn_rest(const int32_t *b, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    """Whether the rest of a punycode label has no underscore."""
    while i < end:
        if b[i] == 95:
            return False
        i += 1
    return True


cdef Py_ssize_t digits(const int32_t *b, Py_ssize_t first, Py_ssize_t last, int32_t *out, Py_ssize_t w, int *counts) noexcept nogil:
    """Copy a stretch without links: digits alike, o and l among digits as digits. Neighbours are the stretch's own."""
    cdef Py_ssize_t i, j, k, n = last - first
    cdef const int32_t *own = b + first
    cdef int32_t *made = out + w
    cdef int32_t c
    cdef int beside = 0  # whether an o or an l stands beside a digit
    # without a branch, so that the compiler makes several letters at a time of it
    for i in range(n):
        made[i] = 48 if <uint32_t>(own[i] - 48) < 10 else own[i]
    for i in range(1, n):
        beside |= ((made[i] == 48) & ((own[i - 1] == 111) | (own[i - 1] == 108))) | (
            (made[i - 1] == 48) & ((own[i] == 111) | (own[i] == 108))
        )
    if not beside:
        return w + n
    i = first
    while i < last:
        c = b[i]
        if c != 111 and c != 108:
            i += 1
            continue
        j = i
        while j < last and (b[j] == 111 or b[j] == 108):
            j += 1
        # after a digit and before no letter, or the other way round: the whole run
        if (i > first and 48 <= b[i - 1] <= 57 and not (j < last and 97 <= b[j] <= 122)) or (
            (i == first or not 97 <= b[i - 1] <= 122) and j < last and 48 <= b[j] <= 57
        ):
            counts[F_LETTER_DIGIT] += 1
            for k in range(i, j):
                out[w + k - first] = 48
        i = j
    return w + last - first


cdef Py_ssize_t next_dot(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The next full stop from a place on that has something before and behind it, or n."""
    cdef const int32_t *found
    i = i if i > 1 else 1
    found = stop_in(b + i, n - 1 - i)
    return found - b if found is not NULL else n


cdef Py_ssize_t link_start(const int32_t *b, Py_ssize_t first, Py_ssize_t dot) noexcept nogil:
    """The first place from which a link may reach a full stop, the next one: its first label holds none."""
    cdef Py_ssize_t i = dot, most
    while i > first and (label(b[i - 1]) or word(b[i - 1]) or decimal(b[i - 1])):
        i -= 1
    most = i - 12 if i - 12 > first else first  # a scheme, with spaces
    while i > most and (b[i - 1] == 32 or b[i - 1] == 47 or b[i - 1] == 58 or b[i - 1] == 59 or 97 <= b[i - 1] <= 122):
        i -= 1
    return i


cdef bint hinted(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether a text can hold a link at all, as ``links.has_hint`` says."""
    cdef Py_ssize_t i = next_dot(b, n, 1)
    cdef int32_t c, last
    while i < n:
        last, c = b[i - 1], b[i + 1]
        if (97 <= last <= 122 or 48 <= last <= 57 or word(last)) and (
            97 <= c <= 122 or 48 <= c <= 57 or c == 0xD55C or c == 0x4E2D
        ):
            return True
        i = next_dot(b, n, i + 1)
    return False


cdef Py_ssize_t links(const int32_t *b, Py_ssize_t n, int32_t *out, int *counts, Spans *spans) except -2:
    """Links to their canonical form with single spaces around, digits alike outside them. Returns the new length, or
    -1 when it grows too long."""
    cdef Py_ssize_t i = 0, w = 0, done = 0, s, h, e, port, path, end, used, length, k, dot
    cdef int32_t last
    cdef int32_t canonical[SITE + PATH]
    cdef Site site
    dot = next_dot(b, n, 1) if hinted(b, n) else n
    if dot < n:
        i = link_start(b, 0, dot)
    while i < n and dot < n:
        if i > dot:
            dot = next_dot(b, n, i)
            if dot < n:
                i = link_start(b, i, dot)
            continue
        last = b[i - 1] if i else 32
        if not (label(b[i]) or word(b[i]) or decimal(b[i])) or (
            97 <= last <= 122 or 48 <= last <= 57 or last == 46 or last == 45 or last == 64
        ):
            i += 1
            continue
        s = scheme_end(b, n, i)
        h = s
        e = host_end(b, n, s)
        if e < 0 and s > i:
            h = s = i
            e = host_end(b, n, i)
        if e < 0:
            i += 1
            continue
        port = e
        if e < n and b[e] == 58:
            port = e + 1
            while port < n and port - e <= 5 and decimal(b[port]):
                port += 1
            if port == e + 1 or (port < n and decimal(b[port])):
                port = e
        end = path = port
        if end < n and (b[end] == 47 or b[end] == 63 or b[end] == 35):
            while end < n and 33 <= b[end] <= 126:
                end += 1
        used = end
        while used > path and trails(b[used - 1]):
            used -= 1
        site = site_of(b, h, e, s > i, used > path)
        if site.is_link:
            length = PyUnicode_GET_LENGTH(site.text)
            if length > SITE:
                return -1
            for k in range(length):
                canonical[k] = PyUnicode_READ(PyUnicode_KIND(site.text), PyUnicode_DATA(site.text), k)
            k = length
            length = path_words_of(b, path, used, canonical, length)
            if not (counts[F_LINK] and length == end - i and same(canonical, b + i, length)):
                for feature in site.features:
                    counts[<int>feature] += 1
            if w + (i - done) + length + 2 > CAP:
                return -1
            w = digits(b, done, i, out, w, counts)
            if w and out[w - 1] != 32:
                out[w] = 32
                w += 1
            if site.settled[length > k] and spans.count < SPANS:
                spans.first[spans.count], spans.last[spans.count] = w, w + length
                spans.count += 1
            memcpy(out + w, canonical, length * sizeof(int32_t))
            w += length
            out[w] = 32
            w += 1
            done = used + 1 if used < n and b[used] == 32 else used
        i = end if end > i else i + 1
    if done > n:
        done = n
    if w + n - done > CAP:
        return -1
    return digits(b, done, n, out, w, counts)
