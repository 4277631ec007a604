# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""SipHash-2-4 with 128 bits, compiled. What it is and why is said in its twin ``_siphash_pure.py``."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t

NAME = "cython"


cdef inline uint64_t rotated(uint64_t word, int by) noexcept nogil:
    return (word << by) | (word >> (64 - by))


cdef inline void rounds(uint64_t* v, int count) noexcept nogil:
    while count:
        count -= 1
        v[0] += v[1]
        v[1] = rotated(v[1], 13) ^ v[0]
        v[0] = rotated(v[0], 32)
        v[2] += v[3]
        v[3] = rotated(v[3], 16) ^ v[2]
        v[0] += v[3]
        v[3] = rotated(v[3], 21) ^ v[0]
        v[2] += v[1]
        v[1] = rotated(v[1], 17) ^ v[2]
        v[2] = rotated(v[2], 32)


cdef inline uint64_t word_at(const unsigned char* at, Py_ssize_t octets) noexcept nogil:
    """Up to eight octets as a little-endian number."""
    cdef uint64_t word = 0
    cdef Py_ssize_t index
    for index in range(octets):
        word |= <uint64_t> at[index] << (8 * index)
    return word


cdef inline void write(unsigned char* at, uint64_t word) noexcept nogil:
    cdef int index
    for index in range(8):
        at[index] = (word >> (8 * index)) & 0xFF


def digests(bytes key not None, list values not None):
    """The digests of a batch, 16 octets each. Raises ValueError for a key that has not 16 octets."""
    cdef uint64_t k0, k1, word
    cdef uint64_t v[4]
    cdef const unsigned char* at
    cdef Py_ssize_t left, length
    cdef unsigned char out[16]
    cdef bytes value
    cdef list found = []
    if PyBytes_GET_SIZE(key) != 16:
        raise ValueError("a key of 16 octets is expected")
    k0 = word_at(<const unsigned char*> PyBytes_AS_STRING(key), 8)
    k1 = word_at(<const unsigned char*> PyBytes_AS_STRING(key) + 8, 8)
    for item in values:
        value = item
        if value is None:
            raise TypeError("octets are expected, not None")
        at = <const unsigned char*> PyBytes_AS_STRING(value)
        length = left = PyBytes_GET_SIZE(value)
        v[0] = k0 ^ <uint64_t> 0x736F6D6570736575
        v[1] = k1 ^ <uint64_t> 0x646F72616E646F6D ^ 0xEE
        v[2] = k0 ^ <uint64_t> 0x6C7967656E657261
        v[3] = k1 ^ <uint64_t> 0x7465646279746573
        while left >= 8:
            word = word_at(at, 8)
            v[3] ^= word
            rounds(v, 2)
            v[0] ^= word
            at += 8
            left -= 8
        word = word_at(at, left) | (<uint64_t> (length & 0xFF) << 56)
        v[3] ^= word
        rounds(v, 2)
        v[0] ^= word
        v[2] ^= 0xEE
        rounds(v, 4)
        write(out, v[0] ^ v[1] ^ v[2] ^ v[3])
        v[1] ^= 0xDD
        rounds(v, 4)
        write(out + 8, v[0] ^ v[1] ^ v[2] ^ v[3])
        found.append(PyBytes_FromStringAndSize(<char*> out, 16))
    return found
