"""The requests about persons of the abuse desk, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from smppproxy.state.desk_persons import PersonRegistry, Role
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Nothing, Request
from smppproxy.state.service import Service


class One(Request, frozen=True):
    """Show or remove a person."""

    name: Annotated[str, msgspec.Meta(max_length=200)]


class Add(One, frozen=True):
    """Let a person sign in."""

    password_hash: str
    role: Role = Role.DESK


class Password(One, frozen=True):
    """Give a person another password."""

    password_hash: str


class GiveRole(One, frozen=True):
    """Give a person another role."""

    role: Role


def add(service: Service, persons: PersonRegistry) -> None:
    """Let a service answer the verbs of persons."""

    def make(r: Add, _: Progress) -> dict[str, Any]:
        person = persons.add(r.name, r.role, r.password_hash, who=r.who, why=r.why)
        return {"changed": True, "person": person.told()}

    def remove(r: One, _: Progress) -> dict[str, Any]:
        return {"changed": True, "person": persons.remove(r.name, who=r.who, why=r.why).told()}

    def password(r: Password, _: Progress) -> dict[str, Any]:
        person = persons.set_password(r.name, r.password_hash, who=r.who, why=r.why)
        return {"changed": True, "person": person.told()}

    def role(r: GiveRole, _: Progress) -> dict[str, Any]:
        person, changed = persons.set_role(r.name, r.role, who=r.who, why=r.why)
        return {"changed": changed, "person": person.told()}

    service.add_verb("desk.add", Add, make)
    service.add_verb("desk.remove", One, remove)
    service.add_verb("desk.password", Password, password)
    service.add_verb("desk.role", GiveRole, role)
    service.add_verb("desk.list", Nothing, lambda _, __: {"persons": [each.told() for each in persons.list()]})
    service.add_verb("desk.person", One, lambda r, _: {"person": persons.find(r.name)})
