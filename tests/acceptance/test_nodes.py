"""Two nodes on one PostgreSQL: what is changed at one holds at the other, also after the server was away."""

from __future__ import annotations

import json
import shutil
import signal
from contextlib import ExitStack

A, B = "301150232", "301210079"


def test_two_nodes_share_codes_accounts_and_outlive_the_server(
    make_proxy, make_smsc, postgres_server, new_database, tmp_path, octets, until
):
    database = new_database()
    parts = {"proxy": f'database = "{database}"', "code": 'mode = "enforce"'}
    account = 'system_id = "reseller1"\nupstream = "smsc"'
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with make_smsc() as smsc:
        upstreams = [f'name = "smsc"\naddress = "{smsc.address}"']
        with ExitStack() as nodes:  # both end well
            one = nodes.enter_context(make_proxy(folders[0], upstreams, [account], [A], **parts))
            (folders[1] / "var").mkdir()
            shutil.copy(folders[0] / "var" / "recipients.key", folders[1] / "var")
            two = nodes.enter_context(make_proxy(folders[1], upstreams, [account], **parts))
            here, there = one.bound("reseller1"), two.bound("reseller1")
            assert there.ask(octets.submit(tlvs=octets.code(A))).status == 0
            assert one.command("codes", "suspend", A).returncode == 0
            assert here.ask(octets.submit(tlvs=octets.code(A))).status == 0x45
            assert until(lambda: there.ask(octets.submit(tlvs=octets.code(A))).status == 0x45)
            assert two.command("accounts", "add", "stored", "--no-password").returncode == 0
            assert until(lambda: one.connect().bind("stored").status == 0)
            found = []

            def traced() -> list[object]:
                found[:] = json.loads(two.command("trace", "--code", A, "--json").stdout)["messages"]
                return found

            assert until(traced)

            postgres_server.stop(signal.SIGQUIT)
            one.logged("store_away")
            two.logged("store_away")  # or it would not have to come back
            refused = one.command("codes", "add", B)
            assert refused.returncode == 1
            assert "postgresql://" in refused.stderr
            assert "Traceback" not in refused.stderr
            assert here.ask(octets.submit(tlvs=octets.code(A))).status == 0x45  # the last books serve on
            here.works()
            postgres_server.start()
            one.logged("store_back")
            two.logged("store_back")
            assert two.command("codes", "add", B).returncode == 0
            assert until(lambda: here.ask(octets.submit(tlvs=octets.code(B))).status == 0)
            for node in (one, two):
                node.leave()
                assert node.stop() == 0
                # Each part of control told of the fault, naming the database; nothing else went wrong.
                node.log[:] = [line for line in node.log if "postgresql://" not in line]
