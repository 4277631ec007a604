"""Octets to text and back, as data_coding declares it, and as people would read it.

decode(octets, data_coding)        the declared reading
readings(octets, data_coding)      that one first, then every other plausible one
readings_of(frame)                 the readings of a request's text, in short_message or message_payload
all_readings(frames)               the same of many
plain_readings(frames)             the same of many, as long as there is one only
encode(text, data_coding)          the octets, or ValueError naming the character that has none
split(text, data_coding)           the octets of each segment
"""

from smppproxy.smpp.text.dcs import ALPHABETS, Alphabet, alphabet_of, decode, encode
from smppproxy.smpp.text.gsm7 import fits_gsm7
from smppproxy.smpp.text.readings import all_readings, plain_readings, readings, readings_of
from smppproxy.smpp.text.split import data_coding_for, segment_size, split

__all__ = [
    "ALPHABETS",
    "Alphabet",
    "all_readings",
    "alphabet_of",
    "data_coding_for",
    "decode",
    "encode",
    "fits_gsm7",
    "plain_readings",
    "readings",
    "readings_of",
    "segment_size",
    "split",
]
