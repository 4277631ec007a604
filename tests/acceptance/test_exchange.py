"""For the regulator and for resellers, beside a proxy that runs: a signed list that bites, an own message, counts."""

from __future__ import annotations

import csv
import io
import json
import time
from hashlib import sha256

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from smppproxy.state.client import Client


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
    return httpx.get(f"http://{proxy.event['admin']}{path}", headers=headers, timeout=60)


def _line(**fields):
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _signed_list(key, sender):
    """A list as the reference page tells a stranger to write it."""
    public = key.public_key().public_bytes_raw()
    day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    body = _line(
        format="smppproxy-list/1", holds="verified", list="kisa", kind="sender_blacklist", serial=1, issued=day,
        expires="2999-01-01T00:00:00Z", issuer="규제기관", key=sha256(public).hexdigest()[:16], criterion=0, entries=1,
    ) + _line(entry=sender, reason="도박")  # fmt: skip
    return body + _line(signature=key.sign(body).hex())


def test_a_verified_list_blocks_a_sender_and_its_reseller_reads_why(counted, octets, until, tmp_path):
    proxy, sender = counted, "15884321"
    control = Client(proxy.path.parent / "var")
    key = Ed25519PrivateKey.generate()
    file = tmp_path / "kisa.jsonl"
    file.write_bytes(_signed_list(key, sender))
    control.request("lists.create", name="kisa", kind="sender_blacklist", who="test")
    public = f"ed25519:{key.public_key().public_bytes_raw().hex()}"
    control.request("lists.key_trust", name="kisa", key=public, lists=["kisa"], who="test")
    token, foreign = (
        control.request("tokens.add", account=name, who="test")["text"] for name in ("reseller1", "reseller2")
    )
    good = octets.submit(source=sender.encode(), tlvs=octets.code(octets.CODE))

    reseller = proxy.bound("reseller1")
    assert reseller.ask(good).status == 0
    reseller.close()
    taken = proxy.command("lists", "import", "kisa", str(file), "--signed")
    assert "serial 1 is in force, signed by kisa" in taken.stdout, taken.stderr
    reseller = proxy.bound("reseller1")
    assert reseller.ask(good).status == 0x0A
    reseller.close()

    (row,) = until(lambda: list(csv.DictReader(io.StringIO(_get(proxy, "/v1/refusals.csv", token).text))))
    assert (row["reason"], row["status"], row["sender"]) == ("sender_blacklisted", "0x0000000A", sender)
    assert row["what_to_do"].startswith("Do not use the number")
    path = f"/v1/messages/{row['trace_id']}"
    assert _get(proxy, path, token).json()["messages"][0]["reason"] == "sender_blacklisted"
    assert _get(proxy, path, foreign).status_code == 404
    assert _get(proxy, "/v1/refusals.csv", foreign).text.count("\n") == 1
    assert _get(proxy, path, token[:-1] + "!").status_code == 401

    def counts():
        found = control.request("stats.report", kind="month", first="2020-01-01", last="2999-01-01")
        tables = {table["name"]: table for table in found["tables"]}
        return tables if tables["relay"]["total"]["now"]["messages"] == 2 else None

    assert until(counts) is not None
    done = proxy.command("stats", "--from", "2020-01-01", "--json")
    tables = {table["name"]: table for table in json.loads(done.stdout)["tables"]}
    assert {line["key"]: line["now"]["messages"] for line in tables["outcome"]["lines"]} == {"forward": 1, "refuse": 1}
    assert [line["key"] for line in tables["code"]["lines"]] == [octets.CODE]
