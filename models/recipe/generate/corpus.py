"""The generated corpus: every class and sub-class, from the grammars beside this file, the same for the same seed.

Files are called ``KIND_LANG.txt`` or ``KIND_LANG_TOPIC.txt``; those of a kind and language share their lexica. Grammars
give many texts of a kind; the files ``…_written…`` give many kinds of text, a line each, and few texts of each.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.recipe import hands
from models.recipe.datasets import Row, group_of
from models.recipe.generate.counterfeit import counterfeit
from models.recipe.generate.grammar import Grammar, GrammarError, lexicon
from models.recipe.generate.paraphrase import paraphrase
from models.recipe.generate.slots import FILLERS
from models.recipe.generate.texting import texting
from models.recipe.labels import CLASSES, SUBCLASSES, targets
from models.recipe.progress import Progress

#: Raise it with any change of a grammar, so that manifests tell corpora apart.
VERSION: Final = 11

GRAMMARS: Final = Path(__file__).parent / "grammars"
LANGUAGES: Final = ("ko", "en", "zh", "id", "fil", "ru")
KINDS: Final = ("ham", "spam")

#: Languages whose few templates get half of the draws: more would repeat them.
FEW: Final = frozenset({"id", "fil", "ru"})

#: Languages in Latin letters, which thumbs shorten and collections strip.
LATIN: Final = frozenset({"en", "fil", "id"})

#: Share of the English texts in short spellings: friends and fraud write with the thumbs, offices have templates.
TALK, FRAUD, OFFICE = 0.4, 0.16, 0.05

#: Honest notices that fraud copies, and the share of their texts, by language, that is added with a link not theirs.
COPIED: Final = ("transactional", "public")
COUNTERFEIT: Final = {"ko": 0.15, "en": 0.05, "zh": 0.05}

#: ``[lexicon]``, ``[class/sub-class]``, or ``[class/sub-class x3]``: three times as many draws of each template.
_SECTION = re.compile(r"\[(?:(lexicon)|([a-z]+)/([a-z_]+)(?: x([1-9]))?)\]")
_ENTRY = re.compile(r"[a-z][a-z0-9_]{0,11}: ")


_FRAUD: Final = targets("smishing", "")


@dataclass(frozen=True, slots=True)
class Template:
    """One template and what its texts are."""

    text: str
    label: str  # ham, or a class
    subclass: str
    lang: str
    weight: int = 1  # draws of it, as a multiple of what is asked for

    @property
    def key(self) -> str:
        """What it is told from all others by: templates added beside it change nothing that depends on this."""
        return f"{self.lang}/{self.label}/{self.subclass}/{self.text}"

    @property
    def group(self) -> int:
        """The group of its texts."""
        return group_of(self.key.encode())


@dataclass(frozen=True, slots=True)
class _File:
    lexica: dict[str, list[str]]
    sections: list[tuple[str, str, str, int]]  # label, subclass, template, weight


def _read(path: Path) -> _File:
    """A grammar file. Lines ``name: …`` are lexicon entries wherever they stand. Raises GrammarError."""
    lexica: dict[str, list[str]] = {}
    sections: list[tuple[str, str, str, int]] = []
    label, subclass, weight = "", "", 1
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if heading := _SECTION.fullmatch(line):
            label, subclass, weight = heading[2] or "", heading[3] or "", int(heading[4] or 1)
            if label and label not in (*CLASSES, "ham"):
                raise GrammarError(f"{path.name}:{number}: no class {label!r}")
            if label in SUBCLASSES and subclass not in SUBCLASSES[label]:
                raise GrammarError(f"{path.name}:{number}: {label} has no sub-class {subclass!r}")
        elif _ENTRY.match(line):
            for name, entries in lexicon(line).items():
                lexica.setdefault(name, []).extend(entries)
        elif label:
            sections.append((label, subclass, line, weight))
        else:
            raise GrammarError(f"{path.name}:{number}: {line[:40]!r} is neither a lexicon entry nor under a section")
    return _File(lexica, sections)


def _merged(kind: str, lang: str) -> _File:
    """All files of a kind and language as one."""
    whole = _File({}, [])
    for path in (GRAMMARS / f"{kind}_{lang}.txt", *sorted(GRAMMARS.glob(f"{kind}_{lang}_*.txt"))):
        part = _read(path)
        for name, entries in part.lexica.items():
            whole.lexica.setdefault(name, []).extend(entries)
        whole.sections.extend(part.sections)
    return whole


@cache
def grammars() -> tuple[dict[tuple[str, str], Grammar], tuple[Template, ...]]:
    """All grammars by (language, kind), checked, and all templates. A file sees its language's other lexica too."""
    files = {(lang, kind): _merged(kind, lang) for lang in LANGUAGES for kind in KINDS}
    built: dict[tuple[str, str], Grammar] = {}
    found: list[Template] = []
    for (lang, kind), file in files.items():
        shared = {name: entries for other in KINDS for name, entries in files[lang, other].lexica.items()}
        grammar = built[lang, kind] = Grammar({**shared, **file.lexica}, FILLERS)
        grammar.check_all()
        for label, subclass, text, weight in file.sections:
            grammar.check(text)
            found.append(Template(text, label, subclass, lang, weight))
    return built, tuple(found)


def generate(
    seed: int,
    per_template: int,
    per_malicious: int | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> list[Row]:
    """``per_template`` draws of every template, more of the weighty ones; repeated texts left out.

    ``per_malicious`` is for templates of what is not honest, where it differs. The rows do not depend on ``processes``.
    ``progress`` is told how many templates are done.
    """
    _, found = grammars()
    malicious = per_template if per_malicious is None else per_malicious
    counts = [draws(each, per_template if each.label == "ham" else malicious) for each in found]
    jobs = [(seed, number, count) for number, count in enumerate(counts)]
    if processes == 1:
        return _gathered(map(_rows, jobs), len(jobs), progress)
    with hands.processes(processes) as pool:
        return _gathered(pool.imap(_rows, jobs, chunksize=16), len(jobs), progress)


def _gathered(found: Iterable[list[Row]], templates: int, progress: Progress | None) -> list[Row]:
    rows: list[Row] = []
    for number, some in enumerate(found, 1):
        rows += some
        if progress and number % 100 == 0:
            progress(number, templates)
    return rows


def draws(template: Template, asked: int) -> int:
    """How many texts to draw of a template where so many of each are asked for."""
    return (-(-asked // 2) if template.lang in FEW else asked) * template.weight


def _rows(job: tuple[int, int, int]) -> list[Row]:
    seed, number, count = job
    built, found = grammars()
    template = found[number]
    # a source of its own for each template: adding one does not change the texts of the others
    rng = random.Random(f"{seed}/{template.key}")
    honest = template.label == "ham"
    grammar = built[template.lang, "ham" if honest else "spam"]
    goal = targets(template.label, "other")
    subclass, group = f"{template.label}/{template.subclass}", template.group
    rows: list[Row] = []
    seen: set[str] = set()
    for _ in range(count):
        text = paraphrase(grammar.expand(template.text, rng), rng, honest)
        if template.lang in LATIN:
            thumbs = TALK if template.subclass == "personal" else OFFICE if honest else FRAUD
            text = texting(text, rng, thumbs, template.lang == "en")
        if text in seen or len(text) < 2:
            continue
        seen.add(text)
        rows.append(Row(text, goal, template.lang, f"generated_{template.lang}", subclass, group))
        if template.subclass in COPIED and rng.random() < COUNTERFEIT.get(template.lang, 0.0):
            copy = counterfeit(text, template.lang, rng)
            if copy and copy not in seen:  # of the same group: who is to be asked of the one must not know the other
                seen.add(copy)
                rows.append(Row(copy, _FRAUD, template.lang, f"generated_{template.lang}", "smishing", group))
    return rows
