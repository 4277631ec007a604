"""Nodes that share a store share the key of recipients' pseudonyms too, or none would find what another traced."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Final

from smppproxy.state.errors import StoreError
from smppproxy.state.pseudonyms import FILE, Pseudonymiser
from smppproxy.state.store import Store

MARK: Final = "recipients.key"


def agree(store: Store, state_dir: Path) -> None:
    """Compare the key of a state directory with the one the store is marked with, marking it at the first time.

    Raises StoreError where they differ, or where this node has none yet and another has.
    """
    if not store.shared:
        return
    path = state_dir / FILE
    known = store.query("SELECT value FROM marks WHERE name = ?", (MARK,))
    how = f"copy {FILE} from the state_dir of a node that shares this store, and start again"
    if known and not path.exists():
        raise StoreError(f"{path}: this node has no key of recipients' pseudonyms, and {store.name} is in use: {how}")
    Pseudonymiser.load(state_dir)  # makes one where there is none
    # A hash of a key of 32 random octets tells nothing of it.
    mine = blake2b(path.read_bytes(), digest_size=16, person=b"smppproxy node").hexdigest()
    if not known:
        with store.transaction() as cursor:
            cursor.execute("INSERT INTO marks (name, value) VALUES (?, ?)", (MARK, mine))
    elif known[0][0] != mine:
        raise StoreError(f"{path}: another key of recipients' pseudonyms than that of {store.name}: {how}")
