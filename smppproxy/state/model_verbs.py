"""The requests about text models, as typed records, and what answers them."""

from __future__ import annotations

from typing import Any

import msgspec

from smppproxy.state.errors import NotFoundError
from smppproxy.state.models import InUse, ModelRegistry, Stage, Trial
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.service import Service


class Use(Request, frozen=True):
    """Use a model that was copied into the state directory; "" is the shipped one. ``measured`` goes to the ledger."""

    model: str
    measured: dict[str, Any] = msgspec.field(default_factory=dict)


class Shadow(Request, frozen=True):
    """Let a model that was copied into the state directory judge beside the one in use: a share of the texts."""

    model: str
    share: float = 1.0


class Canary(Request, frozen=True):
    """Let it judge for real the texts of a share of the accounts, or of those that are named."""

    model: str
    share: float = 1.0
    accounts: tuple[str, ...] = ()
    measured: dict[str, Any] = msgspec.field(default_factory=dict)


class Promote(Request, frozen=True):
    """Use the model that is on trial."""

    measured: dict[str, Any] = msgspec.field(default_factory=dict)


def add(service: Service, models: ModelRegistry) -> None:
    """Let a service answer the verbs of models."""

    def use(r: Use, _: Progress) -> dict[str, Any]:
        return _told(models.use(r.model, who=r.who, why=r.why, evidence=r.measured))

    def shadow(r: Shadow, _: Progress) -> dict[str, Any]:
        return _told(models.try_out(Trial(r.model, Stage.SHADOW, r.share), who=r.who, why=r.why))

    def canary(r: Canary, _: Progress) -> dict[str, Any]:
        trial = Trial(r.model, Stage.CANARY, r.share, tuple(sorted(set(r.accounts))))
        return _told(models.try_out(trial, who=r.who, why=r.why, evidence=r.measured))

    def promote(r: Promote, _: Progress) -> dict[str, Any]:
        trial = models.record().trial
        if trial is None:
            raise NotFoundError('no model is on trial; begin with "smppproxy model shadow" or "model canary"')
        return _told(models.use(trial.model, who=r.who, why=r.why, evidence=r.measured))

    service.add_verb("model.use", Use, use)
    service.add_verb("model.shadow", Shadow, shadow)
    service.add_verb("model.canary", Canary, canary)
    service.add_verb("model.promote", Promote, promote)
    service.add_verb("model.stop", Request, lambda r, _: _told(models.stop(who=r.who, why=r.why)))


def _told(done: tuple[bool, InUse]) -> dict[str, Any]:
    changed, record = done
    return {"changed": changed, "current": record.current, "previous": record.previous, "trial": record.trial}
