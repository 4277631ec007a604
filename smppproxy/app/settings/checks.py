"""What no single key can tell: how the parts of a configuration fit together.

Every check takes what could be read of the configuration, so that it speaks up even while other keys are
faulty, and yields :class:`Found` (stops) or :class:`Hurts` (warns).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Final

from filters.contract import Action, Mode, Reason
from filters.exemptions import NEVER
from filters.policy import TEMPORARY
from smppproxy.app.settings import sanction_checks, tls_checks, wire_checks
from smppproxy.app.settings.accounts import Account
from smppproxy.app.settings.faults import Found, Hurts, Path, did_you_mean
from smppproxy.app.settings.judgement import CodeFilter, Filters
from smppproxy.app.settings.policy import DECIDABLE, PolicyTable, ends_soon, senseless
from smppproxy.app.settings.process import Proxy
from smppproxy.app.settings.sanctions import SanctionSettings
from smppproxy.app.settings.wires import Listener, Upstream
from smppproxy.relay.statuses import retried_though_permanent

#: Group of entry points in which other packages offer rules.
RULES_GROUP: Final = "smppproxy.rules"


@dataclass(slots=True)
class Readable:
    """What could be read. ``names`` holds every upstream named in the file, readable or not."""

    proxy: Proxy = field(default_factory=Proxy)
    listeners: list[tuple[int, Listener]] = field(default_factory=list)
    upstreams: list[tuple[int, Upstream]] = field(default_factory=list)
    accounts: list[tuple[int, Account]] = field(default_factory=list)
    filters: Filters = field(default_factory=Filters)
    sanctions: SanctionSettings = field(default_factory=SanctionSettings)
    policy: PolicyTable = field(default_factory=PolicyTable)
    tree: dict[str, Any] = field(default_factory=dict)
    unresolved: frozenset[Path] = frozenset()  # where something is written that stands nowhere, which is told already

    def upstream(self, name: str) -> tuple[int, Upstream] | None:
        """Return the upstream of this name and its place in the file."""
        return next(((at, upstream) for at, upstream in self.upstreams if upstream.name == name), None)


Findings = Iterator[Found | Hurts]


def something_to_do(read: Readable) -> Findings:
    """A proxy needs a door and somewhere to go."""
    for name, what in (("listeners", "address"), ("upstreams", "name")):
        if not read.tree.get(name):
            yield Found((name,), f"at least one [[{name}]]", f"add [[{name}]] with its {what}", has_value=False)
    if not read.tree.get("accounts"):
        how = "add [[accounts]], or `smppproxy accounts add`"
        yield Hurts(("accounts",), "there is no account: every bind will be refused", how)


def names_are_unique(read: Readable) -> Findings:
    """No two upstreams of one name, no two accounts of one system_id, no listener twice."""
    for section, name in (("upstreams", "name"), ("accounts", "system_id"), ("listeners", "address")):
        seen: dict[Any, int] = {}
        rows = read.tree.get(section)
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            value = row.get(name) if isinstance(row, dict) else None
            if not isinstance(value, str) or (section == "listeners" and value.endswith(":0")):
                continue
            if value in seen:
                yield Found((section, at, name), "a name used once", f"{section}[{seen[value]}] has it too", value)
            seen.setdefault(value, at)


def upstreams_exist(read: Readable) -> Findings:
    """Every account leads to an upstream that is there."""
    rows = read.tree.get("upstreams")
    names = [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    known = [name for name in names if isinstance(name, str)]
    for at, account in read.accounts:
        if known and account.upstream not in known:
            near = did_you_mean(account.upstream, known) or "there are: " + ", ".join(known)
            yield Found(("accounts", at, "upstream"), "the name of one of the [[upstreams]]", near, account.upstream)


def upstreams_are_complete(read: Readable) -> Findings:
    """Pooled binds need a system_id and enough binds; weights fit addresses; ports can be dialled."""
    workers = read.proxy.worker_count
    for at, upstream in read.upstreams:
        here: Path = ("upstreams", at)
        if any(address.port == 0 for address in upstream.address):
            yield Found((*here, "address"), "a port from 1 to 65535", value=", ".join(map(str, upstream.address)))
        if upstream.weights and len(upstream.weights) != len(upstream.address):
            expected = f"as many weights as addresses ({len(upstream.address)})"
            yield Found((*here, "weights"), expected, value=list(upstream.weights))
        elif upstream.weights and not any(upstream.weights):
            yield Found((*here, "weights"), "at least one weight above 0", value=list(upstream.weights))
        if upstream.mode == "pooled":
            if upstream.system_id is None:
                yield Found((*here, "system_id"), "a system_id, for pooled binds are ours", has_value=False)
            if upstream.binds < workers:
                why = f"at least one bind per worker (there are {workers})"
                yield Found((*here, "binds"), why, "raise binds or lower proxy.workers", upstream.binds)
            if upstream.outbind_system_id is not None and not upstream.outbind_from:
                yield Found((*here, "outbind_from"), "the networks the SMSC's outbind comes from", has_value=False)
        else:
            pooled = {"system_id", "password", "binds", "window", "bind", "system_type"}
            pooled |= {"outbind_system_id", "outbind_password", "outbind_from"}
            pooled &= upstream.model_fields_set
            for name in sorted(pooled):
                yield Hurts((*here, name), "has no effect in paired mode", 'set mode = "pooled" or leave it out')


def passwords_fit_the_mode(read: Readable) -> Findings:
    """In pooled mode the SMSC never sees a reseller's password, so we must know it."""
    for at, account in read.accounts:
        here: Path = ("accounts", at)
        row = read.tree["accounts"][at]
        if account.password is not None and account.password_hash is not None:
            yield Found((*here, "password_hash"), "either password or password_hash", "leave one out")
        leads_to = read.upstream(account.upstream)
        written = any((*here, name) in read.unresolved or name in row for name in ("password", "password_hash"))
        if leads_to and leads_to[1].mode == "pooled" and not written:
            why = "a password or password_hash, for with a pooled upstream nobody else checks it"
            yield Found((*here, "password"), why, "add one; `smppproxy hash-password` makes a hash", has_value=False)


def windows_fit(read: Readable) -> Findings:
    """A reseller's window above the carrier's only makes its messages wait here."""
    for at, account in read.accounts:
        leads_to = read.upstream(account.upstream)
        if leads_to and leads_to[1].mode == "pooled" and account.window > leads_to[1].window:
            yield Hurts(
                ("accounts", at, "window"),
                f"a window of {account.window} is larger than the upstream's {leads_to[1].window}: messages wait here",
                f"lower it, or raise upstreams[{leads_to[0]}].window as far as the carrier grants",
            )


def statuses_do_not_mislead(read: Readable) -> Findings:
    """Reasons exist, and a permanent refusal has no status that makes clients send the message again."""
    known = [reason.value for reason in Reason]
    for at, account in read.accounts:
        for name, status in (account.statuses.__pydantic_extra__ or {}).items():
            here: Path = ("accounts", at, "statuses", name)
            if name not in known:
                near = did_you_mean(name, known) or "the reference lists the reasons"
                yield Found(here, "base, or a reason", near, status)
            elif retried_though_permanent({Reason(name): status}):
                yield Hurts(
                    here,
                    f"0x{status:02X} makes clients send the message again, and it will be refused again",
                    "choose a permanent status such as 0x45",
                )


def codes_can_pass(read: Readable) -> Findings:
    """The code rule can be satisfied: a tag is there, a renamed tag has its new number, the format fits the length."""
    yield from _code_can_pass(read.filters.code, ("filters", "code"))
    for at, account in read.accounts:
        code = account.code.over(read.filters.code)
        here: Path = ("accounts", at)
        if account.code.model_fields_set:
            yield from _code_can_pass(code, (*here, "code"))
        if account.inject_code and not _passes(code, account.inject_code):
            yield Found((*here, "inject_code"), f"a code of the form {code.format}", value=account.inject_code)
        for index, value in enumerate(account.codes):
            if value != "*" and not _passes(code, value):
                yield Hurts((*here, "codes", index), f"a code of the form {code.format} can never be this one")


def _code_can_pass(code: CodeFilter, here: Path) -> Findings:
    if code.mode is Mode.OFF:
        return
    if code.tag is None:
        yield Found((*here, "tag"), 'a tag, for preset "none" has none', "such as tag = 0x1400", has_value=False)
    if code.forward == "rename" and code.to is None:
        yield Found((*here, "to"), 'a tag, for forward = "rename" needs it', "such as to = 0x1500", has_value=False)
    if code.mode is Mode.ENFORCE and code.length and not _possible(code):
        yield Hurts(
            (*here, "length"), f"no value of {code.length} octets has the form {code.format}: all will be refused"
        )
    taken = {code.tag: "the code"}
    for index, extra in enumerate(code.extra):
        if extra.tag in taken:
            yield Found(
                (*here, "extra", index, "tag"), f"a tag of its own; {taken[extra.tag]} has this one", value=extra.tag
            )
        taken.setdefault(extra.tag, extra.name)


def _passes(code: CodeFilter, value: str) -> bool:
    return bool(re.fullmatch(code.format, value)) and code.length in {0, len(value)}


def _possible(code: CodeFilter) -> bool:
    """Whether a plain digit or letter pattern can match at this length; others count as possible."""
    exact = re.fullmatch(r"(?:\[[^\]]+\]|\\d|\.)\{(\d+)(?:,(\d*))?\}", code.format)
    if exact is None:
        return True
    least = int(exact[1])
    most = least if exact[2] is None else int(exact[2] or code.length)
    return least <= code.length <= max(most, least)


def thresholds_are_of_classes(read: Readable) -> Findings:
    """A threshold names a class a text can be refused for."""
    known = [reason.value.removeprefix("text_") for reason in Reason if reason.value.startswith("text_")]
    known = [name for name in known if name not in {"twice", "undecodable"}]
    for name, share in read.filters.text.thresholds.items():
        if name not in known:
            near = did_you_mean(name, known) or "there are: " + ", ".join(known)
            yield Found(("filters", "text", "thresholds", name), "a class of the judge", near, share)


def the_policy_makes_sense(read: Readable) -> Findings:
    """Every row can be followed, and nothing is done behind the client's back unseen."""
    here: Path = ("policy", "actions")
    known = [reason.value for reason in DECIDABLE]
    for name, action in read.policy.actions.items():
        if name not in known:
            near = did_you_mean(name, known) or "the reference lists the reasons; this is none that rules find"
            yield Found((*here, name), "a reason that rules find", near, action.value)
    for reason, action in read.policy.table.items():
        instead = senseless(reason, action)
        if instead:
            yield Found((*here, reason.value), instead, value=action.value)
        elif action is Action.REWRITE and not read.policy.rewrite_sender:
            yield Found(("policy", "rewrite_sender"), 'a name to write, for a row says "rewrite"', has_value=False)
        elif action is Action.SWALLOW:
            why = "the client is told yes and nobody gets the message; a mistake of a rule then shows nowhere"
            yield Hurts((*here, reason.value), why, "quarantine holds it for a person, refuse says so")
        elif action is Action.THROTTLE and reason not in TEMPORARY:
            yield Hurts((*here, reason.value), "clients will send it again and again", "refuse tells them not to")
    names: set[str] = set()
    for at, row in enumerate(read.policy.exempt):
        hurts = ends_soon(row)
        if hurts:
            yield Hurts(("policy", "exempt", at, "until"), f"{row.name} {hurts}", "ask its owner, or take it out")
        if row.name in names:
            yield Found(("policy", "exempt", at, "name"), "a name used once", value=row.name)
        names.add(row.name)
        for reason in row.reasons:
            if reason in NEVER:
                yield Found(("policy", "exempt", at, "reasons"), "no sanction: it is lifted where it was made")


def rules_are_installed(read: Readable) -> Findings:
    """A rule of another package is there."""
    if read.filters.rules:
        offered = sorted(point.name for point in entry_points(group=RULES_GROUP))
        for name in read.filters.rules:
            if name not in offered:
                near = did_you_mean(name, offered) or "there are: " + (", ".join(offered) or "none")
                yield Found(
                    ("filters", "rules", name), "a rule that an installed package offers", near, has_value=False
                )


def headers_are_trusted(read: Readable) -> Findings:
    """A PROXY protocol header from nobody trusted would close every connection."""
    for at, listener in read.listeners:
        if listener.proxy_protocol and not read.proxy.trusted_proxies:
            why = "false, or networks in proxy.trusted_proxies to believe"
            yield Found(("listeners", at, "proxy_protocol"), why, 'add trusted_proxies = ["192.0.2.1/32"]', True)


def sanctions_make_sense(read: Readable) -> Findings:
    """Rules have names of their own, and none hits whom it should not."""
    yield from sanction_checks.faults(read.sanctions)
    for path, message, suggestion in sanction_checks.hurts(read.sanctions, read.filters):
        yield Hurts(path, message, suggestion)


def volumes_are_counted_by_worker(read: Readable) -> Findings:
    """A limit of a code or sender is one for each worker, where its accounts live on several."""
    workers, volume = read.proxy.worker_count, read.filters.volume
    if workers < 2 or volume.mode is Mode.OFF or len(read.accounts) < 2:
        return
    for at, limit in enumerate(volume.limit):
        if limit.by != "account":
            why = f"each of the {workers} workers counts by itself: a {limit.by} sent over several accounts may have "
            why += f"up to {workers} times as much"
            yield Hurts(("filters", "volume", "limit", at, "by"), why, "set the limit with that in mind")


def files_are_there(read: Readable) -> Findings:
    """Models and labelled texts can be read."""
    model = read.filters.text.model
    if model is not None and not model.is_dir():
        yield Found(("filters", "text", "model"), "a folder with a model", value=str(model))
    for at, path in enumerate(read.filters.text.protected):
        if not os.access(path, os.R_OK):
            yield Found(("filters", "text", "protected", at), "a file that can be read", value=str(path))


def certificates_can_be_used(read: Readable) -> Findings:
    """TLS can be spoken with the files named."""
    yield from tls_checks.faults(read.listeners, read.upstreams)


CHECKS: Final[tuple[Callable[[Readable], Findings], ...]] = (
    something_to_do,
    names_are_unique,
    upstreams_exist,
    upstreams_are_complete,
    passwords_fit_the_mode,
    windows_fit,
    statuses_do_not_mislead,
    wire_checks.system_ids_and_passwords_fit,
    wire_checks.no_upstream_is_ourselves,
    wire_checks.numbers_have_an_effect,
    codes_can_pass,
    thresholds_are_of_classes,
    the_policy_makes_sense,
    rules_are_installed,
    headers_are_trusted,
    sanctions_make_sense,
    volumes_are_counted_by_worker,
    files_are_there,
    certificates_can_be_used,
)
