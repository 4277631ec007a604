"""What the pages tell people to write and to type works: configurations load, commands and their options exist."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from smppproxy.app.settings import SettingsError, load
from smppproxy.app.settings.passwords import hash_password
from smppproxy.cli.main import app

ROOT = Path(__file__).parents[2]
OURS = {"smppproxy", ".venv/bin/smppproxy"}

#: What a fragment leaves out: ```` ```toml fragment ````, and whatever stands in the page of a filter.
REST = {
    "listeners": '[[listeners]]\naddress = "127.0.0.1:2775"\n',
    "upstreams": '[[upstreams]]\nname = "smsc"\naddress = "127.0.0.1:2776"\n',
    "accounts": '[[accounts]]\nsystem_id = "reseller1"\nupstream = "smsc"\n',
}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate that signed itself, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate", folder / "key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate.read_text() + key.read_text()


def test_configurations_load(toml_block, tmp_path, certificate):
    written = tomllib.loads(toml_block.text)
    fragment = "fragment" in toml_block.words or toml_block.page.startswith("docs/reference/filters/")
    rest = "".join(text for name, text in REST.items() if fragment and name not in written)
    path = tmp_path / "smppproxy.toml"
    path.write_text(toml_block.text + "\n" + rest, encoding="utf-8")
    for secret in re.findall(r'"file:([^/"][^"]*)"', toml_block.text):
        (tmp_path / secret).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / secret).write_text("secret\n")
    for pem in re.findall(r'"([^"]+\.(?:pem|key))"', toml_block.text):
        (tmp_path / pem).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / pem).write_text(certificate)
    variables = re.findall(r'"env:(\w+)"', toml_block.text)
    environment = {name: hash_password("x") if name.endswith("HASH") else "x" for name in variables}
    try:
        load(path, environment=environment)
    except SettingsError as error:
        pytest.fail(f"{toml_block}: {error}")


def test_commands_exist(console_block):
    for line in console_block.text.replace("\\\n", " ").splitlines():
        if line.startswith(("$ ", "# ")):
            for command in re.split(r"\s(?:\||&&|;)\s", line[2:]):
                check(shlex.split(command, comments=True))


def check(words):
    """Raises AssertionError for a command of ours that is not there or has no such option."""
    while words and re.fullmatch(r"sudo|-u|\w+=.*", words[0]):
        words = words[2:] if words[0] == "-u" else words[1:]
    if words and words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets), words
    elif words and words[0].removeprefix("/opt/smppproxy/") in {*OURS, "bin/smppproxy"}:
        parses([word for word in words[1:] if word not in {"&", ">", "<"}])


def parses(words):
    """Raises AssertionError where the command line does not know the command or one of its options."""
    command = get_command(app)
    context = command.make_context("smppproxy", [], resilient_parsing=True)
    given = list(words)
    while hasattr(command, "list_commands") and words and not words[0].startswith("-"):
        assert words[0] in command.list_commands(context), f"there is no command {shlex.join(given)}"
        command, words = command.get_command(context, words[0]), words[1:]
    known = {
        option: parameter for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    for word in words:
        if re.match(r"--?[a-z]", word):
            name = word.partition("=")[0]
            assert name in known or name in {"-h", "--help"}, f"{name} is no option of {shlex.join(given)}"


def test_programs_import_what_is_there(python_block):
    for node in ast.walk(ast.parse(python_block.text)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, name.name) for name in node.names), ast.unparse(node)


def test_a_command_that_is_not_there_is_found_out():
    with pytest.raises(AssertionError):
        check(["smppproxy", "codes", "ad", "301150232"])
    with pytest.raises(AssertionError):
        check(["smppproxy", "codes", "list", "--colour"])
    check(["smppproxy", "codes", "list", "--state", "active"])
