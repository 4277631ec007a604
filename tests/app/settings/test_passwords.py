from __future__ import annotations

import hashlib

import pytest

from smppproxy.app.settings import passwords
from smppproxy.app.settings.passwords import WRONG_REMEMBERED, Verifier, hash_password, is_hash


@pytest.fixture
def derivations(monkeypatch):
    """How often a key was derived: what a bind may not cost twice."""
    calls = []
    derive = hashlib.scrypt

    def counted(*args, **given):
        calls.append(args)
        return derive(*args, **given)

    monkeypatch.setattr(passwords.hashlib, "scrypt", counted)
    return calls


def test_a_hash_verifies_its_password_and_no_other():
    made = hash_password("gehéim")
    assert is_hash(made)
    assert made != hash_password("gehéim")
    verifier = Verifier(password_hash=made)
    assert verifier.required
    assert not verifier.verify(b"gehim")
    assert verifier.verify("gehéim".encode("latin-1"))


def test_a_bind_storm_derives_once(derivations):
    verifier = Verifier(password_hash=hash_password("secret"))
    derivations.clear()
    assert verifier.slow
    assert all(verifier.verify(b"secret") for _ in range(100))
    assert not any(verifier.verify(b"wrong%d" % at) for at in range(100))
    assert len(derivations) == 1
    assert not verifier.slow


def test_the_same_wrong_password_derives_once_and_memory_is_bounded(derivations):
    verifier = Verifier(password_hash=hash_password("secret"))
    derivations.clear()
    assert not any(verifier.verify(b"wrong") for _ in range(50))
    assert len(derivations) == 1
    for at in range(WRONG_REMEMBERED + 5):
        verifier.verify(b"%d" % at)
    assert len(verifier._wrong) == WRONG_REMEMBERED


def test_an_account_brings_its_verifier(read, good):
    (account,) = read(good).settings.accounts
    assert account.verifier().verify(b"secret")
    assert not account.verifier().slow
    (account,) = read(good.replace('password = "secret"', f'password_hash = "{hash_password("x")}"')).settings.accounts
    assert account.verifier().verify(b"x")
    (account,) = read(good.replace('password = "secret"\n', "")).settings.accounts
    assert account.verifier() is None


def test_in_clear_and_without():
    assert Verifier(password="secret").verify(b"secret")
    assert not Verifier(password="secret").verify(b"")
    assert not Verifier(password="").verify(b"x")
    assert not Verifier().required
    assert Verifier().verify(b"anything")
    assert Verifier(password="비밀").verify("비밀".encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "scrypt$4096$8$1$AAAA",
        "scrypt$x$8$1$AAAA$AAAA",
        "scrypt$4095$8$1$AAAA$" + "A" * 44,
        "scrypt$4096$8$1$*$" + "A" * 44,
        "scrypt$4096$8$1$AAAA$AAAA",
        "scrypt$1073741824$8$1$AAAA$" + "A" * 44,
        "bcrypt$4096$8$1$AAAA$" + "A" * 44,
    ],
)
def test_what_is_no_hash(text):
    assert not is_hash(text)
    with pytest.raises(ValueError, match="scrypt"):
        Verifier(password_hash=text)
