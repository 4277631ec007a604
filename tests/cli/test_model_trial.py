"""``smppproxy model shadow``, ``canary``, and the gate of ``use``, without a proxy that runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from filters.text.manifest import SHIPPED
from models.recipe.datasets import Dataset, Row
from models.recipe.labels import targets
from smppproxy.app import model_gate, shadow_tally
from smppproxy.app.shadow_tally import Compared, Difference, Outcome, Tally
from smppproxy.cli.model import app
from smppproxy.state import models

RUN = CliRunner()

GAMBLING = (
    "바카라 카지노 첫충 30% 매충 10% 가입머니 {}만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
)


def model_with(folder: Path, threshold: float | None) -> Path:
    """The shipped model with other thresholds."""
    shutil.copytree(SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    if threshold is not None:
        manifest["thresholds"] = dict.fromkeys(manifest["thresholds"], threshold)
    manifest["seed"] = 77
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Another model as good as the shipped one."""
    return model_with(tmp_path / "good", None)


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """A model that finds nothing."""
    return model_with(tmp_path / "blind", 1.1)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generated set that is judged at once."""
    rows = [Row(GAMBLING.format(n), targets("gambling", ""), "ko", "generated") for n in range(30)]
    monkeypatch.setattr(model_gate, "generated", lambda: Dataset("generated", "", rows))


def run(config: Path, *arguments: str | Path) -> Any:
    return RUN.invoke(app, [*map(str, arguments), "-c", str(config)])


def record(config: Path) -> models.InUse:
    return models.read(config.parent / "var")


def test_from_shadow_to_canary_to_use_and_back(config: Path, good: Path) -> None:
    done = run(config, "shadow", good, "--share", "0.5")
    assert done.exit_code == 0, done.output
    assert "shadow of 50% of the texts" in done.output
    assert "not running" in done.output
    done = run(config, "canary", "--share", "0.2", "--json")
    told = json.loads(done.stdout)
    assert (told["trial"]["stage"], told["trial"]["share"], told["gate"]["worse"]) == ("canary", 0.2, [])
    assert told["gate"]["texts"] == {"generated": 30}
    assert "canary of 20% of the accounts" in run(config, "info").output
    done = run(config, "canary", "--promote", "--why", "a week without complaints")
    assert "gate        not worse" in done.output
    assert "on trial    none" in done.output
    assert (record(config).current.model, record(config).trial) == (told["trial"]["model"], None)
    assert run(config, "use", "--rollback").exit_code == 0
    assert record(config).current.model == ""


def test_a_worse_model_is_refused_and_says_where(config: Path, blind: Path, tmp_path: Path) -> None:
    for arguments in (["use", blind], ["canary", blind]):
        done = run(config, *arguments)
        assert done.exit_code == 1
        assert "generated: gambling found 100.00% -> 0.00% of 30 texts" in done.stderr
        assert record(config) == models.InUse()
    assert run(config, "use", blind, "--force").exit_code == 1  # not without a reason
    done = run(config, "use", blind, "--force", "--why", "an experiment")
    assert "overridden, worse on generated (gambling)" in done.output
    assert record(config).current.model


def test_a_worse_candidate_is_not_promoted(config: Path, blind: Path) -> None:
    assert run(config, "shadow", blind).exit_code == 0  # nothing follows from a shadow
    assert run(config, "canary", "--promote").exit_code == 1
    assert json.loads(run(config, "use", blind, "--json").stdout)["error"]["kind"] == "gate"
    assert record(config).current.model == ""
    done = run(config, "canary", "--promote", "--force", "--why", "x")
    assert done.exit_code == 0, done.output


def test_files_and_feedback_are_protected_too(config: Path, tmp_path: Path, blind: Path) -> None:
    honest = tmp_path / "honest.csv"
    honest.write_text(
        "text,label\n" + "".join(f'"{GAMBLING.format(chr(0xAC00 + 37 * n))}",gambling\n' for n in range(40))
    )
    (tmp_path / "mine.tsv").write_text(
        "text\tlabel\n" + "".join(f"{GAMBLING.format(n)}\tgambling\n" for n in range(20))
    )
    config.write_text(config.read_text() + '[filters.text]\nprotected = ["mine.tsv"]\n')
    assert RUN.invoke(app, ["feedback", "import", str(honest), "-c", str(config)]).exit_code == 0
    done = run(config, "use", blind, "--protected", honest)
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines() if " found " in line] == [
        "feedback", "generated", "mine", "honest"
    ]  # fmt: skip
    (tmp_path / "mine.tsv").write_text("text\tlabel\nHello\tnonsense\n")
    done = run(config, "use", blind)
    assert done.exit_code == 1
    assert "mine.tsv: line 2" in done.stderr


def test_accounts_by_name(config: Path, good: Path) -> None:
    done = run(config, "canary", good, "--accounts", "reseller1,stranger")
    assert "does not list stranger" in done.stderr
    assert record(config).trial.accounts == ("reseller1", "stranger")
    assert run(config, "canary", good, "--accounts", " , ").exit_code == 1
    assert run(config, "canary", "--stop").exit_code == 0
    assert record(config).trial is None
    assert "nothing was changed" in run(config, "shadow", "--stop").output


@pytest.mark.parametrize(
    "arguments",
    [
        ["shadow"],
        ["shadow", "x", "--stop"],
        ["shadow", "--report", "--stop"],
        ["canary", "x", "--promote"],
        ["canary", "--stop", "--promote"],
        ["canary", "x", "--share", "0.1", "--accounts", "a"],
        ["canary", "--share", "2"],
    ],
)
def test_wrong_usage(config: Path, arguments: list[str]) -> None:
    assert run(config, *arguments).exit_code == 2


def test_nothing_on_trial(config: Path) -> None:
    for arguments in (["canary"], ["canary", "--promote"]):
        done = run(config, *arguments)
        assert done.exit_code == 1
        assert "no model is on trial" in done.stderr


def test_a_configured_model_beats_a_canary_but_not_a_shadow(config: Path, good: Path) -> None:
    config.write_text(config.read_text() + f'[filters.text]\nmodel = "{SHIPPED}"\n')
    assert run(config, "shadow", good).exit_code == 0
    done = run(config, "canary", good)
    assert done.exit_code == 1
    assert "[filters.text] model" in done.stderr


def test_what_is_no_model(config: Path, tmp_path: Path) -> None:
    for command in ("shadow", "canary"):
        done = run(config, command, tmp_path / "absent")
        assert done.exit_code == 1
        assert "Nothing was changed" in done.stderr


def test_a_model_in_use_that_cannot_be_loaded_is_no_bar(config: Path, good: Path, tmp_path: Path) -> None:
    assert run(config, "use", good).exit_code == 0
    (config.parent / "var" / "models" / record(config).current.model / "model.onnx").write_bytes(b"damaged")
    done = run(config, "use", model_with(tmp_path / "another", 0.99))
    assert done.exit_code == 0, done.output
    assert "nothing to compare with" in done.stderr


def test_a_report(config: Path) -> None:
    assert "nothing was compared yet" in run(config, "shadow", "--report").output
    tally = Tally("new", "clean_text", "shadow", 1_795_132_800)
    for _ in range(98):
        tally.count("a", Compared(Outcome.AGREE), first=True)
    tally.count("a", Compared(Outcome.NEWLY_FLAGGED, "loan", 0.2, 0.95), first=True)
    tally.count("b", Compared(Outcome.NEWLY_FLAGGED, "loan", 0.2, 0.95), first=True)
    tally.keep(Difference(1.0, "b", "00ff", Outcome.NEWLY_FLAGGED, "loan", 0.2, 0.95))
    tally.dropped = 97
    older = Tally("older", "clean_text", "shadow", 5)
    shadow_tally.save(shadow_tally.file_of(config.parent / "var", 0), shadow_tally.encode([older, tally]))
    shown = run(config, "shadow", "--report").output
    assert "new against clean_text" in shown
    assert "older" not in shown
    assert "newly flagged             2     2.000%  (0.550% to 7.001%)" in shown
    assert "left out    97 messages" in shown
    assert "00ff  b  newly flagged loan  0.200 -> 0.950" in shown
    [told] = json.loads(run(config, "shadow", "--report", "--json").stdout)["comparisons"]
    assert (told["texts"], told["accounts"]["b"][-1]["share"]) == (100, 0.0)
