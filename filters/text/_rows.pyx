# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""What goes into the model and what comes out, compiled. Said in its twin ``_rows_pure.py``, which is the definition."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

# octets that are not yet an object of Python's, as only such may be cut
cdef extern from "Python.h":
    PyObject* new_bytes "PyBytes_FromStringAndSize"(const char*, Py_ssize_t) except NULL
    char* octets_of "PyBytes_AS_STRING"(PyObject*)
    int resize "_PyBytes_Resize"(PyObject**, Py_ssize_t) except -1

# to ask for memory that will be read; a wrong place does no harm
cdef extern from *:
    """
    #if defined(__GNUC__)
    #define PREFETCH(place) __builtin_prefetch((place), 0, 2)
    #else
    #define PREFETCH(place) ((void) (place))
    #endif
    """
    void PREFETCH(const void*) noexcept nogil

NAME = "cython"
MOST_CLASSES = 32

DEF CLASSES = 32
DEF IN_GAP = 2       # windows in the gap before a key
DEF LIKELY = 0.8
DEF BLOCK = 64

# variables, as literals of this size would be Python's integers
cdef uint64_t SHORT_MASK = (<uint64_t> 1 << 16) - 1, SHORT_FACTOR = 0x9E3779B97F4A7C15
cdef uint64_t LONG_MASK = (<uint64_t> 1 << 48) - 1, LONG_FACTOR = 0xD6E8FEB86659FD93

ctypedef const float[:, ::1] Columns


def pack(list keys not None, Py_ssize_t rows, size_t ahead=0):
    """What the model reads of keys: rows of its table (int32), blocks (int64) and numbers of windows (float32)."""
    cdef Py_ssize_t count = PyList_GET_SIZE(keys)
    cdef bytes splits = PyBytes_FromStringAndSize(NULL, 8 * (count + 1))
    cdef bytes lengths = PyBytes_FromStringAndSize(NULL, 4 * count)
    # room for a letter an octet, cut at the end: to find the letters twice would take longer than to name them
    cdef PyObject* found = new_bytes(NULL, 4 * BLOCK * most_blocks(keys))
    cdef Py_ssize_t blocks = write(
        keys, rows, ahead, <int32_t*> octets_of(found), <int64_t*> PyBytes_AS_STRING(splits),
        <float*> PyBytes_AS_STRING(lengths)
    )
    resize(&found, 4 * BLOCK * blocks)  # raises MemoryError, and frees what it cannot cut
    rest = <object> found
    Py_DECREF(rest)  # the reference that was made with it
    return rest, splits, lengths


cdef class Packer:
    """The same for many batches, where memory for it is held."""

    cdef Py_ssize_t rows
    cdef size_t ahead
    cdef int32_t[::1] found
    cdef int64_t[::1] splits
    cdef float[::1] lengths

    def __init__(
        self, Py_ssize_t rows, size_t ahead, int32_t[::1] found not None, int64_t[::1] splits not None,
        float[::1] lengths not None
    ):
        self.rows, self.ahead, self.found, self.splits, self.lengths = rows, ahead, found, splits, lengths

    def pack(self, list keys not None):
        """Write what :func:`pack` makes of keys. Returns the number of blocks; 0 where there may be no room for all."""
        cdef Py_ssize_t count = PyList_GET_SIZE(keys)
        if (
            count > self.lengths.shape[0] or count >= self.splits.shape[0]
            or BLOCK * most_blocks(keys) > self.found.shape[0] or count == 0
        ):
            return 0
        return write(keys, self.rows, self.ahead, &self.found[0], &self.splits[0], &self.lengths[0])


cdef Py_ssize_t most_blocks(list keys) except -1:
    """As many blocks as keys can need."""
    cdef Py_ssize_t most = 1, index
    for index in range(PyList_GET_SIZE(keys)):
        most += blocks_of(PyBytes_GET_SIZE(<bytes?>keys[index]) + IN_GAP)
    return most


cdef Py_ssize_t write(
    list keys, Py_ssize_t rows, size_t ahead, int32_t* begin, int64_t* split, float* length
) noexcept:
    """Write what the model reads of keys; return the number of blocks."""
    cdef Py_ssize_t index, left, wide
    cdef int32_t* at = fill(begin, begin + BLOCK, rows)
    cdef int32_t* own
    cdef const uint64_t* table = <const uint64_t*> ahead
    cdef const uint8_t* octets
    cdef uint64_t first
    cdef int shift = 64
    while rows >> (64 - shift) > 1:
        shift -= 1
    split[0] = 0
    for index in range(PyList_GET_SIZE(keys)):
        octets = <const uint8_t*> PyBytes_AS_STRING(<object> PyList_GET_ITEM(keys, index))
        left = PyBytes_GET_SIZE(<object> PyList_GET_ITEM(keys, index))
        own = at
        first = window(octets, left)
        at = name(at, first << 32, shift, table)
        at = name(at, first << 16, shift, table)
        while left > 0:
            at = name(at, window(octets, left), shift, table)
            wide = width(octets)
            octets += wide
            left -= wide
        length[index] = <float> ((at - own) // 2)
        at = fill(at, own + BLOCK * blocks_of((at - own) // 2), rows)
        split[index + 1] = (at - begin) // BLOCK - 1
    return (at - begin) // BLOCK


cdef inline Py_ssize_t blocks_of(Py_ssize_t windows) noexcept nogil:
    return (2 * windows + BLOCK - 1) // BLOCK


cdef inline int32_t* fill(int32_t* at, int32_t* end, Py_ssize_t rows) noexcept nogil:
    """Name the empty row up to a place; return that."""
    while at < end:
        at[0] = <int32_t> rows
        at += 1
    return end


cdef inline Py_ssize_t width(const uint8_t* octets) noexcept nogil:
    """Octets of the letter that begins here; a NUL stands behind every key."""
    if octets[0] < 0x80:
        return 1
    if octets[0] < 0xFF:
        return 2
    return 4 if 0xD8 <= octets[1] <= 0xDE else 3


cdef inline uint64_t window(const uint8_t* octets, Py_ssize_t left) noexcept nogil:
    """Eight octets, the first one lowest; NUL where no more are left."""
    cdef uint64_t found = 0
    cdef Py_ssize_t place
    if left >= 8:
        for place in range(8):  # one load, where the machine has it so
            found |= <uint64_t> octets[place] << (8 * place)
    else:
        for place in range(left):
            found |= <uint64_t> octets[place] << (8 * place)
    return found


cdef inline int32_t* name(int32_t* at, uint64_t octets, int shift, const uint64_t* table) noexcept nogil:
    """Write the rows of a window's n-grams, and ask for them; return where the next ones go."""
    at[0] = <int32_t> ((octets & SHORT_MASK) * SHORT_FACTOR >> shift)
    at[1] = <int32_t> ((octets & LONG_MASK) * LONG_FACTOR >> shift)
    if table is not NULL:
        PREFETCH(table + at[0])
        PREFETCH(table + at[1])
    return at + 2


cdef class Rows:
    """Makes verdicts of the model's rows."""

    cdef object make, readable, quiet
    cdef tuple classes
    cdef Py_ssize_t count
    cdef double bar
    cdef double limits[CLASSES]

    def __init__(self, make, quiet, tuple classes not None, limits, double bar, readable):
        cdef Py_ssize_t index
        self.make = make
        self.quiet = quiet
        self.readable = readable
        self.classes = classes
        self.count = len(classes)
        if not 0 < self.count <= CLASSES or len(limits) != self.count:
            raise ValueError(f"{self.count} classes, {len(limits)} limits; expected 1 to {CLASSES}, a limit for each")
        self.bar = bar
        for index in range(self.count):
            self.limits[index] = limits[index]

    def verdicts(self, list keys not None, Columns columns not None):
        """A verdict for each key, in order, of the model's ``[column][message]``."""
        cdef Py_ssize_t messages = PyList_GET_SIZE(keys), index
        cdef list made = []
        if columns.shape[1] != messages or columns.shape[0] < self.count + 1:
            raise ValueError(f"{messages} keys, and {columns.shape[0]} columns for {columns.shape[1]}")
        for index in range(messages):
            made.append(self.verdict(<bytes?>keys[index], &columns[0, index], messages))
        return made

    cdef object verdict(self, bytes key, const float* at, Py_ssize_t step):
        cdef Py_ssize_t column, last = self.count - 1, surest = 0, over = -1
        cdef bytes row = PyBytes_FromStringAndSize(NULL, self.count * sizeof(float))
        cdef float* p = <float*> PyBytes_AS_STRING(row)
        cdef float highest = at[0]
        cdef bint familiar = at[self.count * step] >= 0.5
        for column in range(self.count):
            p[column] = at[column * step]
            if p[column] > highest:
                highest = p[column]
        if highest < self.bar:  # by far the most frequent case
            return self.make(key, self.quiet, 1.0 - <double> p[last], "", familiar, row)
        for column in range(last):
            if p[column] > p[surest]:
                surest = column
            if p[column] >= self.limits[column] and p[last] >= min(LIKELY, self.limits[column]) and (
                over < 0 or p[column] > p[over]
            ):
                over = column
        if over < 0 and p[last] >= self.limits[last]:
            over = last
        if over >= 0 and familiar:
            familiar = self.readable(key)
        named = self.quiet
        score = 1.0 - <double> p[last]
        if surest < last and p[surest] >= 0.5 and p[last] >= 0.5:
            named, score = self.classes[surest], <double> p[surest]
        elif p[last] >= 0.5:
            named, score = self.classes[last], <double> p[last]
        return self.make(key, named, score, self.classes[over] if over >= 0 else "", familiar, row)
