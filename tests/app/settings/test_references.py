from __future__ import annotations


def test_any_kind_of_value_may_come_from_the_environment(read, good):
    environment = {"W": "3", "T": "0x1500", "S": "2.5", "F": "true", "L": "301150232, 302190001", "P": "geheim"}
    text = good.replace('password = "secret"', 'password = "env:P"\ncodes = "env:L"\nexplain_tlv = "env:F"')
    text += '[proxy]\nworkers = "env:W"\ndrain_timeout = "env:S"\n[filters.code]\ntag = "env:T"\n'
    settings = read(text, environment=environment).settings
    (account,) = settings.accounts
    assert (settings.proxy.workers, settings.proxy.drain_timeout, settings.filters.code.tag) == (3, 2.5, 0x1500)
    assert (account.codes, account.explain_tlv) == (("301150232", "302190001"), True)
    assert account.password.get_secret_value() == "geheim"


def test_a_file_is_read_beside_the_configuration(read, good, tmp_path):
    (tmp_path / "password").write_text("geheim\n")
    (account,) = read(good.replace('"secret"', '"file:password"')).settings.accounts
    assert account.password.get_secret_value() == "geheim"


def test_a_name_that_is_not_set(faults, good):
    told = faults(good.replace('"secret"', '"env:PASWORD"'), environment={"PASSWORD": "geheim"})
    fault = told["accounts[0].password"]
    assert (fault.value, fault.suggestion, fault.line) == ('"env:PASWORD"', 'did you mean "PASSWORD"?', 10)


def test_a_file_that_is_not_there_or_no_text(faults, good, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, why in (("absent", "No such file"), ("binary", "not UTF-8"), (".", "Is a directory")):
        told = faults(good.replace('"secret"', f'"file:{name}"'))
        assert why in told["accounts[0].password"].expected


def test_a_needed_key_whose_reference_fails_is_told_once(faults, good):
    told = faults(good.replace('"127.0.0.1:2776"', '"env:SMSC"'))
    assert list(told) == ["upstreams[0].address"]
    assert "environment variable" in told["upstreams[0].address"].expected


def test_a_password_that_stands_nowhere_is_told_by_its_name_and_by_no_other(faults, good):
    pooled = good.replace('"127.0.0.1:2776"', '"127.0.0.1:2776"\nmode = "pooled"\nsystem_id = "p"\npassword = "p"')
    told = faults(pooled.replace('password = "secret"', 'password_hash = "env:BANK_HASH"'), environment={})
    assert list(told) == ["accounts[0].password_hash"]
    said = told["accounts[0].password_hash"].suggestion
    assert "BANK_HASH is not set here: `export BANK_HASH=…`" in said
    assert '"file:/path"' in said
    assert "`smppproxy hash-password`" in said


def test_a_faulty_value_from_elsewhere_is_shown_as_written(faults, good):
    told = faults(good + '[proxy]\nworkers = "env:W"\n', environment={"W": "hunter2"})
    assert told["proxy.workers"].value == '"env:W"'
    assert "hunter2" not in str(told)


def test_a_list_of_addresses_from_the_environment(read, good):
    settings = read(good.replace('"127.0.0.1:2776"', '"env:SMSC"'), environment={"SMSC": "a:1,[::1]:2"}).settings
    assert [str(address) for address in settings.upstreams[0].address] == ["a:1", "[::1]:2"]
