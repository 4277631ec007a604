"""What a preset means in a configuration is what the rule says it means."""

from __future__ import annotations

import pytest

from filters.code import PRESETS
from smppproxy.app import build
from smppproxy.app.settings import CodeFilter


@pytest.mark.parametrize("preset", PRESETS)
def test_the_settings_give_the_rule_its_own_preset(preset):
    assert build.code_settings(CodeFilter(preset=preset, tag=0x1400)) == PRESETS[preset]
