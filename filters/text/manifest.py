"""The manifest beside a model: what it is, what it was made from, and what must hold for it to be used.

A model is a directory with ``model.onnx``, ``manifest.json`` and ``card.md``. The shipped one is
``models/clean_text``; ``models`` is no Python package, so it is found beside the ``filters`` package, both in a source
tree and in an installed wheel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec

import filters

#: The model in use when the configuration names none.
SHIPPED: Final = Path(filters.__file__).resolve().parent.parent / "models" / "clean_text"

MODEL_FILE: Final = "model.onnx"
MANIFEST_FILE: Final = "manifest.json"


class ModelError(Exception):
    """A model cannot be used. The message says which file, what is wrong and what to do."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """``manifest.json``. ``classes`` are the columns of the output, in order; the last output is ``familiar``."""

    name: str
    created: str  # ISO 8601, UTC
    sha256: str  # of model.onnx
    normaliser: int  # normalise.VERSION it was trained with
    classes: tuple[str, ...]
    thresholds: dict[str, float]  # per class, chosen on validation data
    scripts: tuple[str, ...]  # scripts with enough training text to be enforced on
    scale: tuple[float, ...]  # per output: what one step of the int8 table is worth
    bias: tuple[float, ...]  # per output
    kinds: tuple[str, ...] = ()  # the columns of the second output; a model may have none
    smoothing: int = 60  # what is added to the number of windows
    power: float = 1.0  # to which that is raised before the sum of weights is divided by it
    mask: int = (1 << 18) - 1  # rows of the table minus one
    seed: int = 0
    data: list[dict[str, Any]] = []  # name, rows and sha256 of every set
    versions: dict[str, str] = {}
    figures: dict[str, Any] = {}


def locate(path: str) -> Path:
    """The directory of a model: the shipped one for "", else the given directory or that of the given file.

    Raises :class:`ModelError` where nothing is there.
    """
    directory = Path(path) if path else SHIPPED
    if directory.is_file():
        directory = directory.parent
    if not (directory / MODEL_FILE).is_file():
        raise ModelError(
            f"{directory}: no {MODEL_FILE} here. Expected a directory with {MODEL_FILE} and {MANIFEST_FILE}; "
            'leave the model setting empty ("") to use the shipped model, or train one with "smppproxy model train".'
        )
    return directory


def read(directory: Path) -> Manifest:
    """The manifest of a model directory. Raises :class:`ModelError` when it is missing or not understood."""
    file = directory / MANIFEST_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ModelError(f"{file}: missing. A model without its manifest is not used; copy both files.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelError(f"{file}: cannot be read as a model manifest: {error}") from error


def load_bytes(directory: Path, manifest: Manifest) -> bytes:
    """The model's octets, after checking them against the manifest. Raises :class:`ModelError` when they differ."""
    file = directory / MODEL_FILE
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error}") from error
    digest = hashlib.sha256(octets).hexdigest()
    if digest != manifest.sha256:
        raise ModelError(
            f"{file}: sha256 is {digest}, the manifest says {manifest.sha256}. "
            "The file was changed or copied in part; copy the model directory again."
        )
    from filters.text import normalise  # a tenth of a second, which who only reads of models need not wait for

    if manifest.normaliser != normalise.VERSION:
        raise ModelError(
            f"{directory}: trained with normaliser version {manifest.normaliser}, this program has version "
            f'{normalise.VERSION}. Train it again with "smppproxy model train".'
        )
    return octets
