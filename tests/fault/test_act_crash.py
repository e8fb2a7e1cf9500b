"""A server that is killed while it does what a responder asked for: nobody knows its end, and nobody repeats it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.fault.server import Server
from tests.integration.sink import until

_CONFIG = """
promises:
  - name: digests
    outcome: Each customer's digest is saved by 06:00.
    owner: growth
    due: 3h
    proofs: {{persisted: {{observer: job}}}}
    actions:
      - name: retry
        kind: retry
        describes: Run the batch again.
        command: ["{python}", "-I", "{script}"]
        timeout: 2s
"""

_SCRIPT = """
import os, sys, time
with open({log!r}, "a") as log:
    log.write(os.environ["OUTPROOF_IDEMPOTENCY_KEY"] + "\\n")
time.sleep(1.5 if os.path.exists({slow!r}) else 0)
"""


def posted(server: Server, path: str, body: Any, status: int) -> Any:
    reply = server.post(path, json.dumps(body).encode())
    assert reply.status == status, reply.body
    return reply.json()


def test_an_act_whose_server_is_killed_is_unknown_and_done_once(tmp_path: Path) -> None:
    log, slow, script = tmp_path / "done.log", tmp_path / "slow", tmp_path / "act.py"
    script.write_text(_SCRIPT.format(log=str(log), slow=str(slow)))
    config = tmp_path / "outproof.yaml"
    config.write_text(_CONFIG.format(python=sys.executable, script=script))
    slow.touch()
    server = Server(tmp_path / "data", config=config)
    server.start()
    try:
        run = posted(server, "/v1/runs", {"promise": "digests", "external_id": "b-17"}, 202)["run_id"]
        posted(server, f"/v1/runs/{run}/close", {"claim": "failure"}, 202)
        incident = server.get(f"/v1/runs/{run}").json()["incident_id"]
        path, order = f"/v1/incidents/{incident}/actions/retry", {"by": "ann"}
        assert posted(server, path, order, 200)["state"] == "running"
        server.kill()
        server.start()

        def record() -> Any:
            return server.get(f"/v1/incidents/{incident}/handoff").json()["history"][0]

        assert record()["state"] == "running"
        assert posted(server, path, order, 200)["state"] == "running"
        until(lambda: record()["state"] == "unknown", within_s=20)
        assert "nobody can tell whether it was done" in record()["result"]
        posted(server, path, order, 409)
        key = record()["id"]
        assert log.read_text().split() == [key]
        slow.unlink()
        posted(server, path, {**order, "force": True}, 200)
        until(lambda: record()["state"] == "succeeded", within_s=20)
        assert log.read_text().split() == [key, key]
        verbs = [entry["verb"] for entry in server.get("/v1/audit").json()["entries"] if "action" in entry["verb"]]
        assert verbs == ["action ended", "action asked", "action refused", "action ended", "action asked"]
    finally:
        server.kill()
