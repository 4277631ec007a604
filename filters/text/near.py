"""Near-identical texts: a signature of each normalised text, and clusters of texts whose signatures agree.

A signature is a MinHash (A. Broder, 1997) over windows of octets of the text as the judge sees it, where digits are
alike and disguises are off, so that serial numbers and sprinkled symbols make no difference to begin with. A row of it
is one octet: two texts agree in about as many rows as they share windows. A cluster is named by the signature of its
first text, so that whoever has the name can tell whether another text belongs to it without having the first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from operator import eq
from typing import Final

import numpy as np
import numpy.typing as npt

#: Rows, and octets, of a signature: for two texts that share 60 % of their windows the estimate is off by 6 points.
ROWS: Final = 64

#: Octets of a window: three Hangul syllables, or six letters.
WINDOW: Final = 6

#: Octets of a text that are looked at; a long one is told by its beginning. One of 200 takes some 50 µs.
MAX_OCTETS: Final = 1200

#: Shortest text, in octets, that has a signature: of a few words any two are alike.
SHORTEST: Final = 24

#: Share of windows from which on texts are near-identical. Two notices of one kind from different businesses share
#: 10 to 40 %; a text with a random tail of a fifth of its length still shares 65 %.
LIKE: Final = 0.6

#: Likeness of two texts as rapidfuzz tells it (0 to 100), where both are at hand to confirm what signatures say.
CONFIRMED: Final = 75.0

#: Clusters known at a time, and texts kept to confirm: some 3 kB each.
CLUSTERS: Final = 4096

_BAND: Final = 3  # rows that must agree for two signatures to be compared; of those alike by 0.6 one in 150 is missed
_BANDS: Final = ROWS // _BAND
_CROWD: Final = 32  # clusters that share a band at most: those that came last are compared
_CHANCE: Final = 1 / 256  # two rows agree by chance
_SLICES: Final = tuple(slice(start, start + _BAND) for start in range(0, _BANDS * _BAND, _BAND))


def _column(octets: str) -> npt.NDArray[np.uint32]:
    """One number for each row."""
    return np.frombuffer(bytes.fromhex(octets), "<u4")[:, None]


# Random numbers, fixed for ever because signatures are stored; the factors are odd. They are written down, since the
# next numpy may draw others, and what draws them takes two megabytes.
_FACTORS: Final = _column(
    "b73461291bcdb4ca197ce92673bdb394c19be74edd58346ac3bd3015fdfd70f2"
    "370be0020be68a2497deb0eda1a3cf76976e4f2ead0e4799f5a2e97a31136a8a"
    "3b64aa8d73aa7acaaf26a4be911361bb6bc43ca69fb06d5c4d7b72ae5f83ec25"
    "038bf85619ad84bf6399c873e59f40f997ff7fa6b90e21f43f193f08a778caca"
    "4191dd8033f42d0c631cd1c569a27d30e3c1a2b2f7110b99f91346a565510e02"
    "e924d420b9164bb541c39e71b9f2dd5adbeb2ac28532710a059de1b6991b3027"
    "810bea0a4df38c3d17e7d30229bed005a3e94eb38f2e488005d384a635615da0"
    "5f732db85d2f33188d3deb3e7198442791ced0e047daa8ecabe55e9c3f8170ac"
)
_OFFSETS: Final = _column(
    "7f0c5fbc9393742b1220fb7ed02bbe3f293b37960db5d300a75d1b4f9cd129d9"
    "e79939f7e2d13868180c4fbc5d31703c5fa89805d4e904ac3b923f31467f6ce5"
    "08efd924cee0e2f602201f416897234cb098abc576c2cd3f1b79f43843012f89"
    "43facab8552e96700cb7996a7a948157e3f170b7c81c99e22c4e518abf042516"
    "f69b03a21d9a45ca7fbf7d49f22d13459b4bf1b1733f534b9c4fa3db8cffddaf"
    "0e800286b1345ba9cf8c399831e13712ff649dea8c5bf0410bb753cd0fd2d21f"
    "e0505c3592b0889820430826a611d16e8035f524d59e3efe2d8e0a575bebba9b"
    "c4accb67906743632b9375c3ebb6c6b5b172bb42f1d08ccefe4cb4e4dbc69aee"
)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_WINDOW_MASK: Final = np.uint64((1 << 8 * WINDOW) - 1)


def signature(key: bytes) -> bytes:
    """Return the signature of a normalised text (``Prepared.key``), b"" for one that is too short to tell."""
    if len(key) < SHORTEST:
        return b""
    octets = key[:MAX_OCTETS]
    count = len(octets) - WINDOW + 1
    # every window at once, as the lower six octets of an eight-octet number that begins at each octet
    windows: npt.NDArray[np.uint64] = np.ndarray((count,), "<u8", octets + b"\0\0", 0, (1,)) & _WINDOW_MASK
    mixed = (windows * _MIX >> np.uint64(32)).astype(np.uint32)
    lowest: npt.NDArray[np.uint32] = (mixed * _FACTORS + _OFFSETS).min(axis=1)
    return ((lowest >> np.uint32(12)) & np.uint32(0xFF)).astype(np.uint8).tobytes()


def signatures(keys: Sequence[bytes]) -> list[bytes]:
    """Return the signatures of many texts at once, for a fifth of what they cost one by one. Some hundred are best."""
    found = [b""] * len(keys)
    long = [at for at, key in enumerate(keys) if len(key) >= SHORTEST]
    if not long:
        return found
    octets = [keys[at][:MAX_OCTETS] for at in long]
    lengths = np.array([len(each) for each in octets])
    joined = b"".join(octets)
    windows: npt.NDArray[np.uint64] = np.ndarray((len(joined),), "<u8", joined + b"\0" * 8, 0, (1,)) & _WINDOW_MASK
    ends = np.cumsum(lengths)
    whole = np.ones(len(joined), np.bool_)  # windows that begin in one text and end in the next are none
    for back in range(1, WINDOW):
        whole[ends - back] = False
    mixed = (windows[whole] * _MIX >> np.uint64(32)).astype(np.uint32)
    counts = lengths - WINDOW + 1
    begins = np.cumsum(counts) - counts
    rows = [
        np.minimum.reduceat(mixed * factor + offset, begins) for factor, offset in zip(_FACTORS, _OFFSETS, strict=True)
    ]
    signed = ((np.stack(rows, axis=1) >> np.uint32(12)) & np.uint32(0xFF)).astype(np.uint8)
    for at, row in zip(long, signed, strict=True):
        found[at] = row.tobytes()
    return found


def likeness(one: bytes, other: bytes) -> float:
    """Return about which share of their windows two texts have in common, by their signatures: 0 to 1."""
    if len(one) != ROWS or len(other) != ROWS:
        return 0.0
    agreeing: int = sum(map(eq, one, other))  # so few are compared faster without numpy
    return max(0.0, (agreeing / ROWS - _CHANCE) / (1 - _CHANCE))


class Clusters:
    """Clusters by the signatures of their first texts; when full, the one that was met longest ago is forgotten."""

    __slots__ = ("_bands", "_limit", "_texts")

    def __init__(self, limit: int = CLUSTERS) -> None:
        self._limit = limit
        self._texts: OrderedDict[bytes, bytes] = OrderedDict()  # names, and the first text where it was given
        self._bands: tuple[dict[bytes, list[bytes]], ...] = tuple({} for _ in _SLICES)

    def find(self, signature: bytes, text: bytes = b"") -> bytes | None:
        """Return the name of the cluster a text belongs to, None for none.

        With the normalised ``text`` itself, likeness is confirmed where the cluster's first text is known.
        """
        if signature in self._texts:
            return signature
        if len(signature) != ROWS:
            return None
        candidates: set[bytes] = set()
        for band, part in zip(self._bands, _SLICES, strict=True):
            known = band.get(signature[part])
            if known:
                candidates.update(known)
        best, most = None, LIKE
        for name in candidates:
            alike = likeness(signature, name)
            if alike >= most and self._confirmed(name, text):
                best, most = name, alike
        return best

    def assign(self, signature: bytes, text: bytes = b"") -> bytes:
        """Return the cluster of a text, which begins a new one where it is like none; b"" without a signature."""
        if len(signature) != ROWS:
            return b""
        name = self.find(signature, text)
        if name is None:
            self.add(signature, text)
            return signature
        self._texts.move_to_end(name)
        return name

    def add(self, name: bytes, text: bytes = b"") -> None:
        """Make a cluster known. A name that is no signature is ignored."""
        if len(name) != ROWS or name in self._texts:
            return
        while len(self._texts) >= self._limit:
            self._forget(next(iter(self._texts)))
        self._texts[name] = text[:MAX_OCTETS]
        for band, part in zip(self._bands, _SLICES, strict=True):
            members = band.setdefault(name[part], [])
            members.append(name)
            del members[:-_CROWD]

    def _forget(self, name: bytes) -> None:
        del self._texts[name]
        for band, part in zip(self._bands, _SLICES, strict=True):
            members = band.get(name[part], [])
            if name in members:
                members.remove(name)
            if not members:
                band.pop(name[part], None)

    def _confirmed(self, name: bytes, text: bytes) -> bool:
        known = self._texts[name]
        from rapidfuzz import fuzz  # some megabytes, for those who have two texts to compare

        return not (known and text) or fuzz.ratio(known, text[:MAX_OCTETS], score_cutoff=CONFIRMED) > 0.0

    def __len__(self) -> int:
        return len(self._texts)
