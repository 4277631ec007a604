"""The request about text models, as a typed record, and what answers it."""

from __future__ import annotations

from typing import Any

from smppproxy.state.models import ModelRegistry
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.service import Service


class Use(Request, frozen=True):
    """Use a model that was copied into the state directory; "" is the shipped one."""

    model: str


def add(service: Service, models: ModelRegistry) -> None:
    """Let a service answer the verb of models."""

    def use(r: Use, _: Progress) -> dict[str, Any]:
        changed, record = models.use(r.model, who=r.who, why=r.why)
        return {"changed": changed, "current": record.current, "previous": record.previous}

    service.add_verb("model.use", Use, use)
