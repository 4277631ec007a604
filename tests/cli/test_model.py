"""``smppproxy model``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smppproxy.cli.model import app

RUN = CliRunner()


def test_info() -> None:
    result = RUN.invoke(app, ["info"])
    assert result.exit_code == 0
    assert "clean_text" in result.stdout
    as_json = json.loads(RUN.invoke(app, ["info", "--json"]).stdout)
    assert as_json["classes"][-1] == "spam"


def test_a_missing_model_is_named() -> None:
    result = RUN.invoke(app, ["info", "--model", "/nowhere"])
    assert result.exit_code == 1
    assert "/nowhere" in result.stderr


def test_eval_prints_json(tmp_path: Path) -> None:
    data = tmp_path / "mine.tsv"
    data.write_text("label\ttext\nham\t내일 점심 같이 먹자\nspam\t카지노 바카라 첫충 30% 가입코드 ab12 wxyz77.top\n")
    result = RUN.invoke(app, ["eval", "--data", str(data), "--json"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)["mine"]
    assert figures["texts"] == 2
    assert figures["auc"] == 1.0
    shown = RUN.invoke(app, ["eval", "--data", str(data), "--evasion"]).stdout
    assert "auc" in shown
    assert "homoglyphs" in shown


def test_bad_data_is_wrong_usage(tmp_path: Path) -> None:
    data = tmp_path / "bad.tsv"
    data.write_text("nothing\n")
    assert RUN.invoke(app, ["eval", "--data", str(data)]).exit_code == 2


def test_training_on_nothing_is_wrong_usage(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["train", "--no-shipped", "--out", str(tmp_path)]).exit_code == 2


def test_train_makes_a_model(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason='needs the "train" extra')
    out = tmp_path / "model"
    result = RUN.invoke(app, ["train", "--out", str(out), "--texts", "2", "--epochs", "1", "--processes", "1"])
    assert result.exit_code == 0, result.stderr
    assert (out / "model.onnx").stat().st_size < 8 << 20
