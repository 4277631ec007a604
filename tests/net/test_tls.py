"""What both ends of the proxy insist on."""

from __future__ import annotations

import ssl

import pytest

from smppproxy.net.tls import client_context, server_context


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
