# What the kernel knows of a character, filled from the pure twin's own tables, and how to ask it.

DEF KINDS = 30           # features
DEF LIMIT = 0x20000      # code points with an entry; others take the slow way
DEF CAP = 4096           # characters worked on; a text that grows longer takes the slow way
DEF WIDE = 40000         # characters of the longest text once each of its ligatures is what it stands for
DEF OCTETS = 4 * CAP + 4 * KINDS + 4  # of a key, and what is written beyond them
DEF NUMERALS = 7         # spelled-out digits in a row
DEF ROUNDS = 8
DEF SITE = 160           # characters of a host as it is written; ``links.MAX_HOST`` and a scheme are fewer
DEF PATH = 128           # of a path: four words and their slashes
DEF PATH_WORD = 15       # letters of one of its words that mean something

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

# what else is asked of a folded character
DEF W_DOT = 1            # full stop, comma, and the letters that stand for a dot
DEF W_NUMERAL = 2
DEF W_HANJA = 4
DEF W_CLOTHED = 8        # a dot in other clothes may begin so

DEF MULTI = 0x40000000   # the entry is a number into `longer`
DEF MASK = 0x1FFFFF
DEF SLOW = -2            # the entry of a character that only the twin knows how to treat

cdef int32_t FOLDED[LIMIT]
cdef uint8_t KIND_OF[LIMIT]      # kind + 1, 0 = none
cdef uint8_t CLASS[LIMIT]
cdef uint8_t TRAILS[256]
cdef list longer = []
cdef uint8_t WATCH[LIMIT]        # what else
cdef uint32_t SPACED_TLD[64]
cdef int spaced_tlds = 0
cdef int F_CARRIER_TAG, F_FOREIGN_TAG, F_ADVERT, F_ADVERT_BROKEN
cdef int F_SEPARATOR, F_SPACED, F_LETTER_DIGIT, F_LINK, F_BROKEN, F_MOBILE, F_SERVICE, F_FREE, F_INTERNET, F_LANDLINE
cdef int F_LONG, F_MIXED, F_SPLIT, F_LOOKALIKE, F_NUMERAL
cdef int head_octets = 0, max_octets = 0, head_chars = 0, max_chars = 0
cdef uint8_t HIDDEN[KINDS]       # features told to people and kept from the model
cdef uint8_t TOKEN[KINDS * 7][4]  # by feature, then by how often


def setup(fold, kind, classes, trails, numbers, token_table, hidden, spaced, hanja, numeral, head, most, first_chars, most_chars):
    """Fill the tables from the pure twin's own."""
    global spaced_tlds, head_octets, max_octets, head_chars, max_chars
    global F_CARRIER_TAG, F_FOREIGN_TAG, F_ADVERT, F_ADVERT_BROKEN
    global F_SEPARATOR, F_SPACED, F_LETTER_DIGIT, F_LINK, F_BROKEN, F_MOBILE, F_SERVICE, F_FREE, F_INTERNET, F_LANDLINE
    global F_LONG, F_MIXED, F_SPLIT, F_LOOKALIKE, F_NUMERAL
    cdef int code
    for code in range(LIMIT):
        FOLDED[code] = code
        KIND_OF[code] = 0
        CLASS[code] = classes[code]
        WATCH[code] = W_DOT | W_CLOTHED if code in (46, 44, 0xC810, 0xB2F7, 0xCA5C, 0x70B9) else 0
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
    for code, why in kind.items():
        if code < LIMIT:
            KIND_OF[code] = why + 1
    for code in range(len(trails)):
        TRAILS[code] = trails[code]
    for letter in "([{d":
        WATCH[ord(letter)] |= W_CLOTHED
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
    for number in range(KINDS):
        HIDDEN[number] = number in hidden
        for often in range(1, 7):
            for octet in range(4):
                TOKEN[number * 7 + often][octet] = token_table[number][often][octet]
    head_octets, max_octets, head_chars, max_chars = head, most, first_chars, most_chars
    F_LONG = numbers["long"]
    F_MIXED = numbers["mixed_script"]
    F_SPLIT = numbers["split_jamo"]
    F_LOOKALIKE = numbers["lookalike_jamo"]
    F_NUMERAL = numbers["numeral"]
    F_SEPARATOR = numbers["separator"]
    F_CARRIER_TAG = numbers["carrier_tag"]
    F_FOREIGN_TAG = numbers["foreign_tag"]
    F_ADVERT = numbers["advert_label"]
    F_ADVERT_BROKEN = numbers["advert_label_broken"]
    F_SPACED = numbers["spaced"]
    F_LETTER_DIGIT = numbers["letter_digit"]
    F_LINK = numbers["link"]
    F_BROKEN = numbers["link_broken"]
    F_MOBILE = numbers["phone_mobile"]
    F_SERVICE = numbers["phone_service"]
    F_FREE = numbers["phone_free"]
    F_INTERNET = numbers["phone_internet"]
    F_LANDLINE = numbers["phone_landline"]
    fill_signs()
    fill_characters()


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
