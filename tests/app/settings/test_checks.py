from __future__ import annotations

import pytest

POOLED = 'mode = "pooled"\nsystem_id = "us"\n'


def spoil(good: str, before: str, after: str) -> str:
    assert before in good
    return good.replace(before, after, 1)


@pytest.mark.parametrize(
    ("before", "after", "key", "words"),
    [
        ('[[listeners]]\naddress = "127.0.0.1:0"\n', "", "listeners", "at least one"),
        ('upstream = "smsc"', 'upstream = "smsx"', "accounts[0].upstream", "name of one"),
        ("127.0.0.1:2776", "127.0.0.1:0", "upstreams[0].address", "from 1 to"),
        ('2776"\n', '2776"\nweights = [1, 2]\n', "upstreams[0].weights", "as many"),
        ('2776"\n', '2776"\nweights = [0]\n', "upstreams[0].weights", "above 0"),
        ('2776"\n', '2776"\nmode = "pooled"\n', "upstreams[0].system_id", "system_id"),
        ('2776"\n', f'2776"\n{POOLED}binds = 1\n[proxy]\nworkers = 2\n', "upstreams[0].binds", "per worker"),
        ('"secret"\n', '"secret"\nstatuses = { text_spam = 0 }\n', "accounts[0].statuses.text_spam", "1 or more"),
        ('"secret"\n', '"secret"\nstatuses = "smpp3"\n', "accounts[0].statuses.base", "smpp34"),
        ('"secret"\n', '"secret"\nstatuses = 3\n', "accounts[0].statuses", "table"),
        ('"secret"\n', '"secret"\ninject_code = "12"\n', "accounts[0].inject_code", "of the form"),
        ('"secret"\n', '"secret"\ncode = { preset = "none" }\n', "accounts[0].code.tag", "a tag"),
        ('"secret"\n', '"secret"\nallow = ["10.0.0.1/8"]\n', "accounts[0].allow[0]", "host bits"),
        ('"secret"\n', '"secret"\nallow = []\n', "accounts[0].allow", "at least 1"),
        ('"secret"\n', '"secret"\ncodes = []\n', "accounts[0].codes", "at least 1"),
        ('"secret"\n', '"secret"\nallow = "10.0.0.0/8"\n', "accounts[0].allow", "a list"),
        ('"secret"\n', '"secret"\nrate = -1\n', "accounts[0].rate", "0 or more"),
        ('"secret"\n', '"secret"\nwindow = true\n', "accounts[0].window", "whole number"),
        ('"secret"\n', '"secret"\nnumbers = ["abc"]\n', "accounts[0].numbers[0]", "of the form"),
        ('"secret"\n', '"secret"\npassword_hash = "x"\n', "accounts[0].password_hash", "hash-password"),
        ('"127.0.0.1:0"\n', '"127.0.0.1:0"\nproxy_protocol = true\n', "listeners[0].proxy_protocol", "trusted"),
        ('"127.0.0.1:0"\n', '"::1:2775"\n', "listeners[0].address", "host:port"),
        ('"127.0.0.1:0"\n', '"127.0.0.1:70000"\n', "listeners[0].address", "65535"),
    ],
)
def test_a_fault_of_one_place(faults, good, before, after, key, words):
    told = faults(spoil(good, before, after))
    assert list(told) == [key]
    assert words in told[key].expected


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ('[filters.code]\npreset = "none"\n', "filters.code.tag", "a tag"),
        ('[filters.code]\nforward = "rename"\n', "filters.code.to", "needs it"),
        ('[filters.code]\nformat = "("\n', "filters.code.format", "regular expression"),
        ('[filters.code]\nmode = "on"\n', "filters.code.mode", "enforce"),
        ("[filters.code]\nmode = false\n", "filters.code.mode", "observe"),
        ('[filters.code]\nenforce_from = "soon"\n', "filters.code.enforce_from", "a date"),
        ('[[filters.code.extra]]\nname = "relay"\ntag = 0x1400\n', "filters.code.extra[0].tag", "of its own"),
        ("[filters.text]\nthresholds = { gamblin = 0.9 }\n", "filters.text.thresholds.gamblin", "class"),
        ("[filters.text]\nthresholds = { gambling = 2 }\n", "filters.text.thresholds.gambling", "1 or less"),
        ('[filters.text]\nmodel = "absent"\n', "filters.text.model", "a folder"),
        ('[filters.text]\nprotected = ["absent.tsv"]\n', "filters.text.protected[0]", "can be read"),
        ('[admin]\naddress = "x"\n', "admin.address", "host:port"),
        ("[proxy]\nworkers = -1\n", "proxy.workers", "0 or more"),
        ("[proxy]\ndrain_timeout = nan\n", "proxy.drain_timeout", "finite"),
        ("[proxy.timers]\nenquire_link = 0\n", "proxy.timers.enquire_link", "more than 0"),
        ('[proxy]\ntrusted_proxies = ["x"]\n', "proxy.trusted_proxies[0]", "IP network"),
    ],
)
def test_a_fault_of_a_section(faults, good, more, key, words):
    told = faults(good + more)
    assert list(told) == [key]
    assert words in told[key].expected


def test_a_section_that_is_no_table(faults, good):
    assert list(faults("proxy = 3\n" + good)) == ["proxy"]
    assert set(faults('accounts = "x"\n' + good.partition("[[accounts]]")[0])) == {"accounts"}


def test_pooled_needs_a_password(faults, read, good):
    text = spoil(good, '2776"\n', f'2776"\n{POOLED}')
    assert list(faults(spoil(text, 'password = "secret"\n', ""))) == ["accounts[0].password"]
    assert read(text).settings.upstreams[0].mode == "pooled"


def test_paired_needs_none(read, good):
    assert read(spoil(good, 'password = "secret"\n', "")).settings.accounts[0].password is None


def test_two_listeners_of_port_0_are_two(read, good):
    assert len(read('[[listeners]]\naddress = "127.0.0.1:0"\n' + good).settings.listeners) == 2


def test_files_of_tls_must_be_there(faults, good, tmp_path):
    tls = 'tls = { certificate = "absent.pem", key = "key.pem" }\n'
    (tmp_path / "key.pem").write_text("x")
    told = faults(spoil(good, '"127.0.0.1:0"\n', f'"127.0.0.1:0"\n{tls}'))
    assert list(told) == ["listeners[0].tls.certificate"]


def test_a_certificate_needs_its_key(faults, good, tmp_path):
    (tmp_path / "c.pem").write_text("x")
    told = faults(spoil(good, '2776"\n', '2776"\ntls = { certificate = "c.pem" }\n'))
    assert list(told) == ["upstreams[0].tls"]


@pytest.mark.parametrize(
    ("before", "after", "key", "words"),
    [
        ('2776"\n', f'2776"\n{POOLED}window = 10\n', "accounts[0].window", "larger than the upstream's 10"),
        ('"secret"\n', '"secret"\nstatuses = { text_spam = 0x58 }\n', "accounts[0].statuses.text_spam", "again"),
        ('"reseller1"', '"a-name-beyond-15"', "accounts[0].system_id", "15 octets"),
        ('"secret"\n', '"secret"\ncodes = ["12"]\n', "accounts[0].codes[0]", "never"),
        ('2776"\n', '2776"\nbinds = 3\n', "upstreams[0].binds", "no effect"),
        ('"secret"\n', '"secret"\ncode = { length = 10 }\n', "accounts[0].code.length", "all will be refused"),
    ],
)
def test_what_will_hurt(read, good, before, after, key, words):
    (warning,) = read(spoil(good, before, after)).warnings
    assert warning.key == key
    assert words in warning.message
    assert warning.line > 0


@pytest.mark.parametrize("status", ["0x58", "0x14", "0x08", "0x64"])
def test_a_temporary_reason_may_have_a_retryable_status(read, good, status):
    assert not read(good + f"statuses = {{ account_rate = {status} }}\n").warnings


def test_no_account_warns(read, good):
    (warning,) = read(good.partition("[[accounts]]")[0]).warnings
    assert warning.key == "accounts"


def test_a_good_one_warns_of_nothing(read, good):
    assert read(good).warnings == ()


LIMIT = """
[proxy]
workers = 4
[filters.volume]
mode = "enforce"
[[filters.volume.limit]]
by = "code"
messages = 10
"""


def test_a_limit_that_each_worker_counts_by_itself_is_told(read, good):
    two = good.partition("[[accounts]]")
    second = two[1] + two[2].replace("reseller1", "reseller2")
    (warning,) = read(LIMIT + good + second).warnings
    assert warning.key == "filters.volume.limit[0].by"
    assert "up to 4 times as much" in warning.message
    assert read(LIMIT + good).warnings == ()  # one account lives in one worker
    assert read(LIMIT.replace('"code"', '"account"') + good + second).warnings == ()
    assert read(LIMIT.replace("workers = 4", "workers = 1") + good + second).warnings == ()
