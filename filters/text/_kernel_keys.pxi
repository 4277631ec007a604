# Keys: what the model and the memo see of a text.

DEF LABELS = 5           # of carriers
DEF LABEL = 8            # letters of one at most

cdef Py_UCS4 LABEL_OF[LABELS][LABEL]
for place, words in enumerate(("[Web발신]", "[국외발신]", "[국제발신]", "[해외발신]", "[국내발신]")):
    for at in range(LABEL):
        LABEL_OF[place][at] = ord(words[at]) if at < len(words) else 0


cdef Py_ssize_t behind_labels(int kind, const void *data, Py_ssize_t length) noexcept:
    """The place behind the labels most messages of a service begin with, of a carrier and of the law for adverts.

    The model sees nothing of either, so the key is that of the text without them. Others are left to the passes.
    """
    cdef Py_ssize_t i = white_end(kind, data, length, 0), first = i
    cdef int which, at
    cdef Py_UCS4 c
    if length - i < 4 or (PyUnicode_READ(kind, data, i) != 91 and PyUnicode_READ(kind, data, i) != 40):
        return 0
    for which in range(LABELS):
        at = 0
        while at < LABEL and LABEL_OF[which][at] and first + at < length and (
            PyUnicode_READ(kind, data, first + at) == LABEL_OF[which][at]
        ):
            at += 1
        if at > 5 and (at == LABEL or not LABEL_OF[which][at]):
            i = white_end(kind, data, length, first + at)
            break
    if advert_at(kind, data, length, i):
        return i + 4
    return i if i > first else 0


cdef inline bint advert_at(int kind, const void *data, Py_ssize_t length, Py_ssize_t i) noexcept:
    """Whether the unbroken advert label stands here."""
    return (
        i + 3 < length
        and (PyUnicode_READ(kind, data, i) == 40 or PyUnicode_READ(kind, data, i) == 91)
        and PyUnicode_READ(kind, data, i + 1) == 0xAD11
        and PyUnicode_READ(kind, data, i + 2) == 0xACE0
        and (PyUnicode_READ(kind, data, i + 3) == 41 or PyUnicode_READ(kind, data, i + 3) == 93)
    )


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


def keys(list texts not None, slow):
    """The key of each text; ``slow`` makes those that the kernel cannot."""
    cdef list made = []
    cdef bytes key
    cdef object text
    for text in texts:
        key = key_for(<str?>text)
        made.append(slow(text) if key is None else key)
    return made


cdef bytes key_for(str text):
    """The key of a text, or None where the twin must make it."""
    cdef int32_t one[CAP]
    cdef uint8_t octets[OCTETS]
    cdef int counts[KINDS]
    cdef Reading r
    cdef int kind = PyUnicode_KIND(text)
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), n, first = 0
    cdef bint lawful = False, long = length > max_chars
    if long:
        text = clipped_text(text)
        kind, length = PyUnicode_KIND(text), max_chars
    if kind > 1:
        first = behind_labels(kind, PyUnicode_DATA(text), length)
        lawful = lawful_label(kind, PyUnicode_DATA(text), length)
    if read_text(text, first, SEEN_HANGUL if first else 0, one, octets, &r, counts) != READ:
        return None
    counts[F_LONG] += long
    if lawful:
        counts[F_ADVERT] += 1
    phones(one, &r, counts)
    if not r.may:
        return finished(octets, r.octets, counts)
    n = rewrite(one, octets, &r, counts, first > 0)
    if n < 0:
        return None
    return key_of(one, n, octets, counts) if numbered(one, n) else finished(octets, r.octets, counts)
