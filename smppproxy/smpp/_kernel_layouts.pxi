# Bodies in C: programs of five opcodes, compiled at import from ``tables.LAYOUTS``, and what they are run with.

ctypedef const unsigned char octet_t
ctypedef unsigned int u32
ctypedef unsigned short u16

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
