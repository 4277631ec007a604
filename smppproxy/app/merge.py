"""A new configuration over a running one: what needs a restart keeps its old value. Pure.

Which keys need one is said where they are declared (`restart=True`), so the reference, the log and this module cannot
differ.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def merge(old: Model, new: Model) -> tuple[Model, list[str]]:
    """The configuration to run on, and the dotted names of the keys whose new value waits for a restart."""
    kept: list[str] = []
    return _merge(old, new, "", kept), kept


def _merge(old: Model, new: Model, at: str, kept: list[str]) -> Model:
    update: dict[str, Any] = {}
    for name, field in type(new).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        where = f"{at}.{name}" if at else name
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("x-restart"):
            kept.append(where)
            update[name] = before
        elif isinstance(before, BaseModel) and isinstance(after, BaseModel) and type(before) is type(after):
            update[name] = _merge(before, after, where, kept)
        elif isinstance(after, (tuple, list)) and _needs_restart(after):
            # Rows are known by their place, so another number of them would shift the sockets that belong to them.
            if len(before) != len(after):
                kept.append(where)
                update[name] = before
            else:
                rows = zip(before, after, strict=True)
                update[name] = type(after)(_merge(b, a, f"{where}[{i}]", kept) for i, (b, a) in enumerate(rows))
    return new.model_copy(update=update) if update else new


def _needs_restart(rows: Any) -> bool:
    """Whether these are tables with a key that needs a restart."""
    if not rows or not isinstance(rows[0], BaseModel):
        return False
    extras = (field.json_schema_extra for field in type(rows[0]).model_fields.values())
    return any(isinstance(extra, dict) and bool(extra.get("x-restart")) for extra in extras)
