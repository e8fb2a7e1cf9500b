"""Pings as cron jobs send them: by curl, to a server process."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_process import ServerProcess

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
CONFIG = f"""\
promises:
  - name: backup
    outcome: The backup ran to its end.
    owner: ops
    due: 1h
    proofs: {{generated: {{observer: job}}}}
    ping: {UUID}
"""
SECRETS = ("ann.lee@example.com", "4111 1111 1111 1111", "4111111111111111")


def curl(*arguments: str) -> tuple[int, str]:
    """The HTTP status and everything that came back, headers included."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    done = subprocess.run(
        ["curl", "-sS", "-m", "60", "-i", *arguments], capture_output=True, text=True, check=True, timeout=90
    )
    *_, status = re.findall(r"^HTTP/1\.1 (\d+)", done.stdout, re.MULTILINE)  # a long body has `100 Continue` before it
    return int(status), done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    config.write_text(CONFIG)
    with ServerProcess(tmp_path / "data", config) as started:
        yield started


def test_a_cron_job_pings_and_what_it_logs_is_nowhere_on_disk_as_it_came(server: ServerProcess, tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text(f"mailed {SECRETS[0]}\ncharged {SECRETS[1]} and {SECRETS[2]}\n" + "more of it\n" * 300_000)
    ping = f"{server.url}/ping/{UUID}"
    assert curl(f"{ping}/start")[0] == 200
    assert curl("--data-binary", f"@{log}", f"{ping}/log")[0] == 200
    status, answer = curl("--data-raw", f"done for {SECRETS[0]}", ping)
    assert (status, answer.splitlines()[-1]) == (200, "OK")
    assert "ping-body-limit: 10000" in answer
    [run] = server.get("/v1/runs")["runs"]
    assert (run["promise"], run["verdict"]) == ("backup", "kept")
    server.stop()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"mailed [EMAIL]" in kept
    assert [secret for secret in SECRETS if secret.encode() in kept] == []
    assert UUID not in server.log


def test_a_ping_is_durable_when_it_is_answered(server: ServerProcess) -> None:
    assert curl(f"{server.url}/{UUID}/7")[0] == 200  # as the hosted service has it: no /ping before it
    server.kill()
    server.start()
    [run] = server.get("/v1/runs")["runs"]
    assert (run["verdict"], "exit status 7" in run["reason"]) == ("broken", True)


def test_a_log_of_any_length_costs_nobody_the_ping(server: ServerProcess, tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_bytes(b"all is well\n" * 3_000_000)
    assert curl("--data-binary", f"@{log}", f"{server.url}/ping/{UUID}")[0] == 200
    assert [run["verdict"] for run in server.get("/v1/runs")["runs"]] == ["kept"]


def test_head_is_a_ping_and_has_no_body(server: ServerProcess) -> None:
    status, answer = curl("--head", f"{server.url}/ping/{UUID}")
    assert (status, answer.partition("\r\n\r\n")[2].strip()) == (200, "")
    assert len(server.get("/v1/runs")["runs"]) == 1


def test_a_server_that_others_can_reach_takes_its_keys_and_no_others(tmp_path: Path) -> None:
    config = tmp_path / "outproof.yaml"
    config.write_text(CONFIG)
    with ServerProcess(tmp_path / "data", config, host="0.0.0.0") as server:
        home = f"http://127.0.0.1:{server.url.rpartition(':')[2]}"
        key = re.search(r"op_[a-z2-7]{40,}", server.log)
        assert key
        paths = (f"/ping/{key[0]}/backup", f"/ping/{UUID}", f"/p/{key[0]}/backup?state=run", f"/ping/{UUID}/fail")
        assert [curl("-X", "POST", home + path)[0] for path in paths] == [200] * 4
        wrong = ("/ping/op_wrong/backup", "/p/op_wrong/backup", f"/ping/{key[0]}/nobody")
        answers = {curl(home + path)[1].splitlines()[-1] for path in wrong}
        assert answers == {"not found"}
        assert curl(f"{home}/v1/runs")[0] == 401
        assert server.log.count(key[0]) == 1
