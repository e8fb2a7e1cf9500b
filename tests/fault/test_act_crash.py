"""A server that is killed while it does what a responder asked for: nobody knows its end, and nobody repeats it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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
        command: [/bin/sh, "{script}"]
        timeout: 5s
"""

# It kills its server when it has done its work and nobody can have heard of it yet.
_SCRIPT = """
echo "$OUTPROOF_IDEMPOTENCY_KEY" >> '{log}'
if [ -e '{victim}' ]; then
    read -r server < '{victim}'
    kill -9 "$server"
fi
"""


def posted(server: Server, path: str, body: Any, status: int) -> Any:
    reply = server.post(path, json.dumps(body).encode())
    assert reply.status == status, reply.body
    return reply.json()


def test_an_act_whose_server_is_killed_is_unknown_and_done_once(tmp_path: Path) -> None:
    log, victim, script = tmp_path / "done.log", tmp_path / "victim", tmp_path / "act.sh"
    script.write_text(_SCRIPT.format(log=log, victim=victim))
    config = tmp_path / "outproof.yaml"
    config.write_text(_CONFIG.format(script=script))
    server = Server(tmp_path / "data", config=config)
    server.start()
    victim.write_text(f"{server.pid}\n")
    try:
        run = posted(server, "/v1/runs", {"promise": "digests", "external_id": "b-17"}, 202)["run_id"]
        posted(server, f"/v1/runs/{run}/close", {"claim": "failure"}, 202)
        incident = server.get(f"/v1/runs/{run}").json()["incident_id"]
        path, order = f"/v1/incidents/{incident}/actions/retry", {"by": "ann"}
        with pytest.raises(OSError):  # nobody is left to answer
            server.post(path, json.dumps(order).encode())
        until(lambda: not server.is_running(), within_s=60)
        server.kill()
        server.start()

        def record() -> Any:
            return server.get(f"/v1/incidents/{incident}/handoff").json()["history"][0]

        def refused() -> bool:
            """Until it is given up, asking again finds the same act, still running; then nobody dares to repeat it."""
            reply = server.post(path, json.dumps(order).encode())
            assert reply.status == 409 or (reply.json()["id"], reply.json()["state"]) == (record()["id"], "running")
            return reply.status == 409

        until(refused, within_s=60)
        assert record()["state"] == "unknown"
        assert "nobody can tell whether it was done" in record()["result"]
        key = record()["id"]
        assert log.read_text().split() == [key]
        victim.unlink()
        posted(server, path, {**order, "force": True}, 200)
        until(lambda: record()["state"] == "succeeded", within_s=60)
        assert log.read_text().split() == [key, key]
        verbs = [entry["verb"] for entry in server.get("/v1/audit").json()["entries"] if "action" in entry["verb"]]
        assert verbs == ["action ended", "action asked", "action refused", "action ended", "action asked"]
    finally:
        server.kill()
