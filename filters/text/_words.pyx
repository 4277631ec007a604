# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Whether the words of a key are met ones, compiled. Said in ``words.py``, which is the definition."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.string cimport memcpy

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(Py_UCS4 character)
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 character)
    bint Py_UNICODE_ISSPACE(Py_UCS4 character)

NAME = "cython"

DEF SECONDS = 253  # second octets of a letter of two
DEF SYLLABLES = 11172

cdef uint32_t[256] CRC
cdef int32_t[7] PLANES = [1, 2, 3, 14, 15, 16, 4]  # of Unicode, by the octet after the escape


cdef void fill() noexcept:
    cdef uint32_t value
    cdef int index, bit
    for index in range(256):
        value = index
        for bit in range(8):
            value = (value >> 1) ^ (<uint32_t> 0xEDB88320 if value & 1 else 0)
        CRC[index] = value


fill()


cdef inline bint latin(int32_t code) noexcept:
    return 97 <= code <= 122 or 0xDF <= code <= 0x24F or 0x1E00 <= code <= 0x1EFF


cdef inline uint32_t crc_of(uint32_t crc, int32_t code) noexcept:
    """Go on with the UTF-8 octets of a Latin letter."""
    if code < 0x80:
        return CRC[(crc ^ code) & 0xFF] ^ (crc >> 8)
    if code < 0x800:
        crc = CRC[(crc ^ (0xC0 | code >> 6)) & 0xFF] ^ (crc >> 8)
    else:
        crc = CRC[(crc ^ (0xE0 | code >> 12)) & 0xFF] ^ (crc >> 8)
        crc = CRC[(crc ^ (0x80 | (code >> 6 & 0x3F))) & 0xFF] ^ (crc >> 8)
    return CRC[(crc ^ (0x80 | (code & 0x3F))) & 0xFF] ^ (crc >> 8)


cdef class Teller:
    """What :meth:`filters.text.words.Words.tell` does."""

    cdef uint32_t* marks
    cdef Py_ssize_t count
    cdef Py_ssize_t least
    cdef double share
    cdef int syllable
    cdef bint[128] edge
    cdef bint[128] no_word
    cdef int32_t[256] trail_at

    def __cinit__(self, bytes marks not None, str edges, str no_word, bytes trails, least, share, syllable):
        cdef Py_ssize_t index
        self.count = PyBytes_GET_SIZE(marks) // sizeof(uint32_t)
        self.marks = <uint32_t*> PyMem_Malloc(max(self.count, 1) * sizeof(uint32_t))
        if self.marks is NULL:
            raise MemoryError()
        memcpy(self.marks, PyBytes_AS_STRING(marks), self.count * sizeof(uint32_t))
        self.least, self.share, self.syllable = least, share, syllable
        for index in range(128):
            self.edge[index] = chr(index) in edges
            self.no_word[index] = chr(index) in no_word
        for index in range(256):
            self.trail_at[index] = max(trails.find(bytes((index,))), 0)

    def __dealloc__(self):
        PyMem_Free(self.marks)

    def tell(self, bytes key not None):
        cdef Py_ssize_t size = PyBytes_GET_SIZE(key)
        cdef int32_t* text = <int32_t*> PyMem_Malloc((size + 1) * sizeof(int32_t))
        if text is NULL:
            raise MemoryError()
        try:
            return self.known(text, self.decode(<const uint8_t*> PyBytes_AS_STRING(key), size, text))
        finally:
            PyMem_Free(text)

    cdef Py_ssize_t decode(self, const uint8_t* octets, Py_ssize_t size, int32_t* text) noexcept:
        """As filters.text.dense.decode; returns how many characters there are."""
        cdef Py_ssize_t at = 0, made = 0, wide
        cdef uint8_t lead
        cdef int32_t index
        while at < size:
            lead = octets[at]
            wide = 1 if lead < 0x80 else 2 if lead < 0xFF else 3
            if lead == 0xFF and at + 1 < size and 0xD8 <= octets[at + 1] <= 0xDE:
                wide = 4
            if lead == 2 or at + wide > size:  # a feature token, or what a cut has left of a letter
                at += 4
                continue
            if wide == 1:
                text[made] = lead
            elif wide == 2:
                index = (lead - 0x80) * SECONDS + self.trail_at[octets[at + 1]]
                text[made] = 0xAC00 + index if index < SYLLABLES else 0x4E00 + index - SYLLABLES
            elif wide == 3:
                text[made] = octets[at + 1] << 8 | octets[at + 2]
            else:
                text[made] = PLANES[octets[at + 1] - 0xD8] << 16 | octets[at + 2] << 8 | octets[at + 3]
            made += 1
            at += wide
        return made

    cdef bint known(self, const int32_t* text, Py_ssize_t length) noexcept:
        cdef Py_ssize_t at = 0, start, end, strange = 0, strange_letters = 0, letters = 0, begin
        cdef bint word
        cdef uint32_t crc
        while at < length:
            if Py_UNICODE_ISSPACE(text[at]):
                at += 1
                continue
            start = at
            while at < length and not Py_UNICODE_ISSPACE(text[at]):
                if not latin(text[at]) and Py_UNICODE_ISALNUM(text[at]) and not Py_UNICODE_ISDECIMAL(text[at]):
                    letters += self.syllable
                at += 1
            end = at
            while start < end and text[start] < 128 and self.edge[text[start]]:
                start += 1
            while end > start and text[end - 1] < 128 and self.edge[text[end - 1]]:
                end -= 1
            word = True
            for begin in range(start, end):
                if text[begin] < 128 and self.no_word[text[begin]]:
                    word = False
                    break
            while word and start < end:
                if not latin(text[start]):
                    start += 1
                    continue
                begin, crc = start, 0xFFFFFFFF
                while start < end and latin(text[start]):
                    crc = crc_of(crc, text[start])
                    start += 1
                if start - begin < 2:
                    continue
                letters += start - begin
                if not self.met(crc ^ 0xFFFFFFFF):
                    strange += 1
                    strange_letters += start - begin
        return strange < self.least or strange_letters <= self.share * letters

    cdef bint met(self, uint32_t mark) noexcept:
        cdef Py_ssize_t low = 0, high = self.count, middle
        while low < high:
            middle = (low + high) // 2
            if self.marks[middle] < mark:
                low = middle + 1
            else:
                high = middle
        return low < self.count and self.marks[low] == mark
