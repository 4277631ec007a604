"""The model as an ONNX graph: the rows that a text's n-grams name in, probabilities out; look-up and sums are inside.

A row of the table is one word of eight int8 columns, so that an n-gram costs one look-up in one cache line, and the
table is 4 MB. Every weight is an octet from 1 to 255; the odd octets moved down and masked have 16 bits each, the even
ones are the rest, so that a block of rows is added up by two products with ones, eight columns at a time. Then come
int32, and sums of a message's blocks as differences of a running sum: all of it is exact, so that a text's result does
not depend on the batch it is in. A node costs half a microsecond, whatever it does; so there are few.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.judge import BIAS, BLOCKS, COLUMNS, KINDS, PER_LETTER, PLACES, ROWS, WINDOWS, WORDS
from filters.text.rows import BLOCK

OPSET = 18
#: Of ``ArrayFeatureExtractor``, which picks from the last axis in a fifth of the time ``Gather`` takes.
OPSET_ML = 1
_ML = "ai.onnx.ml"

#: Bits of an octet, and of its sum over a block: a column's room.
_OCTET, _ROOM = 8, 16


def pack(table: npt.NDArray[np.int8]) -> npt.NDArray[np.uint64]:
    """[row][column] of int8 to a word a row, and an empty row behind; :func:`filters.text.judge.unpack` undoes it."""
    rows, columns = table.shape
    octets = np.full((rows + 1, len(PLACES)), BIAS, np.uint8)
    octets[:rows, PLACES[:columns]] = table.astype(np.int64) + BIAS
    return octets.view("<u8").reshape(-1).astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Head:
    """A table of its own over the same n-grams: int8 rows, and per column what a step is worth and where it starts."""

    table: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: npt.ArrayLike, kind: type[np.generic]) -> str:
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.array(value, dtype=kind), name)
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


def build(
    table: npt.NDArray[np.int8],
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    smoothing: int,
    power: float,
    kinds: Head | None = None,
    words: bytes = b"",
) -> bytes:
    """Serialise the graph. ``table`` has a power of two of rows and one column an output, of which it has up to eight.

    A text's logit is the sum of its rows over (windows + ``smoothing``) raised to ``power``, times ``scale``, and the
    ``bias``.

    ``kinds`` is a second, smaller table over the same n-grams; its graph goes along among the model's properties. So do
    the ``words`` it has met (:func:`filters.text.words.pack`).
    Raises ValueError for tables of other sizes.
    """
    from onnx import TensorProto, helper

    rows, columns = table.shape
    for each in (table, *([kinds.table] if kinds else [])):
        if len(each) & (len(each) - 1) or len(each) > rows:
            raise ValueError(f"a table of {len(each)} rows; expected a power of two, up to the first one's {rows}")
    if columns > len(PLACES):
        raise ValueError(f"the table has {columns} columns; a row is one word of {len(PLACES)} octets")
    g = _Graph()
    g.constant("table", pack(table), np.uint64)
    g.add("GatherElements", ["table", "rows"], "found", axis=0)
    _blocks(g)
    _messages(g, "blocks")
    padded = np.zeros((2, len(PLACES), 1), dtype=np.float32)
    padded[0, :columns, 0], padded[1, :columns, 0] = scale, bias
    _probabilities(g, smoothing, power, padded, "probabilities")
    outputs: dict[str, tuple[int, list[int | str]]] = {
        "probabilities": (TensorProto.FLOAT, [len(PLACES), "messages"]),
        "found": (TensorProto.UINT64, ["rows"]),
    }
    model = _model(g, "clean_text", outputs)
    properties = {COLUMNS: str(columns), ROWS: str(rows), BLOCKS: str(BLOCK), WINDOWS: PER_LETTER}
    if kinds:
        # a graph of its own: the runtime executes every node of a graph, whatever is asked of it
        properties[KINDS] = base64.b64encode(_kinds(kinds, rows, smoothing, power)).decode()
    if words:
        properties[WORDS] = base64.b64encode(words).decode()
    helper.set_model_props(model, properties)
    return bytes(model.SerializeToString())


def _model(g: _Graph, name: str, outputs: dict[str, tuple[int, list[int | str]]]) -> Any:
    """The nodes as a model that was checked; its inputs are the judge's."""
    from onnx import TensorProto, checker, helper

    value = helper.make_tensor_value_info
    inputs = {
        "rows": (TensorProto.INT32, "rows"),
        "starts": (TensorProto.INT64, "messages"),
        "ends": (TensorProto.INT64, "messages"),
        "lengths": (TensorProto.FLOAT, "messages"),
    }
    graph = helper.make_graph(
        g.nodes,
        name,
        [value(each, kind, [size]) for each, (kind, size) in inputs.items()],
        [value(output, kind, shape) for output, (kind, shape) in outputs.items()],
        list(g.constants.values()),
    )
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(_ML, OPSET_ML)]
    model = helper.make_model(graph, opset_imports=versions, producer_name="smppproxy")
    model.ir_version = 8
    checker.check_model(model)
    return model


def _blocks(g: _Graph) -> None:
    """Words to sums of blocks: [column][block] of int32, without what was added to make octets of weights."""
    from onnx import TensorProto

    words = g.add("Reshape", ["found", g.constant("in_blocks", [-1, BLOCK], np.int64)], "words")
    octet = g.constant("octet", _OCTET, np.uint64)
    mask = g.constant("every_other", sum(0xFF << at for at in range(0, 64, _ROOM)), np.uint64)
    odd = g.add("BitwiseAnd", [g.add("BitShift", [words, octet], "moved", direction="RIGHT"), mask], "odd")
    ones = g.constant("ones", np.ones(BLOCK), np.uint64)
    both, odd = g.add("MatMul", [words, ones], "sum_both"), g.add("MatMul", [odd, ones], "sum_odd")
    # what ran over the word's end in the sum of both is of the odd ones alone, and goes with them
    even = g.add("Sub", [both, g.add("BitShift", [odd, octet], "sum_back", direction="LEFT")], "sum_even")
    rooms = g.constant("rooms", [[at] for at in range(0, 64, _ROOM)], np.uint64)
    parts = [g.add("BitShift", [sums, rooms], f"{sums}_down", direction="RIGHT") for sums in (even, odd)]
    wide = g.add("Concat", parts, "sum_wide", axis=0)
    lanes = g.add("BitwiseAnd", [wide, g.constant("room", (1 << _ROOM) - 1, np.uint64)], "lanes")
    added = g.add("Cast", [lanes], "added", to=TensorProto.INT32)
    g.add("Sub", [added, g.constant("half", BIAS * BLOCK, np.int32)], "blocks")


def _messages(g: _Graph, blocks: str) -> None:
    """Sums of blocks, [column][block], to messages', as floats: differences of the running sum, wrapped or not."""
    from onnx import TensorProto

    running = g.add("CumSum", [blocks, g.constant("axis_1", 1, np.int64)], "running")
    ends = [g.add("ArrayFeatureExtractor", [running, each], f"at_{each}", domain=_ML) for each in ("ends", "starts")]
    g.add("Cast", [g.add("Sub", ends, "exact")], "total", to=TensorProto.FLOAT)


def _probabilities(g: _Graph, smoothing: int, power: float, padded: npt.NDArray[np.float32], output: str) -> None:
    """Sums, [column][message], to probabilities; ``padded`` holds scales and biases, each [column][1]."""
    smooth = g.add("Add", ["lengths", g.constant("smoothing", smoothing, np.float32)], "smooth")
    weight = g.add("Pow", [smooth, g.constant("power", power, np.float32)], "weight")
    mean = g.add("Div", ["total", weight], "mean")
    scaled = g.add("Mul", [mean, g.constant("scale", padded[0], np.float32)], "scaled")
    logits = g.add("Add", [scaled, g.constant("bias", padded[1], np.float32)], "logits")
    g.add("Sigmoid", [logits], output)


def _kinds(head: Head, rows: int, smoothing: int, power: float) -> bytes:
    """The second head. Plain int8 rows: it is asked for a text at a time, so that size counts and speed does not.

    Its row is the first table's without the lowest bits, so that the one that is empty there is so here.
    """
    from onnx import TensorProto

    g = _Graph()
    count, columns = head.table.shape
    g.constant("table", np.concatenate([head.table, np.zeros((1, columns), np.int8)]), np.int8)
    mine = g.add("Div", ["rows", g.constant("fewer", rows // count, np.int32)], "mine")
    wide = g.add("Cast", [g.add("Gather", ["table", mine], "found", axis=0)], "found_wide", to=TensorProto.INT32)
    turned = g.add("Transpose", [wide], "turned", perm=[1, 0])
    words = g.add("Reshape", [turned, g.constant("in_blocks", [columns, -1, BLOCK], np.int64)], "words")
    _messages(g, g.add("ReduceSum", [words, g.constant("axes_2", [2], np.int64)], "blocks", keepdims=0))
    padded = np.stack([head.scale, head.bias])[:, :, None]
    _probabilities(g, smoothing, power, padded, "by_kind")
    g.add("Transpose", ["by_kind"], "kinds", perm=[1, 0])
    outputs: dict[str, tuple[int, list[int | str]]] = {"kinds": (TensorProto.FLOAT, ["messages", columns])}
    return bytes(_model(g, "kinds", outputs).SerializeToString())
