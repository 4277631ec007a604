"""A model's file taken apart: the graph, which the ONNX runtime loads, and large properties that travel with it.

The runtime keeps each property three times for as long as it has the model. What is large and seldom asked for is cut
out of the octets before it sees them, by the wire format of protocol buffers and the field numbers of ``onnx.proto``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

#: Fields: ``ModelProto.metadata_props``, and the two of the ``StringStringEntryProto`` it repeats.
_PROPERTIES: Final = 14
_NAME: Final = 1
_VALUE: Final = 2

#: ``ModelProto.graph``, ``GraphProto.initializer``, and fields of the ``TensorProto`` it repeats: its kind is a number
#: below 128, its octets are ``raw_data``.
_GRAPH: Final = 7
_INITIALIZER: Final = 5
_TENSOR_KIND: Final = 2
_TENSOR_NAME: Final = 8
_TENSOR_OCTETS: Final = 9
#: ``TensorProto.UINT64``.
UINT64: Final = 13

#: Octets a field has by its wire type, where it does not say so itself.
_FIXED: Final = {1: 8, 5: 4}
_VARINT: Final = 0
_COUNTED: Final = 2
_LONGEST_VARINT: Final = 10


def take_apart(octets: bytes, names: Collection[str]) -> tuple[bytes, dict[str, bytes]]:
    """Return the file without the properties of these names, and their values.

    What is no such file comes back as it is: the runtime says what is wrong with it.
    """
    kept: list[memoryview] = []
    values: dict[str, bytes] = {}
    view = memoryview(octets)
    try:
        for field, whole, body in _fields(view):
            entry = {number: part for number, _, part in _fields(body)} if field == _PROPERTIES else {}
            name = bytes(entry.get(_NAME, b"")).decode()
            if name in names:
                values[name] = bytes(entry.get(_VALUE, b""))
            else:
                kept.append(whole)
    except ValueError:
        return octets, {}
    return b"".join(kept) if values else octets, values


def tensor(octets: bytes, name: str, kind: int) -> memoryview | None:
    """What the graph's constant of a name holds, as it lies in the file; None where there is none of that kind.

    ``kind`` is one of ``TensorProto.DataType``.
    """
    try:
        for number, _, graph in _fields(memoryview(octets)):
            for field, _, body in _fields(graph) if number == _GRAPH else ():
                parts = {part: held for part, _, held in _fields(body)} if field == _INITIALIZER else {}
                if bytes(parts.get(_TENSOR_NAME, b"")) == name.encode():
                    return parts.get(_TENSOR_OCTETS) if bytes(parts.get(_TENSOR_KIND, b"")) == bytes((kind,)) else None
    except ValueError:
        return None
    return None


def _fields(view: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """The fields of a message: number, all of it, and what it holds. Raises ValueError where it is none."""
    at = 0
    while at < len(view):
        start = at
        tag, at = _varint(view, at)
        wire = tag & 7
        if wire == _VARINT:
            held, end = at, _varint(view, at)[1]
        elif wire == _COUNTED:
            count, held = _varint(view, at)
            end = held + count
        elif wire in _FIXED:
            held, end = at, at + _FIXED[wire]
        else:
            raise ValueError(f"wire type {wire} at {start}")
        if end > len(view):
            raise ValueError(f"the field at {start} is cut short")
        at = end
        yield tag >> 3, view[start:end], view[held:end]


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """A number, and where it ends. Raises ValueError where there is none."""
    value = 0
    for place, octet in enumerate(view[at : at + _LONGEST_VARINT]):
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value, at + place + 1
    raise ValueError(f"no number at {at}")
