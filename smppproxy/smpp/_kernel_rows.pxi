# Rows of MessagePack made of Frames; included at the end of _kernel.pyx, and part of that module.

from cpython.dict cimport PyDict_Check
from cpython.list cimport PyList_CheckExact
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, realloc

cdef enum:
    MAX_CELLS = 32

cdef enum:  # what a cell is made of; lists of values come last
    C_OCTETS
    C_RECEIVED
    C_LASTED
    C_NUMBERED
    C_REQUEST
    C_ANSWER
    C_STATUS
    C_KNOWN
    C_TEXTS
    C_FLOATS
    C_BINARIES

_CELLS = {
    "received": C_RECEIVED,
    "lasted": C_LASTED,
    "numbered": C_NUMBERED,
    "request": C_REQUEST,
    "answer": C_ANSWER,
    "status": C_STATUS,
    "known": C_KNOWN,
    "texts": C_TEXTS,
    "floats": C_FLOATS,
    "binaries": C_BINARIES,
}

cdef struct Cell:
    int kind
    int slot
    double number
    uint64_t first
    const unsigned char* octets
    Py_ssize_t size
    PyObject* column
    PyObject* known

cdef struct Packed:
    unsigned char* octets
    Py_ssize_t used
    Py_ssize_t room


cdef inline int make_room(Packed* out, Py_ssize_t more) except -1:
    cdef unsigned char* grown
    cdef Py_ssize_t room
    if out.used + more > out.room:
        room = 2 * (out.used + more)
        grown = <unsigned char*> realloc(out.octets, room)
        if grown == NULL:
            raise MemoryError
        out.octets = grown
        out.room = room
    return 0


cdef inline int put_octets(Packed* out, const unsigned char* at, Py_ssize_t size) except -1:
    make_room(out, size)
    memcpy(out.octets + out.used, at, size)
    out.used += size
    return 0


cdef inline int put_head(Packed* out, Py_ssize_t size) except -1:
    """The head of a text of so many octets, and room for these."""
    cdef unsigned char* at
    make_room(out, size + 5)
    at = out.octets + out.used
    if size < 32:
        at[0] = 0xA0 | size
        out.used += 1
    elif size < 0x100:
        at[0] = 0xD9
        at[1] = size
        out.used += 2
    elif size < 0x10000:
        at[0] = 0xDA
        at[1] = size >> 8
        at[2] = size & 0xFF
        out.used += 3
    else:
        at[0] = 0xDB
        write_u32(at + 1, <u32> size)
        out.used += 5
    return 0


cdef inline int put_text(Packed* out, const unsigned char* at, Py_ssize_t size) except -1:
    put_head(out, size)
    memcpy(out.octets + out.used, at, size)
    out.used += size
    return 0


cdef int put_latin1(Packed* out, octet_t* at, Py_ssize_t size) except -1:
    """A text of which each octet is a character."""
    cdef Py_ssize_t index, high = 0
    cdef unsigned char* to
    for index in range(size):
        high += at[index] >> 7
    put_head(out, size + high)
    to = out.octets + out.used
    if high == 0:
        memcpy(to, at, size)
    else:
        for index in range(size):
            if at[index] < 0x80:
                to[0] = at[index]
                to += 1
            else:
                to[0] = 0xC0 | at[index] >> 6
                to[1] = 0x80 | at[index] & 0x3F
                to += 2
    out.used += size + high
    return 0


cdef inline int put_double(Packed* out, double number) except -1:
    cdef uint64_t bits
    make_room(out, 9)
    memcpy(&bits, &number, 8)
    out.octets[out.used] = 0xCB
    write_u32(out.octets + out.used + 1, <u32> (bits >> 32))
    write_u32(out.octets + out.used + 5, <u32> bits)
    out.used += 9
    return 0


cdef inline int put_u32(Packed* out, u32 number) except -1:
    cdef unsigned char* at
    make_room(out, 5)
    at = out.octets + out.used
    if number < 0x80:
        at[0] = number
        out.used += 1
    elif number < 0x100:
        at[0] = 0xCC
        at[1] = number
        out.used += 2
    elif number < 0x10000:
        at[0] = 0xCD
        at[1] = number >> 8
        at[2] = number & 0xFF
        out.used += 3
    else:
        at[0] = 0xCE
        write_u32(at + 1, number)
        out.used += 5
    return 0


cdef int put_numbered(Packed* out, Cell* cell, uint64_t number) except -1:
    """A text that ends in a number, in hexadecimal digits."""
    cdef unsigned char[16] digits
    cdef int count = 0, digit
    while True:
        digit = number & 0xF
        count += 1
        digits[16 - count] = digit + (48 if digit < 10 else 87)
        number >>= 4
        if number == 0:
            break
    put_head(out, cell.size + count)
    memcpy(out.octets + out.used, cell.octets, cell.size)
    memcpy(out.octets + out.used + cell.size, digits + 16 - count, count)
    out.used += cell.size + count
    return 0


cdef int put_binary(Packed* out, const unsigned char* at, Py_ssize_t size) except -1:
    cdef unsigned char* head
    make_room(out, size + 5)
    head = out.octets + out.used
    if size < 0x100:
        head[0] = 0xC4
        head[1] = size
        out.used += 2
    elif size < 0x10000:
        head[0] = 0xC5
        head[1] = size >> 8
        head[2] = size & 0xFF
        out.used += 3
    else:
        head[0] = 0xC6
        write_u32(head + 1, <u32> size)
        out.used += 5
    return put_octets(out, at, size)


@cython.boundscheck(True)
@cython.wraparound(True)
cdef int read_cell(Cell* cell, object given, Py_ssize_t rows) except -1:
    """Understand what a cell is made of. What it points to belongs to ``given``."""
    cdef object column
    if PyBytes_CheckExact(given):
        cell.kind = C_OCTETS
        cell.octets = <const unsigned char*> PyBytes_AS_STRING(given)
        cell.size = PyBytes_GET_SIZE(given)
        return 0
    kind = given[0]
    if kind not in _CELLS:
        raise LocalMisuse(f"rows: {kind!r} is no kind of cell")
    cell.kind = _CELLS[kind]
    if cell.kind == C_RECEIVED or cell.kind == C_LASTED:
        cell.number = given[1]
    elif cell.kind == C_REQUEST or cell.kind == C_ANSWER:
        if given[1] not in _STRING_SLOTS:
            raise LocalMisuse(f"rows: {given[1]!r} is no string field of a Frame")
        cell.slot = _STRING_SLOTS[given[1]]
    elif cell.kind == C_NUMBERED:
        if not PyBytes_CheckExact(given[1]):
            raise LocalMisuse("rows: what a number stands behind is octets")
        cell.octets = <const unsigned char*> PyBytes_AS_STRING(given[1])
        cell.size = PyBytes_GET_SIZE(given[1])
        cell.first = given[2]
    if cell.kind == C_KNOWN:
        if not PyDict_Check(given[1]):
            raise LocalMisuse("rows: what is known is a dictionary")
        cell.known = <PyObject*> given[1]
    if cell.kind >= C_KNOWN:
        column = given[-1]
        if not PyList_CheckExact(column) or PyList_GET_SIZE(column) != rows:
            raise LocalMisuse(f"rows: a list with a value for each of {rows} rows is expected")
        cell.column = <PyObject*> column
    return 0


cdef int put_cell(Packed* out, Cell* cell, Py_ssize_t row, Frame request, Frame answer) except -1:
    cdef Span* span
    cdef Py_ssize_t size
    cdef const char* text
    cdef PyObject* found
    cdef object value, packed
    if cell.kind == C_OCTETS:
        put_octets(out, cell.octets, cell.size)
    elif cell.kind == C_REQUEST:
        span = &request.strings[cell.slot]
        put_latin1(out, <octet_t*> PyBytes_AS_STRING(request.data) + span.start, span.stop - span.start)
    elif cell.kind == C_ANSWER:
        span = &answer.strings[cell.slot]
        put_latin1(out, <octet_t*> PyBytes_AS_STRING(answer.data) + span.start, span.stop - span.start)
    elif cell.kind == C_STATUS:
        put_u32(out, answer.command_status)
    elif cell.kind == C_RECEIVED:
        put_double(out, request.received + cell.number)
    elif cell.kind == C_LASTED:
        put_double(out, cell.number - request.received)
    elif cell.kind == C_NUMBERED:
        put_numbered(out, cell, cell.first + row)
    else:
        value = <object> PyList_GET_ITEM(<list> cell.column, row)
        if cell.kind == C_TEXTS:
            text = PyUnicode_AsUTF8AndSize(value, &size)
            put_text(out, <const unsigned char*> text, size)
        elif cell.kind == C_FLOATS:
            put_double(out, value)
        elif cell.kind == C_KNOWN:
            found = PyDict_GetItemWithError(<dict> cell.known, value)
            packed = (<object> cell.known)[value] if found == NULL else <object> found
            if not PyBytes_CheckExact(packed):
                raise LocalMisuse("rows: what is known is octets")
            put_octets(out, <const unsigned char*> PyBytes_AS_STRING(packed), PyBytes_GET_SIZE(packed))
        elif PyBytes_CheckExact(value):
            put_binary(out, <const unsigned char*> PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
        else:
            raise LocalMisuse("rows: a binary value is octets")
    return 0


def rows(list cells not None, list requests not None, list answers not None):
    """A row of MessagePack for each request and the answer beside it; see ``_pure.rows``."""
    cdef Py_ssize_t count = PyList_GET_SIZE(requests), many = PyList_GET_SIZE(cells), row, index
    cdef Cell[MAX_CELLS] read
    cdef Packed out
    cdef Frame request, answer
    if PyList_GET_SIZE(answers) != count or many > MAX_CELLS:
        raise LocalMisuse(f"rows: an answer for each request is expected, and at most {MAX_CELLS} cells")
    memset(&out, 0, sizeof(out))
    for index in range(many):
        read_cell(&read[index], cells[index], count)
    try:
        make_room(&out, 128 * count)
        for row in range(count):
            request = requests[row]
            answer = answers[row]
            if not request.walked:
                request.walk()
            if not answer.walked:
                answer.walk()
            for index in range(many):
                put_cell(&out, &read[index], row, request, answer)
        return PyBytes_FromStringAndSize(<char*> out.octets, out.used)
    finally:
        free(out.octets)
