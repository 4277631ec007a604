"""The ONNX session: texts made ready go in, one row of probabilities each comes out.

The model hashes the octets itself (see ``models/recipe/graph.py``), so a batch is one buffer: the windows of every key,
which overlap (:func:`filters.text.rows.pack`). A result does not depend on what else is in the batch.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import onnxruntime

from filters.text import manifest as manifests
from filters.text.manifest import ModelError
from filters.text.rows import GAP, pack

#: The property of the model's file that holds the graph of the second head, in base 64.
KINDS: Final = "kinds"

#: Two texts whose n-grams overflow when they are hashed: the product must wrap around.
_SELF_TEST: Final = [b"self test \xff\xff\xff\xff", "넘침 검사".encode()]


class Judge:
    """A loaded model. One intra-op thread, run inline: threads halve its throughput."""

    def __init__(self, directory: Path) -> None:
        """Load and test a model directory. Raises :class:`ModelError` when it must not be used."""
        self.directory = directory
        self.manifest = manifests.read(directory)
        octets = manifests.load_bytes(directory, self.manifest)
        onnxruntime.disable_telemetry_events()  # what passes through a carrier is nobody else's business
        session = self._session(octets)
        self._run: Any = session.run
        self._outputs = ["probabilities"]
        self.columns = len(self.manifest.classes) + 1
        self._self_test(session)
        self._run_kinds: Any = self._kinds_of(session).run if self.manifest.kinds else None

    def _session(self, octets: bytes) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(octets, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exception classes share no base but Exception
            raise ModelError(f"{self.directory}: the ONNX runtime cannot load the model: {error}") from error

    def run(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per class, then how familiar the text is (0.5 is the limit).

        Rows may be padded with columns that mean nothing.
        """
        return self.lanes(list(keys)).reshape(self._padded, -1).T

    def lanes(self, keys: list[bytes]) -> npt.NDArray[np.float32]:
        """The same as the model gives it, ``[lane][word][message]``: what :class:`filters.text.rows.Rows` reads."""
        lanes: npt.NDArray[np.float32] = self._run(self._outputs, feed(keys))[0]
        return lanes

    def kinds(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per kind of ``manifest.kinds``. For people, not for traffic."""
        if self._run_kinds is None:
            return np.zeros((len(keys), 0), np.float32)
        return cast("npt.NDArray[np.float32]", self._run_kinds(["kinds"], feed(list(keys)))[0])

    def contributions(self, key: bytes) -> npt.NDArray[np.float64]:
        """What every octet of a key adds to the logit of every output: [octet][column]; a last row for the bias.

        All rows make the logit. An n-gram's weight is split evenly over those of its octets that are the key's; what
        lies in the gap before the key is the same for every text and goes to the bias.
        """
        found = self._run(["windows"], feed([key]))[0]
        count = len(key) + len(GAP)
        shares = np.zeros((len(key) + 1, self.columns))
        for order, packed in zip(ORDERS, np.split(found, len(ORDERS), axis=1), strict=True):
            for place, weight in enumerate(unpack(packed[:, :count])[:, : self.columns].astype(np.float64)):
                start = place - len(GAP)
                first, last = max(start, 0), min(start + order, len(key))
                if first < last:
                    shares[first:last] += weight / (last - first)
                else:
                    shares[-1] += weight
        shares *= np.array(self.manifest.scale) / (count + self.manifest.smoothing) ** self.manifest.power
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
        expected = ["octets", "splits"]
        if names != expected:
            raise ModelError(
                f"{self.directory}: the model's inputs are {', '.join(names)}; expected {', '.join(expected)}. "
                'Train it again with "smppproxy model train".'
            )
        given = feed(_SELF_TEST)
        hashes = session.run(["hashes"], given)[0]
        if not np.array_equal(hashes, reference_hashes(given["octets"], self.manifest.mask)):
            raise ModelError(
                f"{self.directory}: this ONNX runtime multiplies 64-bit integers in another way, so the model's hashes "
                "are wrong here. Use the onnxruntime version of the lock file."
            )
        together, alone = self.run(_SELF_TEST), np.concatenate([self.run([key]) for key in _SELF_TEST])
        shares = together[:, : self.columns]
        if not (np.array_equal(together, alone) and ((shares >= 0.0) & (shares <= 1.0)).all()):
            raise ModelError(
                f"{self.directory}: what the model says of a text is no probability, or depends on the texts judged "
                'with it. Train it again with "smppproxy model train".'
            )

    def _kinds_of(self, session: Any) -> Any:
        """The second head, whose graph goes along in the model's file. Raises :class:`ModelError`."""
        told = session.get_modelmeta().custom_metadata_map.get(KINDS, "")
        head = self._session(base64.b64decode(told)) if told else None
        count = head.get_outputs()[0].shape[1] if head else 0
        if count != len(self.manifest.kinds):
            raise ModelError(
                f"{self.directory}: the manifest names {len(self.manifest.kinds)} kinds, the model gives {count}. "
                "The two files are not of one training; copy the model directory again."
            )
        return head


def feed(keys: list[bytes]) -> dict[str, npt.NDArray[Any]]:
    """The model's inputs for some keys."""
    octets, splits = pack(keys)
    return {"octets": np.frombuffer(octets, np.uint64), "splits": np.frombuffer(splits, np.int32)}


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


#: Lengths of the n-grams, in octets: in Hangul and Han one letter and three.
ORDERS: Final = (2, 6)

#: What an n-gram of each order is multiplied by; the upper bits of the product are its row. The graph holds the same.
MULTIPLIERS: Final = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)


def hash_shift(rows: int) -> int:
    """By how many bits a product is moved to be the number of one of so many rows, a power of two."""
    return 64 - (rows.bit_length() - 1)


def reference_hashes(octets: npt.NDArray[np.uint64], mask: int) -> npt.NDArray[np.int32]:
    """The rows the graph must find, [order][window]; unsigned arithmetic surely wraps around."""
    shift = np.uint64(hash_shift(mask + 1))
    rows = [
        (octets & np.uint64((1 << 8 * order) - 1)) * np.uint64(multiplier) >> shift
        for order, multiplier in zip(ORDERS, MULTIPLIERS, strict=True)
    ]
    return np.stack(rows).astype(np.int32)
