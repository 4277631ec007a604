# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The kernel, compiled. What it means is said once, in its twin ``_pure.py``, and held equal by one test suite.

Why it is fast: a Frame is a handful of C integers into the read that brought it (no octet is copied until a
property is read); bodies are walked by programs of five opcodes, compiled at import from the layouts in
``tables.py``; every step is checked against the end of its own PDU.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from libc.string cimport memcmp, memcpy, memset

from smppproxy.smpp.constants import COMMANDS
from smppproxy.smpp.differing import DIFFERING as _DIFFERING
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.tables import ADDRESS_OCTETS, LAYOUTS, Kind

NAME = "cython"

cdef object DIFFERING = _DIFFERING

ctypedef const unsigned char octet_t
ctypedef unsigned int u32

cdef enum:
    HEADER = 16
    MAX_FIELDS = 24
    LAYOUT_SLOTS = 1024  # command_id folded: nine low bits and the response bit
    FAULT_TRUNCATED = 0x01  # ESME_RINVMSGLEN
    FAULT_ADDRESS = 0x0B  # ESME_RINVDSTADR
    FAULT_DL_NAME = 0x34  # ESME_RINVDLNAME
    FAULT_DEST_FLAG = 0x40  # ESME_RINVDESTFLAG
    FAULT_TLV_STREAM = 0xC0  # ESME_RINVOPTPARSTREAM
    UDHI = 0x40  # the bit of esm_class that announces a user data header
    TLV_PAYLOAD = 0x0424  # message_payload
    TLV_SAR_REFERENCE = 0x020C
    TLV_SAR_TOTAL = 0x020E
    TLV_SAR_NUMBER = 0x020F
    OP_OCTET = 1  # the numbers of tables.Kind
    OP_CSTRING = 2
    OP_SHORT_MESSAGE = 3
    OP_DESTINATIONS = 4
    OP_UNSUCCESS = 5

# Where a Frame keeps what it found. The last slot of each kind takes the fields nobody asks a Frame for.
cdef enum:
    S_SERVICE_TYPE
    S_SOURCE_ADDR
    S_DESTINATION_ADDR
    S_SCHEDULE
    S_VALIDITY
    S_SHORT_MESSAGE
    S_MESSAGE_ID
    S_OTHER
    STRINGS

cdef enum:
    I_SOURCE_TON
    I_SOURCE_NPI
    I_DEST_TON
    I_DEST_NPI
    I_ESM_CLASS
    I_PROTOCOL_ID
    I_PRIORITY
    I_REGISTERED
    I_REPLACE
    I_DATA_CODING
    I_DEFAULT_MSG
    I_OTHER
    INTEGERS

cdef struct Op:
    unsigned char kind
    unsigned char slot
    unsigned short limit
    u32 fault

cdef struct Program:
    unsigned char known
    unsigned char response
    unsigned char count
    Op ops[MAX_FIELDS]

cdef struct Span:
    u32 start
    u32 stop

cdef Program programs[64]
cdef unsigned char program_of[LAYOUT_SLOTS]
cdef u32 ADDRESS_LIMIT = ADDRESS_OCTETS

_STRING_SLOTS = {
    "service_type": S_SERVICE_TYPE,
    "source_addr": S_SOURCE_ADDR,
    "destination_addr": S_DESTINATION_ADDR,
    "schedule_delivery_time": S_SCHEDULE,
    "validity_period": S_VALIDITY,
    "short_message": S_SHORT_MESSAGE,
    "message_id": S_MESSAGE_ID,
}
_INTEGER_SLOTS = {
    "source_addr_ton": I_SOURCE_TON,
    "source_addr_npi": I_SOURCE_NPI,
    "dest_addr_ton": I_DEST_TON,
    "dest_addr_npi": I_DEST_NPI,
    "esm_class": I_ESM_CLASS,
    "protocol_id": I_PROTOCOL_ID,
    "priority_flag": I_PRIORITY,
    "registered_delivery": I_REGISTERED,
    "replace_if_present_flag": I_REPLACE,
    "data_coding": I_DATA_CODING,
    "sm_default_msg_id": I_DEFAULT_MSG,
}


cdef inline u32 fold(u32 command_id) noexcept:
    return (command_id & 0x1FF) | ((command_id >> 22) & 0x200)


cdef int compile_layouts() except -1:
    """Turn ``tables.LAYOUTS`` into programs. Program 0 is that of commands nobody knows: read nothing."""
    cdef Program* program
    cdef Op* op
    number = 0
    for command_id, layout in LAYOUTS.items():
        number += 1
        if number >= 64 or len(layout.fields) > MAX_FIELDS or command_id & 0x7FFFFE00:
            raise ImportError(f"_kernel.pyx has no room for the layout of {COMMANDS[command_id]}: widen its tables")
        program_of[fold(command_id)] = number
        program = &programs[number]
        program.known = 1
        program.response = layout.is_response
        program.count = len(layout.fields)
        for position, field in enumerate(layout.fields):
            op = &program.ops[position]
            op.kind = field.kind
            op.limit = field.limit
            op.fault = field.fault
            if field.kind is Kind.OCTET:
                op.slot = _INTEGER_SLOTS.get(field.name, I_OTHER)
            else:
                op.slot = _STRING_SLOTS.get(field.name, S_OTHER)
    return 0


compile_layouts()


cdef inline u32 read_u32(octet_t* at) noexcept:
    return (<u32> at[0] << 24) | (<u32> at[1] << 16) | (<u32> at[2] << 8) | at[3]


cdef inline void write_u32(unsigned char* at, u32 value) noexcept:
    at[0] = value >> 24
    at[1] = (value >> 16) & 0xFF
    at[2] = (value >> 8) & 0xFF
    at[3] = value & 0xFF


cdef inline u32 string_end(octet_t* data, u32 at, u32 stop, u32 limit) noexcept:
    """Where the terminator of the string at ``at`` is; 0 when there is none within its limit and its PDU."""
    cdef u32 last = stop if stop - at < limit else at + limit
    while at < last:
        if data[at] == 0:
            return at
        at += 1
    return 0


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
    cdef Span strings[STRINGS]
    cdef unsigned char integers[INTEGERS]

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
            for slot in range(STRINGS):
                self.strings[slot].start = self.strings[slot].stop = 0
            for slot in range(INTEGERS):
                self.integers[slot] = 0
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
        """Let go of the octets; every offset points to nothing from here on."""
        self.data = b""
        self.walked = True
        self.broken = self.start = self.tlv_start = self.tlv_stop = 0
        memset(self.strings, 0, sizeof(self.strings))
        memset(self.integers, 0, sizeof(self.integers))

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
    def service_type(self):
        return self.octets(S_SERVICE_TYPE)

    @property
    def source_addr_ton(self):
        return self.integer(I_SOURCE_TON)

    @property
    def source_addr_npi(self):
        return self.integer(I_SOURCE_NPI)

    @property
    def source_addr(self):
        return self.octets(S_SOURCE_ADDR)

    @property
    def dest_addr_ton(self):
        return self.integer(I_DEST_TON)

    @property
    def dest_addr_npi(self):
        return self.integer(I_DEST_NPI)

    @property
    def destination_addr(self):
        return self.octets(S_DESTINATION_ADDR)

    @property
    def esm_class(self):
        return self.integer(I_ESM_CLASS)

    @property
    def protocol_id(self):
        return self.integer(I_PROTOCOL_ID)

    @property
    def priority_flag(self):
        return self.integer(I_PRIORITY)

    @property
    def schedule_delivery_time(self):
        return self.octets(S_SCHEDULE)

    @property
    def validity_period(self):
        return self.octets(S_VALIDITY)

    @property
    def registered_delivery(self):
        return self.integer(I_REGISTERED)

    @property
    def replace_if_present_flag(self):
        return self.integer(I_REPLACE)

    @property
    def data_coding(self):
        return self.integer(I_DATA_CODING)

    @property
    def sm_default_msg_id(self):
        return self.integer(I_DEFAULT_MSG)

    @property
    def short_message(self):
        return self.octets(S_SHORT_MESSAGE)

    @property
    def message_id(self):
        return self.octets(S_MESSAGE_ID)

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


cdef u32 skip_list(Op* op, octet_t* data, u32* cursor, u32 stop) noexcept:
    """Walk over dest_address(es) or unsuccess_sme; the fault of the first broken entry, or 0."""
    cdef u32 at = cursor[0]
    cdef u32 count = data[at]
    cdef u32 end
    cdef bint destinations = op.kind == OP_DESTINATIONS
    cdef bint name
    at += 1
    if destinations and not 1 <= count <= op.limit:
        return op.fault
    while count:
        count -= 1
        name = False
        if destinations:
            if at >= stop:
                return FAULT_TRUNCATED
            if data[at] != 1 and data[at] != 2:
                return FAULT_DEST_FLAG
            name = data[at] == 2
            at += 1
        if not name:
            at += 2  # ton and npi
        if at >= stop:
            return FAULT_TRUNCATED
        end = string_end(data, at, stop, ADDRESS_LIMIT)
        if end == 0:
            return FAULT_DL_NAME if name else FAULT_ADDRESS
        at = end + 1
        if not destinations:
            at += 4  # error_status_code
            if at > stop:
                return FAULT_TRUNCATED
    cursor[0] = at
    return 0


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


def sieve(list frames not None, u32 command_id, u32 tag):
    """The plain requests of a batch: ``(frames, values, others)``; see ``_pure.sieve``."""
    cdef list plain = []
    cdef list values = []
    cdef list others = []
    cdef Frame frame
    cdef octet_t* at
    cdef octet_t* stop
    cdef octet_t* found
    cdef u32 length, found_length, seen
    cdef bint odd
    for item in frames:
        frame = item
        if not frame.walked:
            frame.walk()
        odd = frame.command_id != command_id or frame.broken != 0 or frame.integers[I_ESM_CLASS] & UDHI
        found = NULL
        found_length = 0
        if not odd:
            at = <octet_t*> PyBytes_AS_STRING(frame.data) + frame.tlv_start
            stop = <octet_t*> PyBytes_AS_STRING(frame.data) + frame.tlv_stop
            while at < stop:
                length = (<u32> at[2] << 8) | at[3]
                seen = (<u32> at[0] << 8) | at[1]
                if seen == TLV_PAYLOAD or seen == TLV_SAR_REFERENCE or seen == TLV_SAR_TOTAL or seen == TLV_SAR_NUMBER:
                    odd = True
                    break
                if seen == tag:
                    if found != NULL:
                        odd = True
                        break
                    found = at + 4
                    found_length = length
                at += 4 + length
        if odd:
            others.append(frame)
            continue
        frame.note = None if found == NULL else PyBytes_FromStringAndSize(<char*> found, found_length)
        plain.append(frame)
        values.append(frame.note)
    return plain, values, others


def gather(list frames not None, list sequence_numbers not None, bint spend=False):
    """The frames joined, each octet as received but for its sequence_number. Raises LocalMisuse."""
    cdef Py_ssize_t count = PyList_GET_SIZE(frames)
    cdef Py_ssize_t total = 0
    cdef Py_ssize_t index
    cdef Frame frame
    cdef unsigned char* at
    cdef bytes joined
    if PyList_GET_SIZE(sequence_numbers) != count:
        raise LocalMisuse("gather: one sequence_number of 0 to 0xFFFFFFFF is needed for each frame")
    for index in range(count):
        frame = frames[index]
        if PyBytes_GET_SIZE(frame.data) == 0:
            raise LocalMisuse("gather: a frame was spent already; its octets are gone")
        total += frame.length
    joined = PyBytes_FromStringAndSize(NULL, total)
    at = <unsigned char*> PyBytes_AS_STRING(joined)
    try:
        for index in range(count):
            frame = <Frame> PyList_GET_ITEM(frames, index)
            memcpy(at, PyBytes_AS_STRING(frame.data) + frame.start, frame.length)
            write_u32(at + 12, <u32> sequence_numbers[index])
            at += frame.length
    except (OverflowError, TypeError) as error:
        raise LocalMisuse("gather: one sequence_number of 0 to 0xFFFFFFFF is needed for each frame") from error
    if spend:  # only now: a batch that fails leaves every frame as it was
        for index in range(count):
            (<Frame> PyList_GET_ITEM(frames, index)).spend()
    return joined


def headers(object command_id, list statuses not None, list sequence_numbers not None):
    """Header-only PDUs joined, 16 octets each. Raises LocalMisuse."""
    cdef Py_ssize_t count = PyList_GET_SIZE(statuses)
    cdef Py_ssize_t index
    cdef u32 command
    cdef unsigned char* at
    cdef bytes joined = PyBytes_FromStringAndSize(NULL, count * HEADER)
    at = <unsigned char*> PyBytes_AS_STRING(joined)
    try:
        if PyList_GET_SIZE(sequence_numbers) != count:
            raise OverflowError("lists of unequal length")
        command = command_id
        for index in range(count):
            write_u32(at, HEADER)
            write_u32(at + 4, command)
            write_u32(at + 8, <u32> statuses[index])
            write_u32(at + 12, <u32> sequence_numbers[index])
            at += HEADER
    except (OverflowError, TypeError) as error:
        raise LocalMisuse(
            "headers: command_id, each command_status and its sequence_number must be 0 to 0xFFFFFFFF, "
            "and there must be as many of one as of the other"
        ) from error
    return joined
