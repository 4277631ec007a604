from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from smppproxy.app.settings import values
from smppproxy.app.settings.values import Address, Resolved, parse_address


def read(kind: Any, value: Any, **context: Any) -> Any:
    return TypeAdapter(kind).validate_python(value, context=context)


def refused(kind: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return str(caught.value.errors()[0]["msg"])


@given(st.integers(0, 65535), st.sampled_from(["127.0.0.1", "smsc.example", "::1", "fe80::1%eth0", "a_b"]))
def test_addresses_go_there_and_back(port, host):
    address = Address(host, port)
    assert parse_address(str(address)) == address


@given(st.text())
def test_any_text_is_an_address_or_refused(text):
    try:
        parse_address(text)
    except PydanticCustomError:
        pass


@pytest.mark.parametrize("value", ["", "host", "host:", ":1", "host:x", "::1:2775", "host:65536", 3, None, "a b:1"])
def test_no_addresses(value):
    assert "expected" in refused(values.AddressValue, value)


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (values.Whole, Resolved("0x1400"), 0x1400),
        (values.Whole, Resolved("1_000"), 1000),
        (values.Number, Resolved("1.5"), 1.5),
        (values.Number, 3, 3.0),
        (values.Flag, Resolved("False"), False),
        (values.Flag, True, True),
        (values.Texts, Resolved("a, b,"), ("a", "b")),
        (values.Texts, ["a"], ("a",)),
    ],
)
def test_values_and_what_stands_elsewhere(kind, value, result):
    assert read(kind, value) == result


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (values.Whole, Resolved("x"), "whole number"),
        (values.Whole, "4", "whole number"),
        (values.Whole, 1.0, "whole number"),
        (values.Whole, True, "whole number"),
        (values.Number, Resolved("x"), "a number"),
        (values.Number, "1", "a number"),
        (values.Number, True, "a number"),
        (values.Flag, 1, "true or false"),
        (values.Flag, "true", "true or false"),
        (values.Flag, Resolved("yes"), "true or false"),
        (values.Texts, "a", "a list"),
        (values.SystemId, "", "1 to 64 octets"),
        (values.SystemId, "한글", "Latin-1"),
        (values.SystemId, "a\0", "without NUL"),
        (values.Pattern, "(", "regular expression"),
        (values.NetworkValue, 3, "IP network"),
        (values.NetworkValue, "x/8", "IP network"),
        (values.NetworkValue, "10.0.0.1/8", "host bits"),
        (values.FilePath, "", "a path"),
        (values.FilePath, "-----BEGIN PRIVATE KEY", "path of a file"),
        (values.Addresses, [], "host:port"),
        (values.Addresses, 3, "host:port"),
    ],
)
def test_what_is_refused_says_what_was_expected(kind, value, words):
    assert words in refused(kind, value)


def test_paths_begin_at_the_folder():
    assert read(values.FilePath, "a/b", folder=Path("/etc/x")) == Path("/etc/x/a/b")
    assert read(values.FilePath, "/a/b", folder=Path("/etc/x")) == Path("/a/b")
    assert read(values.FilePath, "a") == Path("a")
    assert read(values.FilePathOrNone, "") is None
    assert read(values.FilePathOrNone, None) is None
