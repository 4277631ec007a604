# A text folded and otherwise left as it is, and whether it can hold a link: what rules ask about texts.

DEF S_SIGN = 1           # a dot, or what stands in its place
DEF S_SLASH = 2          # a sign as well
DEF S_CLOSER = 4         # may stand between a sign and what follows it

cdef uint8_t SIGN[LIMIT]


def set_signs(str dots not None, str slashes not None, str closers not None):
    """Say which characters are the signs of a link, see ``filters.urls``."""
    memset(SIGN, 0, LIMIT)
    for letter in dots:
        SIGN[ord(letter)] |= S_SIGN
    for letter in slashes:
        SIGN[ord(letter)] |= S_SIGN | S_SLASH
    for letter in closers:
        SIGN[ord(letter)] |= S_CLOSER


def fold_patterns(str text not None):
    """The folded text with single spaces, or None where the caller must do it."""
    cdef int32_t one[CAP]
    cdef int counts[KINDS]
    cdef Py_ssize_t n = fold(text, 0, one, 4000, counts)
    return None if n < 0 else piece(one, 0, n)


def fold_links(str text not None):
    """The folded text with its capital letters A to Z and all its spaces, or None where the caller must do it."""
    cdef int32_t one[CAP]
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, n = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef int32_t code, becomes
    cdef str several
    if length > 4000:
        return None
    for i in range(length):
        code = PyUnicode_READ(kind, data, i)
        if code >= LIMIT:
            return None
        becomes = code if 65 <= code <= 90 else FOLDED[code]
        if becomes < 0:
            if becomes == SLOW:
                return None
            continue
        if becomes & MULTI:
            several = longer[becomes & MASK]
            if n + len(several) > 4000:
                return None
            for character in several:
                one[n] = <int32_t>(<Py_UCS4>character)
                n += 1
            continue
        if n >= 4000:
            return None
        one[n] = becomes
        n += 1
    return piece(one, 0, n)


def might_link(str text not None):
    """Whether a sign of a link stands in a text with a letter behind it."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i, at
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_UCS4 c
    for i in range(length):
        c = PyUnicode_READ(kind, data, i)
        if c >= LIMIT or not SIGN[c] & S_SIGN:
            continue
        if c == 46 and i + 1 < length and 48 <= PyUnicode_READ(kind, data, i + 1) <= 57:
            continue  # a decimal point: the most frequent
        at = i + 1
        if may_follow(kind, data, length, at):
            return True
        if at < length and closes(PyUnicode_READ(kind, data, at)):
            at += 1
            if may_follow(kind, data, length, at):
                return True
        if at < length and PyUnicode_READ(kind, data, at) == 32 and may_follow(kind, data, length, at + 1):
            return True
    return " dot " in text


cdef inline bint closes(Py_UCS4 c) noexcept:
    return c < LIMIT and SIGN[c] & S_CLOSER


cdef bint may_follow(int kind, const void *data, Py_ssize_t length, Py_ssize_t at) noexcept:
    """Whether a character may begin what stands behind a dot."""
    cdef Py_UCS4 c
    if at >= length:
        return False
    c = PyUnicode_READ(kind, data, at)
    if c < 128:
        return 97 <= c <= 122 or 65 <= c <= 90 or c == 95 or SIGN[c] & S_SLASH
    if 0xAC00 <= c <= 0xD7A3:  # sentences are often written without a space between them
        return c == 0xCEF4 or (c == 0xD55C and at + 1 < length and PyUnicode_READ(kind, data, at + 1) == 0xAD6D)
    if c < LIMIT and SIGN[c] & S_SLASH:
        return True
    if c == 95 or Py_UNICODE_ISALNUM(c):
        return not Py_UNICODE_ISDECIMAL(c) and not 0x3131 <= c <= 0x3163
    return not Py_UNICODE_ISSPACE(c)


def link_from(str text not None, Py_ssize_t at):
    """The first place from ``at`` on where a link with a scheme or without may begin, -1 where no full stop follows.

    A host's first label ends with a full stop and holds none, nor does a scheme in front of it.
    """
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i = at, most
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_UCS4 c
    while i < length and PyUnicode_READ(kind, data, i) != 46:
        i += 1
    if i >= length:
        return -1
    while i > at:
        c = PyUnicode_READ(kind, data, i - 1)
        if not (label(c) or word(c) or (c > 127 and Py_UNICODE_ISDECIMAL(c))):
            break
        i -= 1
    most = i - 12 if i - 12 > at else at
    while i > most:
        c = PyUnicode_READ(kind, data, i - 1)
        if not (c == 32 or c == 47 or c == 58 or c == 59 or c == 104 or c == 112 or 115 <= c <= 116 or c == 120):
            break
        i -= 1
    return i


def might_break(str text not None):
    """Whether a dot of a link may be in other clothes, see ``filters.text.links.repair``."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), i
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_UCS4 c, last = 0
    for i in range(length):
        c = PyUnicode_READ(kind, data, i)
        if c == 46:
            if last == 32 or last == 40 or last == 91 or last == 123:
                return True
        elif c == 32:
            if last == 46:
                return True
        elif c == 44 or c == 0xC810 or c == 0xB2F7 or c == 0xCA5C or c == 0x70B9:
            return True
        last = c
    return " dot " in text
