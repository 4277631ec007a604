"""What comes in a request's query and body: bounded before it is read, checked before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from smppproxy.state.errors import InputError

BODY_LIMIT: Final = 1 << 18  # octets; a text of 20,000 characters in Korean, percent-encoded, takes 180,000
FIELDS_LIMIT: Final = 300  # fields; the longest form names the 100 messages of a page of the quarantine
BODY_PATIENCE: Final = 10.0  # s for a body to come
VALUE_LIMIT: Final = 500  # characters of a field where nothing else is said
_TYPE: Final = "application/x-www-form-urlencoded"


class Fields:
    """The fields of a form or a query."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def one(self, name: str, limit: int = VALUE_LIMIT) -> str:
        """Return the value of a field without blanks around, "" where it is absent. Raises InputError as ``exact``."""
        return self.exact(name, limit).strip()

    def lines(self, name: str, limit: int) -> str:
        """Return the text of a field with the line breaks it was meant with: browsers send CR LF. Raises InputError."""
        return self.exact(name, 2 * limit).replace("\r\n", "\n")[:limit]

    def exact(self, name: str, limit: int = VALUE_LIMIT) -> str:
        """Return the value of a field as it is. Raises InputError for one that is there twice or too long."""
        values = self._values.get(name, [""])
        if len(values) > 1:
            raise InputError(f"the field {name!r:.60} is there {len(values)} times; send the form again")
        if len(values[0]) > limit:
            raise InputError(f"the field {name!r:.60} has {len(values[0])} characters; at most {limit} are taken")
        return values[0]

    def needed(self, name: str, told: str, limit: int = VALUE_LIMIT) -> str:
        """Return the value of a field. Raises InputError with ``told`` where it is empty."""
        value = self.one(name, limit)
        if not value:
            raise InputError(told)
        return value

    def only(self, names: Iterable[str]) -> Fields:
        """Return these fields alone."""
        return Fields((name, value) for name in names for value in self._values.get(name, ()))

    def many(self, name: str) -> list[str]:
        """Return all values of a field, each once."""
        return list(dict.fromkeys(filter(None, map(str.strip, self._values.get(name, ())))))

    def number(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number, None where the field is empty. Raises InputError."""
        value = self.one(name)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) < 19 and least <= int(value) <= most):
            raise InputError(f"{name}: a whole number from {least} to {most} is expected, not {value!r:.40}")
        return int(value)

    def chosen(self, name: str, known: Mapping[str, object] | Iterable[str]) -> str:
        """Return a value out of a list, "" where the field is empty. Raises InputError."""
        value = self.one(name)
        words = list(known)
        if value and value not in words:
            raise InputError(f"{name}: one of {', '.join(filter(None, words))} is expected, not {value!r:.40}")
        return value


NONE: Final = Fields()


def query_of(request: Request) -> Fields:
    """Return the query of a request. Raises InputError."""
    return _parsed(request.scope["query_string"])


async def form_of(request: Request) -> Fields:
    """Return the form of a request. Raises InputError: too large, too slow, or no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise InputError("a form is expected, as a browser sends it")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise InputError(f"the form has more than {BODY_LIMIT} octets; send less at a time")
    except TimeoutError:
        raise InputError(f"the form did not come within {BODY_PATIENCE:g} s; send it again") from None
    except ClientDisconnect:
        raise InputError("the browser went away before its form had come") from None
    return _parsed(bytes(body))


def _parsed(octets: bytes) -> Fields:
    try:
        pairs = parse_qsl(
            octets.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict",
            max_num_fields=FIELDS_LIMIT,
        )  # fmt: skip
    except ValueError:
        raise InputError(f"what was sent is no form in UTF-8 of at most {FIELDS_LIMIT} fields") from None
    if any("\0" in part for pair in pairs for part in pair):
        raise InputError("what was sent holds a NUL, which is part of no text")
    return Fields(pairs)
