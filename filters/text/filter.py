"""The text filter as the proxy sees it: what it says of texts, finding, explain.

Texts come in the batches of a loop tick, at most ``chunk`` at a time. One that was seen before is remembered as it
stands; of the rest the keys are made, and one that differs from an earlier text in nothing the model sees is remembered
by its key; the model judges what is left in one run.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import quantiles
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
from filters.text.rows import Rows, over
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
_NEVER: Final = 1.1  # a threshold no probability reaches

#: How long the texts of one call of ``said`` may hold the loop, with what is done about them, seconds: half of the
#: millisecond a message may take.
HOLD: Final = 0.0005
#: What is aimed at, for texts differ: a run of dearer ones than the last must not take longer than ``HOLD`` either.
_AIM: Final = 0.75 * HOLD
#: What is left of a run after one that took far too long: some one thing besides the texts may have.
_LEAST_SHARE: Final = 0.25
_TYPICAL_OCTETS: Final = 120  # of a key: 50 syllables or 110 Latin letters
_SEEN_LETTERS: Final = 2 << 20  # of texts remembered as they stand; two octets each where they are not ASCII
_CHUNK_MIN: Final = 4
_CHUNK_MAX: Final = 128
_LEAST_OCTETS: Final = _CHUNK_MIN * _TYPICAL_OCTETS
_MOST_OCTETS: Final = _CHUNK_MAX * _TYPICAL_OCTETS
#: A remembered text costs at most a fourth of one that is judged: so many times more of them may come at a time.
_REMEMBERED: Final = 4


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

    def __init__(self, settings: TextSettings) -> None:
        """Load the model. Raises :class:`~filters.text.manifest.ModelError` when it or a threshold cannot be used."""
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
        self._follows = True  # whether :meth:`held` changes what follows
        self._times = 1
        #: Texts for one run of the model, and the octets of all their keys together.
        self._run, self._run_octets = _CHUNK_MIN, _LEAST_OCTETS
        #: Texts for one call of :meth:`said`, and the octets they may have: more of them while most are remembered.
        self.chunk, self.chunk_octets = self._run, self._run_octets

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

    def said(self, texts: list[str]) -> tuple[list[Verdict], int]:
        """Return the verdicts on the first texts, and how many of them the model was asked.

        Give at most ``chunk`` at a time. It ends before the text that would be one too many for a run of the model.
        """
        if not self._seen.awake():
            verdicts, asked = self._said_of_new(texts)
            self._expect(len(verdicts), asked)
            return verdicts, asked
        found = self._seen.get_many(texts)
        places = [place for place, verdict in enumerate(found) if verdict is None]
        if not places:
            self._expect(len(texts), 0)
            return found, 0  # type: ignore[return-value]  # none is None
        missing = [texts[place] for place in places] if len(places) < len(texts) else texts
        verdicts, asked = self._said_of_new(missing)
        self._seen.put_many(missing[: len(verdicts)], verdicts)
        if len(verdicts) < len(places):
            found = found[: places[len(verdicts)]]
        for place, verdict in zip(places, verdicts, strict=False):
            found[place] = verdict
        self._expect(len(found), asked)
        return found, asked  # type: ignore[return-value]  # what was None has its verdict

    def _said_of_new(self, texts: list[str]) -> tuple[list[Verdict], int]:
        """The same of texts that are not remembered as they stand."""
        keys = normalise.keys(texts)
        if not self.memo.awake():
            keys = keys[: self._one_run(keys)]
            return self._judged(keys), len(keys)
        known = self.memo.get_many(keys)
        new = dict.fromkeys([key for key, verdict in zip(keys, known, strict=True) if verdict is None])
        if not new:
            return known, 0  # type: ignore[return-value]
        asked = list(new)
        room = self._one_run(asked)
        if room < len(asked):
            end = keys.index(asked[room])
            keys, known, asked = keys[:end], known[:end], asked[:room]
        told = dict(zip(asked, self.verdicts(asked), strict=True))
        return [verdict or told[key] for key, verdict in zip(keys, known, strict=True)], len(asked)

    def _one_run(self, keys: list[bytes]) -> int:
        """How many of the keys one run of the model has room for; at least one."""
        if len(keys) <= self._run and sum(map(len, keys)) <= self._run_octets:
            return len(keys)
        ends = accumulate(map(len, keys[: self._run]))
        return max(1, sum(end <= self._run_octets for end in ends))

    def _expect(self, texts: int, asked: int) -> None:
        """Take as many texts the next time as may be, if no more of them are new than of these."""
        self._times = _REMEMBERED if asked * _REMEMBERED <= texts else 1
        self._make_room()

    def _make_room(self) -> None:
        self.chunk = min(self._run * self._times, max(_CHUNK_MAX, self._run))
        self.chunk_octets = self._run_octets * self._times

    def verdicts(self, keys: Sequence[bytes]) -> list[Verdict]:
        """Judge keys in one run, and remember the verdicts."""
        made = self._judged(list(keys))
        self.memo.put_many(keys, made)
        return made

    def _judged(self, keys: list[bytes]) -> list[Verdict]:
        return self._rows.verdicts(keys, self.judge_model.lanes(keys)) if keys else []

    def forget(self) -> None:
        """Forget all verdicts, slowly: for a thread of its own, when this filter is no longer asked."""
        self.memo.empty()
        self._seen.empty()

    def finding(self, verdict: Verdict, route: str = "domestic") -> Finding | None:
        """What the gate records of a verdict: None below every threshold of the route, and in a language the model
        cannot read."""
        if not verdict.over or not verdict.known_language or self.mode is Mode.OFF:
            return None
        name, probabilities = verdict.over, self._probabilities(verdict.row)
        if self._of_routes is not None:
            name = over(self.classes, probabilities, self._of_routes[route])
            if not name:
                return None
        place, reason, than = self._evidence[route][name]
        score = probabilities[place]
        return Finding(reason, "text", f"{name} {score:.3f}{than}", score, self.mode is Mode.ENFORCE)

    def explain(self, text: str) -> Explanation:
        """Probabilities of a text and the spans that moved each class most. For people: takes milliseconds."""
        prepared = prepare(text)
        [verdict] = self.judge([prepared])
        return explain(self.judge_model, prepared, verdict.top, self.readable(prepared.key))

    def held(self, seconds: float, *, more: bool) -> None:
        """Take fewer texts at a time, or more, after those of the last call of :meth:`said` held the loop so long.

        ``more``: others wait, so that it took as many as it might. What a text costs is known only afterwards: it
        depends on its letters, on what is found, and on how fast the processor is at that moment.
        """
        if not self._follows:
            return
        octets = self._run_octets
        if seconds > _AIM:
            self._pace(int(octets * max(_LEAST_SHARE, 0.8 * _AIM / seconds)))
        elif more and seconds < 0.8 * _AIM and octets < _MOST_OCTETS:
            self._pace(octets + octets // 16)

    def limit(self, chunk: int) -> None:
        """Judge so many texts of usual length in one call, whatever they cost."""
        self._follows = False
        self._run, self._run_octets = chunk, chunk * _TYPICAL_OCTETS
        self._make_room()

    def warm(self) -> None:
        """Run the model until it is quick, and begin with what it then does in time. Call it before serving.

        Takes about 50 ms. What real traffic costs :meth:`held` tells.
        """
        words = "본인확인 인증번호 {} 를 입력해 주세요. 타인에게 알려주지 마세요 " * 2
        sample = [words.replace("{}", chr(0xAC00 + n)) for n in range(24)]
        took = []
        for _ in range(20):
            start = time.thread_time()  # not what other threads did meanwhile: a model may be changed under traffic
            keys = normalise.keys(sample)
            self.verdicts(keys)
            took.append(time.thread_time() - start)
        self.memo = Memo(self.settings.memo)  # nobody sent these
        # who asks for the judgement reads the texts before and acts on the verdicts after: a third as much again
        # and the first are colder, and may be no plain ones: half of that
        self._pace(int(_AIM / 2 / (quantiles(took, n=4)[0] * 1.33 / sum(map(len, keys)))))

    def _pace(self, octets: int) -> None:
        """Set how many octets of keys one run has room for, and with them how many texts."""
        self._run_octets = min(max(octets, _LEAST_OCTETS), _MOST_OCTETS)
        self._run = self._run_octets // _TYPICAL_OCTETS
        self._make_room()


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
