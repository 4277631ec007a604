"""Senders, lists and the trace beside a proxy that runs: the commands speak to it, and the trace is read at once."""

from __future__ import annotations

import json


def test_what_became_of_a_message_is_found_while_the_proxy_runs(proxy, smsc, octets, until):
    code = "430000001"
    reseller = proxy.bound("reseller1")
    assert reseller.ask(octets.submit(tlvs=octets.code(code))).status == 0xC4

    def found() -> list[dict[str, object]]:
        done = proxy.command("trace", "--code", code, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["messages"]

    assert until(found)
    (message,) = found()
    assert message["account"] == "reseller1"
    assert (message["action"], message["status"]) == ("refuse", 0xC4)
    assert len(message["recipient"]) == 32
    again = proxy.command("trace", "--id", message["trace_id"], "--json")
    assert json.loads(again.stdout)["messages"] == [message]
    assert json.loads(proxy.command("trace", "--code", "430000002", "--json").stdout) == {"messages": []}


def test_senders_change_while_the_proxy_runs(proxy):
    number = "010-2345-6789"
    assert proxy.command("senders", "add", number, "--code", "301150232").returncode == 0
    assert proxy.command("senders", "block", number, "--as", "theft_blocked", "--why", "subscriber").returncode == 0
    shown = json.loads(proxy.command("senders", "show", number, "--json").stdout)
    assert (shown["sender"]["state"], shown["sender"]["codes"]) == ("theft_blocked", ["301150232"])
    assert [each["action"] for each in shown["history"]] == ["sender.block", "sender.add"]
    assert proxy.command("senders", "resume", number).returncode == 1
    assert proxy.command("senders", "resume", number, "--lift-block").returncode == 0
    exported = proxy.command("senders", "export").stdout
    again = proxy.command("senders", "import", "-", "--json", stdin=exported)
    assert json.loads(again.stdout)["changed"] == 0


def test_lists_change_while_the_proxy_runs(proxy):
    assert proxy.command("lists", "create", "bad", "--kind", "host").returncode == 0
    done = proxy.command("lists", "import", "bad", "-", stdin="0.0.0.0 a.example\n0.0.0.0 b.example\n")
    assert "added 2" in done.stdout, done.stderr
    assert "removed 1" in proxy.command("lists", "import", "bad", "-", stdin="a.example\n").stdout
    assert "added 1" in proxy.command("lists", "rollback", "bad").stdout
    shown = json.loads(proxy.command("lists", "show", "bad", "--json").stdout)
    assert [each["entry"] for each in shown["entries"]] == ["a.example", "b.example"]
    refused = proxy.command("lists", "import", "bad", "-", stdin="a.example\nno host\n")
    assert refused.returncode == 1
    assert "row 2" in refused.stderr
    assert proxy.command("lists", "drop", "bad").returncode == 0
