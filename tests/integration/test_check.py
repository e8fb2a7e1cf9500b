"""`outproof check` as it is called: by people, by programs, and against a server."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests import forked
from tests.server_process import ServerProcess

GOOD = """\
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: growth
    schedule: {cron: "0 3 * * *", tz: Europe/Berlin, grace: 20m, due: 3h}
    proofs:
      validated: {counts: {max_invalid_ratio: 0.02}}
      persisted: {observer: probe, sql: {dsn_env: NOT_SET_DB, query: "select 1 where :batch_id = 1", equals: valid}}
    runbook: https://runbooks.example/digests
    drill: {every: 7d}
channels: [{name: ops, slack: {url: "https://hooks.example/ops"}}]
routes: {default: [ops]}
"""


def check(*arguments: str | Path) -> tuple[int, str]:
    """Its exit code and everything it printed."""
    done = forked.run("check", *arguments)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outproof.yaml"
    path.write_text(GOOD)
    return path


def test_a_good_file_passes_with_its_doubts_and_its_next_slots(file: Path) -> None:
    code, said = check(file)
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == f"{file}:8:51: warning: expected the environment variable NOT_SET_DB, which is not set"
    assert lines[1] == "nightly-digests  0 3 * * * in Europe/Berlin; the next slots are"
    assert [("03:00 CE" in line, "UTC)" in line) for line in lines[2:5]] == [(True, True)] * 3
    assert lines[5:] == ["1 promise, 0 policies, 1 channel: 0 errors, 1 warning"]


def test_every_mistake_is_told_with_its_place_and_ends_in_exit_code_1(file: Path) -> None:
    file.write_text(GOOD.replace("Europe/Berlin", "Europe/Berln").replace("owner:", "ownr:"))
    code, said = check(file)
    assert code == 1
    assert said.splitlines() == [
        f"{file}:2:5: error: expected the key 'owner' (a text), which is missing",
        f"{file}:4:5: error: expected one of the keys name, outcome, owner, due, proofs, schedule, heartbeat, "
        "freshness, max_duration, stuck_after, later_run_repairs, paused, evidence, safe_evidence, severity, channels, "
        "first_check, runbook, retry, actions, drill, ping, settle, watch, got 'ownr'; did you mean 'owner'?",
        f"{file}:5:39: error: expected a time zone such as Europe/Berlin, got 'Europe/Berln'; "
        "did you mean 'Europe/Berlin'?",
        "3 errors, 0 warnings",
    ]


def test_programs_are_told_in_json(file: Path) -> None:
    code, said = check(file, "--json")
    found = json.loads(said)
    assert (code, found["errors"], len(found["next_slots"]["nightly-digests"])) == (0, [], 3)
    assert found["warnings"] == [
        {
            "file": str(file),
            "line": 8,
            "column": 51,
            "message": "expected the environment variable NOT_SET_DB, which is not set",
        }
    ]


def test_several_files_and_directories_are_one_configuration(tmp_path: Path) -> None:
    promises, rest = GOOD.split("channels:")
    (tmp_path / "promises.yaml").write_text(promises)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "routes.yml").write_text("channels:" + rest)
    code, said = check(tmp_path / "promises.yaml", tmp_path / "more")
    assert (code, said.splitlines()[-1]) == (0, "1 promise, 0 policies, 1 channel: 0 errors, 1 warning")


def test_editors_get_a_schema() -> None:
    code, said = check("--schema")
    assert code == 0
    Draft202012Validator.check_schema(json.loads(said))


def test_a_server_is_asked_which_incidents_would_be_left_behind(tmp_path: Path, file: Path) -> None:
    file.write_text("promises: [{name: p, outcome: o, owner: me, due: 5m, settle: 0s, proofs: {visible: {}}}]\n")
    with ServerProcess(tmp_path / "data", file) as server:
        for number in range(2):
            body = {"promise": "p", "external_id": f"r-{number}"}
            _, answer = server.post("/v1/runs", json.dumps(body).encode())
            run = json.loads(answer)["run_id"]
            server.post(f"/v1/runs/{run}/close", json.dumps({"claim": "failure"}).encode())
        assert "open incidents" not in check(file, "--against", server.url)[1]
        other = tmp_path / "other.yaml"
        other.write_text("promises: [{name: q, outcome: o, owner: me, due: 5m, proofs: {visible: {}}}]\n")
        code, said = check(other, "--against", server.url)
    assert code == 0
    assert (
        f"{server.url}: warning: 2 open incidents of promise p, which is not declared: close them, or keep it" in said
    )
