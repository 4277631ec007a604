# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The normaliser's hot part in C: one text to its key, for all but the rare rewritings.

``prepare`` returns what ``filters.text.normalise`` would, or None where a text needs one of the rare rewritings (split
jamo, mixed scripts, broken links, labels): the pure twin then does all of it. The twin is the definition; a
differential test holds the two together.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.string cimport memcpy, memmove

cdef extern from "Python.h":
    object PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)

NAME = "cython"

DEF LIMIT = 0x20000      # code points with an entry; others take the slow way
DEF CAP = 4096           # characters worked on; longer texts take the slow way
DEF ROUNDS = 8
DEF KINDS = 30

# classes of folded characters
DEF C_OTHER = 0          # a symbol that may be dropped between syllables
DEF C_SPACE = 1
DEF C_DIGIT = 2
DEF C_LATIN = 3
DEF C_SYLLABLE = 4
DEF C_CONSONANT = 5
DEF C_VOWEL = 6
DEF C_FENCE = 7          # brackets and quotes
DEF C_WORD = 8           # any other letter or digit
DEF C_FOREIGN = 9        # Cyrillic, Greek, Armenian
DEF C_HAN = 10
DEF C_WHITE = 11         # other white space (none survives folding)

# what the passes look for
DEF W_HANGUL = 1
DEF W_CONSONANT = 2
DEF W_FOREIGN = 4
DEF W_FENCE = 8
DEF W_DIGIT = 16
DEF W_DOT = 32           # full stop, comma, and the syllables that stand for a dot
DEF W_NUMERAL = 64
DEF W_HANJA = 128

DEF MULTI = 0x40000000   # the entry is a number into `longer`
DEF MASK = 0x1FFFFF
DEF SLOW = -2            # the entry of a character that only the twin knows how to treat

cdef int32_t FOLDED[LIMIT]
cdef uint8_t KIND_OF[LIMIT]      # kind + 1, 0 = none
cdef uint8_t CLASS[LIMIT]
cdef uint8_t TRAILS[256]
cdef list longer = []
cdef object read_link = None
cdef dict link_memo = {}
cdef uint8_t WATCH[LIMIT]        # which passes a folded character calls for
cdef uint32_t SPACED_TLD[64]
cdef int spaced_tlds = 0
cdef int F_CARRIER_TAG, F_FOREIGN_TAG, F_ADVERT, F_ADVERT_BROKEN
cdef int F_SEPARATOR, F_SPACED, F_LETTER_DIGIT, F_LINK, F_MOBILE, F_SERVICE, F_FREE, F_INTERNET, F_LANDLINE
cdef list tokens = []
cdef set unseen = set()
cdef int head_octets = 0, max_octets = 0


def setup(fold, kind, classes, trails, reader, numbers, token_table, hidden, spaced, hanja, numeral, slow, head, most):
    """Fill the tables from the pure twin's own."""
    global read_link, spaced_tlds, head_octets, max_octets, tokens, unseen
    global F_CARRIER_TAG, F_FOREIGN_TAG, F_ADVERT, F_ADVERT_BROKEN
    global F_SEPARATOR, F_SPACED, F_LETTER_DIGIT, F_LINK, F_MOBILE, F_SERVICE, F_FREE, F_INTERNET, F_LANDLINE
    cdef int code
    for code in range(LIMIT):
        FOLDED[code] = code
        KIND_OF[code] = 0
        CLASS[code] = classes[code]
        WATCH[code] = (
            (W_HANGUL if C_SYLLABLE <= CLASS[code] <= C_VOWEL else 0)
            | (W_CONSONANT if CLASS[code] == C_CONSONANT else 0)
            | (W_FOREIGN if CLASS[code] == C_FOREIGN else 0)
            | (W_FENCE if CLASS[code] == C_FENCE else 0)
            | (W_DIGIT if CLASS[code] == C_DIGIT else 0)
            | (W_DOT if code in (46, 44, 0xC810, 0xB2F7, 0xCA5C, 0x70B9) else 0)
        )
    for code, text in fold.items():
        if code >= LIMIT:
            continue
        if any(ord(letter) >= LIMIT for letter in text):
            FOLDED[code] = SLOW
        elif len(text) == 0:
            FOLDED[code] = -1
        elif len(text) == 1:
            FOLDED[code] = ord(text)
        else:
            longer.append(text)
            FOLDED[code] = MULTI | (len(longer) - 1)
    for code in slow:
        FOLDED[code] = SLOW
    for code, why in kind.items():
        if code < LIMIT:
            KIND_OF[code] = why + 1
    for code in range(len(trails)):
        TRAILS[code] = trails[code]
    for letter in hanja:
        WATCH[ord(letter)] |= W_HANJA
    for letter in numeral:
        WATCH[ord(letter)] |= W_NUMERAL
    for word in spaced:
        value = 0
        for letter in word:
            value = value << 8 | ord(letter)
        SPACED_TLD[spaced_tlds] = value
        spaced_tlds += 1
    read_link = reader
    tokens = token_table
    unseen = set(hidden)
    head_octets, max_octets = head, most
    F_SEPARATOR = numbers["separator"]
    F_CARRIER_TAG = numbers["carrier_tag"]
    F_FOREIGN_TAG = numbers["foreign_tag"]
    F_ADVERT = numbers["advert_label"]
    F_ADVERT_BROKEN = numbers["advert_label_broken"]
    F_SPACED = numbers["spaced"]
    F_LETTER_DIGIT = numbers["letter_digit"]
    F_LINK = numbers["link"]
    F_MOBILE = numbers["phone_mobile"]
    F_SERVICE = numbers["phone_service"]
    F_FREE = numbers["phone_free"]
    F_INTERNET = numbers["phone_internet"]
    F_LANDLINE = numbers["phone_landline"]


cdef inline int cls(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The class at a place; white space beyond both ends."""
    if i < 0 or i >= n:
        return C_WHITE
    return CLASS[b[i]] if b[i] < LIMIT else C_OTHER


cdef inline bint hangul(int c) noexcept nogil:
    return c == C_SYLLABLE or c == C_CONSONANT or c == C_VOWEL


cdef inline bint symbol(int c) noexcept nogil:
    return c == C_OTHER


cdef inline bint alnum(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    cdef int c = cls(b, n, i)
    return c == C_LATIN or c == C_DIGIT


cdef inline bint digit(const int32_t *b, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    return 0 <= i < n and 48 <= b[i] <= 57


cdef Py_ssize_t fold(str text, int32_t *out, int *counts, int *watch) except -2:
    """Fold, collapse spaces, count kinds. Returns the length, or -1 for the slow way."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, n = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef int32_t code, becomes, c
    cdef str several
    cdef int seen = 0
    if length > 4000:
        return -1
    for i in range(length):
        code = PyUnicode_READ(kind, data, i)
        if code >= LIMIT:
            return -1
        if KIND_OF[code]:
            counts[KIND_OF[code] - 1] += 1
        becomes = FOLDED[code]
        if becomes < 0:
            if becomes == SLOW:
                return -1
            continue
        if becomes & MULTI:
            several = longer[becomes & MASK]
            if n + len(several) > 4000:
                return -1
            for character in several:
                c = <int32_t>(<Py_UCS4>character)
                if c == 32 and (n == 0 or out[n - 1] == 32):
                    continue
                seen |= WATCH[c]
                out[n] = c
                n += 1
            continue
        if becomes == 32 and (n == 0 or out[n - 1] == 32):
            continue
        if n >= 4000:
            return -1
        seen |= WATCH[becomes]
        out[n] = becomes
        n += 1
    if n and out[n - 1] == 32:
        n -= 1
    watch[0] = seen
    return n


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


cdef void phones(const int32_t *b, Py_ssize_t n, int *counts) noexcept nogil:
    cdef Py_ssize_t i = 0, end
    while i < n:
        if (b[i] == 48 or b[i] == 49) and not digit(b, n, i - 1):
            end = phone_end(b, n, i)
            if end > 0:
                if b[i] == 49:
                    counts[F_SERVICE] += 1
                elif b[i + 1] == 49:
                    counts[F_MOBILE] += 1
                elif b[i + 1] == 56:
                    counts[F_FREE] += 1
                elif b[i + 1] == 55:
                    counts[F_INTERNET] += 1
                else:
                    counts[F_LANDLINE] += 1
                i = end
                continue
        i += 1


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


cdef Py_ssize_t links(int32_t *b, Py_ssize_t n, int32_t *out, int *counts) except -2:
    """Links to their canonical form, digits alike outside them. Returns the new length, or -1 when it grows too long."""
    cdef Py_ssize_t i = 0, w = 0, done = 0, s, h, e, port, path, end
    cdef int32_t c, last
    cdef str canonical
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
            key = (piece(b, h, e), piece(b, path, end), s > i)
            found = link_memo.get(key)
            if found is None:
                found = read_link(*key)
                if len(link_memo) >= 4096:
                    link_memo.clear()
                link_memo[key] = found
            if found is not False:
                canonical, used, numbers = found
                if not (counts[F_LINK] and canonical == piece(b, i, end)):
                    for number in numbers:
                        counts[<int>number] += 1
                if w + (i - done) + PyUnicode_GET_LENGTH(canonical) + 2 > CAP:
                    return -1
                w = digits(b, done, i, out, w, counts)
                out[w] = 32
                w += 1
                for character in canonical:
                    out[w] = <int32_t>(<Py_UCS4>character)
                    w += 1
                out[w] = 32
                w += 1
                done = path + <Py_ssize_t>used
            i = end if end > i else i + 1
    if w + n - done > CAP:
        return -1
    return digits(b, done, n, out, w, counts)


cdef Py_ssize_t squeeze(int32_t *b, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i, w = 0
    for i in range(n):
        if b[i] == 32 and (w == 0 or b[w - 1] == 32):
            continue
        b[w] = b[i]
        w += 1
    if w and b[w - 1] == 32:
        w -= 1
    return w


cdef bytes dense(const int32_t *b, Py_ssize_t n, bytes tail):
    """The octets of a text, see filters.text.dense, with the feature tokens behind."""
    cdef uint8_t buffer[CAP * 4]
    cdef Py_ssize_t i, w = 0
    cdef int32_t c, index
    for i in range(n):
        c = b[i]
        if c < 0x80:
            buffer[w] = c
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
        else:  # plane 1: others took the slow way
            buffer[w] = 0xFF
            buffer[w + 1] = 0xD8
            buffer[w + 2] = (c >> 8) & 0xFF
            buffer[w + 3] = c & 0xFF
            w += 4
    if w > max_octets:
        memmove(buffer + head_octets, buffer + w - (max_octets - head_octets), max_octets - head_octets)
        w = max_octets
    cdef bytes out = PyBytes_FromStringAndSize(NULL, w + len(tail))
    memcpy(PyBytes_AS_STRING(out), buffer, w)
    memcpy(PyBytes_AS_STRING(out) + w, PyBytes_AS_STRING(tail), len(tail))
    return out


cdef inline int bucket(int count) noexcept nogil:
    return (count >= 1) + (count >= 2) + (count >= 3) + (count >= 5) + (count >= 9) + (count >= 17)


cdef bint unchanged(const int32_t *a, Py_ssize_t n, const int32_t *b, Py_ssize_t m) noexcept nogil:
    """Whether two texts are the same, or the same but for digits folded everywhere: nothing new can come of that."""
    cdef Py_ssize_t i
    cdef bint same = n == m, folded = n == m
    for i in range(n if same else 0):
        if a[i] != b[i]:
            same = False
        if (48 if 48 <= a[i] <= 57 else a[i]) != b[i]:
            folded = False
        if not (same or folded):
            return False
    return same or folded


def prepare(str text not None, int labelled):
    """(key, text, [(feature, count), …]), or None where the twin must do it. ``labelled`` is the count of one feature
    found by the caller: number + 1, or 0."""
    cdef int32_t one[CAP]
    cdef int32_t two[CAP]
    cdef int counts[KINDS]
    cdef int32_t three[CAP]
    cdef Py_ssize_t n, m, i, rounds
    cdef int watch = 0
    cdef bint settled
    for i in range(KINDS):
        counts[i] = 0
    n = fold(text, one, counts, &watch)
    if n < 0:
        return None
    if labelled:
        counts[labelled - 1] += 1
    if watch & W_DIGIT:
        phones(one, n, counts)
    # rewriting adds no kind of character that was not there, so what was seen when folding says which passes to skip
    for rounds in range(ROUNDS):
        memcpy(two, one, n * sizeof(int32_t))
        m = n
        if watch & W_HANGUL and watch & W_FENCE:
            m = labels(two, m, counts, False)
            m = labels(two, m, counts, True)
        if watch & (W_CONSONANT | W_FOREIGN) and rare_before(two, m):
            return None
        if watch & W_HANGUL:
            m = separators(two, m, counts)
            m = spaced(two, m, counts)
        if watch & (W_CONSONANT | W_DOT | W_NUMERAL | W_HANJA) and rare_after(two, m, watch & W_HANGUL):
            return None
        if spaced_latin(two, m):
            return None
        if watch & (W_DIGIT | W_DOT):
            m = links(two, m, three, counts)
            if m < 0:
                return None
            m = squeeze(three, m)
            if m > 4000:
                return None
            settled = unchanged(one, n, three, m)
            memcpy(one, three, m * sizeof(int32_t))
        else:
            m = squeeze(two, m)
            settled = unchanged(one, n, two, m)
            memcpy(one, two, m * sizeof(int32_t))
        n = m
        if settled:
            break
    pairs = [(i, counts[i]) for i in range(KINDS) if counts[i]]
    tail = b"".join([(<list>tokens[number])[bucket(count)] for number, count in pairs if number not in unseen]) if pairs else b""
    return dense(one, n, tail), piece(one, 0, n), pairs
