# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The links of plain texts, compiled: those that stand there as they would be typed, and nothing in disguise around.

Whatever may be more than that is left to ``filters.urls``, which is the definition.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ, PyUnicode_Substring
from libc.stdint cimport int32_t, uint8_t

NAME = "cython"

# Classes of characters. The higher ones are ASCII and seen, and make up words.
DEF ODD = 0        # in disguise, or a sign of one: for the definition to read
DEF OTHER = 1
DEF BLANK = 2
DEF DOT_WORD = 3   # what people say for a dot
DEF COM_WORD = 4   # what people say for "com", or a country in their own letters
DEF LETTER = 5     # a to z
DEF CAPITAL = 6
DEF DIGIT = 7
DEF HYPHEN = 8
DEF DOT = 9
DEF COMMA = 10
DEF COLON = 11     # or a semicolon
DEF SLASH = 12
DEF PATH = 13      # what a parser leaves as it is in a path, beside letters, digits and those above
DEF QUERY = 14     # what ends a path
DEF OPENER = 15    # a bracket
DEF MARK = 16

DEF LONGEST_TEXT = 4000
DEF MARGIN = 2          # places beyond either end of a text that may be asked about
DEF LONGEST = 400       # characters of a link; the definition reads 512
DEF LONGEST_LABEL = 63
DEF MOST_LABELS = 8     # before the last

cdef uint8_t CLASS[0x10000]
cdef uint8_t SIGNS[MARK + 1]   # whether a character of a class may be part of a link: blanks, digits and others are not
cdef uint8_t TRAILS[128]   # whether a character behind a link is not the link's
cdef object strong = frozenset()


def setup(bytes classes not None, str trailing not None, strong_tlds):
    """Say what the characters are, which of them trail behind a link, and which last labels make a name a link."""
    global strong
    cdef Py_ssize_t place
    for place in range(MARK + 1):
        SIGNS[place] = place in (ODD, DOT_WORD, LETTER, CAPITAL, DOT, COMMA, SLASH)
    for place in range(0x10000):
        CLASS[place] = classes[place]
    for letter in trailing:
        TRAILS[ord(letter)] = True
    strong = frozenset(strong_tlds)


cdef struct Text:
    int kind
    const void* data
    const uint8_t* classes
    Py_ssize_t length


cdef inline int32_t at(const Text* text, Py_ssize_t place) noexcept:
    return PyUnicode_READ(text.kind, text.data, place) if 0 <= place < text.length else 32


cdef inline int of(const Text* text, Py_ssize_t place) noexcept:
    """The class of the character at a place; beyond the text all is blank."""
    return text.classes[place]


cdef bint classify(const Text* text, uint8_t* classes) noexcept:
    """Find the classes of all characters. Whether there may be a link, or anything that may be a part of one."""
    cdef Py_ssize_t i
    cdef int signs = 0
    for i in range(text.length):
        classes[i] = CLASS[PyUnicode_READ(text.kind, text.data, i)]
        signs |= SIGNS[classes[i]]
    for i in range(MARGIN):
        classes[-1 - i] = classes[text.length + i] = BLANK
    return signs


cdef inline bint begins_name(int seen) noexcept:
    return seen == LETTER or seen == CAPITAL or seen == COM_WORD


cdef inline int behind_blank(const Text* text, Py_ssize_t place) noexcept:
    """The class of the character at a place, or of the one behind it where a blank stands there."""
    cdef int seen = of(text, place)
    return of(text, place + 1) if seen == BLANK else seen


cdef inline bint starts(const Text* text, Py_ssize_t place, const char* word, Py_ssize_t length) noexcept:
    cdef Py_ssize_t i
    for i in range(length):
        if at(text, place + i) != word[i]:
            return False
    return True


cdef Py_ssize_t host_end(const Text* text, Py_ssize_t start, Py_ssize_t end, Py_ssize_t* last) noexcept:
    """Where a plain name of a host ends, -1 where there is none; ``last`` is where its last label begins."""
    cdef Py_ssize_t i = start, label = start
    cdef int seen, labels = 0, letters = 0, others = 0  # of the present label
    while i < end:
        seen = of(text, i)
        if seen == LETTER:
            letters += 1
        elif seen == DOT:
            if i == label or i - label > LONGEST_LABEL or of(text, i - 1) == HYPHEN or of(text, i + 1) == HYPHEN:
                return -1
            if labels == 0 and letters == 0:
                return -1  # an address, maybe
            labels += 1
            label = i + 1
            letters = others = 0
        elif seen == DIGIT or seen == HYPHEN:
            if seen == HYPHEN and of(text, i - 1) == HYPHEN:
                return -1  # a name in other letters, maybe
            others += 1
        else:
            break
        i += 1
    if labels == 0 or labels > MOST_LABELS or others or not 2 <= letters <= 24 or of(text, start) == HYPHEN:
        return -1
    last[0] = label
    return i


cdef Py_ssize_t path_end(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Where a path ends that a parser leaves as it is, -1 where it may not."""
    cdef Py_ssize_t i = start
    cdef int seen = of(text, i) if i < end else QUERY
    if seen != SLASH and seen != QUERY:
        return -1
    while i < end:
        seen = of(text, i)
        if seen == QUERY:
            return i
        if seen == DOT:
            if not (LETTER <= of(text, i - 1) <= DIGIT and LETTER <= of(text, i + 1) <= DIGIT and i + 1 < end):
                return -1  # a step up or down, maybe
        elif not (LETTER <= seen <= HYPHEN or seen == SLASH or seen == PATH):
            return -1
        i += 1
    return i


cdef inline bint broken(const Text* text, Py_ssize_t place, int seen) noexcept:
    """Whether a full stop or comma may be the dot of a name in other clothes."""
    cdef int before = of(text, place - 1), after = of(text, place + 1)
    if seen == DOT and (before == OPENER or (before == BLANK and begins_name(after))):
        return True
    return (seen == COMMA or before == BLANK or after == BLANK) and begins_name(behind_blank(text, place + 1))


cdef int look(const Text* text, Py_ssize_t start, Py_ssize_t* end) noexcept:
    """Find the end of a word: 0 it is no link nor part of one, 1 it may be one, -1 it may be one in disguise."""
    cdef Py_ssize_t i = start
    cdef int seen = of(text, i), before, dots = 0
    cdef bint named = False
    while seen >= LETTER:
        if seen == DOT or seen == COMMA:
            if broken(text, i, seen):
                return -1
            if seen == DOT:
                dots += 1
                named = named or begins_name(of(text, i + 1))
        elif seen == SLASH:
            before = of(text, i - 1)
            named = named or (of(text, i - 2) if before == BLANK else before) == COLON
        i += 1
        seen = of(text, i)
    end[0] = i
    if i - start == 3 and (at(text, start) | 32) == 100 and (at(text, i - 2) | 32) == 111 and (at(text, i - 1) | 32) == 116:
        return -1  # "dot"
    return named or dots > 2  # an address has three


cdef tuple link_of(str words, const Text* text, Py_ssize_t start, Py_ssize_t end, bint* schemed):
    """The link that a word is and whether it says so by its scheme; None where the definition must say."""
    cdef Py_ssize_t name = start, host, path, last = 0
    schemed[0] = False
    if end - start > LONGEST:
        return None
    while of(text, name) >= OPENER or of(text, name) == COLON:
        name += 1
    if starts(text, name, b"http", 4):
        path = name + 4 + (at(text, name + 4) == 115)
        if starts(text, path, b"://", 3):
            schemed[0] = True
            name = path + 3
    while end > name and TRAILS[at(text, end - 1)]:
        end -= 1
    host = host_end(text, name, end, &last)
    if host < 0:
        return None
    path = path_end(text, host, end)
    if path < 0:
        return None
    if not schemed[0] and (path < end or PyUnicode_Substring(words, last, host) not in strong):
        return None  # a query may hold another link, and two words and a full stop make none
    while at(text, path - 1) == 47:
        path -= 1
    return PyUnicode_Substring(words, name, host), PyUnicode_Substring(words, name, path)


def plain_links(str words not None):
    """The links of a text as (host, host and path without final slash), or None where the definition must find them."""
    cdef Text text
    cdef uint8_t classes[LONGEST_TEXT + 2 * MARGIN]
    cdef list found = [], bare = []  # those with a scheme come first
    cdef tuple link
    cdef bint schemed = False
    cdef Py_ssize_t i = 0, end = 0
    cdef int seen, looks
    text.kind = PyUnicode_KIND(words)
    text.data = PyUnicode_DATA(words)
    text.length = PyUnicode_GET_LENGTH(words)
    text.classes = &classes[MARGIN]
    if text.kind == 4 or text.length > LONGEST_TEXT:
        return None
    if not classify(&text, &classes[MARGIN]):
        return found
    while i < text.length:
        seen = of(&text, i)
        if seen >= LETTER:
            looks = look(&text, i, &end)
            if looks:
                link = link_of(words, &text, i, end, &schemed) if looks > 0 else None
                if link is None:
                    return None
                if schemed:
                    found.append(link)
                else:
                    bare.append(link)
            i = end
        elif seen == ODD or (seen == DOT_WORD and begins_name(behind_blank(&text, i + 1))):
            return None
        else:
            i += 1
    found += bare
    return found
