"""``[filters.code]`` with its presets, and ``[filters.text]``."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from filters.contract import Mode
from smppproxy.app.settings.inquiry import InquiryFilter
from smppproxy.app.settings.rules import (
    AdvertFilter,
    BlocklistFilter,
    DestinationFilter,
    GuestRules,
    LinkFilter,
    SenderFilter,
    VolumeFilter,
)
from smppproxy.app.settings.values import (
    Duration,
    FilePath,
    FilePathOrNone,
    Flag,
    Items,
    Length,
    ModeValue,
    Name,
    Pattern,
    Seconds,
    Section,
    Share,
    Tag,
    option,
    refuse,
)

Preset = Literal["kr", "in-dlt", "none"]
Encoding = Literal["octets", "cstring", "integer"]

#: What a preset stands for; a key that is set beats it. No tag has been published for the Korean code.
PRESETS: Final[dict[str, dict[str, Any]]] = {
    "kr": {"tag": 0x1400, "length": 9, "format": "[0-9]{9}", "encoding": "octets"},
    "in-dlt": {
        "tag": 0x1400,
        "length": 0,
        "format": "[0-9]{1,30}",
        "encoding": "octets",
        "extra": (
            {"name": "template", "tag": 0x1401, "format": "[0-9]{1,50}"},
            {"name": "chain", "tag": 0x1402, "length": 64, "format": "[0-9A-Fa-f]{64}"},
        ),
    },
    "none": {"tag": None, "length": 0, "format": ".*", "encoding": "octets"},
}


def _moment(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.astimezone()
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time()).astimezone()
    if isinstance(value, str):
        try:
            return _moment(datetime.datetime.fromisoformat(value))
        except ValueError:
            pass
    return value if value is None else refuse("a date such as 2027-01-01")


class ExtraCode(Section):
    """``[[filters.code.extra]]``: a further TLV, such as the relay code or a DLT template."""

    name: Name = option(..., "what traces and rules call it")
    tag: Tag = option(..., "tag of the TLV")
    length: Length = option(0, "without trailing NUL and spaces; of an integer its digits; 0 = any", unit="octets")
    format: Pattern = option(".*", "regular expression for the whole value")
    encoding: Encoding = option("octets", "how the value stands in the TLV")
    registry: Flag = option(False, "the value must be registered and active")
    required: Flag = option(False, "refuse a request without it")


class CodeFilter(Section):
    """``[filters.code]``: the first sender's code. Keys left out come from the preset."""

    mode: ModeValue = option(Mode.ENFORCE, "off, observe (record only) or enforce")
    enforce_from: Annotated[datetime.datetime | None, BeforeValidator(_moment)] = option(
        None, "observe until this date (midnight, local time), enforce from then on"
    )
    preset: Preset = option("kr", "kr, in-dlt or none")
    tag: Tag | None = option(0x1400, "tag of the TLV; must be given with preset none", as_hex=True)
    length: Length = option(9, "without trailing NUL and spaces; of an integer its digits; 0 = any", unit="octets")
    format: Pattern = option("[0-9]{9}", "regular expression for the whole value")
    encoding: Encoding = option("octets", "octets, cstring (NUL at the end) or integer (big-endian)")
    registry: Flag = option(True, "the code must be registered and active")
    accept_hyphenated: Flag = option(False, "read 3-02-19-0001 as 302190001")
    forward: Literal["keep", "strip", "rename"] = option(
        "keep", "what the SMSC gets: the TLV, none, or another tag (`to`)"
    )
    to: Tag | None = option(None, 'the tag of `forward = "rename"`')
    extra: Annotated[tuple[ExtraCode, ...], Items] = option((), "further TLVs, see `[[filters.code.extra]]`")

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        preset = given.get("preset", "kr")
        return {**PRESETS.get(preset, {}), **given} if isinstance(preset, str) else given


class AccountCode(Section):
    """``code`` of an account: overrides ``[filters.code]``, for tags differ between carriers and countries."""

    mode: ModeValue | None = option(None, "as in `[filters.code]`")
    enforce_from: Annotated[datetime.datetime | None, BeforeValidator(_moment)] = option(None, "as in `[filters.code]`")
    preset: Preset | None = option(None, "as in `[filters.code]`; its values beat those of `[filters.code]`")
    tag: Tag | None = option(None, "as in `[filters.code]`")
    length: Length | None = option(None, "as in `[filters.code]`", unit="octets")
    format: Pattern | None = option(None, "as in `[filters.code]`")
    encoding: Encoding | None = option(None, "as in `[filters.code]`")
    registry: Flag | None = option(None, "as in `[filters.code]`")
    accept_hyphenated: Flag | None = option(None, "as in `[filters.code]`")
    forward: Literal["keep", "strip", "rename"] | None = option(None, "as in `[filters.code]`")
    to: Tag | None = option(None, "as in `[filters.code]`")
    extra: Annotated[tuple[ExtraCode, ...] | None, Items] = option(None, "as in `[filters.code]`")

    def over(self, base: CodeFilter) -> CodeFilter:
        """Return the base with what this account sets in its place."""
        given = {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}
        preset = PRESETS[self.preset] if self.preset else {}
        return CodeFilter.model_validate({**base.model_dump(), **preset, **given})


class TextFilter(Section):
    """``[filters.text]``: the ONNX judge of what a text says."""

    mode: ModeValue = option(Mode.OBSERVE, "off, observe (record only) or enforce")
    model: FilePathOrNone = option("", 'folder of the model; "" = the shipped one')
    thresholds: dict[str, Share] = option({}, "per class, such as { gambling = 0.9 }; {} = the model's own")
    protected: Annotated[tuple[FilePath, ...], Items] = option(
        (), "labelled texts on which a new model may not be worse than the one in use, see `model use`"
    )
    international_thresholds: dict[str, Share] = option(
        {}, "the same for accounts whose route is international; what is absent is as in `thresholds`"
    )
    hold: Seconds = option(
        0.0, "keep segments back until the whole text is judged, where the client's window allows; 0 = never", unit="s"
    )
    deadline: Duration = option(0.2, "from arrival to verdict; then `on_late`", unit="s")
    on_late: Literal["forward", "refuse"] = option(
        "forward", "forward: judged afterwards, for the statistics; refuse: 0x58, the sender comes back"
    )


class Filters(Section):
    """``[filters]``: one table per filter."""

    code: CodeFilter = Field(default=CodeFilter(), description="see `[filters.code]`")
    sender: SenderFilter = Field(default=SenderFilter(), description="see `[filters.sender]`")
    destination: DestinationFilter = Field(default=DestinationFilter(), description="see `[filters.destination]`")
    link: LinkFilter = Field(default=LinkFilter(), description="see `[filters.link]`")
    blocklist: BlocklistFilter = Field(default=BlocklistFilter(), description="see `[filters.blocklist]`")
    volume: VolumeFilter = Field(default=VolumeFilter(), description="see `[filters.volume]`")
    advert: AdvertFilter = Field(default=AdvertFilter(), description="see `[filters.advert]`")
    inquiry: InquiryFilter = Field(default=InquiryFilter(), description="see `[filters.inquiry]`")
    rules: GuestRules = Field(default={}, description="see `[filters.rules.NAME]`")
    text: TextFilter = Field(default=TextFilter(), description="see `[filters.text]`")
