"""The model as an ONNX graph: octets in, probabilities out; hashing, look-up and sums are all inside.

Every window of four octets adds two rows of one int8 table: that of its first two octets and that of all four. Sums are
exact integers, so a text's result does not depend on the batch it is in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.judge import MULTIPLIER_2, MULTIPLIER_4

OPSET = 18
_END = np.iinfo(np.int64).max


def build(
    table: npt.NDArray[np.int8],
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    smoothing: int,
) -> bytes:
    """Serialise the graph. ``table`` has a power of two of rows and one column an output."""
    from onnx import TensorProto, checker, helper, numpy_helper

    rows, columns = table.shape
    if rows & (rows - 1):
        raise ValueError(f"the table has {rows} rows; expected a power of two")
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: npt.NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def bound(value: int) -> str:
        name = f"at_{'end' if value == _END else value}".replace("-", "m")
        if name not in known:
            known[name] = constant(name, np.array([value], dtype=np.int64))
        return known[name]

    known: dict[str, str] = {}

    def cut(source: str, first: int, last: int, output: str) -> str:
        return node("Slice", [source, bound(first), bound(last), bound(0)], output)

    def int32(name: str, value: int) -> str:
        return constant(name, np.array(value, dtype=np.uint32).astype(np.int32))

    # hashes of two and four octets; int32 arithmetic wraps around, which the judge tests at load
    octets = node("Cast", ["bytes"], "octets", to=TensorProto.INT32)
    pairs = node(
        "Add",
        [node("Mul", [cut(octets, 0, -1, "c0"), int32("k2", MULTIPLIER_2)], "c0k"), cut(octets, 1, _END, "c1")],
        "pairs",
    )
    first = cut(pairs, 0, -2, "p0")
    fours = node("Add", [node("Mul", [first, int32("k4", MULTIPLIER_4)], "p0k"), cut(pairs, 2, _END, "p2")], "fours")
    mask = int32("mask", rows - 1)
    constant("table", table)
    sums = []
    for name, hashes in (("two", first), ("four", fours)):
        index = node("BitwiseAnd", [hashes, mask], "hashes" if name == "four" else "hashes_two")
        sums.append(
            node(
                "Cast", [node("Gather", ["table", index], f"rows_{name}", axis=0)], f"wide_{name}", to=TensorProto.INT32
            )
        )
    windows = node("Add", sums, "windows")
    # sums by message: differences of the running sum at the splits
    running = node("CumSum", [windows, bound(0)], "running", exclusive=1)
    at = node("Gather", [running, "splits"], "at_splits", axis=0)
    total = node("Sub", [cut(at, 1, _END, "upper"), cut(at, 0, -1, "lower")], "total")
    length = node("Sub", [cut("splits", 1, _END, "ends"), cut("splits", 0, -1, "starts")], "length")
    smooth = node(
        "Add",
        [
            node("Cast", [length], "length_float", to=TensorProto.FLOAT),
            constant("smoothing", np.array(smoothing, np.float32)),
        ],
        "smooth",
    )
    column = node("Unsqueeze", [smooth, constant("axis", np.array([1], np.int64))], "smooth_column")
    mean = node("Div", [node("Cast", [total], "total_float", to=TensorProto.FLOAT), column], "mean")
    scaled = node("Mul", [mean, constant("scale", scale.astype(np.float32))], "scaled")
    logits = node("Add", [scaled, constant("bias", bias.astype(np.float32))], "logits")
    node("Sigmoid", [logits], "probabilities")

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "clean_text",
        [value("bytes", TensorProto.UINT8, ["octets"]), value("splits", TensorProto.INT32, ["messages_plus_1"])],
        [
            value("probabilities", TensorProto.FLOAT, ["messages", columns]),
            value("hashes", TensorProto.INT32, ["windows"]),
            value("windows", TensorProto.INT32, ["windows", columns]),
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="smppproxy")
    model.ir_version = 8
    checker.check_model(model)
    return bytes(model.SerializeToString())
