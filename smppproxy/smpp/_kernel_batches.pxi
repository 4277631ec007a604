# What is done to many Frames at once; included at the end of _kernel.pyx, and part of that module.

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
    cdef bint odd, elsewhere
    for item in frames:
        frame = item
        if not frame.walked:
            frame.walk()
        odd = frame.command_id != command_id or frame.broken != 0 or frame.integers[I_ESM_CLASS] & UDHI
        found = NULL
        found_length = 0
        if not odd:
            elsewhere = frame.strings[S_SHORT_MESSAGE].stop == frame.strings[S_SHORT_MESSAGE].start
            at = <octet_t*> PyBytes_AS_STRING(frame.data) + frame.tlv_start
            stop = <octet_t*> PyBytes_AS_STRING(frame.data) + frame.tlv_stop
            while at < stop:
                length = (<u32> at[2] << 8) | at[3]
                seen = (<u32> at[0] << 8) | at[1]
                if seen == TLV_PAYLOAD:
                    odd = not elsewhere or length == 0 or tag == TLV_PAYLOAD
                    elsewhere = False  # there is one text
                elif seen == TLV_SAR_REFERENCE or seen == TLV_SAR_TOTAL or seen == TLV_SAR_NUMBER:
                    odd = True
                if odd:
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


def uniform(list frames not None):
    """The command_id all frames have; 0 where they differ or there are none; see ``_pure.uniform``."""
    cdef Py_ssize_t count = PyList_GET_SIZE(frames)
    cdef Py_ssize_t index
    cdef Frame frame
    cdef u32 command
    if count == 0:
        return 0
    frame = frames[0]
    command = frame.command_id
    for index in range(1, count):
        frame = frames[index]
        if frame.command_id != command:
            return 0
    return command


def close_rows(dict rows not None, list answers not None):
    """Take the row each answer's sequence_number names, None where there is none; see ``_pure.close_rows``."""
    cdef Frame frame
    cdef PyObject* row
    cdef list found = []
    for item in answers:
        frame = item
        number = <object> frame.sequence_number
        row = PyDict_GetItemWithError(rows, number)
        if row == NULL:
            found.append(None)
        else:
            found.append(<object> row)
            PyDict_DelItem(rows, number)
    return found


cdef bytes joined_under(list frames, list numbers, Py_ssize_t first):
    """The frames joined, each under its of the ``numbers``, or where there is no list under one from ``first`` on."""
    cdef Py_ssize_t count = PyList_GET_SIZE(frames)
    cdef Py_ssize_t total = 0
    cdef Py_ssize_t index
    cdef Frame frame
    cdef unsigned char* at
    cdef bytes joined
    for index in range(count):
        frame = frames[index]
        if PyBytes_GET_SIZE(frame.data) == 0:
            raise LocalMisuse("gather: a frame was spent already; its octets are gone")
        total += frame.length
    joined = PyBytes_FromStringAndSize(NULL, total)
    at = <unsigned char*> PyBytes_AS_STRING(joined)
    for index in range(count):
        frame = <Frame> PyList_GET_ITEM(frames, index)
        memcpy(at, PyBytes_AS_STRING(frame.data) + frame.start, frame.length)
        write_u32(at + 12, <u32> (first + index) if numbers is None else <u32> numbers[index])
        at += frame.length
    return joined


cdef void spend_all(list frames) noexcept:
    cdef Py_ssize_t index
    for index in range(PyList_GET_SIZE(frames)):
        (<Frame> PyList_GET_ITEM(frames, index)).spend()


def gather(list frames not None, list sequence_numbers not None, bint spend=False):
    """The frames joined, each octet as received but for its sequence_number. Raises LocalMisuse."""
    cdef bytes joined
    if PyList_GET_SIZE(sequence_numbers) != PyList_GET_SIZE(frames):
        raise LocalMisuse("gather: one sequence_number of 0 to 0xFFFFFFFF is needed for each frame")
    try:
        joined = joined_under(frames, sequence_numbers, 0)
    except (OverflowError, TypeError) as error:
        raise LocalMisuse("gather: one sequence_number of 0 to 0xFFFFFFFF is needed for each frame") from error
    if spend:  # only now: a batch that fails leaves every frame as it was
        spend_all(frames)
    return joined


def send_on(dict rows not None, list frames not None, u32 first, bint spend=False):
    """Open a row for each frame and join them under its numbers; see ``_pure.send_on``."""
    cdef Py_ssize_t count = PyList_GET_SIZE(frames)
    cdef Py_ssize_t index
    cdef Py_ssize_t held = PyDict_Size(rows)
    cdef bytes joined
    if <Py_ssize_t> first + count - 1 > 0xFFFFFFFF:
        raise LocalMisuse("send_on: the sequence_numbers end at 0xFFFFFFFF")
    joined = joined_under(frames, None, first)
    for index in range(count):
        number = first + index
        PyDict_SetDefault(rows, number, <object> PyList_GET_ITEM(frames, index))
        if PyDict_Size(rows) != held + index + 1:
            for number in range(first, first + index):
                PyDict_DelItem(rows, number)
            raise LocalMisuse(f"sequence_number {first + index} is still waiting for its answer")
    if spend:
        spend_all(frames)
    return joined


cdef void let_go(list rows) noexcept:
    cdef Py_ssize_t index
    for index in range(PyList_GET_SIZE(rows)):
        (<Frame> PyList_GET_ITEM(rows, index)).claimed = False


def hand_back(dict rows not None, list answers not None):
    """Take the row each answer names, and join the answers under its number; see ``_pure.hand_back``."""
    cdef Py_ssize_t count = PyList_GET_SIZE(answers)
    cdef Py_ssize_t total = 0
    cdef Py_ssize_t index
    cdef PyObject* found
    cdef list taken = []
    cdef list said = []
    cdef bytes codings, joined
    cdef unsigned char* coding
    cdef unsigned char* at
    cdef Frame frame, row
    for index in range(count):
        frame = answers[index]
        found = PyDict_GetItemWithError(rows, frame.sequence_number)
        if found == NULL or type(<object> found) is not Frame or PyBytes_GET_SIZE(frame.data) == 0:
            let_go(taken)
            return None
        row = <Frame> found
        if row.claimed:  # by another answer to the same request
            let_go(taken)
            return None
        row.claimed = True
        taken.append(row)
        total += frame.length
    codings = PyBytes_FromStringAndSize(NULL, count)
    joined = PyBytes_FromStringAndSize(NULL, total)
    coding = <unsigned char*> PyBytes_AS_STRING(codings)
    at = <unsigned char*> PyBytes_AS_STRING(joined)
    for index in range(count):
        row = <Frame> PyList_GET_ITEM(taken, index)
        frame = <Frame> PyList_GET_ITEM(answers, index)
        PyDict_DelItem(rows, frame.sequence_number)
        row.claimed = False
        if not row.walked:
            row.walk()
        coding[index] = row.integers[I_DATA_CODING]
        said.append(row.note)
        memcpy(at, PyBytes_AS_STRING(frame.data) + frame.start, frame.length)
        write_u32(at + 12, row.sequence_number)
        at += frame.length
    return taken, said, codings, joined


def keep(list frames not None):
    """Each frame keeps a copy of its own octets and lets go of the read; see ``_pure.keep``."""
    cdef Frame frame
    for item in frames:
        frame = item
        frame.keep()


def texts(list frames not None, str field not None):
    """One string field of each frame, as text; see ``_pure.texts``."""
    cdef Frame frame
    cdef Span* span
    cdef int slot
    cdef list found = []
    if field not in _STRING_SLOTS:
        raise LocalMisuse(f"texts: {field!r} is no string field of a Frame")
    slot = _STRING_SLOTS[field]
    for item in frames:
        frame = item
        if not frame.walked:
            frame.walk()
        span = &frame.strings[slot]
        found.append(
            PyUnicode_DecodeLatin1(PyBytes_AS_STRING(frame.data) + span.start, span.stop - span.start, NULL)
        )
    return found


def strings(list frames not None, str field not None):
    """One string field of each frame, as octets; see ``_pure.strings``."""
    cdef Frame frame
    cdef int slot
    cdef list found = []
    if field not in _STRING_SLOTS:
        raise LocalMisuse(f"strings: {field!r} is no string field of a Frame")
    slot = _STRING_SLOTS[field]
    for item in frames:
        frame = item
        found.append(frame.octets(slot))
    return found


def by_link(list frames not None):
    """The frames of each link, in their order; see ``_pure.by_link``."""
    cdef dict found = {}
    cdef Frame frame
    cdef PyObject* known
    cdef object link = None
    cdef list mine = None
    for item in frames:
        frame = item
        if mine is None or frame.link is not link:
            link = frame.link
            known = PyDict_GetItemWithError(found, link)
            if known == NULL:
                mine = found[link] = []
            else:
                mine = <list> known
        mine.append(frame)
    return found


def notes(list frames not None):
    """The note of each frame."""
    cdef list found = []
    cdef Frame frame
    for item in frames:
        frame = item
        found.append(frame.note)
    return found


def refusals(list frames not None):
    """The statuses of the frames that have one; see ``_pure.refusals``."""
    cdef list found = []
    cdef Frame frame
    for item in frames:
        frame = item
        if frame.command_status:
            found.append(frame.command_status)
    return found


def columns(list frames not None):
    """Notes, sequence_numbers and data_codings of the frames; see ``_pure.columns``."""
    cdef Py_ssize_t count = PyList_GET_SIZE(frames), index
    cdef list found = []
    cdef list numbers = []
    cdef bytes codings = PyBytes_FromStringAndSize(NULL, count)
    cdef unsigned char* at = <unsigned char*> PyBytes_AS_STRING(codings)
    cdef Frame frame
    for index in range(count):
        frame = frames[index]
        if not frame.walked:
            frame.walk()
        found.append(frame.note)
        numbers.append(frame.sequence_number)
        at[index] = frame.integers[I_DATA_CODING]
    return found, numbers, codings


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
