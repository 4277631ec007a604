from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from smppproxy.app.settings import Settings, reference

PAGE = Path(__file__).parents[3] / "docs/reference/configuration.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == reference.markdown(), "run: python -m smppproxy.app.settings.reference > " + str(PAGE)


def test_every_key_of_every_table_is_told():
    for model in reference.TABLES.values():
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name} says nothing"


def test_no_model_is_left_out():
    told = set(reference.TABLES.values())
    found: set[type[BaseModel]] = set()

    def walk(kind: object) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            for field in kind.model_fields.values():
                walk(field.annotation)
        for inner in getattr(kind, "__args__", ()):
            walk(inner)

    walk(Settings)
    assert {model.__name__ for model in found - told} == {"Settings", "Filters"}


def test_the_schema_is_json_and_knows_references():
    schema = json.loads(json.dumps(reference.schema()))
    assert schema["$defs"]["Proxy"]["properties"]["workers"]["anyOf"][1]["pattern"] == "^(env|file):"
    assert schema["$defs"]["Statuses"]["anyOf"][0]["enum"][0] == "smpp34"
