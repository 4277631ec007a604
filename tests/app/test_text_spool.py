"""A worker's texts: nothing readable reaches the disk."""

from __future__ import annotations

from pathlib import Path

from smppproxy.app.text_spool import TextSpool
from smppproxy.state.sealed import Keyring
from smppproxy.state.spool import Spool
from smppproxy.state.text_mover import FIELDS, SPOOL, TextMover
from smppproxy.state.texts import TextStore

NOON = 1_800_014_400.0


def test_texts_are_sealed_before_they_are_written(tmp_path: Path) -> None:
    texts = TextSpool(Spool(tmp_path / SPOOL, 0, NOON, fields=FIELDS), Keyring(tmp_path))
    texts.keep(NOON, "t1", b"f" * 16, "a secret")
    texts.keep(NOON, "t2", b"", "half a \ud800 pair")
    texts.flush(NOON)
    texts.close(NOON + 1)
    (path,) = (tmp_path / SPOOL).iterdir()
    assert b"secret" not in path.read_bytes()
    mover = TextMover(tmp_path)
    assert mover.turn(NOON)
    store = TextStore(tmp_path)
    assert (store.of_trace("t1"), store.of_trace("t2")) == ("a secret", "half a ? pair")
