# The texts of plain requests, as the judge reads them; included at the end of _kernel.pyx, and part of that module.

cdef object utf16(octet_t* at, Py_ssize_t count):
    """A text in UTF-16BE that has no surrogates and is not all of Latin-1, else None: a third of what Python takes."""
    cdef u32 seen = 0, surrogates = 0, code
    cdef Py_ssize_t index
    cdef object text = PyUnicode_New(count, 0xFFFF)
    cdef u16* to = <u16*> PyUnicode_DATA(text)
    for index in range(count):
        code = at[2 * index] << 8 | at[2 * index + 1]
        seen |= code
        surrogates |= (code & 0xF800) == 0xD800
        to[index] = <u16> code
    return text if seen > 0xFF and not surrogates else None


cdef octet_t* text_of(Frame frame, Py_ssize_t* length) noexcept:
    """Where the text is: in short_message, or where that is empty in the first message_payload. NULL: nowhere."""
    cdef octet_t* data = <octet_t*> PyBytes_AS_STRING(frame.data)
    cdef octet_t* at
    cdef octet_t* stop
    cdef Span* span
    if not frame.walked:
        frame.walk()
    span = &frame.strings[S_SHORT_MESSAGE]
    length[0] = span.stop - span.start
    if length[0] > 0:
        return data + span.start
    at = data + frame.tlv_start
    stop = data + frame.tlv_stop
    while at < stop:
        length[0] = (<u32> at[2] << 8) | at[3]
        if ((<u32> at[0] << 8) | at[1]) == TLV_PAYLOAD:
            return at + 4 if length[0] else NULL
        at += 4 + length[0]
    return NULL


cdef object plain_text(Frame frame, const octet_t* alphabets, const octet_t* common, Py_ssize_t room):
    """What plain_texts says of one frame. None too where it is seen at once that there is no room for its text."""
    cdef Py_ssize_t length, index, nuls = 0
    cdef octet_t* at = text_of(frame, &length)
    cdef int order = 1
    cdef int alphabet
    if at == NULL or length > 2 * room:
        return None
    alphabet = alphabets[frame.integers[I_DATA_CODING] & 0xFF]
    if alphabet == 1:
        for index in range(length):
            nuls += at[index] == 0
        if nuls * 16 < length or length & 1 or (at[0] == 0xFF and at[1] == 0xFE) or (at[0] == 0xFE and at[1] == 0xFF):
            return None
        if nuls < length >> 1:  # not ASCII alone
            text = utf16(at, length >> 1)
            if text is not None:
                return text
        try:
            return PyUnicode_DecodeUTF16(<char*> at, length, NULL, &order)
        except UnicodeDecodeError:
            return None
    if alphabet == 2:
        for index in range(length):
            if not common[at[index]]:
                return None
        return PyUnicode_DecodeLatin1(<char*> at, length, NULL)
    return None


def plain_texts(list frames not None, bytes alphabets not None, bytes common not None, Py_ssize_t room):
    """The texts of the first frames that can be read in one way only, and their size; see ``_pure.plain_texts``."""
    cdef list found = []
    cdef Frame frame
    cdef object text
    cdef Py_ssize_t size = 0, length
    if len(alphabets) != 256 or len(common) != 256:
        raise LocalMisuse("plain_texts: both tables need 256 octets")
    for item in frames:
        frame = item
        if frame.note is not None and not PyBytes_CheckExact(frame.note):
            break
        text = plain_text(
            frame, <octet_t*> PyBytes_AS_STRING(alphabets), <octet_t*> PyBytes_AS_STRING(common), room - size
        )
        if text is None:
            break
        length = PyUnicode_GET_LENGTH(text)
        if not PyUnicode_IS_ASCII(text):
            length *= 2
        if size + length > room:
            break
        size += length
        found.append(text)
    return found, size
