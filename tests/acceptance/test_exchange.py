"""For the regulator and for resellers, beside a proxy that runs: counts, a signed list that bites, an own message."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest


@pytest.fixture(scope="module")
def counted(make_proxy, make_smsc, tmp_path_factory, octets):
    """A proxy that hands its trace over at once, and refuses the blacklist's senders."""
    with (
        make_smsc() as smsc,
        make_proxy(
            tmp_path_factory.mktemp("exchange"),
            [f'name = "one"\naddress = "{smsc.address}"\nmode = "paired"'],
            [f'system_id = "{name}"\npassword = "pw"\nupstream = "one"' for name in ("reseller1", "reseller2")],
            [octets.CODE],
            more='[trace]\npart_age = 0.05\n[filters.blocklist]\nmode = "enforce"',
        ) as proxy,
    ):
        yield proxy


def _get(proxy, path, token):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"http://{proxy.event['admin']}{path}", headers=headers, timeout=20)


def test_a_verified_list_blocks_a_sender_and_its_reseller_reads_why(counted, octets, until, tmp_path):
    proxy, sender = counted, "15884321"
    reseller = proxy.bound("reseller1")
    other = proxy.bound("reseller2")
    good = octets.submit(source=sender.encode(), tlvs=octets.code(octets.CODE))
    assert reseller.ask(good).status == 0

    # the regulator: the same program with a state directory of its own
    regulator = tmp_path / "regulator.toml"
    regulator.write_text(
        f'[proxy]\nstate_dir = "{tmp_path / "regulator"}"\n[[listeners]]\naddress = "127.0.0.1:0"\n'
        '[[upstreams]]\nname = "a"\naddress = "127.0.0.1:1"\n[[accounts]]\nsystem_id = "a"\nupstream = "a"\n'
    )
    mine, proxy.path = proxy.path, regulator
    key = proxy.command("lists", "keys", "new").stdout.splitlines()[0]
    for words in (
        ("create", "kisa", "--kind", "sender_blacklist"),
        ("add", "kisa", sender),
        ("export", "kisa", "--signed", "--issuer", "KISA", "-o", str(tmp_path / "kisa.jsonl")),
    ):
        done = proxy.command("lists", *words)
        assert done.returncode == 0, done.stderr
    proxy.path = mine
    assert proxy.command("lists", "create", "kisa", "--kind", "sender_blacklist").returncode == 0
    refused = proxy.command("lists", "import", "kisa", str(tmp_path / "kisa.jsonl"), "--signed")
    assert (refused.returncode, "nobody trusts" in refused.stderr) == (1, True)
    assert proxy.command("lists", "keys", "trust", "kisa", key, "--for", "kisa").returncode == 0
    taken = proxy.command("lists", "import", "kisa", str(tmp_path / "kisa.jsonl"), "--signed")
    assert "serial 1 is in force, signed by kisa" in taken.stdout, taken.stderr
    assert reseller.ask(good).status == 0x0A

    token, foreign = (proxy.command("tokens", "add", name).stdout.strip() for name in ("reseller1", "reseller2"))
    rows = until(lambda: list(csv.DictReader(io.StringIO(_get(proxy, "/v1/refusals.csv", token).text))))
    (row,) = rows
    assert (row["reason"], row["status"], row["sender"]) == ("sender_blacklisted", "0x0000000A", sender)
    assert row["what_to_do"].startswith("Do not use the number")
    answer = _get(proxy, f"/v1/messages/{row['trace_id']}", token)
    assert answer.json()["messages"][0]["reason"] == "sender_blacklisted"
    assert _get(proxy, f"/v1/messages/{row['trace_id']}", foreign).status_code == 404
    assert _get(proxy, "/v1/refusals.csv", foreign).text.count("\n") == 1
    assert _get(proxy, f"/v1/messages/{row['trace_id']}", token[:-1] + "!").status_code == 401
    told = proxy.command("refusals", "--account", "reseller1", "--from", "2020-01-01").stdout
    assert [each["trace_id"] for each in csv.DictReader(io.StringIO(told))] == [row["trace_id"]]
    assert proxy.command("tokens", "remove", token.split("_")[1]).returncode == 0
    assert _get(proxy, "/v1/refusals.csv", token).status_code == 401

    def shown():
        done = proxy.command("stats", "--json")
        assert done.returncode == 0, done.stderr
        tables = {table["name"]: table for table in json.loads(done.stdout)["tables"]}
        return tables if tables["relay"]["total"]["now"]["messages"] == 2 else None

    tables = until(shown)
    assert tables is not None
    assert {line["key"]: line["now"]["messages"] for line in tables["outcome"]["lines"]} == {"forward": 1, "refuse": 1}
    assert [line["key"] for line in tables["code"]["lines"]] == [octets.CODE]
    other.close()
