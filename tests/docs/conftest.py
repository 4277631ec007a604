"""The generator of pages, and the blocks of code that stand in them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Block(NamedTuple):
    """A fenced block: where it stands, the words behind the fence, its text without indentation."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "examples/README.md"]


def blocks(language: str) -> list[Block]:
    """Every fenced block of a language."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^( *)```(\w+[^\n]*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
            words = tuple(match[2].split())
            if words[0] == language:
                body = re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE)
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(page.relative_to(ROOT).as_posix(), line, words, body))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give ``page`` and ``toml_block``, ``console_block`` … a case each."""
    for name in metafunc.fixturenames:
        if name == "page":
            metafunc.parametrize(name, pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
        elif name.endswith("_block"):
            metafunc.parametrize(name, blocks(name.removesuffix("_block")), ids=str)


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    """``docs/generate.py``."""
    docs = str(ROOT / "docs")
    sys.path.insert(0, docs)
    try:
        spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs/generate.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(docs)
    return module
