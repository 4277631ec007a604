"""Its routes and its own files."""

from __future__ import annotations

import re
from typing import Any

import pytest

from smppproxy.admin.desk.app import STATIC


@pytest.mark.parametrize("name", STATIC)
async def test_its_own_files_name_nobody_elses(visitor: Any, name: str) -> None:
    answer = await visitor.get(f"/desk/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == STATIC[name]
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in answer.text


async def test_what_is_not_there(visitor: Any) -> None:
    for path in ("/desk/static/app.py", "/desk/static/..%2fapp.py", "/desk/x/y", "/desk/static/"):
        answer = await visitor.get(path)
        assert answer.status_code == 404
        assert "There is no such page." in answer.text
    answer = await visitor.get("/desk/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/desk")


async def _colours(visitor: Any) -> list[dict[str, str]]:
    style = (await visitor.get("/desk/static/desk.css")).text
    found = [
        dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    return [found[0], found[0] | found[1]]


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
async def test_who_sees_little_can_read_it(visitor: Any, dark: bool) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for what shows where a field is."""
    colours = (await _colours(visitor))[dark]

    def contrast(one: str, other: str) -> float:
        lights = sorted((_light(colours[one]), _light(colours[other])), reverse=True)
        return (lights[0] + 0.05) / (lights[1] + 0.05)

    texts = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("ground", "panel")]
    texts += [(tone, f"{tone}-ground") for tone in ("good", "warn", "bad")] + [("main-ink", "main")]
    texts += [("ink", f"{side}{n}") for side in ("for", "against") for n in (1, 2, 3, 4)]
    assert not {pair: contrast(*pair) for pair in texts if contrast(*pair) < 4.5}
    shapes = [("field", "ground"), ("field", "panel"), ("focus", "ground"), ("focus", "panel"), ("main", "panel")]
    assert not {pair: contrast(*pair) for pair in shapes if contrast(*pair) < 3}
