"""A real browser, spoken to over a pair of pipes in its own protocol (DevTools): no library, no port, no driver."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BASH = shutil.which("bash")
PATIENCE = 120.0  # s; a browser starts in two, and much later on a machine that does other things
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip
KEYS = {"Tab": 9, "Enter": 13, " ": 32}

#: The element of which the accessible name or the text begins with ...: as a person finds it, by what it is called.
FIND = """((kind, name, within) => {
  const root = within ? document.querySelector(within) : document;
  const label = (each) => each.labels && each.labels.length && each.labels[0].innerText;
  const named = (each) => (label(each) || each.getAttribute('aria-label') || each.innerText || '').trim();
  const all = [...root.querySelectorAll(kind)].filter((each) => named(each).startsWith(name) && each.checkVisibility());
  if (!all.length) return null;
  all[0].scrollIntoView({block: 'center', behavior: 'instant'});
  const box = all[0].getBoundingClientRect();
  return {x: box.x + Math.min(box.width / 2, 40), y: box.y + box.height / 2, tag: all[0].tagName};
})"""


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        assert BASH is not None
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            [BASH, "-c", command, CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something; what else it tells meanwhile is kept in ``events``."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            octets = os.read(self._read, 1 << 16) if ready else b""
            assert octets, "the browser says nothing any more"
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        if "method" in told:
            self.events.append(told)
        return told

    # what a person does

    def open(self, address: str) -> None:
        """Type an address."""
        self._loading(lambda: self.call("Page.navigate", url=address))

    def click(self, kind: str, name: str, within: str = "", *, loads: bool = True) -> None:
        """Click with the mouse on what is called so; ``loads``: another page comes of it."""
        spot = self.run(f"{FIND}({json.dumps(kind)}, {json.dumps(name)}, {json.dumps(within)})")
        assert spot is not None, f"no {kind} {name!r} in {within or 'the page'}:\n{self.text()}"

        def press() -> None:
            for what in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=what, x=spot["x"], y=spot["y"], button="left", clickCount=1)

        self._loading(press) if loads else press()

    def write(self, label: str, text: str, within: str = "") -> None:
        """Click into a field and type, over what stands there."""
        self.click("input, textarea", label, within, loads=False)
        self.run("document.activeElement.select()")
        self.call("Input.insertText", text=text)

    def key(self, name: str, *, loads: bool = False) -> None:
        """Press a key."""
        fields = {"key": name, "windowsVirtualKeyCode": KEYS[name]}
        if name == "Enter":
            fields["text"] = "\r"

        def press() -> None:
            self.call("Input.dispatchKeyEvent", type="keyDown", **fields)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=KEYS[name])

        self._loading(press) if loads else press()

    # what a person sees

    def text(self, selector: str = "main") -> str:
        """What stands there."""
        return str(self.run(f"(document.querySelector({json.dumps(selector)}) || {{innerText: ''}}).innerText"))

    @property
    def path(self) -> str:
        """The address without its host."""
        return str(self.run("location.pathname + location.search"))

    def run(self, script: str) -> Any:
        """What a script of the test gives; it works where the page's own are switched off."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def becomes(self, script: str) -> None:
        """Wait until a script of the test gives true: for what a page does once it is loaded, as taking the focus."""
        until = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < until, f"{script} does not become true:\n{self.text()}"

    def size(self, width: int, height: int = 900) -> None:
        """Make the window so large."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def close(self) -> None:
        """End the browser and what it started."""
        self._session = ""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, 9)
            self._process.wait(PATIENCE)
        os.close(self._read)
        os.close(self._write)

    def _loading(self, act: Callable[[], Any]) -> None:
        """Do something and wait until the page that comes of it is there."""
        before = len(self.events)
        act()
        while not any(each["method"] == "Page.loadEventFired" for each in self.events[before:]):
            self._next()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A fresh browser."""
    if CHROMIUM is None or BASH is None:
        pytest.skip("chromium is missing: run `deploy/debian-packages peers`")
    browser = Browser(tmp_path_factory.mktemp("browser") / "profile")
    yield browser
    browser.close()
