"""From settings to what the relay is told: the plan, the rules, the text judge, the targets to dial."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from filters.code import CodeRule, CodeSettings, Encoding, IdentitySettings
from filters.contract import Action, Mode, Reason
from filters.gate import Gate
from filters.policy import Policy
from filters.ports import CodeBook
from filters.sanctions import Pace, Sanctions
from smppproxy.app.rules import RuleBooks, rules, sanctioned
from smppproxy.app.settings import Account, CodeFilter, Settings, Upstream, Verifier
from smppproxy.app.settings.passwords import octets_of
from smppproxy.net.dial import Target
from smppproxy.net.tls import client_context
from smppproxy.relay.plan import AccountPlan, CodeTlv, ExtraTlv, Forward, Network, Plan, RelayLimits, UpstreamPlan
from smppproxy.relay.statuses import TABLES
from smppproxy.smpp.session import Limits
from smppproxy.state import models
from smppproxy.state.errors import StateError

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, TextSettings

_EVERYWHERE = {ip_network("0.0.0.0/0"), ip_network("::/0")}


def code_settings(code: CodeFilter) -> CodeSettings:
    """Translate ``[filters.code]``, or an account's version of it, into the rule's settings."""
    return CodeSettings(
        mode=code.mode,
        enforce_from=code.enforce_from,
        length=code.length,
        format=code.format,
        encoding=Encoding(code.encoding),
        registry=code.registry,
        accept_hyphenated=code.accept_hyphenated,
        extras=tuple(
            IdentitySettings(
                name=extra.name,
                length=extra.length,
                format=extra.format,
                encoding=Encoding(extra.encoding),
                registry=extra.registry,
                required=extra.required,
            )
            for extra in code.extra
        ),
    )


class Rules:
    """The code rules of a worker: one for each distinct configuration, shared by the accounts that have it."""

    def __init__(self, book: CodeBook, now: float) -> None:
        self._book = book
        self._now = now
        self._rules: dict[CodeSettings, CodeRule] = {}

    def of(self, code: CodeFilter) -> CodeRule:
        """Return the rule of a code section."""
        settings = code_settings(code)
        rule = self._rules.get(settings)
        if rule is None:
            rule = self._rules[settings] = CodeRule(settings, self._book, self._now)
        return rule

    def refresh(self, now: float) -> None:
        """Take notice of changed books and of ``enforce_from``. ``now`` is Unix time in seconds."""
        for rule in self._rules.values():
            rule.refresh(now)


def plan(settings: Settings, rules: Rules, number: int, workers: int) -> Plan:
    """What worker ``number`` of ``workers`` (counted from 0) is to relay."""
    proxy = settings.proxy
    text = settings.filters.text
    return Plan(
        accounts={octets_of(a.system_id): _account(settings, a, rules) for a in settings.accounts},
        upstreams={upstream.name: _upstream(upstream, number, workers) for upstream in settings.upstreams},
        limits=RelayLimits(
            max_sessions=proxy.limits.sessions,
            queue=proxy.limits.upstream_queue,
            judge_queue=proxy.limits.judge_queue,
            judge_deadline=text.deadline,
            judge_late_forward=text.on_late == "forward",
            deliveries=proxy.limits.deliver_window,
            deliver_timeout=proxy.timers.deliver,
            early_receipt=proxy.timers.receipt,
            unbind_wait=proxy.timers.unbind,
            segment_wait=proxy.timers.segments,
            segments=proxy.limits.segmented,
            segment_hold=text.hold,
        ),
        inquiry=settings.filters.inquiry.plan(),
    )


def session_limits(settings: Settings) -> Limits:
    """The timers of every session."""
    timers = settings.proxy.timers
    return Limits(
        session_init=timers.session_init,
        enquire_link=timers.enquire_link,
        inactivity=timers.inactivity,
        response=timers.response,
        pdu_read=timers.pdu_read,
        max_pdu=settings.proxy.max_pdu,
    )


def gate(settings: Settings, text: TextFilter | None, books: RuleBooks, before: Gate | None = None) -> Gate:
    """The rules that look at a whole message, and the policy.

    Rules of ``before``, the gate until now, that are configured as they were go on with what they have counted.
    """
    known = before.rules if before is not None else ()
    return Gate(rules(settings.filters, books, known), text, policy(settings))


def sanctions(settings: Settings, books: RuleBooks, pace: Pace) -> Sanctions:
    """What stands against accounts, against senders, and against texts that no filter in force looks up."""
    return Sanctions(books, pace, sanctioned(settings.filters, books))


def policy(settings: Settings) -> Policy:
    """What is done about each reason. A row of ``[policy]`` outweighs ``[filters.sender] unregistered``."""
    section, name = settings.policy, settings.filters.sender.written
    if not name:
        return section.told()
    rows = {Reason.SENDER_UNREGISTERED: Action.REWRITE, **section.table}
    return Policy(rows, section.rewrite_sender or name, [row.told() for row in section.exempt])


def text_settings(settings: Settings, *, recorded: bool = True) -> TextSettings:
    """Translate ``[filters.text]`` into the filter's settings.

    Where it names no model, that is the one on record in the state directory, or without ``recorded`` the shipped
    one. Raises ``filters.text.filter.ModelError`` for a record that cannot be read.
    """
    from filters.text.filter import ModelError, TextSettings

    text = settings.filters.text
    model = str(text.model or "")
    if not model and recorded:
        folder = settings.proxy.state_path
        try:
            model = models.directory(folder, models.read(folder).current.model)
        except StateError as error:
            raise ModelError(str(error)) from error
    return TextSettings(
        mode=text.mode,
        model=model,
        thresholds=dict(text.thresholds),
        international_thresholds=dict(text.international_thresholds),
        memo=settings.proxy.limits.memo,
    )


def text_filter(settings: Settings, *, recorded: bool = True) -> TextFilter | None:
    """The ONNX judge, None where ``[filters.text]`` is off; see :func:`text_settings`.

    Raises ``filters.text.filter.ModelError``.
    """
    if settings.filters.text.mode is Mode.OFF:
        return None
    from filters.text.filter import TextFilter  # brings onnxruntime: time and memory for those who judge texts only

    return TextFilter(text_settings(settings, recorded=recorded))


def targets(settings: Settings) -> dict[str, Target]:
    """Where each upstream is dialled. Raises OSError for a certificate that cannot be read."""
    return {
        upstream.name: Target(
            addresses=tuple((address.host, address.port) for address in upstream.address),
            weights=upstream.weights,
            tls=client_context(upstream.tls.ca or None, upstream.tls.certificate or None, upstream.tls.key or None)
            if upstream.tls is not None
            else None,
            server_name=upstream.tls.server_name if upstream.tls is not None else "",
            timeout=settings.proxy.timers.connect,
        )
        for upstream in settings.upstreams
    }


def _account(settings: Settings, account: Account, rules: Rules) -> AccountPlan:
    code = settings.code_of(account)
    rule = rules.of(code)
    verifier = Verifier(
        account.password.get_secret_value() if account.password is not None else None,
        account.password_hash.get_secret_value() if account.password_hash is not None else None,
    )
    networks: tuple[Network, ...] = tuple(account.allow)
    return AccountPlan(
        system_id=octets_of(account.system_id),
        upstream=account.upstream,
        rule=rule,
        code=CodeTlv(
            tag=code.tag if code.tag is not None else 0,
            forward=Forward(code.forward),
            rename_to=code.to or 0,
            inject=rule.encoded(account.inject_code) if account.inject_code else b"",
            extras=tuple(ExtraTlv(extra.name, extra.tag) for extra in code.extra),
        ),
        verify=verifier.verify if verifier.required else None,
        slow_verify=account.password_hash is not None,
        allowed=None if "*" in account.codes else frozenset(account.codes),
        networks=() if set(networks) >= _EVERYWHERE else networks,
        max_binds=account.max_binds,
        window=account.window,
        rate=float(account.rate),
        burst=account.burst,
        statuses={**TABLES[account.statuses.base], **account.statuses.overrides},
        route=account.route,
        numbers=account.numbers,
        explain=account.explain_tlv,
    )


def _upstream(upstream: Upstream, number: int, workers: int) -> UpstreamPlan:
    pooled = upstream.mode == "pooled"
    share, rest = divmod(upstream.binds, workers)
    return UpstreamPlan(
        name=upstream.name,
        paired=not pooled,
        response_timeout=upstream.response_timeout,
        timeout_status=upstream.timeout_status,
        system_id=octets_of(upstream.system_id or ""),
        password=octets_of(upstream.password.get_secret_value()) if upstream.password is not None else b"",
        system_type=octets_of(upstream.system_type),
        bind=upstream.bind,
        binds=share + (number < rest) if pooled else 0,
        window=upstream.window,
        outbind_system_id=octets_of(upstream.outbind_system_id or ""),
        outbind_password=octets_of(upstream.outbind_password.get_secret_value())
        if upstream.outbind_password is not None
        else b"",
        outbind_networks=tuple(upstream.outbind_from),
    )
