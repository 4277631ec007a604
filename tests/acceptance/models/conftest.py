"""Two workers that judge with the shipped model, another model that finds nothing, and resellers that never pause."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import onnx
import pytest

from filters.text.manifest import SHIPPED

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
ACCOUNTS = ("a", "b", "c", "d")
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long
FLOWING = 100  # answers until traffic counts as flowing
PACE = 0.002  # s between two answers: always something under way, and a core left for the commands


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """A model that finds nothing: its thresholds are those no text reaches. Its version is its own."""
    folder = tmp_path / "blind"
    shutil.copytree(SHIPPED, folder)
    model = onnx.load(folder / "model.onnx")
    model.doc_string = "another"
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    manifest["thresholds"] = dict.fromkeys(manifest["thresholds"], 1.1)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def running(tmp_path: Path, make_proxy: Any, make_smsc: Any, judged: str, octets: Any) -> Iterator[Any]:
    """Two workers and four accounts."""
    with make_smsc() as smsc:
        upstreams = [f'name = "up"\naddress = "{smsc.address}"']
        accounts = [f'system_id = "{name}"\nupstream = "up"' for name in ACCOUNTS]
        folder = tmp_path / "proxy"
        folder.mkdir()
        with make_proxy(folder, upstreams, accounts, [octets.CODE], proxy="workers = 2", text=judged) as proxy:
            yield proxy


class Traffic(threading.Thread):
    """A reseller that keeps its window full of texts that are all different, until told to stop."""

    def __init__(self, reseller: Any, octets: Any, window: int) -> None:
        super().__init__(daemon=True)
        self._reseller, self._octets, self._window = reseller, octets, window
        self._enough, self._flowing = threading.Event(), threading.Event()
        self._sent = 0
        self.answers: list[Any] = []

    def run(self) -> None:
        for number in count(1):
            if self._enough.wait(PACE) and len(self.answers) == self._sent:
                return
            while not self._enough.is_set() and self._sent - len(self.answers) < self._window:
                self._sent += 1
                text = f"{GAMBLING} {chr(0xAC00 + self._sent % 9000)}{chr(0xAC00 + self._sent // 9000)}"
                self._reseller.send(
                    self._octets.submit(text.encode("cp949", "replace"), data_coding=0x84, sequence=self._sent)
                )
            self.answers.append(self._reseller.receive())
            if number == FLOWING:
                self._flowing.set()

    def flows(self) -> bool:
        """Waits until it flows."""
        return self._flowing.wait(PATIENCE)

    def end(self) -> None:
        """Sends no more, and waits for the answers to what is on its way."""
        self._enough.set()
        self.join(PATIENCE)

    def stop(self) -> set[int]:
        """Lets what is on its way be answered; the statuses that came. Each was answered once."""
        self.end()
        assert sorted(got.sequence for got in self.answers) == list(range(1, self._sent + 1))
        return {got.status for got in self.answers}


@pytest.fixture
def flood(running: Any, octets: Any) -> Iterator[Callable[..., list[Traffic]]]:
    """Starts traffic of some accounts, and waits until it flows; it ends with the test, however that ends."""
    started: list[Traffic] = []

    def start(*names: str, window: int) -> list[Traffic]:
        traffic = [Traffic(running.bound(name), octets, window) for name in names]
        started.extend(traffic)
        for each in traffic:
            each.start()
        assert all(each.flows() for each in traffic)
        return traffic

    yield start
    for each in started:
        each.end()


@pytest.fixture
def statuses(octets: Any) -> Callable[..., list[int]]:
    """What accounts are answered to a bad text."""
    submit = octets.submit(GAMBLING.encode("cp949"), data_coding=0x84)

    def ask(proxy: Any, *names: str) -> list[int]:
        return [proxy.bound(name).ask(submit).status for name in names or ACCOUNTS]

    return ask


@pytest.fixture
def done() -> Callable[..., Any]:
    """What a command says that works."""

    def command(proxy: Any, *arguments: str) -> Any:
        finished = proxy.command(*arguments, "--json")
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return command
