# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Counting under way, compiled. What it is and why is said in its twin ``_counters_pure.py``, which is the definition."""

from cpython.dict cimport PyDict_DelItem, PyDict_GetItem, PyDict_SetItem, PyDict_Size
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.ref cimport PyObject
from libc.math cimport floor, fma, log
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

cdef extern from "Python.h":
    unsigned long long PyLong_AsUnsignedLongLongMask(object number) except? 0xFFFFFFFFFFFFFFFF

NAME = "cython"

DEF DAY = 86400.0
DEF MOST_AT_ONCE = 254
DEF PRECISION = 10
DEF REGISTERS = 1024
DEF RANKS = 56

cdef double ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
cdef double POWERS[RANKS]

cdef int _rank
for _rank in range(RANKS):
    POWERS[_rank] = 2.0 ** -_rank


cdef inline double bucket(double now, double window, double* part) noexcept nogil:
    """The window a moment falls into and how far, as Python's divmod of two floats has it; the window is positive."""
    cdef double whole = floor(now / window), rest = fma(-whole, window, now)  # exact: the quotient may be one off
    if rest < 0:
        whole -= 1.0
        rest = fma(-whole, window, now)
    elif rest >= window:
        whole += 1.0
        rest = fma(-whole, window, now)
    part[0] = rest
    return whole


cdef inline int forget_first(dict some) except -1:
    """Forget the key that came first."""
    PyDict_DelItem(some, next(iter(some)))
    return 0


cdef class Moment:
    """When a key has paid off what it was let through."""

    cdef double due


cdef class Rates:
    """A rate for each key with a burst."""

    cdef readonly double rate
    cdef double interval, tolerance, debt
    cdef Py_ssize_t limit
    cdef dict moments

    def __init__(self, double rate, double burst, Py_ssize_t keys):
        self.rate = rate
        self.interval = 1.0 / rate
        self.tolerance = max(burst - 1.0, 0.0) * self.interval
        self.debt = self.tolerance + MOST_AT_ONCE * self.interval
        self.limit = keys
        self.moments = {}

    cpdef bint take(self, key, Py_ssize_t count, double now) except -1:
        """Whether ``count`` more may pass; then they are counted."""
        cdef PyObject* known = PyDict_GetItem(self.moments, key)
        cdef Moment moment
        cdef double due = now, ahead = 0.0
        if known is not NULL:
            moment = <Moment>known
            due = moment.due
            ahead = due - now
            if ahead < 0 or ahead > self.debt:
                due = now
                ahead = 0.0
        if ahead > self.tolerance:
            return False
        if known is NULL:
            if PyDict_Size(self.moments) >= self.limit:
                self.make_room(now)
            moment = Moment.__new__(Moment)
            PyDict_SetItem(self.moments, key, moment)
        moment.due = due + count * self.interval
        return True

    cdef int make_room(self, double now) except -1:
        self.moments = {one: moment for one, moment in self.moments.items() if (<Moment>moment).due > now}
        if PyDict_Size(self.moments) >= self.limit:
            self.moments.clear()
        return 0

    def __len__(self):
        return PyDict_Size(self.moments)


cdef class Buckets:
    """Of one key: the number of the present bucket, its sum, and that of the one before."""

    cdef double number
    cdef long long present, before


cdef class Sums:
    """How much each key had within a sliding window."""

    cdef double window
    cdef Py_ssize_t limit
    cdef dict buckets
    # What was asked last is often counted next: where the key was found, and in which window the moment lies.
    cdef object key
    cdef Buckets found
    cdef double now, here

    def __init__(self, double window, Py_ssize_t keys):
        self.window = window
        self.limit = keys
        self.buckets = {}

    cpdef double within(self, key, double now) except -1:
        """The sum of the last window."""
        cdef PyObject* known = PyDict_GetItem(self.buckets, key)
        cdef Buckets had
        cdef double here, part = 0.0
        if known is NULL:
            return 0.0
        had = <Buckets>known
        here = bucket(now, self.window, &part)
        self.key = key
        self.found = had
        self.now = now
        self.here = here
        if had.number == here:
            return had.present + had.before * (1 - part / self.window)
        return had.present * (1 - part / self.window) if had.number == here - 1 else 0.0

    cpdef int add(self, key, long long count, double now) except -1:
        """Count more."""
        cdef PyObject* known
        cdef Buckets had, new
        cdef double part = 0.0, here
        if self.found is not None and key is self.key and now == self.now and self.found.number == self.here:
            self.found.present += count
            return 0
        self.found = None
        known = PyDict_GetItem(self.buckets, key)
        here = bucket(now, self.window, &part)
        if known is not NULL:
            had = <Buckets>known
            if had.number == here:
                had.present += count
                return 0
        new = Buckets.__new__(Buckets)
        new.number = here
        new.present = count
        if known is not NULL:
            if had.number == here - 1:
                new.before = had.present
            PyDict_DelItem(self.buckets, key)  # it goes to the end of those that can be forgotten
        elif PyDict_Size(self.buckets) >= self.limit:
            forget_first(self.buckets)
        PyDict_SetItem(self.buckets, key, new)
        return 0

    def __len__(self):
        return PyDict_Size(self.buckets)


cdef class HyperLogLog:
    """About how many different values were added, in a kilobyte."""

    cdef uint8_t registers[REGISTERS]
    cdef double sum, known  # the estimate; -1 where it has to be made
    cdef int empty

    def __cinit__(self):
        memset(self.registers, 0, REGISTERS)
        self.sum = REGISTERS
        self.empty = REGISTERS
        self.known = 0.0

    cdef inline bint put(self, int place, int rank) noexcept nogil:
        """Raise a register; whether it was lower."""
        cdef int had = self.registers[place]
        if rank <= had:
            return False
        self.registers[place] = rank
        self.sum += POWERS[rank] - POWERS[had]
        if had == 0:
            self.empty -= 1
        self.known = -1.0
        return True

    cdef double count(self) noexcept nogil:
        cdef double raw
        if self.known >= 0:
            return self.known
        raw = ALPHA * REGISTERS * REGISTERS / self.sum
        if self.empty and raw <= 2.5 * REGISTERS:
            raw = REGISTERS * log(<double>REGISTERS / self.empty)
        self.known = raw
        return raw

    def add(self, value):
        """Add a value by a well-mixed hash of it, of which the lowest 64 bits count."""
        cdef int rank = 0, place = place_of(PyLong_AsUnsignedLongLongMask(value), &rank)
        self.put(place, rank)

    def estimate(self):
        """About how many different values there were."""
        return self.count()


cdef inline int place_of(uint64_t value, int* rank) noexcept nogil:
    """The register a value belongs to, and the rank it asks for."""
    cdef uint64_t rest = value >> PRECISION
    cdef int asked = 1
    while asked < RANKS - 1 and not rest & 1:
        rest >>= 1
        asked += 1
    rank[0] = asked
    return value & (REGISTERS - 1)


cdef class Pair:
    """Two counters that begin half a window apart; the older one answers."""

    cdef HyperLogLog older, newer
    cdef double turn  # when the older one ends


cdef class Distinct:
    """About how many different values each key had: over the last half window at least, the whole window at most."""

    cdef double half
    cdef Py_ssize_t limit
    cdef dict pairs

    def __init__(self, double window, Py_ssize_t keys):
        self.half = window / 2
        self.limit = keys
        self.pairs = {}

    cpdef double within(self, key, double now) except -1:
        """About how many different values the key had."""
        cdef PyObject* known = PyDict_GetItem(self.pairs, key)
        cdef Pair pair
        if known is NULL:
            return 0.0
        pair = <Pair>known
        if not (pair.turn - 2 * self.half <= now < pair.turn + self.half):
            return 0.0
        return pair.newer.count() if now >= pair.turn else pair.older.count()

    def add(self, key, value, double now):
        """Add a value by its hash."""
        self.put(key, PyLong_AsUnsignedLongLongMask(value), now)

    cdef int put(self, key, uint64_t value, double now) except -1:
        cdef PyObject* known = PyDict_GetItem(self.pairs, key)
        cdef Pair pair = None
        cdef int rank = 0, place
        if known is not NULL:
            pair = <Pair>known
        if pair is None or not (pair.turn - 2 * self.half <= now < pair.turn + self.half):
            if pair is not None:
                PyDict_DelItem(self.pairs, key)
            elif PyDict_Size(self.pairs) >= self.limit:
                forget_first(self.pairs)
            pair = Pair.__new__(Pair)
            pair.older = HyperLogLog()
            pair.newer = HyperLogLog()
            pair.turn = now + self.half
            PyDict_SetItem(self.pairs, key, pair)
        elif now >= pair.turn:
            pair.older = pair.newer
            pair.newer = HyperLogLog()
            pair.turn += self.half
        place = place_of(value, &rank)
        if pair.newer.put(place, rank):
            pair.older.put(place, rank)
        return 0

    def __len__(self):
        return PyDict_Size(self.pairs)


include "_counters_repeats.pxi"


cdef class Watch:
    """Sums and distinct values of each key within one window, held against two bounds; 0 is no bound."""

    cdef long long most, most_values
    cdef Sums sums
    cdef Distinct values

    def __init__(self, double window, long long most, long long most_values, Py_ssize_t keys, Py_ssize_t keys_of_values):
        self.most = most
        self.most_values = most_values
        self.sums = Sums(window, keys)
        self.values = Distinct(window, keys_of_values)

    cpdef int over(self, key, long long count, double now) except -1:
        """Which bound ``count`` more would pass: 1 that of the sum, 2 that of the values, 0 none."""
        if self.most and self.sums.within(key, now) + count > self.most:
            return 1
        return 2 if self.most_values and self.values.within(key, now) >= self.most_values else 0

    cpdef int add(self, key, values, long long count, double now) except -1:
        """Count more."""
        if self.most:
            self.sums.add(key, count, now)
        if self.most_values:
            for value in values:
                self.values.put(key, <uint64_t>hash(value), now)
        return 0


cdef class Watches:
    """Several watches, each of one of the keys that are given: by its place among them. An empty key is not watched."""

    cdef bytes places  # of their keys
    cdef tuple watches

    def __init__(self, watches):
        self.places = bytes([of for of, _ in watches])
        self.watches = tuple([<Watch?>watch for _, watch in watches])

    cpdef tuple over(self, tuple keys, long long count, double now):
        """Which watch is the first that ``count`` more would pass, and which of its bounds; None: they may pass."""
        cdef Py_ssize_t place
        cdef int bound
        for place in range(len(self.watches)):
            key = keys[<uint8_t>self.places[place]]
            if key:
                bound = (<Watch>self.watches[place]).over(key, count, now)
                if bound:
                    return place, bound
        return None

    cpdef int add(self, tuple keys, values, long long count, double now) except -1:
        """Count more for every key."""
        cdef Py_ssize_t place
        for place in range(len(self.watches)):
            key = keys[<uint8_t>self.places[place]]
            if key:
                (<Watch>self.watches[place]).add(key, values, count, now)
        return 0


include "_counters_meter.pxi"
