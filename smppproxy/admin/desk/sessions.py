"""Who is signed in. Kept in memory alone: when control starts again, everybody signs in again. Time is an argument."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from hashlib import sha256
from typing import Final

IDLE: Final = 1800.0  # s without a click; long enough for a telephone call
LONGEST: Final = 36_000.0  # s of a session however busy: a working day
SESSIONS: Final = 1_000  # at once; of more, the one unused longest ends
PER_PERSON: Final = 5  # at once; a desk computer, a phone and those that were forgotten
SECRET: Final = 32  # octets of a token: nobody guesses one


class Session:
    """One browser of one person. Instants are Unix seconds."""

    __slots__ = ("began", "form_key", "name", "notice", "password_at", "seen")

    def __init__(self, name: str, password_at: int, now: float) -> None:
        self.name = name
        self.password_at = password_at  # Unix milliseconds; a newer password ends the session
        self.form_key = secrets.token_urlsafe(SECRET)  # stands in each form: another site cannot know it
        self.began = self.seen = now
        self.notice = ""  # what the next page says first


class Sessions:
    """Sessions by token; of a token only its hash is kept."""

    def __init__(self, idle: float = IDLE, longest: float = LONGEST) -> None:
        self._idle, self._longest = idle, longest
        self._kept: OrderedDict[bytes, Session] = OrderedDict()  # the one unused longest first

    def begin(self, name: str, password_at: int, now: float) -> tuple[str, Session]:
        """Let a person in and return the token of the cookie."""
        token, session = secrets.token_urlsafe(SECRET), Session(name, password_at, now)
        mine = [key for key, each in self._kept.items() if each.name == name]
        for key in mine[: max(0, len(mine) - PER_PERSON + 1)]:
            del self._kept[key]
        self._kept[_key(token)] = session
        while len(self._kept) > SESSIONS:
            self._kept.popitem(last=False)
        return token, session

    def find(self, token: str, now: float) -> Session | None:
        """Return the session of a token, and count this as a click; None where there is none, or none any more."""
        key = _key(token)
        session = self._kept.get(key)
        if session is None:
            return None
        if now - session.seen >= self._idle or now - session.began >= self._longest:
            del self._kept[key]
            return None
        session.seen = now
        self._kept.move_to_end(key)
        return session

    def end(self, token: str) -> None:
        """Sign out. Doing it twice does no harm."""
        self._kept.pop(_key(token), None)

    def end_all(self, name: str) -> None:
        """End every session of a person."""
        for key in [key for key, each in self._kept.items() if each.name == name]:
            del self._kept[key]


def _key(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
