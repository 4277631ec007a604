"""Accounts of the store beside a proxy that runs: added, they bind; suspended, their sessions end."""

from __future__ import annotations

import json

import httpx

UNBIND = 0x06
PATIENCE = 60.0  # s for an answer; only a failing test waits that long


def test_the_life_of_an_account(proxy, smsc, octets, until):
    """One account through all its states; a session of another account sees nothing of it."""
    other = proxy.bound("reseller1")
    assert proxy.connect().bind("stored1", "geheim").status == 0x0D
    done = proxy.command("accounts", "add", "stored1", "--upstream", "paired", "--window", "3", stdin="geheim\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "stored1 may bind\n"
    assert until(lambda: proxy.connect().bind("stored1", "geheim").status == 0)
    reseller = proxy.bound("stored1", "geheim")
    assert proxy.connect().bind("stored1", "wrong").status == 0x0D
    assert reseller.ask(octets.submit()).status == 0

    assert proxy.command("accounts", "update", "stored1", "--code", octets.OTHER_CODE).returncode == 0
    assert until(lambda: reseller.ask(octets.submit()).status == 0xC4)
    assert reseller.ask(octets.submit(tlvs=octets.code(octets.OTHER_CODE))).status == 0

    assert proxy.command("accounts", "suspend", "stored1", "--why", "unpaid").returncode == 0
    farewell = reseller.receive()
    assert farewell.command == UNBIND
    reseller.send(octets.pdu(UNBIND | 0x80000000, sequence=farewell.sequence))
    assert reseller.rest() == []
    assert until(lambda: proxy.connect().bind("stored1", "geheim").status == 0x0D)
    shown = json.loads(proxy.command("accounts", "show", "stored1", "--json").stdout)
    assert (shown["account"]["state"], shown["account"]["why"]) == ("suspended", "unpaid")
    assert [each["action"] for each in shown["history"]] == ["account.suspend", "account.update", "account.add"]
    assert "scrypt" not in json.dumps(shown)

    assert proxy.command("accounts", "resume", "stored1").returncode == 0
    assert until(lambda: proxy.connect().bind("stored1", "geheim").status == 0)
    assert proxy.command("accounts", "update", "stored1", "--password", stdin="neu\n").returncode == 0
    assert until(lambda: proxy.connect().bind("stored1", "neu").status == 0)
    assert proxy.connect().bind("stored1", "geheim").status == 0x0D
    token = json.loads(proxy.command("tokens", "add", "stored1", "--json").stdout)["text"]
    url, headers = f"http://{proxy.event['admin']}/v1/refusals.csv", {"Authorization": f"Bearer {token}"}
    assert httpx.get(url, headers=headers, timeout=PATIENCE).status_code == 200
    assert proxy.command("accounts", "remove", "stored1").returncode == 0
    assert until(lambda: httpx.get(url, headers=headers, timeout=PATIENCE).status_code == 401)
    assert until(lambda: proxy.connect().bind("stored1", "neu").status == 0x0D)
    other.works()


def test_files_of_accounts_and_names_that_stand_in_the_configuration(proxy, until):
    head = "system_id,password,upstream,max_binds"
    refused = proxy.command("accounts", "import", "-", stdin=f"{head}\nfile1,pw,nowhere,1\nreseller1,pw,paired,many\n")
    assert refused.returncode == 1
    assert "row 3, max_binds: 'many': a whole number is expected" in refused.stderr
    refused = proxy.command("accounts", "import", "-", stdin=f"{head}\nfile1,pw,nowhere,1\nreseller1,pw,paired,1\n")
    assert "row 2, upstream" in refused.stderr
    assert "row 3, system_id: 'reseller1': a name that does not stand in the configuration" in refused.stderr
    text = f"{head}\nfile1,pw,paired,1\nfile2,,paired,2\n"
    dry = proxy.command("accounts", "import", "-", "--dry-run", stdin=text)
    assert "+ file1" in dry.stdout
    assert "would be added 2" in dry.stdout
    assert "added 2" in proxy.command("accounts", "import", "-", stdin=text).stdout
    assert until(lambda: proxy.connect().bind("file1", "pw").status == 0)
    exported = proxy.command("accounts", "export", "--hashes").stdout
    assert "scrypt$" in exported
    assert "unchanged 2" in proxy.command("accounts", "import", "-", stdin=exported).stdout
    assert "scrypt$" not in proxy.command("accounts", "export").stdout
    for name in ("file1", "file2"):
        assert proxy.command("accounts", "remove", name).returncode == 0


def test_a_name_in_both_is_a_fault(launch, smsc):
    """The file is written after the account was added: `check` names it, `run` refuses, a reload is refused whole."""
    upstreams = [f'name = "smsc"\naddress = "{smsc.address}"']
    first = 'system_id = "first"\nupstream = "smsc"'
    proxy = launch(upstreams, [first]).ready()
    assert proxy.command("accounts", "add", "twice", "--no-password").returncode == 0
    proxy.bound("twice")
    kept = proxy.path.read_text()
    proxy.configure(kept + '[[accounts]]\nsystem_id = "twice"\nupstream = "smsc"\n')
    assert "accounts[1].system_id" in proxy.logged("reload_refused", "a name that is not in the store")
    proxy.bound("twice")
    checked = proxy.command("check")
    assert checked.returncode == 2
    assert 'accounts[1].system_id: expected a name that is not in the store, got "twice"' in checked.stdout
    proxy.leave()
    assert proxy.stop() == 0
    refused = proxy.command("run")
    assert refused.returncode == 2
    assert "smppproxy accounts remove" in refused.stderr
    assert proxy.command("accounts", "remove", "twice").returncode == 0
    assert proxy.command("check").returncode == 0
