"""``smppproxy model feedback``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from models.recipe.labels import targets
from smppproxy.cli import model_feedback, registry
from smppproxy.cli.model import app

RUN = CliRunner()


def run(config: Path, *arguments: str | Path) -> Any:
    return RUN.invoke(app, ["feedback", *map(str, arguments), "-c", str(config)])


def taken(config: Path, text: str, *arguments: str) -> Any:
    file = config.parent / "said.csv"
    file.write_text(text)
    return run(config, "import", file, *arguments)


def test_what_is_said_is_listed_exported_and_trained_on(config: Path) -> None:
    done = taken(config, "text,label\nHello,not spam\nYour parcel waits,smishing/parcel\n", "--by", "anna")
    assert done.output == "2 verdicts added (1 ham, 1 smishing)\n"
    rows = run(config, "list", "--texts").output.splitlines()
    assert [row.split("\t")[1:4] + row.split("\t")[5:] for row in rows] == [
        ["ham", "person", "anna", "said.csv", "yes", "Hello"],
        ["smishing/parcel", "person", "anna", "said.csv", "yes", "Your parcel waits"],
    ]
    assert "Hello" not in run(config, "list").output
    found = model_feedback.dataset(config)
    assert (found.name, len(found.sha256)) == ("feedback", 64)
    assert [(row.text, row.targets, row.subclass, row.lang) for row in found.rows] == [
        ("Hello", targets("ham", ""), "ham", "en"),
        ("Your parcel waits", targets("smishing", ""), "smishing/parcel", "en"),
    ]
    assert found.about == {"labels": {"ham": 1, "smishing": 1}, "weight": 1.0}
    output = config.parent / "out.csv"
    assert run(config, "export", "-o", output).exit_code == 0
    assert run(config, "import", output).output == "0 verdicts added\n2 verdicts known before, left out\n"


def test_large_sets_come_in_pages(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PAGE", 2)
    texts = [f"text {chr(97 + n) * 3}" for n in range(5)]
    taken(config, "text,label\n" + "".join(f"{text},ham\n" for text in texts))
    assert [row.text for row in model_feedback.dataset(config).rows] == texts
    assert len(run(config, "export").output.splitlines()) == 6


def test_contradictions_are_named_and_the_training_set_has_what_holds(config: Path) -> None:
    taken(config, "text,label\nHello,loan\n", "--authority", "regulator", "--by", "agency")
    before = model_feedback.dataset(config).sha256
    done = taken(config, "text,label\nHello,ham\n", "--dry-run")
    assert "1 verdict would be added (1 ham)" in done.output
    assert "line 2: ham (by person" in done.output
    assert "known as loan (by regulator agency): loan holds" in done.output
    assert model_feedback.dataset(config).sha256 == before
    taken(config, "text\nHello\n", "--label", "ham", "--authority", "appeal", "--source", "case 12")
    [row] = model_feedback.dataset(config).rows
    assert row.targets == targets("ham", "")
    assert model_feedback.dataset(config).sha256 != before
    listed = json.loads(run(config, "list", "--source", "case 12", "--json").stdout)["feedback"]
    assert [(each["label"], each["effective"]) for each in listed] == [("ham", True)]


def test_faults_and_removal(config: Path) -> None:
    done = taken(config, "text,label\nHello,nonsense\n")
    assert done.exit_code == 1
    assert "row 2, label: 'nonsense'" in done.stderr
    taken(config, "text,label\nHello,ham\n")
    assert run(config, "remove", "--source", "said.csv", "--why", "test").output == "1 verdict removed\n"
    assert run(config, "remove", "--source", "said.csv").exit_code == 1
    assert json.loads(run(config, "remove", "--json").stdout)["error"]["kind"] == "bad_input"
    assert run(config, "import", config.parent / "absent.csv").exit_code == 1
