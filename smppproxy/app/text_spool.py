"""A worker's side of the texts that are kept: sealed before they reach the disk, spooled like the rows of the trace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from smppproxy.app.settings import Settings
from smppproxy.state.sealed import Keyring, Sealer
from smppproxy.state.spool import Spool
from smppproxy.state.text_mover import FIELDS, SPOOL
from smppproxy.state.texts import sealed_text

FILE_AGE: Final = 2.0  # s until a file is finished: so soon a text can be shown
TOTAL_LIMIT: Final = 1 << 30  # octets of one worker's files while nobody moves them; some two million texts


class TextSpool:
    """Keeps texts of messages that were refused. Costs the data path one append each; the rest is done at the flush."""

    def __init__(self, spool: Spool, sealer: Callable[[], Sealer]) -> None:
        self.spool = spool
        self._sealer = sealer
        self._texts: list[tuple[float, str, bytes, str]] = []

    def keep(self, at: float, trace_id: str, fingerprint: bytes, text: str) -> None:
        """Keep the text of a message; ``at`` is Unix seconds."""
        self._texts.append((at, trace_id, fingerprint, text))

    def flush(self, unix: float) -> None:
        """Seal what came this turn and hand it to the spool, which writes it when it is time."""
        if self._texts:
            texts, self._texts = self._texts, []
            seal = self._sealer()
            rows: list[tuple[Any, ...]] = [
                (at, trace_id, fingerprint, sealed_text(seal, text, trace_id, fingerprint))
                for at, trace_id, fingerprint, text in texts
            ]
            self.spool.write(rows)
        self.spool.flush(unix)

    def close(self, unix: float) -> None:
        """Write what waits and finish the file."""
        self.flush(unix)
        self.spool.close(unix)


def open_texts(settings: Settings, worker: int) -> TextSpool | None:
    """Begin the texts of a worker, None where none are kept. Raises StoreError, OSError."""
    if settings.trace.texts == "none":
        return None
    state_dir = settings.proxy.state_path
    spool = Spool(state_dir / SPOOL, worker, time.time(), limit_bytes=TOTAL_LIMIT, file_age=FILE_AGE, fields=FIELDS)
    keyring = Keyring(state_dir)
    keyring()  # where the keys cannot be read, the worker does not start
    return TextSpool(spool, keyring)
