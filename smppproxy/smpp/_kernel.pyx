# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The kernel, compiled. What it means is said once, in its twin ``_pure.py``, and held equal by one test suite.

Why it is fast: a Frame is a handful of C integers into the read that brought it (no octet is copied until a
property is read); bodies are walked by programs of five opcodes, compiled at import from the layouts in
``tables.py``; every step is checked against the end of its own PDU.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_DelItem, PyDict_GetItemWithError, PyDict_SetDefault, PyDict_Size
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeLatin1, PyUnicode_DecodeUTF16, PyUnicode_GET_LENGTH
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from libc.string cimport memcmp, memcpy, memset

from smppproxy.smpp.constants import COMMANDS
from smppproxy.smpp.differing import DIFFERING as _DIFFERING
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.tables import ADDRESS_OCTETS, LAYOUTS, Kind

NAME = "cython"

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    void* PyUnicode_DATA(object text)

cdef object DIFFERING = _DIFFERING

include "_kernel_layouts.pxi"


@cython.final
@cython.no_gc  # the owner breaks the only cycle there can be, link to window to Frame, when a link ends
@cython.freelist(4096)
cdef class Frame:
    """One PDU as it lies in the read that brought it; see ``_pure.Frame`` for what each member means."""

    cdef readonly double received
    cdef readonly object link
    cdef public object note
    cdef readonly u32 command_id
    cdef readonly u32 command_status
    cdef readonly u32 sequence_number
    cdef readonly u32 length
    cdef bytes data
    cdef u32 start
    cdef u32 tlv_start
    cdef u32 tlv_stop
    cdef u32 broken
    cdef bint walked
    cdef bint claimed  # only within hand_back
    cdef Span strings[STRINGS]
    cdef unsigned char integers[INTEGERS]

    def __cinit__(self):
        self.data = b""  # a Frame that cut() did not fill has nothing to walk
        self.walked = True

    def __init__(self):
        raise TypeError("a Frame is made by cut(), from octets")

    def __repr__(self):
        name = COMMANDS.get(self.command_id, f"0x{self.command_id:08X}")
        return f"<{name} {self.length} octets, status 0x{self.command_status:02X}, sequence {self.sequence_number}>"

    cdef void walk(self) noexcept:
        cdef octet_t* data = <octet_t*> PyBytes_AS_STRING(self.data)
        cdef u32 at = self.start + HEADER
        cdef u32 stop = self.start + self.length
        cdef u32 fault
        cdef Program* program = &programs[0]
        if not self.command_id & 0x7FFFFE00:
            program = &programs[program_of[fold(self.command_id)]]
        self.walked = True
        self.tlv_start = self.tlv_stop = stop
        if not program.known or (at == stop and program.response):
            return
        fault = self.run(program, data, &at, stop)
        if fault:
            self.broken = fault
            memset(self.strings, 0, sizeof(self.strings))
            memset(self.integers, 0, sizeof(self.integers))
            return
        self.tlv_start = self.tlv_stop = at  # tlv_stop only moves over TLVs that are whole
        while stop - at >= 4:
            at += 4 + ((<u32> data[at + 2] << 8) | data[at + 3])
            if at > stop:
                break
            self.tlv_stop = at
        if at != stop:
            self.broken = FAULT_TLV_STREAM

    cdef u32 run(self, Program* program, octet_t* data, u32* cursor, u32 stop) noexcept:
        """Read the mandatory fields; the fault of the first broken one, or 0. ``cursor`` ends behind the last."""
        cdef u32 at = cursor[0]
        cdef u32 end, fault
        cdef Op* op = program.ops
        cdef Op* last = op + program.count
        while op < last:
            if at >= stop:
                return FAULT_TRUNCATED
            if op.kind == OP_OCTET:
                self.integers[op.slot] = data[at]
                at += 1
            elif op.kind == OP_CSTRING:
                end = string_end(data, at, stop, op.limit)
                if end == 0:
                    return op.fault
                self.strings[op.slot].start = at
                self.strings[op.slot].stop = end
                at = end + 1
            elif op.kind == OP_SHORT_MESSAGE:
                end = at + 1 + data[at]
                if end > stop:
                    return FAULT_TRUNCATED
                self.strings[op.slot].start = at + 1
                self.strings[op.slot].stop = end
                at = end
            else:
                fault = skip_list(op, data, &at, stop)
                if fault:
                    return fault
            op += 1
        cursor[0] = at
        return 0

    cdef void spend(self) noexcept:
        """Let go of the octets; every offset points to nothing from here on. ``data_coding`` stays, if it was read."""
        cdef unsigned char coding = self.integers[I_DATA_CODING]
        self.data = b""
        self.walked = True
        self.broken = self.start = self.tlv_start = self.tlv_stop = 0
        memset(self.strings, 0, sizeof(self.strings))
        memset(self.integers, 0, sizeof(self.integers))
        self.integers[I_DATA_CODING] = coding

    cdef int keep(self) except -1:
        """Copy the octets of this PDU and let go of the read; what was walked points into the copy."""
        cdef bytes own
        cdef int slot
        if PyBytes_GET_SIZE(self.data) != 0:
            own = PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.data) + self.start, self.length)
            if self.walked:
                for slot in range(STRINGS):
                    if self.strings[slot].stop:  # else it was not there
                        self.strings[slot].start -= self.start
                        self.strings[slot].stop -= self.start
                self.tlv_start -= self.start
                self.tlv_stop -= self.start
            self.start = 0
            self.data = own
        return 0

    cdef inline bytes octets(self, int slot):
        if not self.walked:
            self.walk()
        cdef Span* span = &self.strings[slot]
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.data) + span.start, span.stop - span.start)

    cdef inline int integer(self, int slot) noexcept:
        if not self.walked:
            self.walk()
        return self.integers[slot]

    @property
    def raw(self):
        if PyBytes_GET_SIZE(self.data) == 0:
            return b""
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.data) + self.start, self.length)

    @property
    def body(self):
        if PyBytes_GET_SIZE(self.data) == 0:
            return b""
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.data) + self.start + HEADER, self.length - HEADER)

    @property
    def fault(self):
        if not self.walked:
            self.walk()
        return self.broken

    @property
    def service_type(self): return self.octets(S_SERVICE_TYPE)

    @property
    def source_addr_ton(self): return self.integer(I_SOURCE_TON)

    @property
    def source_addr_npi(self): return self.integer(I_SOURCE_NPI)

    @property
    def source_addr(self): return self.octets(S_SOURCE_ADDR)

    @property
    def dest_addr_ton(self): return self.integer(I_DEST_TON)

    @property
    def dest_addr_npi(self): return self.integer(I_DEST_NPI)

    @property
    def destination_addr(self): return self.octets(S_DESTINATION_ADDR)

    @property
    def esm_class(self): return self.integer(I_ESM_CLASS)

    @property
    def protocol_id(self): return self.integer(I_PROTOCOL_ID)

    @property
    def priority_flag(self): return self.integer(I_PRIORITY)

    @property
    def schedule_delivery_time(self): return self.octets(S_SCHEDULE)

    @property
    def validity_period(self): return self.octets(S_VALIDITY)

    @property
    def registered_delivery(self): return self.integer(I_REGISTERED)

    @property
    def replace_if_present_flag(self): return self.integer(I_REPLACE)

    @property
    def data_coding(self): return self.integer(I_DATA_CODING)

    @property
    def sm_default_msg_id(self): return self.integer(I_DEFAULT_MSG)

    @property
    def short_message(self): return self.octets(S_SHORT_MESSAGE)

    @property
    def message_id(self): return self.octets(S_MESSAGE_ID)

    def tlv(self, u32 tag):
        """The value of the first TLV with this tag, None where there is none."""
        if not self.walked:
            self.walk()
        cdef char* data = PyBytes_AS_STRING(self.data)
        cdef octet_t* at = <octet_t*> data + self.tlv_start
        cdef octet_t* stop = <octet_t*> data + self.tlv_stop
        cdef u32 length
        while at < stop:  # walk() has checked every length up to tlv_stop
            length = (<u32> at[2] << 8) | at[3]
            if ((<u32> at[0] << 8) | at[1]) == tag:
                return PyBytes_FromStringAndSize(<char*> at + 4, length)
            at += 4 + length
        return None

    def tlv_once(self, u32 tag):
        """As :meth:`tlv`, but DIFFERING when the tag occurs again with another value."""
        if not self.walked:
            self.walk()
        cdef char* data = PyBytes_AS_STRING(self.data)
        cdef octet_t* at = <octet_t*> data + self.tlv_start
        cdef octet_t* stop = <octet_t*> data + self.tlv_stop
        cdef octet_t* first = NULL
        cdef u32 length
        cdef u32 first_length = 0
        while at < stop:
            length = (<u32> at[2] << 8) | at[3]
            if ((<u32> at[0] << 8) | at[1]) == tag:
                if first == NULL:
                    first = at + 4
                    first_length = length
                elif length != first_length or memcmp(first, at + 4, length) != 0:
                    return DIFFERING
            at += 4 + length
        if first == NULL:
            return None
        return PyBytes_FromStringAndSize(<char*> first, first_length)

    def tlvs(self):
        """Every TLV in order, duplicates included."""
        if not self.walked:
            self.walk()
        cdef char* data = PyBytes_AS_STRING(self.data)
        cdef octet_t* at = <octet_t*> data + self.tlv_start
        cdef octet_t* stop = <octet_t*> data + self.tlv_stop
        cdef u32 length
        cdef list found = []
        while at < stop:
            length = (<u32> at[2] << 8) | at[3]
            found.append(((<u32> at[0] << 8) | at[1], PyBytes_FromStringAndSize(<char*> at + 4, length)))
            at += 4 + length
        return found


def cut(bytes data not None, Py_ssize_t max_pdu, object link=None, double received=0.0):
    """All whole frames of a read: ``(frames, octets used, fault)``; see ``_pure.cut``."""
    cdef octet_t* octets = <octet_t*> PyBytes_AS_STRING(data)
    cdef Py_ssize_t end = PyBytes_GET_SIZE(data)
    cdef Py_ssize_t at = 0
    cdef u32 length
    cdef Frame frame
    cdef list frames = []
    if end > 0x7FFFFFFF:
        raise LocalMisuse("cut: a read of 2 GiB or more; feed it in smaller pieces")
    while end - at >= HEADER:
        length = read_u32(octets + at)
        if length < HEADER or length > max_pdu:
            return frames, at, <Py_ssize_t> length or -1
        if length > end - at:
            return frames, at, 0
        frame = Frame.__new__(Frame)
        frame.data = data
        frame.walked = False
        frame.link = link
        frame.received = received
        frame.start = <u32> at
        frame.length = length
        frame.command_id = read_u32(octets + at + 4)
        frame.command_status = read_u32(octets + at + 8)
        frame.sequence_number = read_u32(octets + at + 12)
        frames.append(frame)
        at += length
    if end - at >= 4:
        length = read_u32(octets + at)
        if length < HEADER or length > max_pdu:
            return frames, at, <Py_ssize_t> length or -1
    return frames, at, 0


include "_kernel_texts.pxi"
include "_kernel_batches.pxi"
include "_kernel_rows.pxi"
