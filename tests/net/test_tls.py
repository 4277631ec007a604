"""What both ends of the proxy insist on."""

from __future__ import annotations

import ssl

import pytest
from cryptography.hazmat.primitives import serialization

from smppproxy.net.tls import TlsFileError, client_context, server_context


def test_a_listener_asks_for_certificates_only_where_it_knows_an_authority(certificates):
    plain = server_context(certificates.server, certificates.server_key, None)
    assert plain.verify_mode is ssl.CERT_NONE
    strict = server_context(certificates.server, certificates.server_key, certificates.ca)
    assert strict.verify_mode is ssl.CERT_REQUIRED
    assert plain.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("ca", [True, False])
def test_the_smscs_certificate_and_name_are_always_checked(certificates, ca):
    context = client_context(certificates.ca if ca else None, None, None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert ca is ([each["subject"] for each in context.get_ca_certs()] == [((("commonName", "ca"),),)])


def test_files_that_cannot_be_used_raise_os_errors(certificates, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.touch()
    for make in (
        lambda: server_context(tmp_path / "none.pem", certificates.server_key, None),
        lambda: server_context(certificates.server, certificates.client_key, None),
        lambda: server_context(certificates.server, certificates.server_key, empty),
        lambda: client_context(empty, None, None),
        lambda: client_context(None, certificates.client, certificates.server_key),
    ):
        with pytest.raises(OSError):
            make()


def test_an_error_names_the_file_and_what_should_be_in_it(certificates, tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    locked = tmp_path / "locked.key"
    key = serialization.load_pem_private_key(certificates.server_key.read_bytes(), None)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    for path, expected, make in (
        (junk, "certificates in PEM", lambda: server_context(junk, certificates.server_key, None)),
        (junk, "a private key in PEM", lambda: server_context(certificates.server, junk, None)),
        (junk, "certificates in PEM", lambda: server_context(certificates.server, certificates.server_key, junk)),
        (
            certificates.client_key,
            f"the private key of {certificates.server}",
            lambda: server_context(certificates.server, certificates.client_key, None),
        ),
        (
            locked,
            "a private key without a passphrase; `openssl pkey` takes it off",
            lambda: server_context(certificates.server, locked, None),
        ),
        (junk, "certificates in PEM", lambda: client_context(junk, None, None)),
        (junk, "a private key in PEM", lambda: client_context(None, certificates.client, junk)),
        # a key of its own is not needed where it stands behind the certificate
        (certificates.client, "a private key in PEM", lambda: client_context(None, certificates.client, None)),
    ):
        with pytest.raises(TlsFileError) as caught:
            make()
        assert (caught.value.path, caught.value.expected) == (path, expected)
        assert str(path) in str(caught.value)
    with pytest.raises(FileNotFoundError, match="none"):
        server_context(certificates.server, tmp_path / "none.key", None)
