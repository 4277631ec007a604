"""The ONNX session: texts made ready go in, one row of probabilities each comes out.

The model hashes the octets itself (see ``models/recipe/graph.py``), so a batch is one buffer: every key with four NUL
octets before it. A result does not depend on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import onnxruntime

from filters.text import manifest as manifests
from filters.text.manifest import ModelError
from filters.text.rows import pack

_NO: Final = np.array(False)
_YES: Final = np.array(True)

#: Two texts whose n-grams overflow 32 bits: hashing must wrap around, which ONNX leaves to the implementation.
_SELF_TEST: Final = (b"self test \xff\xff\xff\xff", "넘침 검사".encode())


class Judge:
    """A loaded model. One intra-op thread, run inline: threads halve its throughput."""

    def __init__(self, directory: Path) -> None:
        """Load and test a model directory. Raises :class:`ModelError` when it must not be used."""
        self.directory = directory
        self.manifest = manifests.read(directory)
        octets = manifests.load_bytes(directory, self.manifest)
        onnxruntime.disable_telemetry_events()  # what passes through a carrier is nobody else's business
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(octets, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exception classes share no base but Exception
            raise ModelError(f"{directory}: the ONNX runtime cannot load the model: {error}") from error
        self._run: Any = session.run
        self._outputs = ["probabilities"]
        # whether kinds are wanted: the runtime computes whatever is not behind a branch, asked for or not
        asks = any(entry.name == "ask" for entry in session.get_inputs())
        self._unasked, self._asked = ({"ask": _NO}, {"ask": _YES}) if asks else ({}, {})
        self.columns = len(self.manifest.classes) + 1
        self._self_test(session)

    def run(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per class, then how familiar the text is (0.5 is the limit).

        Rows may be padded with columns that mean nothing.
        """
        return self.lanes(list(keys)).reshape(self._padded, -1).T

    def lanes(self, keys: list[bytes]) -> npt.NDArray[np.float32]:
        """The same as the model gives it, ``[lane][word][message]``: what :class:`filters.text.rows.Rows` reads."""
        octets, splits = pack(keys)
        given = {"bytes": np.frombuffer(octets, np.uint8), "splits": np.frombuffer(splits, np.int32), **self._unasked}
        lanes: npt.NDArray[np.float32] = self._run(self._outputs, given)[0]
        return lanes

    def kinds(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per kind of ``manifest.kinds``. For people, not for traffic."""
        if not self.manifest.kinds:
            return np.zeros((len(keys), 0), np.float32)
        return cast("npt.NDArray[np.float32]", self._run(["kinds"], feed(keys) | self._asked)[0])

    def contributions(self, key: bytes) -> npt.NDArray[np.float64]:
        """What every octet of a key adds to the logit of every output: [octet][column]; a last row for the bias.

        All rows make the logit. A window's weight is split evenly over those of its four octets that are the key's.
        """
        packed = self._run(["windows"], feed([key]) | self._unasked)[0][:, 1 : len(key) + 5]
        windows = unpack(packed)[:, : self.columns].astype(np.float64)
        shares = np.zeros((len(key) + 1, self.columns))
        for window, weight in enumerate(windows):
            first, last = max(window - 3, 0), min(window + 1, len(key))
            if first >= last:  # the gap behind the text, the same for every text
                last = first + 1
            shares[first:last] += weight / (last - first)
        shares *= np.array(self.manifest.scale) / (len(key) + 4 + self.manifest.smoothing)
        shares[-1] += self.manifest.bias
        return shares

    def _self_test(self, session: Any) -> None:
        """Refuse a model or a runtime that would compute something else than was trained."""
        shape = session.get_outputs()[0].shape
        self._padded = -(-(self.columns + 1) // LANES) * LANES
        if list(shape[:2]) != [LANES, self._padded // LANES]:
            raise ModelError(
                f"{self.directory}: the model gives {shape[:2]} columns, the manifest names "
                f"{len(self.manifest.classes)} classes; expected {[LANES, self._padded // LANES]}."
            )
        names = [entry.name for entry in session.get_inputs()]
        expected = ["bytes", "splits", *self._unasked]
        if names != expected:
            raise ModelError(
                f"{self.directory}: the model's inputs are {', '.join(names)}; expected {', '.join(expected)}. "
                'Train it again with "smppproxy model train".'
            )
        told = {output.name: output.shape for output in session.get_outputs()}
        if self.manifest.kinds and told.get("kinds", [0, 0])[1] != len(self.manifest.kinds):
            raise ModelError(
                f"{self.directory}: the manifest names {len(self.manifest.kinds)} kinds, the model gives "
                f"{told.get('kinds', 'none')}. The two files are not of one training; copy the model directory again."
            )
        given = feed(_SELF_TEST)
        hashes = session.run(["hashes"], given | self._unasked)[0]
        if not np.array_equal(hashes[0], reference_hashes(given["bytes"], self.manifest.mask)):
            raise ModelError(
                f"{self.directory}: this ONNX runtime does not wrap 32-bit integers around, so the model's hashes are "
                "wrong here. Use the onnxruntime version of the lock file."
            )
        together, alone = self.run(_SELF_TEST), np.concatenate([self.run([key]) for key in _SELF_TEST])
        shares = together[:, : self.columns]
        if not (np.array_equal(together, alone) and ((shares >= 0.0) & (shares <= 1.0)).all()):
            raise ModelError(
                f"{self.directory}: what the model says of a text is no probability, or depends on the texts judged "
                'with it. Train it again with "smppproxy model train".'
            )


def feed(keys: Sequence[bytes]) -> dict[str, npt.NDArray[Any]]:
    """The model's inputs for some keys."""
    octets, splits = pack(list(keys))
    return {"bytes": np.frombuffer(octets, np.uint8), "splits": np.frombuffer(splits, np.int32)}


#: Columns of the table that share a word, and the bits of each.
LANES: Final = 3
LANE_BITS: Final = 21


def unpack(words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """[word][n] of packed sums to [n][column]: every lane is a signed number of LANE_BITS.

    Columns go by lane first: column c is lane c // words of word c % words. The last one counts rows.
    """
    half = 1 << (LANE_BITS - 1)
    lifted = words + sum(half << (lane * LANE_BITS) for lane in range(LANES))
    columns = [
        ((word >> (lane * LANE_BITS)) & ((1 << LANE_BITS) - 1)) - half for lane in range(LANES) for word in lifted
    ]
    return np.stack(columns, axis=1)


#: Multipliers of the rolling hashes; the graph holds the same numbers.
MULTIPLIER_2: Final = 0x2F0B4C47
MULTIPLIER_4: Final = 0x1B873593


def reference_hashes(octets: npt.NDArray[np.uint8], mask: int) -> npt.NDArray[np.int32]:
    """The order-4 rows the graph must compute, in arithmetic that surely wraps around."""
    c = octets.astype(np.uint32)
    pairs = c[:-1] * np.uint32(MULTIPLIER_2) + c[1:]
    fours = pairs[:-2] * np.uint32(MULTIPLIER_4) + pairs[2:]
    return (fours & np.uint32(mask)).astype(np.int32)
