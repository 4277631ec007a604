"""What the demo's resellers send, and what should become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smppproxy.load.generator.alphabet import DATA_CODING, encode
from smppproxy.load.resellers import Outgoing

CODE_TAG: Final = 0x1400
GOOD: Final = "good"
BAD: Final = "bad"
STEADY: Final = "steady"
ROGUES: Final = ("north", "south", "west")
PASSWORDS: Final = {GOOD: "demo-1", BAD: "demo-2", STEADY: "demo-3", **dict.fromkeys(ROGUES, "demo-4")}

CODE_GOOD: Final = "301150232"
CODE_BAD: Final = "301150233"
CODE_SUSPENDED: Final = "301150234"
CODES_STEADY: Final = ("301150235", "301150236", "301150237")
CODE_ROGUE: Final = "301150238"
REGISTERED: Final = (CODE_GOOD, CODE_BAD, CODE_SUSPENDED, *CODES_STEADY, CODE_ROGUE)


def registry() -> str:
    """The file of codes to import (CSV)."""
    rows = (f"{code},suspended,shown in the demo" if code == CODE_SUSPENDED else f"{code},," for code in REGISTERED)
    return "\n".join(("code,state,why", *rows, ""))


@dataclass(frozen=True, slots=True)
class Case:
    """One message of a reseller. ``reason`` is the proxy's word for the refusal, empty when it must be forwarded."""

    reseller: str
    title: str
    text: str
    code: str | None
    status: int = 0
    reason: str = ""

    def outgoing(self, *, registered_delivery: int = 0) -> Outgoing:
        """The message as a reseller's library takes it."""
        octets, encoding = encode(self.text, "auto")
        return Outgoing(
            text=self.text,
            octets=octets,
            data_coding=DATA_CODING[encoding],
            source="15880000",
            destination="01050001234",
            code=None if self.code is None else (CODE_TAG, self.code.encode()),
            registered_delivery=registered_delivery,
        )


_PARCEL: Final = "[가람택배] 고객님의 상품 48213907이 오늘 14~16시 사이에 배송될 예정입니다."
GAMBLING: Final = (
    "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
)
_LOAN: Final = (
    "무직자 신용불량자 누구나 당일대출 최대 5천만원, 무서류 즉시입금. 지금 바로 상담 신청하세요 http://loan.example"
)

CASES: Final = (
    Case(GOOD, "a parcel on its way, in Korean (UCS2)", _PARCEL, CODE_GOOD),
    Case(GOOD, "a table confirmed, in English (GSM 7-bit)", "Table for 4 on Friday 19:30 is confirmed.", CODE_GOOD),
    Case(GOOD, "a room, with characters of the extension table", "Room [B], 10:30 ~ 11:00", CODE_GOOD),
    Case(BAD, "no code at all", _PARCEL, None, 0xC3, "code_missing"),
    Case(BAD, "a code nobody registered", _PARCEL, "999999999", 0xC4, "code_unregistered"),
    Case(BAD, "a code that is no number", _PARCEL, "ABCDEFGHI", 0xC4, "code_format"),
    Case(BAD, "a code cut short", _PARCEL, "30115", 0xC2, "code_length"),
    Case(BAD, "another reseller's code", _PARCEL, CODE_GOOD, 0xC4, "code_not_allowed"),
    Case(BAD, "a suspended code", _PARCEL, CODE_SUSPENDED, 0x45, "code_sanctioned"),
    Case(BAD, "its own code, an honest text", _PARCEL, CODE_BAD),
    Case(BAD, "its own code, gambling", GAMBLING, CODE_BAD, 0x45, "text_gambling"),
    Case(BAD, "its own code, an illegal loan", _LOAN, CODE_BAD, 0x45, "text_loan"),
)


def configuration(smsc: str, state_dir: str) -> str:
    """The demo's configuration file (TOML)."""
    rogues = "".join(
        f'[[accounts]]\nsystem_id = "{name}"\npassword = "{PASSWORDS[name]}"\nupstream = "smsc"\n\n' for name in ROGUES
    )
    return f"""\
# Written by `smppproxy demo`; see docs/reference/configuration.md for every key.
[proxy]
state_dir = "{state_dir}"
drain_timeout = 20.0

[[listeners]]
address = "127.0.0.1:0"

[[upstreams]]
name = "smsc"
address = "{smsc}"

[[accounts]]
system_id = "{GOOD}"
password = "{PASSWORDS[GOOD]}"
upstream = "smsc"

[[accounts]]
system_id = "{BAD}"
password = "{PASSWORDS[BAD]}"
upstream = "smsc"
codes = ["{CODE_BAD}", "{CODE_SUSPENDED}"]

[[accounts]]
system_id = "{STEADY}"
password = "{PASSWORDS[STEADY]}"
upstream = "smsc"

{rogues}
[filters.code]
mode = "enforce"
preset = "kr"
tag = 0x{CODE_TAG:04X}

[filters.text]
mode = "enforce"
deadline = 30.0 # a busy machine is no reason to let a text through unread
on_late = "refuse"

# Low counts and no waiting for a person, so that there is something to see; see docs/how-to/sanctions.md for real ones.
[[sanctions.rules]]
name = "throttle"
subject = "code"
window = "10min"
count = 6
share = 0.02
recipients = 6
action = "throttle"
automatic = true
rate = 4
duration = "10min"

[[sanctions.rules]]
name = "suspend"
subject = "code"
window = "10min"
count = 16
share = 0.02
recipients = 16
action = "suspend"
automatic = true

[trace]
part_age = 1.0
texts = "refused" # so that the abuse desk's page can show what was refused

[admin]
address = "127.0.0.1:0"
"""
