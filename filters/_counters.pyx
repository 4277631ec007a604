# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Counting under way, compiled. What it is and why is said in its twin ``_counters_pure.py``, which is the definition."""

from cpython.dict cimport PyDict_DelItem, PyDict_GetItem, PyDict_SetItem, PyDict_Size
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.ref cimport PyObject
from libc.math cimport floor, fmod, log
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

cdef extern from "Python.h":
    unsigned long long PyLong_AsUnsignedLongLongMask(object number) except? 0xFFFFFFFFFFFFFFFF

NAME = "cython"
MOST_AT_ONCE = 254

DEF PRECISION = 10
DEF REGISTERS = 1024
DEF RANKS = 56

cdef double ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
cdef double POWERS[RANKS]

cdef int _rank
for _rank in range(RANKS):
    POWERS[_rank] = 2.0 ** -_rank


cdef inline double bucket(double now, double window, double* part) noexcept nogil:
    """The window a moment falls into and how far, as Python's divmod of two floats does it; the window is positive."""
    cdef double rest = fmod(now, window), count = (now - rest) / window, whole
    if rest < 0:
        rest += window
        count -= 1.0
    whole = floor(count)
    part[0] = rest
    return whole + 1.0 if count - whole > 0.5 else whole


cdef inline int forget_first(dict some) except -1:
    """Forget the key that came first."""
    PyDict_DelItem(some, next(iter(some)))
    return 0


cdef class Rates:
    """A rate for each key with a burst."""

    cdef readonly double rate
    cdef double interval, tolerance, debt
    cdef Py_ssize_t limit
    cdef dict due

    def __init__(self, double rate, double burst, Py_ssize_t keys):
        self.rate = rate
        self.interval = 1.0 / rate
        self.tolerance = max(burst - 1.0, 0.0) * self.interval
        self.debt = self.tolerance + MOST_AT_ONCE * self.interval
        self.limit = keys
        self.due = {}

    def take(self, key, Py_ssize_t count, double now):
        """Whether ``count`` more may pass; then they are counted."""
        cdef PyObject* known = PyDict_GetItem(self.due, key)
        cdef double due = now, ahead = 0.0
        if known is not NULL:
            due = PyFloat_AS_DOUBLE(<object>known)
            ahead = due - now
            if ahead < 0 or ahead > self.debt:
                due = now
                ahead = 0.0
        if ahead > self.tolerance:
            return False
        if known is NULL and PyDict_Size(self.due) >= self.limit:
            self.due = {one: moment for one, moment in self.due.items() if moment > now}
            if PyDict_Size(self.due) >= self.limit:
                self.due.clear()
        PyDict_SetItem(self.due, key, due + count * self.interval)
        return True

    def __len__(self):
        return PyDict_Size(self.due)


cdef class Buckets:
    """Of one key: the number of the present bucket, its sum, and that of the one before."""

    cdef double number
    cdef long long present, before


cdef class Sums:
    """How much each key had within a sliding window."""

    cdef double window
    cdef Py_ssize_t limit
    cdef dict buckets

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
        if had.number == here:
            return had.present + had.before * (1 - part / self.window)
        return had.present * (1 - part / self.window) if had.number == here - 1 else 0.0

    cpdef int add(self, key, long long count, double now) except -1:
        """Count more."""
        cdef PyObject* known = PyDict_GetItem(self.buckets, key)
        cdef Buckets had, new
        cdef double part = 0.0, here = bucket(now, self.window, &part)
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


cdef class Repeats:
    """Whether a key came more than ``most`` times within a short window, exactly.

    Nearly every key comes once, so a single time stands for itself; several make a tuple.
    """

    cdef Py_ssize_t most, limit
    cdef double window, turn
    cdef dict young, old

    def __init__(self, Py_ssize_t most, double window, Py_ssize_t keys):
        self.most = most
        self.window = window
        self.limit = keys
        self.turn = 0.0
        self.young = {}
        self.old = {}

    cpdef bint take(self, key, now) except -1:
        """Whether the key may come once more; then it is counted."""
        cdef double moment = now, since, time
        cdef PyObject* known
        cdef tuple kept
        if not (self.turn - self.window <= moment < self.turn) or PyDict_Size(self.young) >= self.limit:
            self.old = self.young if self.turn - self.window <= moment < self.turn + self.window else {}
            self.young = {}
            self.turn = moment + self.window
        known = PyDict_GetItem(self.young, key)
        if known is NULL:
            known = PyDict_GetItem(self.old, key)
            if known is NULL:
                PyDict_SetItem(self.young, key, now if PyFloat_CheckExact(now) else moment)
                return True
        since = moment - self.window
        if PyFloat_CheckExact(<object>known):
            time = PyFloat_AS_DOUBLE(<object>known)
            kept = (<object>known,) if since < time <= moment else ()
        else:
            kept = tuple([one for one in <tuple>known if since < PyFloat_AS_DOUBLE(one) <= moment])
        if len(kept) >= self.most:
            PyDict_SetItem(self.young, key, kept)
            return False
        PyDict_SetItem(self.young, key, (*kept, moment))
        return True

    def refused(self, owner, values, now):
        """Take the pair of an owner and each value; the places of those that may not come."""
        cdef list refused = []
        cdef Py_ssize_t place = 0
        for value in values:
            if not self.take((owner, value), now):
                refused.append(place)
            place += 1
        return refused

    def __len__(self):
        return PyDict_Size(self.young) + PyDict_Size(self.old)


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

    cdef tuple places, watches

    def __init__(self, watches):
        self.places = tuple([int(of) for of, _ in watches])
        self.watches = tuple([<Watch?>watch for _, watch in watches])

    def over(self, tuple keys not None, long long count, double now):
        """Which watch is the first that ``count`` more would pass, and which of its bounds; None: they may pass."""
        cdef Py_ssize_t place
        cdef int bound
        for place in range(len(self.watches)):
            key = keys[<Py_ssize_t>self.places[place]]
            if key:
                bound = (<Watch>self.watches[place]).over(key, count, now)
                if bound:
                    return place, bound
        return None

    def add(self, tuple keys not None, values, long long count, double now):
        """Count more for every key."""
        cdef Py_ssize_t place
        for place in range(len(self.watches)):
            key = keys[<Py_ssize_t>self.places[place]]
            if key:
                (<Watch>self.watches[place]).add(key, values, count, now)
