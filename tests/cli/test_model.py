"""``smppproxy model``."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from filters.text.manifest import SHIPPED
from smppproxy.cli.model import app

RUN = CliRunner()


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A model that is not the shipped one: another threshold."""
    folder = tmp_path / "candidate"
    shutil.copytree(SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["thresholds"]["loan"] = 0.75
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def in_use(config: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(RUN.invoke(app, ["info", "-c", str(config), "--json"]).stdout)["in_use"]
    return told


def use(config: Path, *arguments: str) -> Any:
    return RUN.invoke(app, ["use", *arguments, "-c", str(config)])


def test_info() -> None:
    result = RUN.invoke(app, ["info"])
    assert result.exit_code == 0
    assert "clean_text" in result.stdout
    assert re.search(r"^words +\d{5} known$", result.stdout, re.MULTILINE)
    as_json = json.loads(RUN.invoke(app, ["info", "--json"]).stdout)
    assert as_json["classes"][-1] == "spam"


def test_a_missing_model_is_named() -> None:
    result = RUN.invoke(app, ["info", "--model", "/nowhere"])
    assert result.exit_code == 1
    assert "/nowhere" in result.stderr


def test_a_model_is_chosen_and_taken_back(config: Path, candidate: Path) -> None:
    result = use(config, str(candidate))
    assert result.exit_code == 0, result.stderr
    assert "not running" in result.stdout
    told = in_use(config)
    assert told["current"]["model"].startswith(told["current"]["version"])
    assert (told["previous"]["model"], told["workers"]) == ("", [])
    assert "none is running" in RUN.invoke(app, ["info", "-c", str(config)]).stdout
    shutil.rmtree(candidate)  # the copy is what counts
    for expected in (True, False):
        assert use(config, "--rollback").exit_code == 0
        assert (in_use(config)["current"]["model"] == "") is expected
    assert json.loads(use(config, "--shipped", "--json").stdout)["changed"]
    assert "nothing was changed" in use(config, "--shipped").stdout


def test_there_must_be_something_to_go_back_to(config: Path) -> None:
    result = use(config, "--rollback")
    assert result.exit_code == 1
    assert "nothing to go back to" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--shipped", "--rollback"], ["somewhere", "--shipped"]])
def test_one_model_is_to_be_named(config: Path, arguments: list[str]) -> None:
    assert use(config, *arguments).exit_code == 2


def test_what_cannot_serve_changes_nothing(config: Path, candidate: Path) -> None:
    (candidate / "model.onnx").write_bytes(b"")
    result = use(config, str(candidate))
    assert result.exit_code == 1
    assert "Nothing was changed" in result.stderr
    assert not (config.parent / "var" / "models").exists()


def test_the_configuration_beats_the_command(config: Path, candidate: Path) -> None:
    config.write_text(config.read_text() + f'[filters.text]\nmodel = "{candidate}"\n')
    result = use(config, "--shipped")
    assert result.exit_code == 1
    assert "[filters.text] model" in result.stderr
    assert in_use(config)["current"]["model"] == str(candidate)


def test_eval_prints_json(tmp_path: Path) -> None:
    data = tmp_path / "mine.tsv"
    data.write_text("label\ttext\nham\t내일 점심 같이 먹자\nspam\t카지노 바카라 첫충 30% 가입코드 ab12 wxyz77.top\n")
    result = RUN.invoke(app, ["eval", "--data", str(data), "--json"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)["mine"]
    assert figures["texts"] == 2
    assert figures["auc"] == 1.0
    page = tmp_path / "report.html"
    shown = RUN.invoke(app, ["eval", "--data", str(data), "--evasion", "--html", str(page)]).stdout
    assert "area under the ROC curve         1.0000" in shown
    assert "homoglyphs" in shown
    assert "homoglyphs" in page.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    data = tmp_path / "mine.tsv"
    data.write_text("label\ttext\nham\t내일 점심 같이 먹자\n")
    result = RUN.invoke(app, ["eval", "--data", str(data), "--html", str(tmp_path / "no" / "report.html")])
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr
    assert not result.stdout  # it was told before the work
    result = RUN.invoke(app, ["eval", "--data", str(data), "--html", str(tmp_path)])
    assert result.exit_code == 1
    assert "nothing was written" in result.stderr
    assert "1 honest texts" in result.stdout  # what was measured is not lost


def test_json_has_no_figures_that_do_not_exist(tmp_path: Path) -> None:
    data = tmp_path / "mine.tsv"
    data.write_text("label\ttext\nham\t내일 점심 같이 먹자\n")
    told = RUN.invoke(app, ["eval", "--data", str(data), "--json"]).stdout
    assert json.loads(told, parse_constant=pytest.fail)["mine"]["auc"] is None


def test_bad_data_is_wrong_usage(tmp_path: Path) -> None:
    data = tmp_path / "bad.tsv"
    data.write_text("nothing\n")
    assert RUN.invoke(app, ["eval", "--data", str(data)]).exit_code == 2


def test_training_on_nothing_is_wrong_usage(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["train", "--no-shipped", "--out", str(tmp_path)]).exit_code == 2


def needs_the_train_extra() -> None:
    """Skip where numba or onnx is missing; continuous integration installs them, so there it is an error."""
    if not os.environ.get("CI") and not all(importlib.util.find_spec(name) for name in ("numba", "onnx")):
        pytest.skip('needs the "train" extra (numba, onnx)')


def test_train_makes_a_model(tmp_path: Path, config: Path) -> None:
    needs_the_train_extra()
    said = tmp_path / "said.csv"
    said.write_text("text,label\nPick up your order at the counter,not spam\n")
    assert RUN.invoke(app, ["feedback", "import", str(said), "-c", str(config)]).exit_code == 0
    out = tmp_path / "model"
    arguments = ["train", "--out", str(out), "--texts", "2", "--epochs", "1", "--processes", "1"]
    result = RUN.invoke(app, [*arguments, "--feedback", str(config), "--feedback-weight", "3"])
    assert result.exit_code == 0, result.stderr
    feedback = json.loads((out / "manifest.json").read_text())["data"][0]
    assert (feedback["name"], feedback["rows"], feedback["labels"], feedback["weight"]) == (
        "feedback",
        1,
        {"ham": 1},
        3,
    )
    assert len(feedback["sha256"]) == 64
    assert (out / "model.onnx").stat().st_size < 8 << 20
    kinds = json.loads((out / "manifest.json").read_text())["kinds"]
    assert {"transactional", "parcel"} <= set(kinds)


def _mine(folder: Path, spam: int) -> Path:
    rows = [f"ham\tyour order {n} was sent with our courier today" for n in range(12)]
    rows += [f"gambling\tcasino bonus {n} join with code ab{n}" for n in range(spam)]
    data = folder / "mine.tsv"
    data.write_text("label\ttext\n" + "\n".join(rows) + "\n")
    return data


def test_a_model_of_ones_own_texts_alone_can_be_used(tmp_path: Path) -> None:
    needs_the_train_extra()
    arguments = ["train", "--no-shipped", "--processes", "1", "--epochs", "1", "--out", str(tmp_path / "model")]
    result = RUN.invoke(app, [*arguments, "--data", str(_mine(tmp_path, 12))])
    assert result.exit_code == 0, result.stderr
    described = json.loads((tmp_path / "model/manifest.json").read_text(), parse_constant=pytest.fail)
    assert described["figures"]["business"] == {"texts": 0, "flagged": None}
    assert RUN.invoke(app, ["info", "--model", str(tmp_path / "model")]).exit_code == 0


def test_texts_of_one_kind_alone_teach_nothing(tmp_path: Path) -> None:
    needs_the_train_extra()
    result = RUN.invoke(
        app, ["train", "--no-shipped", "--out", str(tmp_path / "model"), "--data", str(_mine(tmp_path, 3))]
    )
    assert result.exit_code == 2
    assert "12 honest texts and 3 of spam: at least 10 of each" in result.stderr


def test_where_no_model_can_be_written_none_is_trained(tmp_path: Path) -> None:
    needs_the_train_extra()
    (tmp_path / "file").write_text("")
    result = RUN.invoke(app, ["train", "--out", str(tmp_path / "file")])  # all of it takes minutes
    assert result.exit_code == 1
    assert "file: cannot be written: File exists. No model was made." in result.stderr


def test_training_that_is_stopped_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_the_train_extra()
    from models.recipe import train

    class EndedError(Exception):
        pass

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(train, "train", stop)
    monkeypatch.setattr("atexit._run_exitfuncs", lambda: None)
    monkeypatch.setattr("os._exit", end)
    arguments = ["train", "--no-shipped", "--out", str(tmp_path / "model"), "--data", str(_mine(tmp_path, 12))]
    result = RUN.invoke(app, arguments)
    assert isinstance(result.exception, EndedError)
    assert result.exception.args == (130,)
    assert "stopped; nothing was written" in result.stderr


def test_a_language_is_left_out(tmp_path: Path) -> None:
    needs_the_train_extra()
    data = tmp_path / "mine.tsv"
    rows = [f"ham\tid\tpesanan anda nomor {n} sudah dikirim kurir hari ini" for n in range(8)]
    rows += [f"spam\tid\tpinjaman cepat cair {n} juta klik abc{n}.top tanpa jaminan" for n in range(8)]
    rows += [f"ham\ten\tyour order {n} was sent with our courier today" for n in range(8)]
    data.write_text("label\tlang\ttext\n" + "\n".join(rows) + "\n")
    arguments = ["holdout", "--data", str(data), "--no-shipped", "--epochs", "1", "--processes", "1"]
    told = json.loads(RUN.invoke(app, [*arguments, "--without", "lang:id"]).stdout)["lang:id"]
    assert set(told) == {"id"}
    assert 0.0 <= told["id"]["unfamiliar"] <= 1.0
    wrong = RUN.invoke(app, [*arguments, "--without", "lang:xx"])
    assert wrong.exit_code == 2
    assert "lang:en" in wrong.stderr
