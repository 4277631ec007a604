# Reading a text: it is folded, and one look tells which of the passes may have anything to do.
#
# The signs looked for may be too many, never too few: a pass whose sign is not set would change nothing and count nothing.

DEF DOTS = 48            # full stops and commas looked at
DEF FAR = 100            # a gap between syllables that no separator spans
DEF WIDEST = 4           # the widest gap a separator spans, where a symbol is 1 and a Latin letter 2
DEF LONE = 3             # syllables that stand alone one after another: spaced out, perhaps
DEF LETTERS = 3          # words of one letter, one after another: spaced out, perhaps
DEF NUMERALS = 7         # spelled-out digits in a row

DEF MAY_MIX = 1          # a word of two scripts
DEF MAY_LABEL = 2        # a carrier's label, or an advert's
DEF MAY_JAMO = 4         # letters of a syllable that stand alone, or look-alikes of them
DEF MAY_SEPARATE = 8     # something between syllables
DEF MAY_SPACE = 16       # syllables spaced out
DEF MAY_NUMERAL = 32     # numbers in words
DEF MAY_LATIN = 64       # letters spaced out
DEF MAY_REPAIR = 128     # a dot of a link in other clothes
DEF MAY_LINK = 256
DEF MAY_DIGIT = 512      # letters among digits

DEF READ = 0
DEF READ_TWIN = -1       # a character that only the twin knows
DEF READ_SEVERAL = -2    # a character that becomes several: ``fold`` first

# What is known of a text once it was read.
cdef struct Reading:
    Py_ssize_t n          # characters
    int may               # passes that may have something to do
    int watch             # kinds of characters that occur
    Py_ssize_t number_at  # where the first telephone number may begin, -1 for none
    Py_ssize_t found      # full stops and commas
    int16_t dots[DOTS]    # where they are

# What folding makes of a character and what is to be known of that, in one place: a look-up a character, not four.
cdef struct Character:
    int32_t folded
    uint8_t kind
    uint8_t of_class
    uint8_t watch
    uint8_t unused

cdef Character CHARACTER[LIMIT]


cdef void fill_characters():
    cdef int32_t code, c
    for code in range(LIMIT):
        c = FOLDED[code]
        CHARACTER[code].folded = c
        CHARACTER[code].kind = KIND_OF[code]
        if 0 <= c < LIMIT:
            CHARACTER[code].of_class = CLASS[c]
            CHARACTER[code].watch = WATCH[c]


cdef inline bint after_fence(const int32_t *b, Py_ssize_t i) noexcept nogil:
    """Whether a bracket stands before a place, maybe with a space between."""
    if i > 0 and b[i - 1] == 32:
        i -= 1
    return i > 0 and (b[i - 1] == 91 or b[i - 1] == 40 or b[i - 1] == 60)


cdef inline bint spoken_dot(const int32_t *b, Py_ssize_t n) noexcept nogil:
    """Whether a text whose last letter is a t ends with the word ``dot``."""
    return n > 3 and b[n - 2] == 111 and b[n - 3] == 100 and b[n - 4] == 32


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
        at = r.dots[i]
        while span < spans.count and spans.last[span] <= at:
            span += 1
        if at >= r.n or (span < spans.count and spans.first[span] <= at):
            continue
        if b[at] == 46 and host_dot(b, r.n, at):
            r.may |= MAY_LINK
        if broken_at(b, r.n, at):
            r.may |= MAY_REPAIR


cdef int read_ascii(const uint8_t *data, Py_ssize_t length, int32_t *b, Reading *r) noexcept nogil:
    """Read a text in ASCII."""
    cdef Py_ssize_t i, n = 0, found = 0, number_at = -1
    cdef int32_t c, last = 32
    cdef int letters = 0, words = 0, may = 0
    for i in range(length):
        c = CHARACTER[data[i]].folded
        if 97 <= c <= 122:
            if letters == 0 and 48 <= last <= 57 and (c == 111 or c == 108):
                may |= MAY_DIGIT
            letters += 1
        else:
            if c < 0 or (c == 32 and last == 32):
                continue
            if letters:
                words = words + 1 if letters == 1 else 0
                letters = 0
                if words >= LETTERS:
                    may |= MAY_LATIN
                if c == 32 and last == 116 and spoken_dot(b, n):
                    may |= MAY_REPAIR
            if 48 <= c <= 57:
                if last == 111 or last == 108:
                    may |= MAY_DIGIT
                if c <= 49 and number_at < 0:
                    number_at = n
            elif c == 46 or c == 44:
                if found < DOTS:
                    r.dots[found] = <int16_t>n
                found += 1
        b[n] = c
        last = c
        n += 1
    if n and last == 32:
        n -= 1
    if found > DOTS:
        may |= MAY_LINK | MAY_REPAIR
        found = DOTS
    r.n, r.may, r.watch, r.number_at, r.found = n, may, 0, number_at, found
    return READ


cdef inline int read_wide(
    int kind, const void *data, Py_ssize_t first, Py_ssize_t length, int32_t *b, Reading *r, int *counts
) noexcept:
    """Read a text of any letters from a place on; ``r.watch`` says what was seen before it."""
    cdef Py_ssize_t i, n = 0, found = 0, number_at = -1
    cdef int32_t code, c, last = 32
    cdef int k, before = C_WHITE, watch = r.watch, seen, fence = 0, may = 0
    cdef int letters = 0, words = 0, gap = FAR, run = 0, chain = 0, numerals = 0
    cdef Character *known
    for i in range(first, length):
        code = PyUnicode_READ(kind, data, i)
        if code >= LIMIT:
            return READ_TWIN
        known = &CHARACTER[code]
        c = known.folded
        if known.kind:
            counts[known.kind - 1] += 1
        if c < 0:
            if c == SLOW:
                return READ_TWIN
            continue
        if c & MULTI:
            return READ_SEVERAL
        if c == 32 and last == 32:
            continue
        k = known.of_class
        seen = known.watch
        watch |= seen
        if k == C_SYLLABLE or k == C_VOWEL or k == C_CONSONANT:
            if gap and gap <= WIDEST:
                may |= MAY_SEPARATE
            gap = 0
            run += 1
            if letters:
                words = words + 1 if letters == 1 else 0
                letters = 0
            if seen & W_NUMERAL:
                numerals += 1
                if numerals >= NUMERALS:
                    may |= MAY_NUMERAL
            else:
                numerals = 0
            if c == 0xAD11:
                if fence:
                    may |= MAY_LABEL
            elif last == 0xAD6D:
                if (c == 0xC678 or c == 0xC81C or c == 0xB0B4) and after_fence(b, n - 1):
                    may |= MAY_LABEL
            elif last == 0xD574 and c == 0xC678 and after_fence(b, n - 1):
                may |= MAY_LABEL
            if seen & W_DOT and (before == C_LATIN or before == C_DIGIT or last == 45 or (
                before == C_SPACE and n > 1 and (alnum(b, n, n - 2) or b[n - 2] == 45)
            )):
                may |= MAY_REPAIR
            fence = 0
        else:
            numerals = 0
            if run:
                chain = chain + 1 if run == 1 else 0
                run = 0
                if chain >= LONE:
                    may |= MAY_SPACE
            if k == C_LATIN:
                if letters == 0 and 48 <= last <= 57 and (c == 111 or c == 108):
                    may |= MAY_DIGIT
                letters += 1
                gap += 2
                chain = 0
                if before == C_FOREIGN:
                    may |= MAY_MIX
                if fence and c == 119:
                    may |= MAY_LABEL
                fence = 0
            else:
                if letters:
                    words = words + 1 if letters == 1 else 0
                    letters = 0
                    if words >= LETTERS:
                        may |= MAY_LATIN
                    if c == 32 and last == 116 and spoken_dot(b, n):
                        may |= MAY_REPAIR
                if k == C_SPACE:
                    gap = FAR
                    fence = fence - 1 if fence else 0
                else:
                    if k == C_OTHER:
                        gap += 1
                    else:
                        gap = FAR
                        chain = 0
                    fence = 2 if c == 91 or c == 40 or c == 60 else 0
                    if k == C_DIGIT:
                        if last == 111 or last == 108:
                            may |= MAY_DIGIT
                        if c <= 49 and number_at < 0:
                            number_at = n
                    elif seen & W_DOT:
                        if c == 46 or c == 44:
                            if found < DOTS:
                                r.dots[found] = <int16_t>n
                            found += 1
                        elif before == C_LATIN or before == C_DIGIT or last == 45 or before == C_SPACE:
                            may |= MAY_REPAIR
                    elif k == C_FOREIGN and before == C_LATIN:
                        may |= MAY_MIX
        b[n] = c
        last, before = c, k
        n += 1
    if n and last == 32:
        n -= 1
    if run == 1 and chain >= LONE - 1:
        may |= MAY_SPACE
    if watch & W_HANGUL:
        if watch & W_CONSONANT:
            may |= MAY_JAMO
        if watch & W_HANJA:
            may |= MAY_NUMERAL
    if found > DOTS:
        may |= MAY_LINK | MAY_REPAIR
        found = DOTS
    r.n, r.may, r.watch, r.number_at, r.found = n, may, watch, number_at, found
    return READ


cdef int read_text(str text, Py_ssize_t first, int watch, int32_t *b, Reading *r, int *counts) except -3:
    """Fold a text from a place on, and say what may be done to it. ``watch`` is what is known to stand before."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), n
    cdef int kind = PyUnicode_KIND(text), found = READ
    cdef const void *data = PyUnicode_DATA(text)
    cdef Spans none
    none.count = 0
    if length > 4000:
        return READ_TWIN
    memset(counts, 0, KINDS * sizeof(int))
    r.watch = watch
    if PyUnicode_IS_ASCII(text):
        found = read_ascii(<const uint8_t *>data, length, b, r)
    elif kind == 2:  # nearly all: said apart, so that the compiler makes a loop for them
        found = read_wide(2, data, first, length, b, r, counts)
    else:
        found = read_wide(kind, data, first, length, b, r, counts)
    if found == READ_SEVERAL:
        memset(counts, 0, KINDS * sizeof(int))
        n = fold(text, first, b, counts)
        if n < 0:
            return READ_TWIN
        read_again(b, n, r, watch, &none)
        return READ
    if found == READ:
        read_dots(b, r, &none)
    return found


cdef void read_again(int32_t *b, Py_ssize_t n, Reading *r, int watch, const Spans *spans) noexcept:
    """Read a text once more that was folded before. It stays as it is, but that spaces become single."""
    cdef int counts[KINDS]  # of what folding takes away: nothing any more
    cdef Py_ssize_t i
    r.watch = watch
    read_wide(4, b, 0, n, b, r, counts)
    read_dots(b, r, spans)
    if spans.count:
        for i in range(spans.count):
            if spans.first[i] > 1 and b[spans.first[i] - 2] == 47:
                r.may |= MAY_LINK  # what stands before a link may be a scheme
        if r.may:
            r.may |= MAY_LINK  # digits of links are left as they are
