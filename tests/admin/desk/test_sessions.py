"""Sessions end: by time, by too many, by signing out."""

from __future__ import annotations

from smppproxy.admin.desk.sessions import IDLE, LONGEST, PER_PERSON, SESSIONS, Sessions


def test_a_session_lasts_while_it_is_used_and_no_longer_than_a_day() -> None:
    sessions = Sessions()
    token, session = sessions.begin("anna", 1, 0.0)
    now = 0.0
    while now + IDLE - 1 < LONGEST:
        now += IDLE - 1
        assert sessions.find(token, now) is session
    assert sessions.find(token, LONGEST) is None
    assert sessions.find(token, now) is None  # what has ended does not come back


def test_an_idle_session_ends() -> None:
    sessions = Sessions()
    token, _ = sessions.begin("anna", 1, 0.0)
    assert sessions.find(token, IDLE) is None


def test_tokens_that_are_none() -> None:
    sessions = Sessions()
    token, session = sessions.begin("anna", 1, 0.0)
    for wrong in ("", token[:-1], token + "x", session.form_key, "\ud800"):
        assert sessions.find(wrong, 0.0) is None
    assert token not in repr(vars(sessions))  # only its hash is kept
    sessions.end(token)
    sessions.end(token)
    assert sessions.find(token, 0.0) is None


def test_the_oldest_of_too_many_ends() -> None:
    sessions = Sessions()
    mine = [sessions.begin("anna", 1, 0.0)[0] for _ in range(PER_PERSON + 1)]
    assert [sessions.find(token, 0.0) is not None for token in mine] == [False, *[True] * PER_PERSON]
    others = [sessions.begin(f"p{n}", 1, 0.0)[0] for n in range(SESSIONS)]
    assert sessions.find(mine[-1], 0.0) is None
    assert sessions.find(others[0], 0.0) is not None
    sessions.end_all("p0")
    assert sessions.find(others[0], 0.0) is None
    assert sessions.find(others[1], 0.0) is not None
