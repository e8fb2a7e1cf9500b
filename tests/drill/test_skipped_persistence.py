"""Skip persistence, drain the queue, exit 0: one incident with its evidence, told to on-call, ended by the proof.

Nothing is left out: the example batch, a real server, a real surface, a real receiver.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sink import Sink, running
from tests.server_process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
BATCH = "digest-2026-11-21"
SECRET = "whsec_" + "b3V0cHJvb2YtdGVzdC1zZWNyZXQtb2YtMzItYnl0ZXM="

CONFIG = """
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: growth
    due: 1h
    settle: SETTLE
    first_check: Open the batch's page.
    proofs:
      validated: {observer: job, counts: {max_invalid_ratio: 0.1}}
      visible:
        observer: probe
        http: {url: "SURFACE/digests/{batch_id}.json", json: $.count, equals: valid}
channels:
  - {name: on-call, webhook: {url: "SINK", secrets: [SECRET]}}
routes: {default: [on-call]}
egress: {allow: [127.0.0.0/8]}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def surface(tmp_path: Path) -> Iterator[str]:
    directory = tmp_path / "surface"
    directory.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as opened:
        yield opened


@pytest.fixture
def settle() -> str:
    """How long after the end of the batch its page may be missing."""
    return "1s"


@pytest.fixture
def server(tmp_path: Path, surface: str, sink: Sink, settle: str) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    text = CONFIG.replace("SURFACE", surface).replace("SINK", sink.url).replace("SECRET", SECRET)
    config.write_text(text.replace("SETTLE", settle))
    with ServerProcess(tmp_path / "data", config) as started:
        yield started


def run_batch(server: ServerProcess, tmp_path: Path, *more: str) -> None:
    """The example batch as cron would run it; it always exits 0."""
    env = {**os.environ, "OUTPROOF_ENDPOINT": server.url, "OUTPROOF_SPOOL": str(tmp_path / "spool")}
    command = [sys.executable, "examples/nightly_digest.py", "--batch", BATCH, "--surface", str(tmp_path / "surface")]
    subprocess.run([*command, *more], env=env, check=True, timeout=200, cwd=ROOT, capture_output=True)


def incidents(server: ServerProcess) -> list[Any]:
    """Those of promises: a server that stood still opens one of its own beside them."""
    found = server.get("/v1/incidents?state=all")["incidents"]
    return [each for each in found if each["subject"]["type"] != "monitor"]


def only_incident(server: ServerProcess, state: str, kind: str) -> dict[str, Any]:
    """It, once it has come to this: until the page was looked at, it may be only unverified."""

    def found() -> dict[str, Any] | None:
        listed = incidents(server)
        assert len(listed) <= 1
        return listed[0] if listed and (listed[0]["state"], listed[0]["kind"]) == (state, kind) else None

    page: dict[str, Any] = server.get(f"/v1/incidents/{server.until(found)['id']}")
    return page


def told(sink: Sink) -> list[bytes]:
    """What on-call was told of promises."""
    return [item.body for item in list(sink.received) if json.loads(item.body)["data"].get("promise")]


def test_a_batch_that_exits_0_and_saved_nothing_opens_one_incident_that_ends_when_its_page_appears(
    server: ServerProcess, sink: Sink, tmp_path: Path
) -> None:
    run_batch(server, tmp_path)
    incident = only_incident(server, "open", "broken")
    facts = {fact["key"]: fact["value"] for fact in incident["evidence"]}
    assert facts["batch_id"] == BATCH
    assert facts["model"] == "digest-model-2"
    assert facts["prompt_version"] == "digest-v8"
    assert (facts["input_count"], facts["valid_count"], facts["invalid_count"]) == (40, 38, 2)
    assert facts["validation_result"] == "passed"
    assert facts["deploy_sha"] == "9f2c1e7"
    stages = {stage["stage"]: stage for stage in incident["stages"]}
    assert stages["validated"]["state"] == "passed"
    assert stages["visible"]["state"] == "failed"
    assert stages["visible"]["observer"] == "probe"
    assert "404" in stages["visible"]["detail"]
    assert (incident["owner"], incident["first_check"]) == ("growth", "Open the batch's page.")
    assert server.get(f"/v1/runs/{incident['run_id']}")["verdict"] == "broken"

    run_batch(server, tmp_path, "--persist")
    resolved = only_incident(server, "resolved", "broken")
    assert resolved["id"] == incident["id"]
    assert server.get(f"/v1/runs/{incident['run_id']}")["verdict"] == "kept"
    assert resolved["timeline"][0]["kind"] == "opened"
    server.until(lambda: any(b"incident.resolved" in body for body in told(sink)))
    assert b"incident.opened" in told(sink)[0]
    assert b"incident.resolved" in told(sink)[-1]


@pytest.mark.parametrize("settle", ["1h"])
def test_a_run_that_is_saved_and_visible_is_kept_and_nobody_is_woken(
    server: ServerProcess, sink: Sink, tmp_path: Path
) -> None:
    run_batch(server, tmp_path, "--persist")
    runs = server.until(lambda: [r for r in server.get("/v1/runs")["runs"] if r["verdict"] == "kept"])
    assert [run["external_id"] for run in runs] == [BATCH]
    assert incidents(server) == []
    assert told(sink) == []
