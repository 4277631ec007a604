"""The model as an ONNX graph: octets in, probabilities out; hashing, look-up and sums are all inside.

Every window adds two rows of one int8 table: that of its first two octets and that of its first six. Sums are exact
integers, so a text's result does not depend on the batch it is in. A window comes as one word of eight octets, so that
all n-grams are cut out, multiplied and moved down by one node each, whatever their lengths; a node costs a microsecond.

Three columns share an int64 ("lanes" of 21 bits): ``GatherElements`` on whole words is six times as fast as ``Gather``
of int8 rows, and the running sum costs a third. Sums may wrap around; their differences are exact as long as every
lane's is below 2**20 in size, which ``normalise.MAX_KEY`` guarantees.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.judge import KINDS, LANE_BITS, LANES, MULTIPLIERS, ORDERS, hash_shift

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

    def split(self, source: str, outputs: list[str], axis: int) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node("Split", [source], outputs, axis=axis, num_outputs=len(outputs)))

    def cut(self, source: str, first: int, last: int, output: str, axis: int = 0) -> str:
        bounds = [self.constant(f"at_{'end' if n == _END else n}", [n], np.int64) for n in (first, last, axis)]
        return self.add("Slice", [source, *bounds], output)


def build(
    table: npt.NDArray[np.int8],
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    smoothing: int,
    power: float,
    kinds: Head | None = None,
) -> bytes:
    """Serialise the graph. ``table`` has a power of two of rows and one column an output.

    A text's logit is the sum of its rows over (windows + ``smoothing``) raised to ``power``, times ``scale``, and the
    ``bias``.

    ``kinds`` is a second, smaller table over the same n-grams; its graph goes along among the model's properties.
    """
    from onnx import TensorProto, helper

    rows, columns = table.shape
    for each in (table, *([kinds.table] if kinds else [])):
        if len(each) & (len(each) - 1):
            raise ValueError(f"the table has {len(each)} rows; expected a power of two")
    words = pack(table)
    g = _Graph()
    _hashes(g, rows, len(words))
    g.constant("table", words, np.int64)
    g.add("GatherElements", ["table", "rows"], "windows", axis=1)
    g.split("windows", ["words_short", "words_long"], axis=1)
    g.add("Add", ["words_short", "words_long"], "sums")
    _sums(g, len(words), smoothing)
    # the counting column is twice the number of windows and smoothing, so that all is twice to the power what it was
    last = [LANES - 1, len(words) - 1]
    bounds = [
        g.constant("count_first", last, np.int64),
        g.constant("count_end", [n + 1 for n in last], np.int64),
        g.constant("count_axes", [0, 1], np.int64),
    ]
    length = g.add("Slice", ["total", *bounds], "length")
    weight = g.add("Pow", [length, g.constant("power", power, np.float32)], "weight")
    mean = g.add("Div", ["total", weight], "mean")
    padded = np.zeros((2, LANES * len(words)), dtype=np.float32)
    padded[0, :columns], padded[1, :columns] = 2**power * scale, bias
    shape = (LANES, len(words), 1)
    scaled = g.add("Mul", [mean, g.constant("scale", padded[0].reshape(shape), np.float32)], "scaled")
    logits = g.add("Add", [scaled, g.constant("bias", padded[1].reshape(shape), np.float32)], "logits")
    g.add("Sigmoid", [logits], "probabilities")
    outputs: dict[str, tuple[int, list[int | str]]] = {
        "probabilities": (TensorProto.FLOAT, [LANES, len(words), "messages"]),
        "hashes": (TensorProto.INT32, [len(ORDERS), "windows"]),
        "windows": (TensorProto.INT64, [len(words), "windows_by_order"]),
    }
    model = _model(g, "clean_text", outputs)
    if kinds:
        # a graph of its own: the runtime executes every node of a graph, whatever is asked of it
        helper.set_model_props(model, {KINDS: base64.b64encode(_kinds(kinds, smoothing, power)).decode()})
    return bytes(model.SerializeToString())


def _model(g: _Graph, name: str, outputs: dict[str, tuple[int, list[int | str]]]) -> Any:
    """The nodes as a model that was checked; its inputs are the judge's."""
    from onnx import TensorProto, checker, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes,
        name,
        [value("octets", TensorProto.UINT64, ["windows"]), value("splits", TensorProto.INT32, ["messages_plus_1"])],
        [value(output, kind, shape) for output, (kind, shape) in outputs.items()],
        list(g.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="smppproxy")
    model.ir_version = 8
    checker.check_model(model)
    return model


def _products(g: _Graph) -> str:
    """Every n-gram, its octets as one number, times a large odd one: what the upper bits are is its row."""
    masks = [[(1 << 8 * order) - 1] for order in ORDERS]
    grams = g.add("BitwiseAnd", ["octets", g.constant("octets_of_order", masks, np.uint64)], "grams")
    return g.add("Mul", [grams, g.constant("multipliers", [[m] for m in MULTIPLIERS], np.uint64)], "products")


def _upper(g: _Graph, products: str, rows: int, output: str) -> str:
    """The number of a row of so many, from the upper bits."""
    from onnx import TensorProto

    shift = g.constant("shift", hash_shift(rows), np.uint64)
    return g.add(
        "Cast", [g.add("BitShift", [products, shift], "upper", direction="RIGHT")], output, to=TensorProto.INT32
    )


def _hashes(g: _Graph, rows: int, words: int) -> None:
    """The row of every n-gram, those of the orders one after the other, for each word of the table."""
    hashes = _upper(g, _products(g), rows, "hashes")
    flat = g.add("Reshape", [hashes, g.constant("in_a_row", [1, -1], np.int64)], "flat")
    g.add("Expand", [flat, g.constant("each_word", [words, 1], np.int64)], "rows")


def _sums(g: _Graph, words: int, smoothing: int) -> None:
    """Sums of every message's windows, unpacked: [lane][word][message]; the last one with the smoothing."""
    from onnx import TensorProto

    running = g.add("CumSum", ["sums", g.constant("axis_1", 1, np.int64)], "running", exclusive=1)
    at = g.add("Gather", [running, "splits"], "at_splits", axis=1)
    packed = g.add("Sub", [g.cut(at, 1, _END, "upper_ends", axis=1), g.cut(at, 0, -1, "lower_ends", axis=1)], "packed")
    # every lane made positive, parted by division, and brought back
    halves = sum(_LANE_HALF << (lane * LANE_BITS) for lane in range(LANES))
    lifted = g.add("Add", [packed, g.constant("halves", halves, np.int64)], "lifted")
    factors = [[[1 << (lane * LANE_BITS)]] for lane in range(LANES)]
    shifted = g.add("Div", [lifted, g.constant("factors", factors, np.int64)], "shifted")
    lanes = g.add("BitwiseAnd", [shifted, g.constant("lane_mask", (1 << LANE_BITS) - 1, np.int64)], "lanes")
    back = np.full((LANES, words, 1), _LANE_HALF)
    back[-1, -1] -= 2 * smoothing
    exact = g.add("Sub", [lanes, g.constant("half", back, np.int64)], "exact")
    g.add("Cast", [exact], "total", to=TensorProto.FLOAT)


def _kinds(head: Head, smoothing: int, power: float) -> bytes:
    """The second head. Plain int8 rows: it is asked for a text at a time, so that size counts and speed does not."""
    from onnx import TensorProto

    g = _Graph()
    g.constant("table", head.table, np.int8)
    rows = _upper(g, _products(g), len(head.table), "rows")
    wide = g.add("Cast", [g.add("Gather", ["table", rows], "found", axis=0)], "found_wide", to=TensorProto.INT32)
    each = g.add("ReduceSum", [wide, g.constant("axes_0", [0], np.int64)], "sums", keepdims=0)
    running = g.add("CumSum", [each, g.constant("axis_0", 0, np.int64)], "running", exclusive=1)
    at = g.add("Gather", [running, "splits"], "at_splits", axis=0)
    total = g.add("Sub", [g.cut(at, 1, _END, "upper_ends"), g.cut(at, 0, -1, "lower_ends")], "exact")
    length = g.add("Sub", [g.cut("splits", 1, _END, "ends"), g.cut("splits", 0, -1, "starts")], "length")
    smooth = g.add("Add", [length, g.constant("smoothing", smoothing, np.int32)], "smooth")
    wide = g.add("Cast", [smooth], "smooth_wide", to=TensorProto.FLOAT)
    weight = g.add("Pow", [wide, g.constant("power", power, np.float32)], "weight")
    column = g.add("Unsqueeze", [weight, g.constant("at_last", [1], np.int64)], "divisor")
    mean = g.add("Div", [g.add("Cast", [total], "total", to=TensorProto.FLOAT), column], "mean")
    scaled = g.add("Mul", [mean, g.constant("scale", head.scale, np.float32)], "scaled")
    logits = g.add("Add", [scaled, g.constant("bias", head.bias, np.float32)], "logits")
    g.add("Sigmoid", [logits], "kinds")
    outputs: dict[str, tuple[int, list[int | str]]] = {"kinds": (TensorProto.FLOAT, ["messages", head.table.shape[1]])}
    return bytes(_model(g, "kinds", outputs).SerializeToString())
