# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Whether the letters and words of a key are known ones, compiled: one look at each letter. Said in ``words.py`` and
``language.py``, which are the definition."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.string cimport memset

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(Py_UCS4 character) nogil
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 character) nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 character) nogil

NAME = "cython"

DEF SECONDS = 253    # second octets of a letter of two
DEF SYLLABLES = 11172
DEF RANGES = 32      # room for the blocks of known scripts
DEF SPARSE = 2       # places for each word

# what a character is
DEF LETTER = 1
DEF LATIN = 2
DEF SPACE = 4
DEF EDGE = 8         # stands around words
DEF NO_WORD = 16     # makes an address or a number of a piece
DEF KNOWN = 32       # lies in a block of a known script

cdef uint32_t EMPTY = 0xFFFFFFFF
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


cdef inline bint latin(int32_t code) noexcept nogil:
    return 97 <= code <= 122 or 0xDF <= code <= 0x24F or 0x1E00 <= code <= 0x1EFF


cdef inline uint32_t crc_of(uint32_t crc, int32_t code) noexcept nogil:
    """Go on with the UTF-8 octets of a Latin letter."""
    if code < 0x80:
        return CRC[(crc ^ code) & 0xFF] ^ (crc >> 8)
    if code < 0x800:
        crc = CRC[(crc ^ (0xC0 | code >> 6)) & 0xFF] ^ (crc >> 8)
    else:
        crc = CRC[(crc ^ (0xE0 | code >> 12)) & 0xFF] ^ (crc >> 8)
        crc = CRC[(crc ^ (0x80 | (code >> 6 & 0x3F))) & 0xFF] ^ (crc >> 8)
    return CRC[(crc ^ (0x80 | (code & 0x3F))) & 0xFF] ^ (crc >> 8)


# What was counted in a text.
cdef struct Tally:
    Py_ssize_t letters           # of any script
    Py_ssize_t known             # characters of known scripts' blocks
    Py_ssize_t foreign           # letters that are in none of them
    Py_ssize_t others            # letters that are not Latin
    Py_ssize_t words
    Py_ssize_t strange           # how strange they are, all together

# The piece between two spaces that is being read.
cdef struct Piece:
    bint begun                   # something stood in it that does not stand around words
    bint doubtful                # an edge that makes an address of it, where anything follows
    bint no_word
    Py_ssize_t run               # Latin letters up to here
    uint32_t crc                 # of them
    Py_ssize_t words, strange


@cython.final
cdef class Reader:
    """What :meth:`filters.text.words.Words.tell` and :meth:`filters.text.words.Reader.readable` do."""

    cdef uint32_t* marks         # by their lowest bits but eight, or one of the next places; EMPTY where there is none
    cdef uint32_t mask
    cdef bint asks_words, asks_scripts
    cdef double least, share, enough
    cdef int word_letters
    cdef int count               # of ranges
    cdef int32_t[RANGES] first
    cdef int32_t[RANGES] last
    cdef uint8_t[128] ascii
    cdef uint8_t[2] of_two       # what a syllable of Hangul and an ideograph are
    cdef int32_t[256] trail_at

    def __cinit__(self, marks, list ranges not None, str edges, str no_word, bytes trails, least, share, word_letters, foreign):
        cdef int index
        cdef list some = [] if marks is None else list(marks)
        cdef uint32_t places = 1
        while places < SPARSE * len(some) + 1:
            places *= 2
        if len(ranges) > RANGES:
            raise ValueError(f"{len(ranges)} blocks of scripts; expected up to {RANGES}")
        self.asks_words, self.asks_scripts = marks is not None, len(ranges) > 0
        self.mask = places - 1
        self.marks = <uint32_t*> PyMem_Malloc(places * sizeof(uint32_t))
        if self.marks is NULL:
            raise MemoryError()
        memset(self.marks, 0xFF, places * sizeof(uint32_t))
        for mark in some:
            self.put(mark)
        self.least, self.share, self.word_letters, self.enough = least, share, word_letters, 1.0 - foreign
        self.count = len(ranges)
        for index in range(self.count):
            self.first[index], self.last[index] = ranges[index]
        for index in range(128):
            self.ascii[index] = self.looked_up(index)
            self.ascii[index] |= EDGE * (chr(index) in edges) | NO_WORD * (chr(index) in no_word)
        self.of_two[0], self.of_two[1] = self.looked_up(0xAC00), self.looked_up(0x4E00)
        for index in range(256):
            self.trail_at[index] = max(trails.find(bytes((index,))), 0)

    def __dealloc__(self):
        PyMem_Free(self.marks)

    def tell(self, bytes key not None):
        """Whether, by its words in Latin letters, a key is of a language known."""
        cdef Tally found
        self.read(<const uint8_t*> PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), &found)
        return self.met_enough(&found)

    def readable(self, bytes key not None):
        """The same, and by its letters."""
        cdef Tally found
        self.read(<const uint8_t*> PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), &found)
        if not self.asks_scripts or (found.known < found.letters * self.enough if found.foreign else not found.known):
            return False
        return self.met_enough(&found)

    cdef bint met_enough(self, const Tally* found) noexcept:
        if not self.asks_words or found.strange < self.least:
            return True
        return found.strange <= self.share * (found.words + <double> found.others / self.word_letters)

    cdef void put(self, uint32_t word) noexcept:
        cdef uint32_t at = (word >> 8) & self.mask
        while self.marks[at] != EMPTY and self.marks[at] >> 8 != word >> 8:
            at = (at + 1) & self.mask
        self.marks[at] = word

    cdef inline uint32_t strangeness(self, uint32_t crc) noexcept nogil:
        """Of a word with this checksum: the lowest octet of its place, which is that of a word never met where empty."""
        cdef uint32_t at = (crc >> 8) & self.mask
        while self.marks[at] != EMPTY and self.marks[at] >> 8 != crc >> 8:
            at = (at + 1) & self.mask
        return self.marks[at] & 0xFF

    cdef uint8_t looked_up(self, int32_t code) noexcept nogil:
        """What a character is, but for what stands around words."""
        cdef uint8_t kind = LATIN if latin(code) else 0
        cdef int index
        if Py_UNICODE_ISALNUM(<Py_UCS4> code) and not Py_UNICODE_ISDECIMAL(<Py_UCS4> code):
            kind |= LETTER
        elif Py_UNICODE_ISSPACE(<Py_UCS4> code):
            kind |= SPACE
        for index in range(self.count):
            if self.first[index] <= code <= self.last[index]:
                kind |= KNOWN
        return kind

    cdef void read(self, const uint8_t* octets, Py_ssize_t size, Tally* found) noexcept nogil:
        """Count letters and words, of what filters.text.dense.decode makes of a key."""
        cdef Py_ssize_t at = 0, wide, start
        cdef Py_ssize_t of_two[2]  # syllables, ideographs
        cdef uint32_t crc
        cdef uint8_t lead, kind
        cdef int32_t code
        cdef Piece piece
        memset(found, 0, sizeof(Tally))
        memset(&piece, 0, sizeof(Piece))
        of_two[0] = of_two[1] = 0
        while at < size:
            lead = octets[at]
            if 97 <= lead <= 122:  # nearly all letters stand in a row of their kind
                start = at
                crc = piece.crc if piece.run else <uint32_t> 0xFFFFFFFF
                while 97 <= lead <= 122:
                    crc = CRC[(crc ^ lead) & 0xFF] ^ (crc >> 8)
                    at += 1
                    lead = octets[at]  # a NUL stands behind the last one
                piece.crc = crc
                piece.run += at - start
                piece.no_word = piece.no_word or piece.doubtful
                piece.begun = True
                found.letters += at - start
                if self.ascii[97] & KNOWN:
                    found.known += at - start
                else:
                    found.foreign += at - start
                continue
            if 0x80 <= lead < 0xFF:
                if at + 1 == size:  # what a cut has left of a letter
                    break
                while at + 1 < size and 0x80 <= octets[at] < 0xFF:  # which of its script's letters it is does not matter
                    of_two[(octets[at] - 0x80) * SECONDS + self.trail_at[octets[at + 1]] >= SYLLABLES] += 1
                    at += 2
                if piece.run:
                    self.end_word(&piece)
                piece.no_word = piece.no_word or piece.doubtful
                piece.begun = True
                continue
            if lead < 0x80:
                if lead == 2:  # a feature token
                    at += 4
                    continue
                code, kind = lead, self.ascii[lead]
                at += 1
            else:
                wide = 4 if at + 1 < size and 0xD8 <= octets[at + 1] <= 0xDE else 3
                if at + wide > size:
                    break
                code = octets[at + wide - 2] << 8 | octets[at + wide - 1]
                if wide == 4:
                    code |= PLANES[octets[at + 1] - 0xD8] << 16
                kind = self.ascii[code] if code < 128 else self.looked_up(code)
                at += wide
            found.letters += kind & LETTER
            if kind & KNOWN:
                found.known += 1
            else:
                found.foreign += kind & LETTER
            if kind & LATIN:
                piece.no_word = piece.no_word or piece.doubtful
                piece.begun = True
                piece.crc = crc_of(piece.crc if piece.run else <uint32_t> 0xFFFFFFFF, code)
                piece.run += 1
                continue
            found.others += kind & LETTER
            if piece.run:
                self.end_word(&piece)
            if kind & SPACE:
                end_piece(&piece, found)
            elif kind & EDGE:
                piece.doubtful = piece.doubtful or (piece.begun and kind & NO_WORD)
            else:
                piece.begun = True
                piece.no_word = piece.no_word or piece.doubtful or kind & NO_WORD
        for wide in range(2):
            found.letters += of_two[wide]
            found.others += of_two[wide]
            if self.of_two[wide] & KNOWN:
                found.known += of_two[wide]
            else:
                found.foreign += of_two[wide]
        if piece.run:
            self.end_word(&piece)
        end_piece(&piece, found)

    cdef inline void end_word(self, Piece* piece) noexcept nogil:
        if piece.run > 1 and not piece.no_word:
            piece.words += 1
            piece.strange += self.strangeness(~piece.crc)
        piece.run = 0


cdef inline void end_piece(Piece* piece, Tally* found) noexcept nogil:
    if not piece.no_word:
        found.words += piece.words
        found.strange += piece.strange
    memset(piece, 0, sizeof(Piece))
