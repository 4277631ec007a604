"""Where the commands on models take one from: what a configuration and the record name, and how it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from filters.text import manifest as manifests
from filters.text.filter import TextFilter, TextSettings
from filters.text.manifest import ModelError
from smppproxy.state import models

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings

#: Told how far long work is: what, done, total.
Progress = Callable[[str, int, int], None]


def quiet(what: str, done: int, total: int) -> None:
    """Nobody wants to know the progress."""


def settings_of(config: Path) -> Settings:
    """Read a configuration. Raises SettingsError."""
    from smppproxy.app.settings import load

    return load(config).settings


def model_of(config: Path) -> str:
    """The folder of the model a configuration's proxy is to use, "" for the shipped one.

    Raises SettingsError, StateError.
    """
    settings = settings_of(config)
    state_dir = settings.proxy.state_path
    return str(settings.filters.text.model or models.directory(state_dir, models.read(state_dir).current.model))


def version_of(folder: str) -> str:
    """The version of a model, "" where it cannot be read."""
    try:
        return manifests.read(manifests.locate(folder)).sha256[:12]
    except ModelError:
        return ""


def load(settings: Settings, model: str) -> TextFilter:
    """Load a model as a worker would: octets, runtime, self-test, classes, thresholds. Raises ModelError."""
    return TextFilter(TextSettings(model=model, thresholds=dict(settings.filters.text.thresholds), memo=0))
