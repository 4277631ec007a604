"""The ONNX session: texts made ready go in, one row of probabilities each comes out.

A text's tokens are its n-grams, each hashed to the number of a row (:func:`filters.text.rows.pack`); the model, made by
``models/recipe/graph.py``, looks the rows up and adds them. A result does not depend on what else is in the batch.
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
from filters.text.bound import Bound
from filters.text.manifest import ModelError
from filters.text.modelfile import UINT64, take_apart, tensor
from filters.text.rows import BLOCK, ORDERS, pack, places
from filters.text.rowtable import held
from filters.text.words import Words

#: The model's constant that is looked up: a word of eight weights a row.
TABLE: Final = "table"
#: Properties of the model's file: the graph of the second head, in base 64; columns of the table and its rows that an
#: n-gram may name; and how many rows are added up at a time.
KINDS: Final = "kinds"
#: The words it has met and how often, in base 64; a model may tell none.
WORDS: Final = "words met"
COLUMNS: Final = "columns"
ROWS: Final = "rows"
BLOCKS: Final = "block"
#: Where the windows begin that it was trained on.
WINDOWS: Final = "windows"
PER_LETTER: Final = "letters"

#: Texts of every octet there is, of less than a block and of more.
_SELF_TEST: Final = [b"self test \xff\xff\xff\xff", "넘침 검사".encode(), bytes(range(1, 256))]


class Judge:
    """A loaded model. One intra-op thread, run inline: threads halve its throughput."""

    def __init__(self, directory: Path) -> None:
        """Load and test a model directory. Raises :class:`ModelError` when it must not be used."""
        self.directory = directory
        self.manifest = manifests.read(directory)
        octets, properties = self._load()
        onnxruntime.disable_telemetry_events()  # what passes through a carrier is nobody else's business
        self._table: npt.NDArray[np.uint64] | None = None  # which the session reads where it lies
        session = self._session(octets, tensor(octets, TABLE, UINT64))
        ahead = 0 if self._table is None else self._table.ctypes.data
        # what ``session.run`` would check of every batch the self test has seen; it takes as long as judging a text
        self._run: Any = getattr(session, "_sess", session).run
        self.columns = len(self.manifest.classes) + 1
        self.rows = self.manifest.mask + 1
        self._check(session)
        #: What the model says of keys as it gives it, ``[column][message]``, until it is asked again: what
        #: :class:`filters.text.rows.Rows` reads.
        self.lanes = Bound(session, self.rows, len(PLACES), ahead).lanes
        self._self_test()
        self._run_kinds: Any = None  # 4 MB, which stay once a person has asked for kinds
        if self.manifest.kinds:
            self._kinds_head(properties)  # whether they can be told is found out now
        self.words = self._words_of(properties)

    def _load(self) -> tuple[bytes, dict[str, bytes]]:
        """The graph and what travels with it. Raises :class:`ModelError`."""
        return take_apart(manifests.load_bytes(self.directory, self.manifest), (KINDS, WORDS))

    def _session(self, octets: bytes, table: memoryview | None = None) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            if table is not None:
                self._table = held(table)
                # kept with the table it stands for: the session keeps neither
                self._shared = onnxruntime.OrtValue.ortvalue_from_numpy(self._table)
                options.add_initializer(TABLE, self._shared)
            return onnxruntime.InferenceSession(octets, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exception classes share no base but Exception
            raise ModelError(f"{self.directory}: the ONNX runtime cannot load the model: {error}") from error

    def run(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per class, then how familiar the text is (0.5 is the limit).

        Rows may be padded with columns that mean nothing.
        """
        return self.lanes(list(keys)).T.copy()

    def kinds(self, keys: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """One row for each key: a probability per kind of ``manifest.kinds``. For people, not for traffic.

        The first time it reads the model's file again. Raises :class:`ModelError` where that has gone meanwhile.
        """
        if not self.manifest.kinds:
            return np.zeros((len(keys), 0), np.float32)
        if self._run_kinds is None:
            self._run_kinds = self._kinds_head(self._load()[1]).run
        return cast("npt.NDArray[np.float32]", self._run_kinds(["kinds"], feed(list(keys), self.rows))[0])

    def contributions(self, key: bytes) -> npt.NDArray[np.float64]:
        """What every octet of a key adds to the logit of every output: [octet][column]; a last row for the bias.

        All rows make the logit. An n-gram's weight is split evenly over those of its octets that are the key's; what
        lies in the gap before the key is the same for every text and goes to the bias.
        """
        found = self._run(["found"], feed([key], self.rows), None)[0]
        begins = places(key)
        count = len(begins)
        weights = unpack(found[BLOCK : BLOCK + count * len(ORDERS)])[:, : self.columns].astype(np.float64)
        shares = np.zeros((len(key) + 1, self.columns))
        for number, weight in enumerate(weights):
            place, order = divmod(number, len(ORDERS))
            start = begins[place]
            first, last = max(start, 0), min(start + ORDERS[order], len(key))
            if first < last:
                shares[first:last] += weight / (last - first)
            else:
                shares[-1] += weight
        shares *= np.array(self.manifest.scale) / (count + self.manifest.smoothing) ** self.manifest.power
        shares[-1] += self.manifest.bias
        return shares

    def _check(self, session: Any) -> None:
        """Refuse a model that is not of this program, or not of this manifest."""
        names = [entry.name for entry in session.get_inputs()]
        expected = list(feed([], self.rows))
        if names != expected:
            raise ModelError(
                f"{self.directory}: the model's inputs are {', '.join(names)}; expected {', '.join(expected)}. "
                'Train it again with "smppproxy model train".'
            )
        told = session.get_modelmeta().custom_metadata_map
        if told.get(WINDOWS) != PER_LETTER:
            raise ModelError(
                f"{self.directory}: the model's windows begin at {told.get(WINDOWS, 'octets')}; expected {PER_LETTER}. "
                'It is of another version. Train it again with "smppproxy model train".'
            )
        for name, number in ((COLUMNS, self.columns), (ROWS, self.rows), (BLOCKS, BLOCK)):
            if told.get(name) != str(number):
                raise ModelError(
                    f"{self.directory}: the model says {name}={told.get(name)}; expected {number}: the manifest names "
                    f"{len(self.manifest.classes)} classes and {self.rows} rows, and this program adds up {BLOCK} rows "
                    "at a time. The two files are not of one training; copy the model directory again."
                )

    def _self_test(self) -> None:
        """Refuse a model or a runtime that would compute something else than was trained."""
        together, alone = self.run(_SELF_TEST), np.concatenate([self.run([key]) for key in _SELF_TEST])
        shares = together[:, : self.columns]
        if not (np.array_equal(together, alone) and ((shares >= 0.0) & (shares <= 1.0)).all()):
            raise ModelError(
                f"{self.directory}: what the model says of a text is no probability, or depends on the texts judged "
                'with it. Train it again with "smppproxy model train".'
            )
        logits = np.stack([self.contributions(key).sum(axis=0) for key in _SELF_TEST])
        if not np.allclose(1.0 / (1.0 + np.exp(-logits)), shares, atol=1e-5):
            raise ModelError(
                f"{self.directory}: what the model says of a text is not what its rows add up to; so this ONNX runtime "
                "computes with integers in another way, or the manifest is of another training. Copy the model "
                "directory again, and use the onnxruntime version of the lock file."
            )

    def _kinds_head(self, properties: dict[str, bytes]) -> Any:
        """The second head, whose graph goes along in the model's file. Raises :class:`ModelError`."""
        told = properties.get(KINDS)
        head = self._session(base64.b64decode(told)) if told else None
        count = head.get_outputs()[0].shape[1] if head else 0
        if count != len(self.manifest.kinds):
            raise ModelError(
                f"{self.directory}: the manifest names {len(self.manifest.kinds)} kinds, the model gives {count}. "
                "The two files are not of one training; copy the model directory again."
            )
        return head

    def _words_of(self, properties: dict[str, bytes]) -> Words | None:
        """The words it has met, or None where it tells none. Raises :class:`ModelError`."""
        told = properties.get(WORDS)
        try:
            return Words(base64.b64decode(told, validate=True)) if told else None
        except ValueError as error:
            raise ModelError(
                f"{self.directory}: the words the model has met cannot be read: {error}. Copy the directory again."
            ) from error


def feed(keys: list[bytes], rows: int) -> dict[str, npt.NDArray[Any]]:
    """The inputs for some keys, of a model whose table has so many rows."""
    found, splits, lengths = pack(keys, rows)
    blocks = np.frombuffer(splits, np.int64)
    return {
        "rows": np.frombuffer(found, np.int32),
        "starts": blocks[:-1],
        "ends": blocks[1:],
        "lengths": np.frombuffer(lengths, np.float32),
    }


#: The octet of a row's word in which each column is, the lowest first: the graph takes every other octet at once.
PLACES: Final = (0, 2, 4, 6, 1, 3, 5, 7)

#: What is added to a weight to make it an octet.
BIAS: Final = 128


def unpack(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The table's words to [word][column] of weights."""
    octets = np.ascontiguousarray(words, "<u8").view(np.uint8).reshape(-1, len(PLACES))
    return octets[:, PLACES].astype(np.int64) - BIAS
