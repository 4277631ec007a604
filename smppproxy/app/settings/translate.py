"""From pydantic's errors to what a person is told: what was expected, and a suggestion."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smppproxy.app.settings.faults import HIDDEN, Found, Path, did_you_mean

_EXPECTED: Final[dict[str, str]] = {
    "missing": "this key to be given",
    "extra_forbidden": "a known key",
    "string_type": "text in quotes",
    "string_too_short": "at least {min_length} character(s)",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "tuple_type": "a list",
    "too_short": "at least {min_length} item(s)",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "finite_number": "a finite number",
}


def validate(model: type[BaseModel], tree: Any, prefix: Path, context: dict[str, Any]) -> tuple[Any, list[Found]]:
    """Build a model. With faults, return what can be built without the faulty keys (or None) and all faults."""
    try:
        return model.model_validate(tree, context=context), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    found = [_found(model, detail, prefix) for detail in errors]
    pruned = _copy(tree)
    for detail in errors:
        _drop(pruned, _place(tree, detail))
    try:
        return model.model_validate(pruned, context=context), found
    except ValidationError:
        return None, found


def _found(model: type[BaseModel], detail: ErrorDetails, prefix: Path) -> Found:
    kind, context, place = detail["type"], detail.get("ctx", {}), detail["loc"]
    value, has_value = detail["input"], kind != "missing"
    suggestion = ""
    if kind == "smppproxy":
        expected, suggestion = context["expected"], context["suggestion"]
    elif kind in {"literal_error", "enum"}:
        expected = str(context["expected"]).replace("'", '"')
        if expected == '""':
            expected = '"" (nothing else is supported in this version)'
        elif isinstance(value, str):
            suggestion = did_you_mean(value, re.findall(r'"([^"]+)"', expected))
    else:
        expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else detail["msg"].lower()
    if kind == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        suggestion = did_you_mean(str(place[-1]), known) or "known here: " + ", ".join(known)
        if isinstance(value, str) and prefix[0] in {"accounts", "upstreams"}:
            value = HIDDEN
    return Found((*prefix, *place), expected, suggestion, value, has_value)


def _known_keys(model: type[BaseModel], place: Path) -> list[str]:
    kinds: list[Any] = [model]
    for part in place:
        if isinstance(part, int):
            kinds = [inner for kind in kinds for inner in _inside(kind)]
        else:
            kinds = [kind.model_fields[part].annotation for kind in _models(kinds) if part in kind.model_fields]
    return [name for kind in _models(kinds) for name in kind.model_fields]


def _models(kinds: list[Any]) -> Iterator[type[BaseModel]]:
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        elif get_origin(kind) in {Union, types.UnionType, Annotated, tuple}:
            yield from _models(list(get_args(kind)))


def _inside(kind: Any) -> list[Any]:
    return list(get_args(kind)) or [kind]


def _place(tree: Any, detail: ErrorDetails) -> Path:
    """The way to what must go: the faulty key, or the table that lacks one (never the root: it stays)."""
    place = tuple(detail["loc"])
    return place[:-1] if detail["type"] == "missing" else place


def _copy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _copy(item) for name, item in tree.items()}
    return [_copy(item) for item in tree] if isinstance(tree, list) else tree


def _drop(tree: Any, place: Path) -> None:
    """Remove what is at the place, or the nearest table around it: an element of a list goes with its list."""
    way = [tree]
    for part in place:
        holder = way[-1]
        inside = part in holder if isinstance(holder, dict) else isinstance(holder, list) and part in range(len(holder))
        if not inside:
            break
        way.append(holder[part])
    for depth in range(len(way) - 1, 0, -1):
        if isinstance(way[depth - 1], dict):
            way[depth - 1].pop(place[depth - 1], None)
            return
