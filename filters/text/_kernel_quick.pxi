# The short way: most texts need nothing but folding. One pass tells whether anything else may apply; what it cannot
# rule out goes the long way, so the signs looked for here may be too many, never too few.

DEF SHORT = 960          # characters; four octets of each fit into the most a key may hold
DEF DOTS = 48            # dots and commas looked at
DEF FAR = 100            # a gap between syllables that no separator spans
DEF LONE = 3             # syllables that stand alone one after another: spaced out, perhaps
DEF NUMERALS = 7         # spelled-out digits in a row

ADVERT = "광고"

DEF WEB_LABEL = 7
DEF LETTERS = 3          # words of one letter, one after another: spaced out, perhaps

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


cdef Py_UCS4[WEB_LABEL] LABEL
for place, letter in enumerate("[Web발신]"):
    LABEL[place] = ord(letter)


cdef inline bint after_fence(const int32_t *b, Py_ssize_t i) noexcept nogil:
    """Whether a bracket stands before a place, maybe with a space between."""
    if i > 0 and b[i - 1] == 32:
        i -= 1
    return i > 0 and (b[i - 1] == 91 or b[i - 1] == 40 or b[i - 1] == 60)


cdef bint dot_matters(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Whether a full stop or comma may be part of a link, whole or broken."""
    cdef int32_t c = b[i], last, following
    cdef int before = cls(b, n, i - 1), after = cls(b, n, i + 1)
    cdef Py_ssize_t j
    if before == C_FENCE and after == C_FENCE:
        return True
    if after == C_SPACE or before == C_SPACE or c == 44:
        j = i + 2 if after == C_SPACE else i + 1
        if tld_at(b, n, j) or (j < n and b[j] == 0xCEF4):
            return True
    if c == 46 and 0 < i < n - 1:
        last, following = b[i - 1], b[i + 1]
        if (97 <= last <= 122 or 48 <= last <= 57 or word(last)) and (
            97 <= following <= 122 or 48 <= following <= 57 or following == 0xD55C or following == 0x4E2D
        ):
            return True
    return False


cdef bint plain(const int32_t *b, Py_ssize_t n, const int16_t *dots, Py_ssize_t found, Py_ssize_t digit_at, int *counts) noexcept nogil:
    """Whether no full stop or comma matters; counts telephone numbers, the first of which may begin at ``digit_at``."""
    cdef Py_ssize_t i, end
    for i in range(found):
        if dots[i] < n and dot_matters(b, n, dots[i]):
            return False
    if digit_at >= 0:
        i = digit_at
        while i < n:
            if (b[i] == 48 or b[i] == 49) and not digit(b, n, i - 1):
                end = phone_end(b, n, i)
                if end > 0:
                    counts[phone_kind(b, i)] += 1
                    i = end
                    continue
            i += 1
    return True


cdef bytes quick_ascii(const uint8_t *data, Py_ssize_t length):
    """The key of an ASCII text that only has to be folded, or None."""
    cdef int32_t b[SHORT]
    cdef int16_t dots[DOTS]
    cdef int counts[KINDS]
    cdef Py_ssize_t i, n = 0, found = 0, digit_at = -1
    cdef int32_t c, last = 32
    cdef int letters = 0, words = 0
    for i in range(length):
        c = CHARACTER[data[i]].folded
        if 97 <= c <= 122:
            if letters == 0 and 48 <= last <= 57 and (c == 111 or c == 108):
                return None  # a letter among digits
            letters += 1
        else:
            if c < 0 or (c == 32 and last == 32):
                continue
            if letters:
                words = words + 1 if letters == 1 else 0
                letters = 0
                if words >= LETTERS:
                    return None  # letters spaced out
                if c == 32 and last == 116 and n > 3 and b[n - 2] == 111 and b[n - 3] == 100 and b[n - 4] == 32:
                    return None  # " dot "
            if 48 <= c <= 57:
                if last == 111 or last == 108:
                    return None
                if c <= 49 and digit_at < 0:
                    digit_at = n
            elif c == 46 or c == 44:
                if found == DOTS:
                    return None
                dots[found] = <int16_t>n
                found += 1
        b[n] = c
        last = c
        n += 1
    if n and last == 32:
        n -= 1
    memset(counts, 0, sizeof(counts))
    return folded(b, n, counts) if plain(b, n, dots, found, digit_at, counts) else None


cdef Py_ssize_t behind_label(int kind, const void *data, Py_ssize_t length) noexcept:
    """The place behind the label that nearly every message of a web service begins with; 0 where none stands there.

    The model sees nothing of it, so the key is that of the text without it.
    """
    cdef Py_ssize_t i
    if length < WEB_LABEL or kind == 1:
        return 0
    for i in range(WEB_LABEL):
        if PyUnicode_READ(kind, data, i) != LABEL[i]:
            return 0
    return WEB_LABEL


cdef bytes quick_wide(int kind, const void *data, Py_ssize_t length):
    """The key of a text beyond ASCII that only has to be folded, or None."""
    cdef int32_t b[SHORT]
    cdef int16_t dots[DOTS]
    cdef int counts[KINDS]
    cdef Py_ssize_t i, n = 0, found = 0, digit_at = -1
    cdef int32_t code, c, last = 32
    cdef int k, before = C_WHITE, watch = 0, seen, fence = 0
    cdef int letters = 0, words = 0, gap = FAR, run = 0, chain = 0, numerals = 0
    cdef bint label = False
    cdef Character *known
    memset(counts, 0, sizeof(counts))
    for i in range(behind_label(kind, data, length), length):
        code = PyUnicode_READ(kind, data, i)
        if code >= LIMIT:
            return None
        known = &CHARACTER[code]
        c = known.folded
        if known.kind:
            counts[known.kind - 1] += 1
        if c < 0:
            if c == SLOW:
                return None
            continue
        if c & MULTI:
            return None
        if c == 32 and last == 32:
            continue
        k = known.of_class
        seen = known.watch
        watch |= seen
        if k == C_SYLLABLE or k == C_VOWEL or k == C_CONSONANT:
            if gap and gap <= 3:
                return None  # something between syllables
            gap = 0
            run += 1
            if letters:
                words = words + 1 if letters == 1 else 0
                letters = 0
            if seen & W_NUMERAL:
                numerals += 1
                if numerals >= NUMERALS:
                    return None
            else:
                numerals = 0
            if c == 0xAD11:
                if fence:
                    label = True
            elif last == 0xAD6D:
                if c == 0xC678 or c == 0xC81C or c == 0xB0B4:
                    label = label or after_fence(b, n - 1)
            elif last == 0xD574 and c == 0xC678:
                label = label or after_fence(b, n - 1)
            if last == 0xAD11 and c == 0xACE0:
                return None  # an advert, perhaps labelled
            if seen & W_DOT and (before == C_LATIN or before == C_DIGIT or last == 45 or (
                before == C_SPACE and n > 1 and (alnum(b, n, n - 2) or b[n - 2] == 45)
            )):
                return None  # a dot in other clothes
            fence = 0
        else:
            numerals = 0
            if run:
                chain = chain + 1 if run == 1 else 0
                run = 0
                if chain >= LONE:
                    return None  # syllables spaced out
            if k == C_LATIN:
                if letters == 0 and 48 <= last <= 57 and (c == 111 or c == 108):
                    return None
                letters += 1
                gap += 1
                chain = 0
                if fence and c == 119:
                    label = True
                fence = 0
            else:
                if letters:
                    words = words + 1 if letters == 1 else 0
                    letters = 0
                    if words >= LETTERS:
                        return None
                    if c == 32 and last == 116 and n > 3 and b[n - 2] == 111 and b[n - 3] == 100 and b[n - 4] == 32:
                        return None
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
                            return None
                        if c <= 49 and digit_at < 0:
                            digit_at = n
                    elif seen & W_DOT:
                        if c == 46 or c == 44:
                            if found == DOTS:
                                return None
                            dots[found] = <int16_t>n
                            found += 1
                        elif before == C_LATIN or before == C_DIGIT or last == 45 or before == C_SPACE:
                            return None
        b[n] = c
        last, before = c, k
        n += 1
    if n and last == 32:
        n -= 1
    if run == 1 and chain >= LONE - 1:
        return None
    if watch & (W_CONSONANT | W_FOREIGN) or (watch & W_HANGUL and (label or watch & W_HANJA)):
        return None
    return folded(b, n, counts) if plain(b, n, dots, found, digit_at, counts) else None


cdef bytes quick(str text):
    """The key of a text that only has to be folded, or None."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text)
    if length > SHORT or length == 0:
        return None
    if PyUnicode_IS_ASCII(text):
        return quick_ascii(<const uint8_t *>PyUnicode_DATA(text), length)
    return quick_wide(PyUnicode_KIND(text), PyUnicode_DATA(text), length)


cdef bytes folded(const int32_t *b, Py_ssize_t n, const int *counts):
    """The key: the text's octets with digits alike, then the tokens of what was counted."""
    cdef uint8_t buffer[SHORT * 4 + KINDS * 4]
    cdef Py_ssize_t i, w = 0
    cdef int32_t c, index
    for i in range(n):
        c = b[i]
        if c < 0x80:
            buffer[w] = 48 if 48 <= c <= 57 else c
            w += 1
        elif 0xAC00 <= c <= 0xD7A3 or 0x4E00 <= c <= 0x9FCF:
            index = c - 0xAC00 if c >= 0xAC00 else c - 0x4E00 + 11172
            buffer[w] = 0x80 + index // 253
            buffer[w + 1] = TRAILS[index % 253]
            w += 2
        elif c < 0x10000:
            buffer[w] = 0xFF
            buffer[w + 1] = c >> 8
            buffer[w + 2] = c & 0xFF
            w += 3
        else:
            buffer[w] = 0xFF
            buffer[w + 1] = 0xD8
            buffer[w + 2] = (c >> 8) & 0xFF
            buffer[w + 3] = c & 0xFF
            w += 4
    return PyBytes_FromStringAndSize(<char *>buffer, w + tokens_of(counts, buffer + w))


cdef bint lawful_label(int kind, const void *data, Py_ssize_t length) noexcept:
    """Whether a text begins with the unbroken advert label, behind a carrier's at most: ``normalise._LAWFUL_LABEL``."""
    cdef Py_ssize_t i = white_end(kind, data, length, 0), start = i
    cdef Py_UCS4 opening
    if i < length and PyUnicode_READ(kind, data, i) == 91:
        start = i + 1
        while i < length and i - start <= 10 and PyUnicode_READ(kind, data, i) != 93:
            i += 1
        if i < length and PyUnicode_READ(kind, data, i) == 93 and 3 <= i - start <= 10 and (
            PyUnicode_READ(kind, data, i - 2) == 0xBC1C and PyUnicode_READ(kind, data, i - 1) == 0xC2E0
        ):
            start = white_end(kind, data, length, i + 1)
        else:
            start -= 1
    if start + 3 >= length:
        return False
    opening = PyUnicode_READ(kind, data, start)
    return (
        (opening == 40 or opening == 91)
        and PyUnicode_READ(kind, data, start + 1) == 0xAD11
        and PyUnicode_READ(kind, data, start + 2) == 0xACE0
        and (PyUnicode_READ(kind, data, start + 3) == 41 or PyUnicode_READ(kind, data, start + 3) == 93)
    )


cdef Py_ssize_t white_end(int kind, const void *data, Py_ssize_t length, Py_ssize_t i) noexcept:
    while i < length and Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, i)):
        i += 1
    return i


cdef bytes lengthy(str text):
    """The key of a text that has to be rewritten, or None where the twin must do it."""
    cdef int32_t one[CAP]
    cdef int counts[KINDS]
    cdef Py_ssize_t n
    cdef int labelled = 0
    if ADVERT in text and lawful_label(PyUnicode_KIND(text), PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)):
        labelled = F_ADVERT + 1
    n = rewrite(text, labelled, one, counts)
    return dense(one, n, told(counts)) if n >= 0 else None


def keys(list texts not None, slow):
    """The key of each text; ``slow`` makes those that the kernel cannot."""
    cdef list made = []
    cdef bytes key
    cdef object text
    for text in texts:
        key = quick(<str?>text)
        if key is None:
            key = lengthy(<str>text)
        made.append(slow(text) if key is None else key)
    return made
