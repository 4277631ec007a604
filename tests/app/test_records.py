"""What a worker writes down: the feed of the sanctions follows the configuration, with and without a trace."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from smppproxy.app.metrics import Metrics
from smppproxy.app.records import Records
from smppproxy.app.settings import parse
from smppproxy.state import verdicts
from smppproxy.state.spool import Spool
from smppproxy.state.verdicts import VerdictRow

CONFIG = """
[proxy]
state_dir = "{}"
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
"""
OFF = "[sanctions]\nrules = []\n"


def configured(directory: Path, more: str = "") -> Any:
    return parse(CONFIG.format(directory) + more, directory / "x.toml", environment={}).settings


def test_the_feed_follows_the_configuration(tmp_path: Path) -> None:
    house: Any = SimpleNamespace(desk=SimpleNamespace(feed=None, gate=SimpleNamespace(text=None)))
    records = Records(house, None, configured(tmp_path, OFF), 0)
    assert house.desk.feed is None
    records.follow(configured(tmp_path))
    feed = house.desk.feed
    assert feed is not None
    records.follow(configured(tmp_path))
    assert house.desk.feed is feed  # what it has counted stays
    row = VerdictRow(
        5.0, "", "one", "301150232", "0215880000", bytes(16), b"", b"", "",
        "text_loan", "loan", 0.98, "m1", "text", True, True, "domestic",
    )  # fmt: skip
    records.begin(10.0, 1000.0)
    feed._wait(row, (), b"key")
    records.flush(1000.0)
    records.follow(configured(tmp_path, OFF))
    assert house.desk.feed is None
    (path,) = verdicts.finished(tmp_path)  # nothing was lost
    assert len(verdicts.read(path).verdicts) == 1
    metrics = Metrics()
    records.collect(metrics)
    assert metrics.counter("verdict_rows_total").value == 1
    records.close(1001.0)


def test_the_model_is_told_without_a_trace(tmp_path: Path) -> None:
    text = SimpleNamespace(version="m1")
    house: Any = SimpleNamespace(desk=SimpleNamespace(feed=None, gate=SimpleNamespace(text=text)))
    assert Records(house, None, configured(tmp_path, OFF), 0)._model("one") == "m1"
    traced: Any = SimpleNamespace(model_of=lambda account: f"of {account}", name=lambda: "t-1")
    assert Records(house, traced, configured(tmp_path, OFF), 0)._model("one") == "of one"


def test_a_disk_that_refuses_is_told_of_once_and_so_is_its_end(tmp_path: Path) -> None:
    house: Any = SimpleNamespace(desk=SimpleNamespace(feed=None, gate=SimpleNamespace(text=None)))
    spool = Spool(tmp_path / "spool", 0, 1000.0)
    recorder: Any = SimpleNamespace(spool=spool, flush=spool.flush)
    records = Records(house, recorder, configured(tmp_path, OFF), 0)
    (tmp_path / "spool").rmdir()
    with capture_logs() as logs:
        for second in (1001, 1003, 1005):
            spool.write([("a row",)])
            records.flush(float(second))
        assert spool.pending == 3
        (tmp_path / "spool").mkdir()
        for second in (1007, 1009):
            records.flush(float(second))
    assert spool.pending == 0
    assert [(line["log_level"], line["event"], line["rows"]) for line in logs] == [
        ("error", "rows_not_written", "trace"),
        ("info", "rows_written_again", "trace"),
    ]
    assert logs[0]["reason"] == "No such file or directory"
    spool.close(1010.0)
