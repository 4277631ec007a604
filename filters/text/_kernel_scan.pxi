# Reading a text: it is folded and its octets are written, and one look tells which passes may have anything to do.

DEF READ = 0
DEF READ_TWIN = -1       # a character that only the twin knows
DEF READ_SEVERAL = -2    # a character that becomes several: ``fold`` first

DEF RARE_SHIFT = 31      # in ``folded``: whether folding does more than to put one letter for another, or octets are four
DEF KIND_SHIFT = 24      # in ``octets``: the kind of letter above the octets, and how many these are above that
DEF WIDTH_SHIFT = 29
DEF KIND_MASK = LETTER_KINDS - 1

# What is known of a text once it was read.
cdef struct Reading:
    Py_ssize_t n          # characters
    Py_ssize_t octets     # of their dense form
    int may               # passes that may have something to do
    int seen              # what occurs at all
    Py_ssize_t found      # places to be looked at again: full stops, commas, and where telephone numbers may begin
    int16_t marks[CAP]

# What folding makes of a character and what is to be known of that, in one place: a look-up a letter.
cdef struct Character:
    uint32_t folded
    uint32_t octets

cdef Character CHARACTER[LIMIT]


cdef void fill_characters():
    cdef int32_t code, c
    cdef uint32_t octets, width
    for code in range(LIMIT):
        c = FOLDED[code]
        CHARACTER[code].folded = <uint32_t>1 << RARE_SHIFT
        CHARACTER[code].octets = 0
        if c < 0 or c & MULTI:
            continue
        octets, width = octets_of(c)
        CHARACTER[code].folded = <uint32_t>c | <uint32_t>(KIND_OF[code] > 0 or width == 4) << RARE_SHIFT
        CHARACTER[code].octets = octets | letter_kind(c) << KIND_SHIFT | width << WIDTH_SHIFT


cdef (uint32_t, uint32_t) octets_of(int32_t c) noexcept:
    """The octets of a character, see filters.text.dense, the first one lowest, and how many. Digits are alike. Of four
    only three are told: they do not go into a table."""
    cdef int32_t index
    if c < 0x80:
        return 48 if 48 <= c <= 57 else c, 1
    if 0xAC00 <= c <= 0xD7A3 or 0x4E00 <= c <= 0x9FCF:
        index = c - 0xAC00 if c >= 0xAC00 else c - 0x4E00 + 11172
        return 0x80 + index // 253 | <uint32_t>TRAILS[index % 253] << 8, 2
    if c < 0x10000:
        return 0xFF | (c >> 8) << 8 | (c & 0xFF) << 16, 3
    return 0, 4


cdef inline uint32_t four_octets(int32_t c) noexcept nogil:
    """Those of a character of plane 1, the only one beyond the first that has an entry."""
    return 0xD8FF | <uint32_t>(c >> 8 & 0xFF) << 16 | <uint32_t>(c & 0xFF) << 24


cdef bint broken_at(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Whether a full stop or comma may be the dot of a broken link."""
    cdef int before = cls(b, n, i - 1), after = cls(b, n, i + 1)
    cdef Py_ssize_t j = i + 2 if after == C_SPACE else i + 1
    if before == C_FENCE and after == C_FENCE:
        return True
    if b[i] == 44 or after == C_SPACE or before == C_SPACE:
        return (j < n and b[j] == 0xCEF4) or tld_at(b, n, j) > 0
    return False


cdef bint host_dot(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Whether a full stop may be the last one of a host: a name or the last of four numbers stands behind it."""
    cdef Py_ssize_t k = i + 1
    cdef int numbers
    if i < 1 or k >= n or not (label(b[i - 1]) or word(b[i - 1]) or decimal(b[i - 1])):
        return False
    if 97 <= b[k] <= 122:
        while k < n and 97 <= b[k] <= 122:
            k += 1
        if k - i > 2:
            return k - i <= 25 and not (k < n and (48 <= b[k] <= 57 or b[k] == 45)) or xn_at(b, n, i + 1)
        return False
    if decimal(b[k]):
        numbers, k = 2, i - 1
        while k >= 0 and i - k < 12 and (b[k] == 46 or decimal(b[k])):
            numbers += b[k] == 46
            k -= 1
        return numbers > 3
    return word(b[i - 1]) and (b[k] == 0xD55C or b[k] == 0x4E2D)


cdef void read_dots(const int32_t *b, Reading *r, const Spans *spans) noexcept nogil:
    """Say which passes may have something to do for full stops and commas, but for those in links that are settled."""
    cdef Py_ssize_t i, at, span = 0
    for i in range(r.found):
        at = r.marks[i]
        if b[at] > 46 or at >= r.n:
            continue
        while span < spans.count and spans.last[span] <= at:
            span += 1
        if span < spans.count and spans.first[span] <= at:
            continue
        if b[at] == 46 and host_dot(b, r.n, at):
            r.may |= MAY_LINK
        if broken_at(b, r.n, at):
            r.may |= MAY_REPAIR


cdef inline int read_letters(
    int kind, const void *data, Py_ssize_t first, Py_ssize_t length, int32_t *b, uint8_t *out, Reading *r, int *counts
) noexcept:
    """Read a text from a place on; ``r.seen`` says what was seen before it. Writes up to three octets beyond the end."""
    cdef Py_ssize_t i, n = 0
    cdef uint32_t code, c, last = 32, sign = 0, seen = 0, octets, width, kind_of
    cdef uint8_t *end = out
    cdef int16_t *mark = r.marks
    for i in range(first, length):
        code = PyUnicode_READ(kind, data, i)
        if kind == 4 and code >= LIMIT:
            return READ_TWIN
        c = CHARACTER[code].folded
        octets = CHARACTER[code].octets
        width = octets >> WIDTH_SHIFT
        kind_of = octets >> KIND_SHIFT & KIND_MASK
        if c >> RARE_SHIFT:
            if KIND_OF[code]:
                counts[KIND_OF[code] - 1] += 1
            if FOLDED[code] == -1:
                continue
            if FOLDED[code] == SLOW:
                return READ_TWIN
            if FOLDED[code] & MULTI:
                return READ_SEVERAL
            c = FOLDED[code]
            if width == 4:
                octets = four_octets(c)
        if (c == 32) & (last == 32):
            continue
        sign = SIGNS[(sign & 0xFFFF) + kind_of]
        seen |= sign
        mark[0] = <int16_t>n
        mark += sign >> 31
        b[n] = last = c
        n += 1
        memcpy(end, &octets, 4)
        end += width
    seen |= SIGNS[(sign & 0xFFFF) + L_SPACE]  # what a space behind it all would end
    if n and last == 32:
        n -= 1
        end -= 1
    r.n, r.octets, r.found = n, end - out, mark - r.marks
    r.seen |= seen >> 16
    r.may = seen >> 16 & MAY_ANY
    if r.seen & SEEN_HANGUL:
        if r.seen & SEEN_CONSONANT:
            r.may |= MAY_JAMO
        if r.seen & SEEN_HANJA:
            r.may |= MAY_NUMERAL
    else:
        r.may &= ~HANGUL_ONLY
    return READ


cdef int read_text(str text, Py_ssize_t first, int seen, int32_t *b, uint8_t *out, Reading *r, int *counts) except -3:
    """Fold a text from a place on, and say what may be done to it. ``seen`` is what is known to stand before."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), n
    cdef int kind = PyUnicode_KIND(text), found
    cdef const void *data = PyUnicode_DATA(text)
    cdef Spans none
    none.count = 0
    memset(counts, 0, KINDS * sizeof(int))
    r.seen = seen
    if kind == 1:  # each said apart, so that the compiler makes a loop for it
        found = read_letters(1, data, first, length, b, out, r, counts)
    elif kind == 2:
        found = read_letters(2, data, first, length, b, out, r, counts)
    else:
        found = read_letters(4, data, first, length, b, out, r, counts)
    if found == READ_SEVERAL:
        memset(counts, 0, KINDS * sizeof(int))
        n = fold(text, first, wide, WIDE, counts)
        if n < 0 or (first and n > max_chars):  # what stands before counts where it is cut
            return READ_TWIN
        n = clipped(wide, n)
        memcpy(b, wide, n * sizeof(int32_t))
        read_again(b, n, out, r, seen, &none)
        return READ
    if found == READ:
        read_dots(b, r, &none)
    return found


cdef void read_again(int32_t *b, Py_ssize_t n, uint8_t *out, Reading *r, int seen, const Spans *spans) noexcept:
    """Read a text once more that was folded before. It stays as it is, but that spaces become single."""
    cdef int counts[KINDS]  # of what folding takes away: nothing any more
    cdef Py_ssize_t i
    memset(counts, 0, sizeof(counts))
    r.seen = seen
    read_letters(4, b, 0, n, b, out, r, counts)
    read_dots(b, r, spans)
    for i in range(spans.count):
        if spans.first[i] > 1 and b[spans.first[i] - 2] == 47:
            r.may |= MAY_LINK  # what stands before a link may be a scheme
    if spans.count and r.may:
        r.may |= MAY_LINK  # digits of links are left as they are
