"""Files of texts: all different, or a hundred that differ in their digits as bulk traffic does."""

from __future__ import annotations

import random
from pathlib import Path

from smppproxy.load.generator.texts import invented

LENGTH = 70  # characters: what UCS2 leaves for one message

_HALF = LENGTH // 2
_BULK_TEXTS = 100
_NUMBER = " 접수번호 "
_BULK_LINES = 20_000


def different(path: Path, count: int, seed: int) -> Path:
    """Write ``count`` texts of 70 characters that differ in their wording; another seed, other texts."""
    whole = invented(1_500, LENGTH, seed)
    # any first half with any second half: inventing every text anew takes longer than sending it
    heads = sorted({text[:_HALF] for text in whole})
    tails = sorted({text[_HALF:] for text in whole})
    pairs = random.Random(seed).sample(range(len(heads) * len(tails)), count)
    lines = (heads[pair // len(tails)] + tails[pair % len(tails)] for pair in pairs)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bulk(path: Path) -> Path:
    """Write 100 texts of up to 70 characters again and again, with other digits each time."""
    draw = random.Random(0)
    room = LENGTH - len(f"{_NUMBER}{10**9}")
    texts = [text[:room].rpartition(" ")[0] for text in invented(_BULK_TEXTS, LENGTH, 0)]
    lines = (f"{texts[n % _BULK_TEXTS]}{_NUMBER}{draw.randrange(10**10):010d}" for n in range(_BULK_LINES))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
