"""The text filter as the proxy sees it: what it says of texts, finding, explain.

Texts come in the batches of a loop tick, at most ``chunk`` at a time. One that was seen before is remembered as it
stands; of the rest the keys are made, and one that differs from an earlier text in nothing the model sees is remembered
by its key; the model judges what is left in one run.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from filters.contract import Finding, Mode, Reason
from filters.text import manifest as manifests
from filters.text import normalise
from filters.text.explain import Explanation, explain
from filters.text.judge import Judge
from filters.text.language import Scripts
from filters.text.manifest import ModelError
from filters.text.memo import Memo
from filters.text.normalise import Prepared, prepare
from filters.text.pace import HOLD, Pace
from filters.text.rows import LIKELY, Rows, over
from filters.text.words import reader

#: The class of a text against which nothing was found.
HAM: Final = "ham"

REASONS: Final[dict[str, Reason]] = {
    "gambling": Reason.TEXT_GAMBLING,
    "loan": Reason.TEXT_LOAN,
    "drug": Reason.TEXT_DRUG,
    "adult": Reason.TEXT_ADULT,
    "investment": Reason.TEXT_INVESTMENT,
    "smishing": Reason.TEXT_SMISHING,
    "spam": Reason.TEXT_SPAM,
}

_ANY_SPAM: Final = "spam"
_SPECIFIC: Final = REASONS.keys() - {_ANY_SPAM}
_NEVER: Final = 1.1  # a threshold no probability reaches

_SEEN_LETTERS: Final = 2 << 20  # of texts remembered as they stand; two octets each where they are not ASCII


class TextSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[filters.text]``, as far as judging goes. Deadlines are the relay's."""

    mode: Mode = Mode.OBSERVE
    model: str = ""  # directory of the model; "" = the shipped one
    thresholds: dict[str, float] = {}  # per class, 0 to 1; what is absent is the model's own
    international_thresholds: dict[str, float] = {}  # the same for that route; what is absent is as in ``thresholds``
    memo: int = 65_536  # verdicts remembered; about 300 octets each


class Verdict(msgspec.Struct, gc=False):
    """What the model says of one text. Light: tens of thousands are remembered."""

    key: bytes  # the text as the model saw it
    top: str  # the class to name: the surest specific one where the text is spam at all, else spam, else ham
    score: float  # its probability
    over: str  # the class whose threshold on any route is reached, "" when none is
    #: False: the n-grams or words are not those of a language the model was trained on, or the letters are not of its
    #: scripts (letters and words are looked at only where a threshold is reached); nothing follows from such a verdict.
    known_language: bool
    row: bytes  # the probabilities as the model wrote them

    @property
    def probabilities(self) -> tuple[float, ...]:
        """One for each class, in the order of ``TextFilter.classes``."""
        return struct.unpack(f"<{len(self.row) // 4}f", self.row)


class TextFilter:
    """The filter ``text``. One per worker; not thread-safe."""

    name: Final = "text"

    def __init__(self, settings: TextSettings, timer: Callable[[], float] = time.thread_time) -> None:
        """Load the model. Raises :class:`~filters.text.manifest.ModelError` when it or a threshold cannot be used.

        ``timer`` tells how long a run takes, s: this thread's own time, not what others did on the core meanwhile.
        """
        self.settings = settings
        self.mode = settings.mode
        judge = self.judge_model = Judge(manifests.locate(settings.model))
        _check_classes(judge)
        self.classes: tuple[str, ...] = judge.manifest.classes
        self.version: str = judge.manifest.sha256[:12]
        self.thresholds = _thresholds(judge, settings.thresholds)
        stricter = _thresholds(judge, settings.international_thresholds, "international_thresholds", self.thresholds)
        home, abroad = (_limits(judge, each) for each in (self.thresholds, stricter))
        by_route = {"domestic": home, "international": abroad}
        #: None where both routes have the same thresholds
        self._of_routes = by_route if abroad != home else None
        told = self._of_routes or {route: list(self.thresholds.values()) for route in by_route}
        self._probabilities = struct.Struct(f"<{len(self.classes)}f").unpack
        #: By route and class: where its probability is, what is found, and how its evidence ends.
        self._evidence = {
            route: {
                name: (place, REASONS[name], f", threshold {limit:.3f}, model {self.version}")
                for place, (name, limit) in enumerate(zip(self.classes, limits_of, strict=True))
            }
            for route, limits_of in told.items()
        }
        limits: list[float] = list(map(min, home, abroad))
        bar = min(0.5, *limits)  # below it no class is named and no threshold reached
        #: Whether the letters and words of a key are of languages the model knows; the n-grams are not looked at.
        self.readable = reader(Scripts(judge.manifest.scripts), judge.words)
        # spam is the last class: every other is spam too
        self._rows = Rows(Verdict, HAM, self.classes, limits, bar, self.readable)
        self.memo: Memo[bytes, Verdict] = Memo(settings.memo)
        self._seen: Memo[str, Verdict] = Memo(settings.memo // 4, _SEEN_LETTERS)
        self._pace = Pace(timer)

    @property
    def chunk(self) -> int:
        """Texts for one call of :meth:`said`."""
        return self._pace.chunk

    @property
    def chunk_octets(self) -> int:
        """Octets that those texts may have."""
        return self._pace.chunk_octets

    @property
    def hold(self) -> float:
        """How long one run may hold the loop, with what is done about its texts, seconds."""
        return HOLD

    def prepare(self, text: str) -> Prepared:
        """Normalise one text."""
        return prepare(text)

    def prepare_many(self, texts: Sequence[str]) -> list[Prepared]:
        """Normalise texts."""
        return [prepare(text) for text in texts]

    def recall(self, key: bytes) -> Verdict | None:
        """The verdict of a text with the same key, if it is remembered."""
        return self.memo.get(key)

    def judge(self, batch: Sequence[Prepared]) -> list[Verdict]:
        """Judge texts made ready, whatever is remembered of them. Give at most ``chunk`` at a time."""
        return self.verdicts([text.key for text in batch])

    def said(self, texts: list[str], spent: float = 0.0) -> tuple[list[Verdict], int]:
        """Return the verdicts on the first texts, and how many of them the model was asked.

        Give at most ``chunk`` at a time. It ends before the text that would be one too many for a run of the model, or
        for the time that is left of a run that has held the loop for ``spent`` s by now; even before the first, once,
        where that is a long one.
        """
        pace = self._pace
        pace.begin(spent)
        if not self._seen.awake():
            verdicts, asked = self._said_of_new(texts)
            pace.expect(texts, len(verdicts), asked)
            return verdicts, asked
        found = self._seen.get_many(texts)
        places = [place for place, verdict in enumerate(found) if verdict is None]
        if not places:
            pace.expect(texts, len(texts), 0)
            return found, 0  # type: ignore[return-value]  # none is None
        missing = [texts[place] for place in places] if len(places) < len(texts) else texts
        verdicts, asked = self._said_of_new(missing)
        self._seen.put_many(missing[: len(verdicts)], verdicts)
        if len(verdicts) < len(places):
            found = found[: places[len(verdicts)]]
        for place, verdict in zip(places, verdicts, strict=False):
            found[place] = verdict
        pace.expect(texts, len(found), asked)
        return found, asked  # type: ignore[return-value]  # what was None has its verdict

    def _said_of_new(self, texts: list[str]) -> tuple[list[Verdict], int]:
        """The same of texts that are not remembered as they stand."""
        pace = self._pace
        keys = pace.keys(texts)
        if not keys:
            return [], 0
        if not self.memo.awake():
            keys = keys[: pace.room(keys)]
            return self._judged(keys), len(keys)
        known = self.memo.get_many(keys)
        new = dict.fromkeys([key for key, verdict in zip(keys, known, strict=True) if verdict is None])
        if not new:
            return known, 0  # type: ignore[return-value]
        asked = list(new)
        room = pace.room(asked)
        if room < len(asked):
            end = keys.index(asked[room])
            keys, known, asked = keys[:end], known[:end], asked[:room]
        told = dict(zip(asked, self.verdicts(asked), strict=True))
        return [verdict or told[key] for key, verdict in zip(keys, known, strict=True)], len(asked)

    def verdicts(self, keys: Sequence[bytes]) -> list[Verdict]:
        """Judge keys in one run, and remember the verdicts."""
        made = self._judged(list(keys))
        self.memo.put_many(keys, made)
        return made

    def _judged(self, keys: list[bytes]) -> list[Verdict]:
        if not keys:
            return []
        pace = self._pace
        began = pace.timer()
        made = self._rows.verdicts(keys, self.judge_model.lanes(keys))
        pace.judged(pace.timer() - began, sum(map(len, keys)))
        return made

    def forget(self) -> None:
        """Forget all verdicts, slowly: for a thread of its own, when this filter is no longer asked."""
        self.memo.empty()
        self._seen.empty()

    def finding(self, verdict: Verdict, route: str = "domestic") -> Finding | None:
        """What the gate records of a verdict: None below every threshold of the route, and in a language the model
        cannot read.

        What is spam beyond doubt and likely of a class is named after it, though the class's own threshold is not
        reached: who is refused is told what it looks like.
        """
        if not verdict.over or not verdict.known_language or self.mode is Mode.OFF:
            return None
        name, probabilities = verdict.over, self._probabilities(verdict.row)
        if self._of_routes is not None:
            name = over(self.classes, probabilities, self._of_routes[route])
            if not name:
                return None
        place, reason, than = self._evidence[route][name]
        score, likely = probabilities[place], ""
        if name == _ANY_SPAM and verdict.score >= LIKELY and verdict.top in _SPECIFIC:
            reason, likely = REASONS[verdict.top], f"{verdict.top} {verdict.score:.3f}; "
        return Finding(reason, "text", f"{likely}{name} {score:.3f}{than}", score, self.mode is Mode.ENFORCE)

    def explain(self, text: str) -> Explanation:
        """Probabilities of a text and the spans that moved each class most. For people: takes milliseconds."""
        prepared = prepare(text)
        [verdict] = self.judge([prepared])
        return explain(self.judge_model, prepared, verdict.top, self.readable(prepared.key))

    def limit(self, chunk: int) -> None:
        """Judge so many texts of usual length in one call, whatever they cost."""
        self._pace.limit(chunk)

    def warm(self) -> None:
        """Run the model until it is quick, and learn what it then takes. Call it before serving. Takes about 50 ms."""
        words = "본인확인 인증번호 {} 를 입력해 주세요. 타인에게 알려주지 마세요 " * 2
        sample = [words.replace("{}", chr(0xAC00 + n)) for n in range(24)]
        for _ in range(20):
            self.verdicts(normalise.keys(sample))
        self.memo = Memo(self.settings.memo)  # nobody sent these


def _check_classes(judge: Judge) -> None:
    """Refuse a model whose findings would have no name, or whose thresholds are none."""
    manifest, file = judge.manifest, judge.directory / manifests.MANIFEST_FILE
    strange = [name for name in manifest.classes if name not in REASONS]
    if strange or len(set(manifest.classes)) < len(manifest.classes) or manifest.classes[-1:] != (_ANY_SPAM,):
        raise ModelError(
            f"{file}: classes are {', '.join(manifest.classes) or 'none'}; expected some of {', '.join(REASONS)}, each "
            f"once and {_ANY_SPAM} last. Train the model with this version of the program."
        )
    for name in manifest.classes:
        value = manifest.thresholds.get(name)
        if value is None or not 0.0 < value <= _NEVER:
            told = "missing" if value is None else f"{value:g}"
            raise ModelError(
                f"{file}: the threshold of {name} is {told}; expected a probability above 0, or {_NEVER} for never. "
                "The model was not calibrated to the end; train it again."
            )


def _limits(judge: Judge, thresholds: Mapping[str, float]) -> list[float]:
    # the model's own precision, so that a probability equal to a threshold reaches it
    limits: list[float] = np.array([thresholds[n] for n in judge.manifest.classes], np.float32).tolist()
    return limits


def _thresholds(
    judge: Judge, given: Mapping[str, float], key: str = "thresholds", base: Mapping[str, float] | None = None
) -> dict[str, float]:
    """What is given, over the base, which is the model's own; ``key`` is the setting's name."""
    base = judge.manifest.thresholds if base is None else base
    thresholds = {name: base[name] for name in judge.manifest.classes}
    for name, value in given.items():
        if name not in thresholds:
            raise ModelError(f"filters.text.{key}: the model has no class {name!r}; it has {', '.join(thresholds)}.")
        if not 0.0 <= value <= 1.0:
            raise ModelError(f"filters.text.{key}: {name} is {value}; expected a probability from 0 to 1.")
        thresholds[name] = value
    return thresholds


__all__ = ["HAM", "REASONS", "Explanation", "ModelError", "Prepared", "TextFilter", "TextSettings", "Verdict"]
