"""The configuration: one TOML file, checked as a whole before anything starts.

``load(path)`` returns :class:`Loaded` or raises :class:`SettingsError` with every fault at once.
"""

from smppproxy.app.settings.accounts import Account, Statuses
from smppproxy.app.settings.faults import Fault, SettingsError, Warn
from smppproxy.app.settings.judgement import CodeFilter, ExtraCode, Filters, TextFilter
from smppproxy.app.settings.loading import Loaded, load, pack, parse, unpack
from smppproxy.app.settings.passwords import Verifier, hash_password
from smppproxy.app.settings.process import Admin, Limits, Logs, Proxy, Stats, Timers, Trace
from smppproxy.app.settings.root import Settings
from smppproxy.app.settings.values import Address
from smppproxy.app.settings.wires import Listener, ListenerTls, Upstream, UpstreamTls

__all__ = [
    "Account",
    "Address",
    "Admin",
    "CodeFilter",
    "ExtraCode",
    "Fault",
    "Filters",
    "Limits",
    "Listener",
    "ListenerTls",
    "Loaded",
    "Logs",
    "Proxy",
    "Settings",
    "SettingsError",
    "Stats",
    "Statuses",
    "TextFilter",
    "Timers",
    "Trace",
    "Upstream",
    "UpstreamTls",
    "Verifier",
    "Warn",
    "hash_password",
    "load",
    "pack",
    "parse",
    "unpack",
]
