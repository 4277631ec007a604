"""The model as an ONNX graph: octets in, probabilities out; hashing, look-up and sums are all inside.

Every window of four octets adds two rows of one int8 table: that of its first two octets and that of all four. Sums are
exact integers, so a text's result does not depend on the batch it is in.

Three columns share an int64 ("lanes" of 21 bits): ``GatherElements`` on whole words is six times as fast as ``Gather``
of int8 rows, and the running sum costs a third. Sums may wrap around; their differences are exact as long as every
lane's is below 2**20 in size, which ``normalise.MAX_KEY`` guarantees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.judge import LANE_BITS, LANES, MULTIPLIER_2, MULTIPLIER_4

OPSET = 18
_END = 1 << 62
_LANE_HALF = 1 << (LANE_BITS - 1)


def pack(table: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """[row][column] of int8 to [word][row] of int64; see :func:`filters.text.judge.unpack` for the layout.

    The last column counts: it is 1 in every row, so that its sum is twice the number of windows.
    """
    rows, columns = table.shape
    words = -(-(columns + 1) // LANES)
    wide = np.zeros((rows, LANES, words), dtype=np.int64)
    flat = wide.reshape(rows, -1)
    flat[:, :columns] = table
    flat[:, -1] = 1
    factors = np.int64(1) << (np.arange(LANES, dtype=np.int64) * LANE_BITS)
    return np.ascontiguousarray((wide * factors[:, None]).sum(axis=1).T)


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

    def ask(
        self, asked: _Graph, output: str, result: str, shape: list[int | str], none: npt.NDArray[np.float32]
    ) -> None:
        """Compute ``result`` of another graph where the input ``ask`` says so; else the output is ``none``."""
        from onnx import TensorProto, helper, numpy_helper

        def branch(name: str, nodes: list[Any], constants: list[Any], gives: str) -> Any:
            value = helper.make_tensor_value_info(gives, TensorProto.FLOAT, shape)
            return helper.make_graph(nodes, name, [], [value], constants)

        nothing = helper.make_node("Constant", [], ["nothing"], value=numpy_helper.from_array(none, "nothing"))
        self.add(
            "If",
            ["ask"],
            output,
            then_branch=branch("asked", asked.nodes, list(asked.constants.values()), result),
            else_branch=branch("not_asked", [nothing], [], "nothing"),
        )

    def cut(self, source: str, first: int, last: int, output: str, axis: int = 0) -> str:
        bounds = [self.constant(f"at_{'end' if n == _END else n}", [n], np.int64) for n in (first, last, axis)]
        return self.add("Slice", [source, *bounds], output)


def build(
    table: npt.NDArray[np.int8],
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    smoothing: int,
    kinds: Head | None = None,
) -> bytes:
    """Serialise the graph. ``table`` has a power of two of rows and one column an output.

    ``kinds`` is a second, smaller table over the same n-grams; its output costs only those who set the input ``ask``.
    """
    from onnx import TensorProto, checker, helper

    rows, columns = table.shape
    for each in (table, *([kinds.table] if kinds else [])):
        if len(each) & (len(each) - 1):
            raise ValueError(f"the table has {len(each)} rows; expected a power of two")
    words = pack(table)
    g = _Graph()
    _hashes(g, rows, len(words))
    g.constant("table", words, np.int64)
    two = g.add("GatherElements", ["table", "hashes_two"], "words_two", axis=1)
    four = g.add("GatherElements", ["table", "hashes"], "words_four", axis=1)
    g.add("Add", [two, four], "windows")
    _sums(g)
    # the counting column is twice the number of windows, so all is twice what it was
    last = [LANES - 1, len(words) - 1]
    bounds = [
        g.constant("count_first", last, np.int64),
        g.constant("count_end", [n + 1 for n in last], np.int64),
        g.constant("count_axes", [0, 1], np.int64),
    ]
    length = g.add("Slice", ["total", *bounds], "length")
    smooth = g.add("Add", [length, g.constant("smoothing", 2 * smoothing, np.float32)], "smooth")
    mean = g.add("Div", ["total", smooth], "mean")
    padded = np.zeros((2, LANES * len(words)), dtype=np.float32)
    padded[0, :columns], padded[1, :columns] = 2 * scale, bias
    shape = (LANES, len(words), 1)
    scaled = g.add("Mul", [mean, g.constant("scale", padded[0].reshape(shape), np.float32)], "scaled")
    logits = g.add("Add", [scaled, g.constant("bias", padded[1].reshape(shape), np.float32)], "logits")
    g.add("Sigmoid", [logits], "probabilities")
    value = helper.make_tensor_value_info
    inputs = [
        value("bytes", TensorProto.UINT8, ["octets"]),
        value("splits", TensorProto.INT32, ["messages_plus_1"]),
    ]
    further = []
    if kinds:
        _kinds(g, kinds, smoothing)
        inputs.append(value("ask", TensorProto.BOOL, []))
        further.append(value("kinds", TensorProto.FLOAT, ["messages", kinds.table.shape[1]]))

    graph = helper.make_graph(
        g.nodes,
        "clean_text",
        inputs,
        [
            value("probabilities", TensorProto.FLOAT, [LANES, len(words), "messages"]),
            value("hashes", TensorProto.INT32, [len(words), "windows"]),
            value("windows", TensorProto.INT64, [len(words), "windows"]),
            *further,
        ],
        list(g.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="smppproxy")
    model.ir_version = 8
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _hashes(g: _Graph, rows: int, words: int) -> None:
    """Hashes of two and of four octets, one row for each word of the table; int32 wraps, which the judge tests."""
    from onnx import TensorProto

    def multiplier(name: str, value: int) -> str:
        return g.constant(name, np.array(value, dtype=np.uint32).astype(np.int32), np.int32)

    octets = g.add("Cast", ["bytes"], "octets", to=TensorProto.INT32)
    left = g.add("Mul", [g.cut(octets, 0, -1, "left"), multiplier("k2", MULTIPLIER_2)], "left_k2")
    pairs = g.add("Add", [left, g.cut(octets, 1, _END, "right")], "pairs")
    front = g.cut(pairs, 0, -2, "front")
    spread = g.add("Mul", [front, multiplier("k4", MULTIPLIER_4)], "front_k4")
    fours = g.add("Add", [spread, g.cut(pairs, 2, _END, "back")], "fours")
    mask = g.constant("mask", [[rows - 1]] * words, np.int32)
    g.add("BitwiseAnd", [front, mask], "hashes_two")
    g.add("BitwiseAnd", [fours, mask], "hashes")


def _sums(g: _Graph) -> None:
    """Sums by message: differences of the running sum at the splits, then the lanes taken apart."""
    from onnx import TensorProto

    running = g.add("CumSum", ["windows", g.constant("axis_1", 1, np.int64)], "running", exclusive=1)
    at = g.add("Gather", [running, "splits"], "at_splits", axis=1)
    packed = g.add("Sub", [g.cut(at, 1, _END, "upper", axis=1), g.cut(at, 0, -1, "lower", axis=1)], "packed")
    # every lane made positive, parted by division, and brought back
    halves = sum(_LANE_HALF << (lane * LANE_BITS) for lane in range(LANES))
    lifted = g.add("Add", [packed, g.constant("halves", halves, np.int64)], "lifted")
    factors = [[[1 << (lane * LANE_BITS)]] for lane in range(LANES)]
    shifted = g.add("Div", [lifted, g.constant("factors", factors, np.int64)], "shifted")
    lanes = g.add("BitwiseAnd", [shifted, g.constant("lane_mask", (1 << LANE_BITS) - 1, np.int64)], "lanes")
    exact = g.add("Sub", [lanes, g.constant("half", _LANE_HALF, np.int64)], "exact")
    g.add("Cast", [exact], "total", to=TensorProto.FLOAT)


def _kinds(outer: _Graph, head: Head, smoothing: int) -> None:
    """The second output. Plain int8 rows: it is asked for a text at a time, so that size counts and speed does not.

    The runtime executes every node of a graph, whatever is asked of it; only a branch not taken costs nothing. So all
    of this is one branch of an ``If``, and the other gives no rows.
    """
    from onnx import TensorProto

    g = _Graph()
    g.constant("kinds_table", head.table, np.int8)
    mask = g.constant("kinds_mask", [len(head.table) - 1], np.int32)
    rows = []
    for hashes in ("hashes_two", "hashes"):
        flat = g.add("Gather", [hashes, g.constant("first_word", 0, np.int64)], f"kinds_{hashes}", axis=0)
        small = g.add("BitwiseAnd", [flat, mask], f"kinds_{hashes}_rows")
        found = g.add("Gather", ["kinds_table", small], f"kinds_{hashes}_found", axis=0)
        rows.append(g.add("Cast", [found], f"kinds_{hashes}_wide", to=TensorProto.INT32))
    each = g.add("Add", rows, "kinds_windows")
    running = g.add("CumSum", [each, g.constant("axis_0", 0, np.int64)], "kinds_running", exclusive=1)
    at = g.add("Gather", [running, "splits"], "kinds_at_splits", axis=0)
    total = g.add("Sub", [g.cut(at, 1, _END, "kinds_upper"), g.cut(at, 0, -1, "kinds_lower")], "kinds_total")
    length = g.add("Sub", [g.cut("splits", 1, _END, "ends"), g.cut("splits", 0, -1, "starts")], "kinds_length")
    smooth = g.add("Add", [length, g.constant("kinds_smoothing", smoothing, np.int32)], "kinds_smooth")
    wide = g.add("Cast", [smooth], "kinds_smooth_wide", to=TensorProto.FLOAT)
    column = g.add("Unsqueeze", [wide, g.constant("at_last", [1], np.int64)], "kinds_divisor")
    mean = g.add("Div", [g.add("Cast", [total], "kinds_sums", to=TensorProto.FLOAT), column], "kinds_mean")
    scaled = g.add("Mul", [mean, g.constant("kinds_scale", head.scale, np.float32)], "kinds_scaled")
    logits = g.add("Add", [scaled, g.constant("kinds_bias", head.bias, np.float32)], "kinds_logits")
    g.add("Sigmoid", [logits], "kinds_asked")
    columns = head.table.shape[1]
    outer.ask(g, "kinds", "kinds_asked", ["messages", columns], np.zeros((0, columns), np.float32))
