"""The whole configuration as one value."""

from __future__ import annotations

from pydantic import Field

from smppproxy.app.settings.accounts import Account
from smppproxy.app.settings.judgement import CodeFilter, Filters
from smppproxy.app.settings.policy import PolicyTable, QuarantineSection
from smppproxy.app.settings.process import Admin, Logs, Proxy, Stats, Trace
from smppproxy.app.settings.sanctions import SanctionSettings
from smppproxy.app.settings.values import Section
from smppproxy.app.settings.wires import Listener, Upstream


class Settings(Section):
    """A configuration that has been checked. Unchangeable; a reload makes another one."""

    proxy: Proxy = Field(default=Proxy(), description="see `[proxy]`")
    listeners: tuple[Listener, ...] = Field(description="see `[[listeners]]`")
    upstreams: tuple[Upstream, ...] = Field(description="see `[[upstreams]]`")
    accounts: tuple[Account, ...] = Field(default=(), description="see `[[accounts]]`")
    filters: Filters = Field(default=Filters(), description="see `[filters.code]`, `[filters.text]`")
    policy: PolicyTable = Field(default=PolicyTable(), description="see `[policy]`")
    quarantine: QuarantineSection = Field(default=QuarantineSection(), description="see `[quarantine]`")
    sanctions: SanctionSettings = Field(default=SanctionSettings(), description="see `[sanctions]`")
    admin: Admin = Field(default=Admin(), description="see `[admin]`")
    logs: Logs = Field(default=Logs(), description="see `[logs]`")
    trace: Trace = Field(default=Trace(), description="see `[trace]`")
    stats: Stats = Field(default=Stats(), description="see `[stats]`")

    def upstream(self, name: str) -> Upstream:
        """Return the upstream of this name; KeyError where there is none."""
        for upstream in self.upstreams:
            if upstream.name == name:
                return upstream
        raise KeyError(name)

    def code_of(self, account: Account) -> CodeFilter:
        """Return ``[filters.code]`` with what the account overrides."""
        return account.code.over(self.filters.code)
