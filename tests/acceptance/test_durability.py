"""[trace] durability = "commit": what was answered is on record, whatever happens a moment later."""

from __future__ import annotations

import json
import os
import signal


def test_killed_right_after_the_answer(launch, carrier, octets):
    smsc = carrier()
    upstreams = [f'name = "up"\naddress = "{smsc.address}"']
    accounts = ['system_id = "pair"\nupstream = "up"']
    proxy = launch(upstreams, accounts, [octets.CODE], more='[trace]\ndurability = "commit"').ready()
    session = proxy.bound("pair")
    answers = []
    for sequence in range(2, 12):
        answers.append(session.ask(octets.submit(sequence=sequence)))
        assert answers[-1].header[1:] == (0x80000004, 0, sequence)
    refused = session.ask(octets.submit(sequence=20, tlvs=b""))
    [worker] = [line for line in proxy.log if '"child_started"' in line and "worker" in line]
    os.kill(json.loads(worker)["child_pid"], signal.SIGKILL)  # no time for the next flush
    assert refused.status == 0xC3
    found = json.loads(proxy.command("trace", "--account", "pair", "--json").stdout)["messages"]
    assert sorted(row["message_id"] for row in found) == ["", *sorted(got.message_id.decode() for got in answers)]
    assert [row["reason"] for row in found if row["status"]] == ["code_missing"]


def test_many_at_once_wait_for_the_same_sync_and_a_drain_loses_none(launch, carrier, octets):
    smsc = carrier()
    upstreams = [f'name = "up"\naddress = "{smsc.address}"']
    accounts = ['system_id = "pair"\nupstream = "up"', 'system_id = "narrow"\nupstream = "up"\nwindow = 2']
    proxy = launch(upstreams, accounts, [octets.CODE], more='[trace]\ndurability = "commit"').ready()
    session, narrow = proxy.bound("pair"), proxy.bound("narrow")
    session.send(*(octets.submit(sequence=n) for n in range(2, 302)))
    assert sorted(session.receive().sequence for _ in range(300)) == list(range(2, 302))
    for sequence in range(2, 42, 2):  # a window is free again when its answers have left
        narrow.send(octets.submit(sequence=sequence), octets.submit(sequence=sequence + 1))
        assert [narrow.receive().status for _ in range(2)] == [0, 0]
    session.works()
    session.send(*(octets.submit(sequence=n) for n in range(400, 500)))
    assert session.receive().status == 0
    assert proxy.stop() == 0
    rest = [got for got in session.rest() if got.command == 0x80000004]
    assert len(rest) == 99
    proxy.clean()
