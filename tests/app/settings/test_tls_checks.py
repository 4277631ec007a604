"""A certificate that cannot be used is a fault of the configuration, named with its file."""

from __future__ import annotations

import shutil
import subprocess

import pytest

LISTENER = """"127.0.0.1:0"
tls = { certificate = "server.pem", key = "server.key", client_ca = "ca.pem" }
"""
UPSTREAM = """2776"
tls = { ca = "ca.pem", certificate = "client.pem", key = "client.key" }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with certificates that signed themselves."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ca", "server", "client"):
        files = ("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        subprocess.run(
            ["openssl", "req", "-x509", *kind, "-subj", f"/CN={name}", *files], check=True, capture_output=True
        )
    return folder


@pytest.fixture
def tls(good, made, tmp_path):
    """A sound configuration with TLS on both sides, its files beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return good.replace('"127.0.0.1:0"\n', LISTENER, 1).replace('2776"\n', UPSTREAM, 1)


def test_sound_files_are_no_fault(read, tls):
    assert read(tls).settings.listeners[0].tls is not None


@pytest.mark.parametrize(
    ("name", "content", "key", "expected"),
    [
        ("server.pem", "junk", "listeners[0].tls.certificate", "certificates in PEM"),
        ("server.key", "junk", "listeners[0].tls.key", "a private key in PEM"),
        ("client.key", "junk", "upstreams[0].tls.key", "a private key in PEM"),
        ("client.pem", "junk", "upstreams[0].tls.certificate", "certificates in PEM"),
    ],
)
def test_a_file_that_cannot_be_used(faults, tls, tmp_path, name, content, key, expected):
    (tmp_path / name).write_text(content)
    told = faults(tls)
    assert list(told) == [key]
    assert expected in str(told[key])


def test_an_authority_that_is_none_is_told_on_both_sides(faults, tls, tmp_path):
    (tmp_path / "ca.pem").write_text("junk")
    assert list(faults(tls)) == ["listeners[0].tls.client_ca", "upstreams[0].tls.ca"]


def test_a_key_of_another_certificate(faults, tls, tmp_path):
    shutil.copy(tmp_path / "client.key", tmp_path / "server.key")
    told = faults(tls)
    assert list(told) == ["listeners[0].tls.key"]
    assert "the private key of" in str(told["listeners[0].tls.key"])
