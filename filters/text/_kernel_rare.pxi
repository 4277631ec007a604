# The rewritings few texts need: words of two scripts, syllables taken apart, numbers in words, letters spaced out.
#
# Each works in place, as the pattern of its twin does, and counts what it found.

DEF FOREIGN_FIRST = 0x0370
DEF FOREIGN_LAST = 0x0587
DEF CONSONANT = 0x3131   # the first of the stand-alone consonants
DEF CONSONANTS = 30
DEF VOWEL = 0x314F
DEF VOWELS = 21
DEF TAILS = 28           # a syllable's tails, none of them included

cdef int32_t LATIN_OF[FOREIGN_LAST - FOREIGN_FIRST + 1]  # the Latin look-alike of a letter, 0 for none
cdef int32_t FOREIGN_OF[128]                             # the Cyrillic one
cdef int32_t VOWEL_OF[128]                               # the vowel a Latin letter or digit stands for
cdef int8_t LEAD_OF[CONSONANTS]                          # a consonant's place before the vowel, -1 for none
cdef int8_t TAIL_OF[CONSONANTS]                          # and behind it, 0 for none
cdef int8_t BOTH_OF[VOWELS * VOWELS]                     # one vowel for two, -1 for none
cdef dict hanja_to = {}


def setup_rare(to_latin, to_cyrillic, vowels, leads, tails, both, hanja):
    """Fill the tables from the pure twin's own."""
    global hanja_to
    cdef int code
    memset(LATIN_OF, 0, sizeof(LATIN_OF))
    memset(FOREIGN_OF, 0, sizeof(FOREIGN_OF))
    memset(VOWEL_OF, 0, sizeof(VOWEL_OF))
    for letter, becomes in to_latin.items():
        if not FOREIGN_FIRST <= ord(letter) <= FOREIGN_LAST:
            raise ValueError(f"{letter!r} has a Latin look-alike; expected U+{FOREIGN_FIRST:04X} to U+{FOREIGN_LAST:04X}")
        LATIN_OF[<int>ord(letter) - FOREIGN_FIRST] = ord(becomes)
    for letter, becomes in to_cyrillic.items():
        FOREIGN_OF[<int>ord(letter)] = ord(becomes)
    for letter, becomes in vowels.items():
        VOWEL_OF[<int>ord(letter)] = ord(becomes)
    for code in range(CONSONANTS):
        LEAD_OF[code] = leads.find(chr(CONSONANT + code))
        TAIL_OF[code] = max(tails.find(chr(CONSONANT + code)), 0)
    for code in range(VOWELS * VOWELS):
        joined = both.get(chr(VOWEL + code // VOWELS) + chr(VOWEL + code % VOWELS))
        BOTH_OF[code] = ord(joined) - VOWEL if joined else -1
    hanja_to = {ord(letter): ord(becomes) for letter, becomes in hanja.items()}


cdef bint unmix(int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    """Bring words of two scripts to one of them. Returns whether any was."""
    cdef Py_ssize_t i = 0, start, j
    cdef bint changed = False, latin, foreign, to_latin, to_foreign
    cdef int32_t c
    while i < n:
        start = i
        latin = foreign = False
        to_latin = to_foreign = True
        while i < n and (CLASS[b[i]] == C_LATIN or CLASS[b[i]] == C_FOREIGN):
            c = b[i]
            if CLASS[c] == C_LATIN:
                latin = True
                to_foreign = to_foreign and FOREIGN_OF[c] > 0
            else:
                foreign = True
                to_latin = to_latin and LATIN_OF[c - FOREIGN_FIRST] > 0
            i += 1
        if latin and foreign and (to_latin or to_foreign):
            for j in range(start, i):
                c = b[j]
                if to_latin and CLASS[c] == C_FOREIGN:
                    b[j] = LATIN_OF[c - FOREIGN_FIRST]
                elif not to_latin and CLASS[c] == C_LATIN:
                    b[j] = FOREIGN_OF[c]
            counts[F_MIXED] += 1
            changed = True
        if i == start:
            i += 1
    return changed


cdef bint lookalikes(int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    """Latin letters behind a consonant that stand for a vowel become it. Returns whether any did."""
    cdef Py_ssize_t i = 0
    cdef bint changed = False
    while i + 1 < n:
        if CLASS[b[i]] == C_CONSONANT and b[i + 1] < 128 and VOWEL_OF[b[i + 1]] and not alnum(b, n, i + 2):
            b[i + 1] = VOWEL_OF[b[i + 1]]
            counts[F_LOOKALIKE] += 1
            changed = True
            i += 1
        i += 1
    return changed


cdef inline bint is_vowel(const int32_t *b, Py_ssize_t end, Py_ssize_t i) noexcept nogil:
    return i < end and CLASS[b[i]] == C_VOWEL


cdef Py_ssize_t compose(int32_t *b, Py_ssize_t i, Py_ssize_t end, int32_t *out) noexcept nogil:
    """Put a run of letters together, greedily and left to right; what fits nowhere stays. Returns how many there are."""
    cdef Py_ssize_t w = 0
    cdef int lead, vowel, tail
    while i < end:
        lead = LEAD_OF[b[i] - CONSONANT] if CLASS[b[i]] == C_CONSONANT else -1
        if lead < 0 or not is_vowel(b, end, i + 1):
            out[w] = b[i]
            w += 1
            i += 1
            continue
        vowel = b[i + 1] - VOWEL
        i += 2
        if is_vowel(b, end, i) and BOTH_OF[vowel * VOWELS + b[i] - VOWEL] >= 0:
            vowel = BOTH_OF[vowel * VOWELS + b[i] - VOWEL]
            i += 1
        tail = 0
        # a consonant closes the syllable unless a vowel follows: then it opens the next one
        if i < end and CLASS[b[i]] == C_CONSONANT and not is_vowel(b, end, i + 1):
            tail = TAIL_OF[b[i] - CONSONANT]
            i += tail > 0
        out[w] = 0xAC00 + (lead * VOWELS + vowel) * TAILS + tail
        w += 1
    return w


cdef Py_ssize_t recompose(int32_t *b, Py_ssize_t n, int *counts, bint *changed) noexcept nogil:
    """Syllables out of split letters, and lone consonants to the open syllable before them. Returns the length."""
    cdef Py_ssize_t i, j, w
    cdef bint split = False, adopted = False
    for i in range(n - 1):
        if CLASS[b[i]] == C_CONSONANT and CLASS[b[i + 1]] == C_VOWEL:
            split = True
            break
    if split:
        i = w = 0
        while i < n:
            j = i
            while j < n and (CLASS[b[j]] == C_CONSONANT or CLASS[b[j]] == C_VOWEL):
                j += 1
            if j - i >= 2:
                counts[F_SPLIT] += 1
                w += compose(b, i, j, b + w)
                i = j
                continue
            b[w] = b[i]
            w += 1
            i += 1
        n = w
        changed[0] = True
    i = w = 0
    while i < n:
        b[w] = b[i]
        if CLASS[b[i]] == C_SYLLABLE and i + 2 < n and CLASS[b[i + 1]] == C_CONSONANT and CLASS[b[i + 2]] == C_SYLLABLE:
            if (b[i] - 0xAC00) % TAILS == 0 and TAIL_OF[b[i + 1] - CONSONANT]:
                b[w] = b[i] + TAIL_OF[b[i + 1] - CONSONANT]
                adopted = True
                i += 1
        w += 1
        i += 1
    if adopted:
        counts[F_SPLIT] += 1
        changed[0] = True
    return w


cdef bint numerals(int32_t *b, Py_ssize_t n, int *counts) except -1:
    """Spelled-out telephone numbers and Hanja numerals beside Hangul become digits and Hangul units."""
    cdef Py_ssize_t i, j
    cdef int run = 0, long = 0, hanja = 0
    cdef uint8_t watched
    cdef bint changed = False
    for i in range(n):
        watched = WATCH[b[i]]
        run = run + 1 if watched & W_NUMERAL else 0
        long |= run == NUMERALS
        hanja |= watched & W_HANJA
    i = 0
    while long and i < n:
        j = i
        while j < n and WATCH[b[j]] & W_NUMERAL:
            j += 1
        if j - i >= NUMERALS:
            counts[F_NUMERAL] += 1
            changed = True
            while i < j:
                b[i] = 48
                i += 1
            continue
        i = j if j > i else i + 1
    i = 0
    while hanja and i < n:
        j = i
        while j < n and WATCH[b[j]] & W_HANJA:
            j += 1
        if j > i and (digit(b, n, i - 1) or cls(b, n, i - 1) == C_SYLLABLE or cls(b, n, j) == C_SYLLABLE):
            counts[F_NUMERAL] += 1
            changed = True
            while i < j:
                b[i] = <int32_t>hanja_to[b[i]]
                i += 1
        i = j if j > i else i + 1
    return changed


cdef inline bint spacer(int32_t c) noexcept nogil:
    return (c == 32) | (c == 46) | (c == 45) | (c == 95) | (c == 42)


cdef Py_ssize_t spaced_latin(int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    """Join four or more Latin letters with one space or symbol between each two. Returns the length."""
    cdef Py_ssize_t i, w = 0, end
    cdef uint32_t spacers = 0, found = 0
    cdef int before
    for i in range(n):  # three spacers with one letter between each two
        spacers = spacers << 1 | spacer(b[i])
        found |= spacers & spacers >> 2 & spacers >> 4 & 1
    if not found:
        return n
    i = 0
    while i < n:
        before = cls(b, n, i - 1)
        if CLASS[b[i]] == C_LATIN and before != C_LATIN and before != C_DIGIT:
            end = i
            while end + 2 < n and spacer(b[end + 1]) and CLASS[b[end + 2]] == C_LATIN:
                end += 2
            if end > i and alnum(b, n, end + 1):
                end -= 2  # the last one begins a word
            if end - i >= 6:
                counts[F_SPACED] += 1
                while i <= end:
                    b[w] = b[i]
                    w += 1
                    i += 2
                i = end + 1
                continue
        b[w] = b[i]
        w += 1
        i += 1
    return w
