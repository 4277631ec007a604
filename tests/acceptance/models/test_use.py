"""Another text model for a proxy that runs: nothing is lost, nothing late, and every worker follows."""

from __future__ import annotations

import json
import os
import signal

from filters.text.manifest import SHIPPED

GOOD, BAD = 0, 0x45
FORCED = ("--force", "--why", "a test")


def test_models_change_under_traffic(running, blind, flood, statuses, done):
    traffic = flood("a", "b", "c", "d", window=40)
    for arguments, expected in (
        ([str(blind), *FORCED], GOOD),
        (["--rollback"], BAD),
        (["--rollback"], GOOD),
        (["--shipped"], BAD),
    ):
        told = done(running, "model", "use", *arguments)
        assert [worker["error"] for worker in told["workers"]] == ["", ""]
        assert set(statuses(running)) == {expected}
    # in the words of one model or the other, none for want of time
    assert [each.stop() for each in traffic] == [{GOOD, BAD}] * 4
    running.clean()


def test_a_worker_that_was_down_follows(running, blind, statuses, done, until):
    done(running, "model", "use", str(blind), *FORCED)
    pids = [json.loads(line)["child_pid"] for line in running.log if '"child_started"' in line and '"worker-' in line]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    running.logged("child_started", "worker-", times=4)
    running.logged("child_died", times=2)

    def both():
        told = done(running, "model", "info")["in_use"]
        workers = [worker["folder"] for worker in told["workers"] if not worker["error"]]
        return workers == [told["current"]["model"]] * 2

    assert until(both)
    assert statuses(running, "a") == [GOOD]
    running.log[:] = [line for line in running.log if '"child_died"' not in line]  # it was us


def test_what_is_no_good_changes_nothing(running, blind, statuses, done):
    (blind / "model.onnx").write_bytes(b"no model")
    refused = running.command("model", "use", str(blind))
    assert refused.returncode == 1
    assert "sha256" in refused.stderr
    assert running.command("model", "use", "--rollback").returncode == 1
    told = done(running, "model", "info")["in_use"]
    assert (told["current"]["model"], told["previous"]) == ("", None)
    assert statuses(running, "a") == [BAD]


def test_a_choice_outlives_a_restart(tmp_path, make_proxy, make_smsc, blind, judged, statuses, octets):
    with make_smsc() as smsc:
        parts = [f'name = "up"\naddress = "{smsc.address}"'], ['system_id = "a"\nupstream = "up"'], [octets.CODE]
        folder = tmp_path / "proxy"
        folder.mkdir()
        with make_proxy(folder, *parts, text=judged) as proxy:
            assert statuses(proxy, "a") == [BAD]
            assert proxy.stop() == 0
            forced = proxy.command("model", "use", str(blind), *FORCED)
            assert "not running" in forced.stdout
        with make_proxy(folder, *parts, text=judged) as proxy:
            assert statuses(proxy, "a") == [GOOD]
            proxy.configure(
                proxy.path.read_text().replace('mode = "enforce"', f'mode = "enforce"\nmodel = "{SHIPPED}"')
            )
            refused = proxy.command("model", "use", "--shipped")
            assert refused.returncode == 1
            assert "[filters.text] model" in refused.stderr
