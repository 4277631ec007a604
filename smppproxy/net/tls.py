"""TLS as both ends of the proxy speak it: version 1.2 at least, and the SMSC's certificate is always checked."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NoReturn


class TlsFileError(OSError):
    """A file of TLS cannot be used. ``path`` is the file, ``expected`` what should be in it."""

    def __init__(self, path: Path, expected: str) -> None:
        super().__init__(f"{path}: expected {expected}")
        self.path = path
        self.expected = expected


def server_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """TLS of a listener; with ``client_ca``, callers must show a certificate of that authority.

    Raises TlsFileError; OSError where a file cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _show(context, certificate, key)
    if client_ca is not None:
        _trust(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """TLS towards an SMSC, whose certificate is checked against ``ca`` or the system's authorities.

    Raises TlsFileError; OSError where a file cannot be read.
    """
    if ca is not None:
        _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca)
    context = ssl.create_default_context(cafile=str(ca) if ca is not None else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        _show(context, certificate, key if key is not None else certificate)
    return context


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    _read(authorities)
    try:
        context.load_verify_locations(authorities)
    except ssl.SSLError:
        raise TlsFileError(authorities, "certificates in PEM") from None


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Load what we show. OpenSSL says that something is wrong with one of the two; people must know with which."""
    _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)
    _read(key)
    try:
        context.load_cert_chain(certificate, key, password=lambda: _no_passphrase(key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsFileError(key, f"the private key of {certificate}") from None
        raise TlsFileError(key, "a private key in PEM") from None


def _no_passphrase(key: Path) -> NoReturn:
    """Called for a key that has one: without this OpenSSL would ask for it on the terminal, and wait."""
    raise TlsFileError(key, "a private key without a passphrase; `openssl pkey` takes it off")


def _read(path: Path) -> None:
    """Raise an OSError that names the file, which OpenSSL's does not."""
    path.open("rb").close()
