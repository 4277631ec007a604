# What a key had on a day and how often a value came lately, compiled; see ``_counters_pure.py``.

cdef class Sent:
    """Of one key: a day, and how much it had then."""

    cdef double day
    cdef long long count


cdef class Days:
    """How much each key had in the present day."""

    cdef long long most
    cdef double offset
    cdef Py_ssize_t limit
    cdef dict sent

    def __init__(self, long long most, double offset, Py_ssize_t keys):
        self.most = most
        self.offset = offset
        self.limit = keys
        self.sent = {}

    cpdef bint take(self, key, long long count, double now) except -1:
        """Whether ``count`` more may pass; then they are counted."""
        cdef double part = 0.0, day = bucket(now + self.offset, DAY, &part)
        cdef PyObject* known = PyDict_GetItem(self.sent, key)
        cdef Sent had
        if known is NULL:
            if count > self.most:
                return False
            if PyDict_Size(self.sent) >= self.limit:
                self.sent = {one: other for one, other in self.sent.items() if (<Sent>other).day == day}
                if PyDict_Size(self.sent) >= self.limit:
                    forget_first(self.sent)
            had = Sent.__new__(Sent)
            PyDict_SetItem(self.sent, key, had)
        else:
            had = <Sent>known
            if (had.count if had.day == day else 0) + count > self.most:
                return False
        had.count = (had.count if had.day == day else 0) + count
        had.day = day
        return True

    def __len__(self):
        return PyDict_Size(self.sent)


cdef inline PyObject* of_pair(dict owners, owner, value):
    """What is kept under an owner's value, NULL for nothing."""
    cdef PyObject* values = PyDict_GetItem(owners, owner)
    return NULL if values is NULL else PyDict_GetItem(<dict>values, value)


cdef class Repeats:
    """Whether an owner's value came more than ``most`` times within a short window, exactly.

    Nearly every value comes once, so a single time stands for itself; several make a tuple. Each generation is a
    dictionary of dictionaries: tuples for keys would be garbage for the collector to look through.
    """

    cdef Py_ssize_t most, limit, size, old_size
    cdef double window, turn
    cdef dict young, old

    def __init__(self, Py_ssize_t most, double window, Py_ssize_t keys):
        self.most = most
        self.window = window
        self.limit = keys
        self.turn = 0.0
        self.young = {}
        self.old = {}

    cdef int begin(self, double moment) except -1:
        """Begin a new generation."""
        cdef bint lasts = self.turn - self.window <= moment < self.turn + self.window
        self.old = self.young if lasts else {}
        self.old_size = self.size if lasts else 0
        self.young = {}
        self.size = 0
        self.turn = moment + self.window
        return 0

    cdef int keep(self, owner, value, times) except -1:
        cdef PyObject* known = PyDict_GetItem(self.young, owner)
        cdef dict values
        if known is NULL:
            values = {}
            PyDict_SetItem(self.young, owner, values)
        else:
            values = <dict>known
        self.size -= PyDict_Size(values)
        PyDict_SetItem(values, value, times)
        self.size += PyDict_Size(values)
        return 0

    cpdef bint take(self, owner, value, now) except -1:
        """Whether the value may come once more; then it is counted."""
        cdef double moment = now, since, time
        cdef PyObject* known
        cdef tuple kept
        if not (self.turn - self.window <= moment < self.turn) or self.size >= self.limit:
            self.begin(moment)
        known = of_pair(self.young, owner, value)
        if known is NULL:
            known = of_pair(self.old, owner, value)
            if known is NULL:
                self.keep(owner, value, now if PyFloat_CheckExact(now) else PyFloat_FromDouble(moment))
                return True
        since = moment - self.window
        if PyFloat_CheckExact(<object>known):
            time = PyFloat_AS_DOUBLE(<object>known)
            kept = (<object>known,) if since < time <= moment else ()
        else:
            kept = tuple([one for one in <tuple>known if since < PyFloat_AS_DOUBLE(one) <= moment])
        if len(kept) >= self.most:
            self.keep(owner, value, kept)
            return False
        self.keep(owner, value, (*kept, moment))
        return True

    cpdef list refused(self, owner, values, now):
        """Take each value of an owner; the places of those that may not come."""
        cdef list refused = []
        cdef Py_ssize_t place = 0
        for value in values:
            if not self.take(owner, value, now):
                refused.append(place)
            place += 1
        return refused

    def __len__(self):
        return self.size + self.old_size
