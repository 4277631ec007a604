"""The model's inputs and output where the runtime finds them, from run to run.

To hand arrays to the runtime, and to be handed one, costs some ten microseconds a run: each is made, looked up by its
name, checked and thrown away. Here the same memory serves every run, and only what has another size is told anew.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from filters.text.rows import BLOCK, Packer, most_blocks

#: Room at first: for texts, and for blocks of rows. It grows when a batch needs more.
_MESSAGES: Final = 128
_BLOCKS: Final = 512

_OUTPUT: Final = "probabilities"


class Bound:
    """What one session reads and writes. Not thread-safe."""

    def __init__(self, session: Any, rows: int, columns: int, ahead: int) -> None:
        """Take the session, the rows of its table and where that lies, and the columns of what it writes."""
        binding = session.io_binding()
        # what the wrapper does besides is for other devices, and takes as long as all the rest
        self._binding: Any = getattr(binding, "_iobinding", binding)
        # not the session as it is handed in: that keeps the octets it was made of
        self._run: Any = getattr(session, "_sess", session).run_with_iobinding
        self._rows, self._columns, self._ahead = rows, columns, ahead
        self._messages, self._blocks = -1, -1  # how many are bound
        self._make_room(_MESSAGES, _BLOCKS)

    def lanes(self, keys: list[bytes]) -> npt.NDArray[np.float32]:
        """What the model says of keys, ``[column][message]``, until it is asked again."""
        blocks: int = self._packer.pack(keys)
        if not blocks:
            self._make_room(2 * len(keys), 2 * sum(map(most_blocks, keys)))
            blocks = self._packer.pack(keys)
        if len(keys) != self._messages:
            self._bind(len(keys))
        if blocks != self._blocks:
            value = self._of_blocks.get(blocks)
            if value is None:
                value = self._of_blocks[blocks] = _value(self._found[: blocks * BLOCK])
            self._binding.bind_ortvalue_input("rows", value)
            self._blocks = blocks
        self._run(self._binding, None)
        return self._lanes

    def _make_room(self, messages: int, blocks: int) -> None:
        """Hold memory for so many messages and blocks, at least; nothing of it is bound yet."""
        messages, blocks = max(messages, _MESSAGES), max(blocks, _BLOCKS)
        self._found = np.empty(blocks * BLOCK, np.int32)
        self._splits = np.empty(messages + 1, np.int64)
        self._lengths = np.empty(messages, np.float32)
        self._told = np.empty(self._columns * messages, np.float32)
        self._packer = Packer(self._rows, self._ahead, self._found, self._splits, self._lengths)
        self._messages, self._blocks = -1, -1
        # by size: what is bound of that memory, some 300 octets each
        self._of_blocks: dict[int, Any] = {}
        self._of_messages: dict[int, tuple[dict[str, Any], Any, npt.NDArray[np.float32]]] = {}

    def _bind(self, messages: int) -> None:
        values = self._of_messages.get(messages)
        if values is None:
            lanes = self._told[: self._columns * messages].reshape(self._columns, messages)
            inputs = {
                "starts": _value(self._splits[:messages]),
                "ends": _value(self._splits[1 : messages + 1]),
                "lengths": _value(self._lengths[:messages]),
            }
            values = self._of_messages[messages] = inputs, _value(lanes), lanes
        inputs_of, output, self._lanes = values
        for name, value in inputs_of.items():
            self._binding.bind_ortvalue_input(name, value)
        self._binding.bind_ortvalue_output(_OUTPUT, output)
        self._messages = messages


def _value(array: npt.NDArray[Any]) -> Any:
    """What the runtime calls memory of a size. It does not keep that: :class:`Bound` does."""
    value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
    return getattr(value, "_ortvalue", value)
