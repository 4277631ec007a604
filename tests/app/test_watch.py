"""Changes of a file, as editors and mounts make them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from smppproxy.app import watch


async def test_a_change_before_watching_began_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    seen = watch.digest(file)
    file.write_text("two")
    async with aclosing(watch.changes(file, seen)) as changes:
        touched = asyncio.ensure_future(_touch(tmp_path))
        async with asyncio.timeout(30):
            await anext(changes)
        touched.cancel()


async def test_replacing_rewriting_and_relinking_are_seen(tmp_path: Path) -> None:
    versions = [tmp_path / "a", tmp_path / "b"]
    for number, version in enumerate(versions):
        version.mkdir()
        (version / "file").write_text(f"link {number}")
    link, file = tmp_path / "data", tmp_path / "file"
    link.symlink_to(versions[0])
    file.symlink_to(Path("data") / "file")
    async with aclosing(watch.changes(file, watch.digest(file))) as changes:

        def relink() -> None:
            (tmp_path / "new").symlink_to(versions[1])
            (tmp_path / "new").replace(link)

        def replace() -> None:
            (tmp_path / "new").write_text("replaced")
            (tmp_path / "new").replace(file)

        for change in (relink, replace, lambda: file.write_text("rewritten")):
            await _seen(changes, change)


async def _seen(changes: AsyncIterator[None], change: object) -> None:
    waiting = asyncio.ensure_future(anext(changes))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert callable(change)
    change()
    async with asyncio.timeout(30):
        await waiting


async def _touch(folder: Path) -> None:
    """Makes news that are none of the file's, until somebody looks."""
    number = 0
    while True:
        number += 1
        (folder / f"other-{number}").touch()
        await asyncio.sleep(0.3)


def test_what_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    assert watch.digest(tmp_path / "nothing") == b""
    (tmp_path / "file").write_bytes(b"")
    assert watch.digest(tmp_path / "file") != b""
