# What one route may send, compiled. What it is and why is said in its twin ``_meter_pure.py``, which is the definition.

from cpython.unicode cimport PyUnicode_New
from libc.string cimport memcpy

from filters.numbers import KOREA, e164

include "_mobile.pxi"

# as in the twin
DEF RATE = 0
DEF LIMIT = 1
DEF TEXT_LIMIT = 2
DEF REPEATED = 3
DEF WARM_UP = 4
DEF LINE = 5


cdef str number_of(str recipient, str country, bint korean):
    """The canonical form of a recipient, as ``filters.numbers.e164`` has it; a Korean mobile is made here."""
    cdef uint8_t* out
    cdef str made
    if not (korean and is_mobile(recipient)):
        return e164(recipient, country)
    made = PyUnicode_New(12, 127)
    out = <uint8_t*>PyUnicode_1BYTE_DATA(made)
    out[0] = c"8"
    out[1] = c"2"
    memcpy(out + 2, <const uint8_t*>PyUnicode_1BYTE_DATA(recipient) + 1, 10)
    return made


cdef class Meter:
    """The counters of one route."""

    cdef Rates rates
    cdef Watches watches, texts
    cdef Repeats repeats
    cdef Sums warming
    cdef Days lines
    cdef dict allowances
    cdef object allowance, cluster
    cdef str country
    cdef bint korean

    def __init__(self, Rates rates, Watches watches not None, Watches texts not None, cluster, Repeats repeats,
                 str country, Sums warming, dict allowances not None, allowance, Days lines):
        self.rates = rates
        self.watches = watches
        self.texts = texts
        self.cluster = cluster
        self.repeats = repeats
        self.country = country
        self.korean = country == KOREA
        self.warming = warming
        self.allowances = allowances
        self.allowance = allowance
        self.lines = lines

    def take(self, str code not None, str account not None, str sender not None, bint line, tuple texts not None,
             tuple recipients not None, long segment, now):
        """What a message is too much for and the particulars, or None: then it is counted."""
        cdef double moment = now
        cdef str who = code if code else account
        cdef Py_ssize_t count = len(recipients) or 1
        cdef tuple keys, over
        cdef list numbers, refused
        if self.rates is not None and not self.rates.take(who, count, moment):
            return RATE, None
        if segment != 1:
            return None
        keys = (who, account, sender, "")
        over = self.watches.over(keys, count, moment)
        if over is not None:
            return LIMIT, over
        if self.cluster is not None:
            keys = (who, account, sender, self.cluster(texts))
        over = self.texts.over(keys, count, moment)
        if over is not None:
            return TEXT_LIMIT, over
        numbers = []
        if self.country is not None:
            for recipient in recipients:
                numbers.append(number_of(<str?>recipient, self.country, self.korean))
        if self.repeats is not None:
            refused = self.repeats.refused(who, numbers, now)
            if refused:
                return REPEATED, refused
        allowed = self.allowed(code, moment)
        if allowed is not None and self.warming.within(code, moment) + count > allowed:
            return WARM_UP, allowed
        if self.lines is not None and line and not self.lines.take(sender, count, moment):
            return LINE, None
        if allowed is not None:
            self.warming.add(code, count, moment)
        self.watches.add(keys, numbers, count, moment)
        self.texts.add(keys, numbers, count, moment)
        return None

    cdef object allowed(self, str code, double now):
        """How many messages a day a code may send that warms up; None for any other."""
        cdef PyObject* known
        cdef tuple held  # an Allowance
        if self.warming is None or not code:
            return None
        known = PyDict_GetItem(self.allowances, code)
        if known is not NULL:
            held = <tuple>known
            if <double>held[0] <= now < <double>held[1]:
                return held[2]
        return self.allowance(code, now)[2]
