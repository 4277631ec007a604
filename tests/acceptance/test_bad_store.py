"""A store that is damaged or lost: named and left as it is, never replaced; sessions outlive it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path


def test_a_damaged_or_lost_store_is_named_and_never_replaced(launch, smsc, octets, until):
    upstreams = [f'name = "smsc"\naddress = "{smsc.address}"']
    proxy = launch(
        upstreams, ['system_id = "first"\nupstream = "smsc"'], [octets.CODE], code='mode = "enforce"'
    ).ready()
    database = proxy.path.parent / "var" / "smppproxy.db"
    reseller = proxy.bound("first")
    assert reseller.ask(octets.submit()).status == 0

    # While it runs: control dies of it again and again, sessions go on with the last books. The parent looks away while
    # the file is damaged: control must not be back before.
    proxy.signal(signal.SIGSTOP)
    control = next(line for line in proxy.log if '"child_started"' in line and '"control"' in line)
    pid = json.loads(control)["child_pid"]
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: "State:\tZ" in Path(f"/proc/{pid}/status").read_text())
    good = database.read_bytes()
    damaged = b"no database, " * 4000
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    database.write_bytes(damaged)
    proxy.signal(signal.SIGCONT)
    proxy.logged("child_died", "control")
    assert "the database is damaged" in proxy.logged("control_cannot_work", "damaged")
    assert reseller.ask(octets.submit()).status == 0
    assert reseller.ask(octets.submit(tlvs=octets.code("999999999"))).status == 0xC4
    refused = proxy.command("codes", "list")
    assert refused.returncode == 1
    assert "restore a backup" in refused.stderr
    proxy.leave()
    proxy.stop()

    # At the start: it says so and ends.
    refused = proxy.command("run")
    assert refused.returncode == 1
    assert "a copy was kept as smppproxy.db.corrupt-" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert database.read_bytes() == damaged
    assert next(database.parent.glob("smppproxy.db.corrupt-*")).read_bytes() == damaged
    database.unlink()
    refused = proxy.command("run")
    assert refused.returncode == 1
    assert "it was lost. Restore a backup to this name" in refused.stderr

    # The backup is back.
    database.write_bytes(good)
    shown = proxy.command("codes", "show", octets.CODE)
    assert (shown.returncode, "active" in shown.stdout) == (0, True), shown.stderr
