"""A running server whose configuration file is changed, broken and mended: what is in force, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server_process import ServerProcess

PROMISE = """
  - name: {name}
    outcome: The digest is saved.
    owner: growth
    due: {due}
    proofs: {{persisted: {{}}}}
"""


def written(file: Path, *promises: tuple[str, str]) -> None:
    put(file, "promises:" + "".join(PROMISE.format(name=name, due=due) for name, due in promises))


def put(file: Path, text: str) -> None:
    """Written at once: a file that stays empty for a second, because its writer was held up, would be loaded."""
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outproof.yaml"


@pytest.fixture
def server(file: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    written(file, ("nightly", "1h"))
    with ServerProcess(tmp_path / "data", file) as server:
        yield server


def promises(server: ServerProcess) -> dict[str, Any]:
    return {promise["name"]: promise for promise in server.get("/v1/promises")["promises"]}


def close_as_failure(server: ServerProcess, name: str) -> str:
    """The id of the incident of a run that failed."""
    run = json.loads(server.post("/v1/runs", json.dumps({"promise": name, "external_id": "b-1"}).encode())[1])["run_id"]
    assert server.post(f"/v1/runs/{run}/close", b'{"claim": "failure"}')[0] == 202
    return str(server.get(f"/v1/runs/{run}")["incident_id"])


def test_what_is_written_is_in_force_within_seconds_and_its_versions_are_kept(
    server: ServerProcess, file: Path
) -> None:
    written(file, ("nightly", "2h"), ("weekly", "3h"))
    server.until(lambda: "weekly" in promises(server))
    assert promises(server)["nightly"]["due_s"] == 7_200
    newest, first = server.get("/v1/promises/nightly/versions")["versions"]
    assert newest["version"] != first["version"]
    assert {"-due: 1h", "+due: 2h"} <= set(newest["diff"].splitlines())
    assert first["removed"] is False


def test_a_broken_file_changes_nothing_and_the_server_says_where_it_is_wrong(server: ServerProcess, file: Path) -> None:
    put(file, "promises:\n  - name: nightly\n    owns: growth\n")
    told = server.until(lambda: server.get("/v1/status")["configuration"]["error"])
    assert f"{file}:3:5: expected" in told
    assert promises(server)["nightly"]["due_s"] == 3_600
    written(file, ("nightly", "90m"))
    server.until(lambda: promises(server)["nightly"]["due_s"] == 5_400)
    server.until(lambda: server.get("/v1/status")["configuration"]["error"] is None)


def test_a_promise_that_goes_asks_what_becomes_of_its_open_incidents(server: ServerProcess, file: Path) -> None:
    incident = close_as_failure(server, "nightly")
    written(file, ("weekly", "1h"))
    removed = server.until(lambda: server.get("/v1/status")["configuration"]["removed"])
    assert removed == [{"promise": "nightly", "open_incidents": 1}]
    assert server.get(f"/v1/incidents/{incident}")["state"] == "open"
    said = [entry["text"] for entry in server.get(f"/v1/incidents/{incident}")["timeline"]]
    assert any("promise nightly is no longer declared: close this incident by hand" in text for text in said)
    assert server.get("/v1/promises/nightly/versions")["versions"][0]["removed"] is True
    run = server.get("/v1/runs?promise=nightly")["runs"][0]["id"]
    proof = server.post(f"/v1/runs/{run}/proofs", b'{"stage": "persisted"}')
    assert json.loads(proof[1])["verdict"] == "broken"  # still judged by what was promised: its job said failure
    closed = server.post(f"/v1/incidents/{incident}/close", b'{"by": "ann", "reason": "the job is gone"}')
    assert closed[0] in (200, 201), closed
    server.until(lambda: not server.get("/v1/status")["configuration"]["removed"] or None)
