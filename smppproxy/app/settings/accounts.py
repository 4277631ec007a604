"""``[[accounts]]``: what a reseller's system_id may do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, SecretStr, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from filters.contract import Reason
from smppproxy.app.settings.faults import Found
from smppproxy.app.settings.judgement import AccountCode
from smppproxy.app.settings.passwords import Verifier, is_hash
from smppproxy.app.settings.values import (
    CommandStatus,
    Count,
    CountOrNone,
    Flag,
    Items,
    Name,
    Networks,
    Number,
    Secret,
    Section,
    SystemId,
    Texts,
    option,
    refuse,
)
from smppproxy.relay.statuses import TABLES, Table

StatusTableName = Literal["smpp34", "smpp50", "vendor", "india-dlt"]


class Statuses(Section):
    """``statuses``: the name of a table, or a table of your own: ``{ base = "smpp34", text_spam = 0x66 }``."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, CommandStatus]

    base: StatusTableName = option("smpp34", "the table that answers for reasons not named")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"base": str(given)}
        if not isinstance(given, dict | Statuses):
            refuse('"smpp34", "smpp50", "vendor", "india-dlt" or a table of reason = command_status')
        return given

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"enum": list(get_args(StatusTableName))}, handler(core)]}

    @property
    def overrides(self) -> dict[Reason, int]:
        """command_status by reason, as far as this account deviates from ``base``."""
        return {Reason(name): status for name, status in (self.__pydantic_extra__ or {}).items()}

    @property
    def table(self) -> Table:
        """command_status by reason, complete."""
        return {**TABLES[self.base], **self.overrides}


def _hash(value: SecretStr) -> SecretStr:
    if not is_hash(value.get_secret_value()):
        refuse("what `smppproxy hash-password` prints")
    return value


class Account(Section):
    """``[[accounts]]``: a reseller. A system_id that is not listed is refused."""

    system_id: SystemId = option(..., "what the reseller binds as; SMPP 3.4 allows 15 octets")
    password: Secret | None = option(
        None, "in clear, best as `env:` or `file:`; paired mode may leave it out: the SMSC decides"
    )
    password_hash: Annotated[Secret, AfterValidator(_hash)] | None = option(
        None, "instead of `password`: what `smppproxy hash-password` prints"
    )
    upstream: Name = option(..., "name of the upstream")
    codes: Annotated[Texts, Field(min_length=1)] = option(
        ("*",), 'codes this account may carry; "*" = any registered code'
    )
    allow: Annotated[Networks, Field(min_length=1)] = option(("0.0.0.0/0", "::/0"), "networks it may bind from")
    max_binds: Annotated[Count, Field(le=10_000)] = option(10, "binds at a time; more are refused with 0x0D")
    window: Annotated[Count, Field(le=100_000)] = option(
        1000, "unanswered submits per bind; beyond it 0x58", unit="requests"
    )
    rate: Annotated[Number, Field(ge=0)] = option(
        0, "over all its binds; 0 = no limit; beyond it 0x58", unit="messages/s"
    )
    burst: Annotated[CountOrNone, Field(le=1_000_000)] = option(
        0,
        "what it may send at once after a pause where it has a `rate`; 0 = what it may send in a second",
        unit="messages",
    )
    statuses: Statuses = option("smpp34", "command_status per reason: smpp34, smpp50, vendor, india-dlt or a table")
    route: Literal["domestic", "international"] = option("domestic", "policy and statistics differ")
    numbers: Annotated[tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")], ...], Items] = option(
        (), "pooled: prefixes of the destinations of mobile-originated messages that are this account's"
    )
    inject_code: str = option("", "code inserted where the TLV is absent")
    explain_tlv: Flag = option(False, "refusals carry reason and trace id in TLV 0x001D")
    code: AccountCode = option(AccountCode(), "overrides `[filters.code]` for this account: `{ tag = 0x1500 }`")

    def verifier(self) -> Verifier | None:
        """Return what verifies this account's password; None where it has none and the SMSC decides."""
        if self.password is None and self.password_hash is None:
            return None
        clear = None if self.password is None else self.password.get_secret_value()
        hashed = None if self.password_hash is None else self.password_hash.get_secret_value()
        return Verifier(clear, hashed)


def in_both(accounts: Iterable[Account], held: Collection[str]) -> list[Found]:
    """Return a fault for each account of the configuration that is in the store too."""
    how = "remove it here, or with `smppproxy accounts remove`"
    return [
        Found(("accounts", at, "system_id"), "a name that is not in the store", how, account.system_id)
        for at, account in enumerate(accounts)
        if account.system_id in held
    ]
