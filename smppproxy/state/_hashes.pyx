# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""SipHash-2-4 with 128 bits and BLAKE2b with 16 octets, compiled. Why these is said in the twin ``_hashes_pure.py``."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

NAME = "cython"


cdef inline uint64_t rotated(uint64_t word, int by) noexcept nogil:
    return (word << by) | (word >> (64 - by))


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


# ---------------------------------------------------------------- SipHash

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


def digests(bytes key not None, list values not None, int skipped=-1):
    """The keyed digests of a batch; see ``_hashes_pure.digests``."""
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
        length = PyBytes_GET_SIZE(value)
        if length > 0 and at[0] == skipped:
            at += 1
            length -= 1
        left = length
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


# ---------------------------------------------------------------- BLAKE2b

cdef extern from *:  # constants of C, so that the compiler can unroll the rounds
    """
    static const uint64_t START[8] = {
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    };
    static const unsigned char ORDER[12][16] = {  /* RFC 7693, section 2.7 */
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
        {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
        {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    };
    """
    const uint64_t[8] START
    const unsigned char[12][16] ORDER


cdef inline void mix(uint64_t* v, int a, int b, int c, int d, uint64_t x, uint64_t y) noexcept nogil:
    v[a] += v[b] + x
    v[d] = rotated(v[d] ^ v[a], 32)
    v[c] += v[d]
    v[b] = rotated(v[b] ^ v[c], 40)
    v[a] += v[b] + y
    v[d] = rotated(v[d] ^ v[a], 48)
    v[c] += v[d]
    v[b] = rotated(v[b] ^ v[c], 1)


cdef void compress(uint64_t* state, const unsigned char* block, uint64_t counted, bint last) noexcept nogil:
    cdef uint64_t[16] v
    cdef uint64_t[16] m
    cdef const unsigned char* s
    cdef int index
    for index in range(16):
        m[index] = word_at(block + 8 * index, 8)
    for index in range(8):
        v[index] = state[index]
        v[index + 8] = START[index]
    v[12] ^= counted
    if last:
        v[14] = ~v[14]
    for index in range(12):
        s = ORDER[index]
        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]])
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]])
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]])
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]])
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]])
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]])
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]])
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]])
    for index in range(8):
        state[index] ^= v[index] ^ v[index + 8]


def fingerprints(list values not None):
    """The digests of a batch, 16 octets each, and nothing of what is empty."""
    cdef uint64_t[8] state
    cdef unsigned char[128] block
    cdef unsigned char[16] out
    cdef const unsigned char* at
    cdef Py_ssize_t length, left
    cdef bytes value
    cdef list found = []
    for item in values:
        value = item
        if value is None:
            raise TypeError("octets are expected, not None")
        length = left = PyBytes_GET_SIZE(value)
        if length == 0:
            found.append(value)
            continue
        at = <const unsigned char*> PyBytes_AS_STRING(value)
        memcpy(state, START, sizeof(state))
        state[0] ^= 0x01010010  # parameters: 16 octets of digest, no key, no tree
        while left > 128:
            compress(state, at, length - left + 128, False)
            at += 128
            left -= 128
        memset(block, 0, sizeof(block))
        memcpy(block, at, left)
        compress(state, block, length, True)
        write(out, state[0])
        write(out + 8, state[1])
        found.append(PyBytes_FromStringAndSize(<char*> out, 16))
    return found
