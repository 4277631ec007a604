# What a link is written as: its site, which is asked of the twin once and remembered, and what is kept of its path.

DEF SITES = 4096         # sites remembered: some 250 octets each
DEF WORD_SLOTS = 256     # a power of two, three times as many as there are words

# A word of paths that means something.
cdef struct PathWord:
    uint8_t length
    uint8_t letters[PATH_WORD]

cdef PathWord PATH_WORDS[WORD_SLOTS]
cdef object read_site = None
cdef dict site_memo = {}
cdef dict forgotten_sites = {}  # let go one by one: thousands at once would hold the loop for half a millisecond


cdef class Site:
    """What the twin said of a host."""

    cdef bint is_link
    cdef bint settled[2]  # whether it is read as itself, alone and with a path behind it
    cdef str text
    cdef bytes features


def setup_links(reader, words):
    """Say who is asked of a site, and which words of a path mean something."""
    global read_site
    cdef int slot, place
    read_site = reader
    memset(PATH_WORDS, 0, sizeof(PATH_WORDS))
    if len(words) > WORD_SLOTS // 2 or max(map(len, words)) > PATH_WORD:
        raise ValueError(f"words of paths: expected {WORD_SLOTS // 2} of {PATH_WORD} letters at most")
    for word in words:
        slot = 0
        for letter in word:
            slot = 31 * slot + <int>ord(letter)
        while PATH_WORDS[slot & (WORD_SLOTS - 1)].length:
            slot += 1
        slot &= WORD_SLOTS - 1
        PATH_WORDS[slot].length = len(word)
        for place in range(len(word)):
            PATH_WORDS[slot].letters[place] = ord(word[place])


cdef Site site_of(const int32_t *b, Py_ssize_t first, Py_ssize_t last, bint schemed, bint has_path):
    """What the twin says of a host."""
    global site_memo, forgotten_sites
    cdef Py_ssize_t i, length = last - first
    cdef bint narrow = True
    cdef bytes key
    cdef uint8_t *octets
    cdef Site site
    for i in range(first, last):
        narrow = narrow and b[i] < 128
    key = PyBytes_FromStringAndSize(NULL, 1 + (length if narrow else 4 * length))
    octets = <uint8_t *>PyBytes_AS_STRING(key)
    octets[0] = schemed | has_path << 1 | narrow << 2
    if narrow:
        for i in range(length):
            octets[1 + i] = <uint8_t>b[first + i]
    else:
        memcpy(octets + 1, b + first, 4 * length)
    site = <Site>site_memo.get(key)
    if site is None:
        site = Site()
        told = read_site(piece(b, first, last), schemed, has_path)
        site.is_link = told is not None
        if told is not None:
            site.text, site.features, site.settled[0], site.settled[1] = told
        if len(site_memo) >= SITES:
            forgotten_sites, site_memo = site_memo, {}
        if forgotten_sites:
            forgotten_sites.popitem()
        site_memo[key] = site
    return site


cdef str piece(const int32_t *b, Py_ssize_t first, Py_ssize_t last):
    return PyUnicode_FromKindAndData(4, b + first, last - first)


cdef inline bint same(const int32_t *a, const int32_t *b, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if a[i] != b[i]:
            return False
    return True


cdef inline bint parts(int32_t c) noexcept nogil:
    """Whether a character of a path stands between its words: one of ``/?#&=.:_``."""
    return c == 47 or c == 63 or c == 35 or c == 38 or c == 61 or c == 46 or c == 58 or c == 95


cdef inline bint trails(int32_t c) noexcept nogil:
    """Whether a character behind a path is a sentence's: one of ``.,;:!?)]}>'"*``."""
    return (
        c == 46 or c == 44 or c == 59 or c == 58 or c == 33 or c == 63 or c == 41 or c == 93 or c == 125 or c == 62
        or c == 39 or c == 34 or c == 42
    )


cdef Py_ssize_t known_word(const int32_t *b, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    """The length of a stretch that is a word of paths which means something, else 0."""
    cdef Py_ssize_t i, length = last - first
    cdef int slot = 0
    cdef PathWord *known
    if length > PATH_WORD:
        return 0
    for i in range(first, last):
        slot = 31 * slot + b[i]
    while True:
        known = &PATH_WORDS[slot & (WORD_SLOTS - 1)]
        if not known.length:
            return 0
        if known.length == length:
            i = 0
            while i < length and known.letters[i] == b[first + i]:
                i += 1
            if i == length:
                return length
        slot += 1


cdef Py_ssize_t path_words_of(const int32_t *b, Py_ssize_t first, Py_ssize_t last, int32_t *out, Py_ssize_t w) noexcept nogil:
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
