"""The judges of a worker: loaded when another one is asked for, kept when that one cannot be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from filters.text import manifest as manifests
from filters.text.manifest import ModelError
from smppproxy.app.judges import Judges, told
from smppproxy.app.settings import Settings
from smppproxy.state import models
from smppproxy.state.authority import Authority


@pytest.fixture
def made(settings) -> Settings:
    return settings()


def choose(settings: Settings, model: str) -> None:
    authority = Authority.take(settings.proxy.state_path)
    try:
        assert authority.service.dispatch({"do": "model.use", "model": model})["ok"]
    finally:
        authority.close()


def staged(settings: Settings) -> str:
    name = models.stage(manifests.SHIPPED, settings.proxy.state_path)
    choose(settings, name)
    return name


async def test_the_record_is_followed_and_forgets_what_was_said(made: Settings) -> None:
    judges = Judges()
    shipped = judges.first(made)
    assert shipped is not None
    assert await judges.follow(made, shipped) is shipped
    shipped.judge(shipped.prepare_many(["Hello"]))
    name = staged(made)
    with capture_logs() as logs:
        other = await judges.follow(made, shipped)
    assert other is not None
    assert told(other) == {"model": shipped.version, "folder": name}
    assert [line["event"] for line in logs] == ["model_in_use"]
    assert len(other.memo) == 0
    assert other.chunk >= 8
    assert await judges.follow(made, other) is other
    await judges.retire(shipped)
    assert len(shipped.memo) == 0


async def test_a_model_that_is_gone_is_no_reason_not_to_serve(made: Settings) -> None:
    name = staged(made)
    shutil.rmtree(models.directory(made.proxy.state_path, name))
    judges = Judges()
    with capture_logs() as logs:
        text = judges.first(made)
    assert text is not None
    assert told(text)["folder"] == "clean_text"
    assert [line["event"] for line in logs] == ["model_unusable"]
    # A reload does not stumble over it, and who chooses it again tries it again.
    assert await judges.follow(made, text) is text
    with pytest.raises(ModelError):
        await judges.follow(made, text, retry=True)
    models.stage(manifests.SHIPPED, made.proxy.state_path)
    again = await judges.follow(made, text, retry=True)
    assert told(again)["folder"] == name


async def test_a_damaged_record_is_no_reason_either(made: Settings) -> None:
    staged(made)
    (made.proxy.state_path / models.FOLDER / models.RECORD).write_text("{")
    with capture_logs() as logs:
        assert Judges().first(made) is not None
    assert [line["event"] for line in logs] == ["model_unusable"]


async def test_a_model_of_the_configuration_beats_the_record(settings, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    shutil.copytree(manifests.SHIPPED, copy)
    made = settings(more=f'[filters.text]\nmodel = "{copy}"')
    staged(made)
    judges = Judges()
    text = judges.first(made)
    assert told(text)["folder"] == "mine"
    shutil.rmtree(copy)
    with pytest.raises(ModelError):
        Judges().first(made)
    # Taken out of the configuration, the record holds again.
    assert told(await judges.follow(settings(), text))["folder"] != "mine"


async def test_where_texts_are_not_judged_nothing_is_loaded(settings) -> None:
    off = settings(more='[filters.text]\nmode = "off"')
    judges = Judges()
    assert judges.first(off) is None
    assert await judges.follow(off, None) is None
    assert told(None) == {"model": "", "folder": ""}
    on = await judges.follow(settings(), None)
    assert on is not None
    assert await judges.follow(off, on) is None
