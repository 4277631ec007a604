# How nearly all recipients are written: 010 and eight digits. See filters.numbers.is_korean_mobile.

from cpython.unicode cimport PyUnicode_1BYTE_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport uint8_t

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)


cdef inline bint is_mobile(str number):
    cdef const uint8_t* digits
    cdef Py_ssize_t place
    if PyUnicode_GET_LENGTH(number) != 11 or not PyUnicode_IS_ASCII(number):
        return False
    digits = <const uint8_t*>PyUnicode_1BYTE_DATA(number)
    for place in range(3, 11):
        if not c"0" <= digits[place] <= c"9":
            return False
    return digits[0] == c"0" and digits[1] == c"1" and digits[2] == c"0"
