"""A real server whose promise declares actions, and the receiver that they ask."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.sink import Sink, running
from tests.server_process import ServerProcess

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

_TEXT = """
promises:
  - name: digests
    outcome: Each customer's digest is validated and saved by 06:00.
    owner: growth
    due: 3h
    proofs: {{validated: {{observer: job}}, persisted: {{observer: job}}}}
    safe_evidence: [region]
    first_check: Is the batch in the digests table?
    runbook: https://runbooks.example/digests
    actions:
      - name: retry-missing
        kind: retry
        describes: Run the batch again for some items.
        webhook:
          url: "{url}/retry/{{batch_id}}"
          body: {{items: "{{items}}", run: "{{run_id}}"}}
          secret_env: OPS_SECRET
        parameters: {{items: {{type: items, required: false}}}}
      - name: retry-all
        kind: retry
        describes: Run the whole batch again.
        webhook: {{url: "{url}/retry-all"}}
      - name: hide
        kind: suppress
        describes: Take it off the pages
        webhook: {{url: "{url}/hide", body: {{why: "{{why}}"}}}}
        parameters: {{why: {{}}}}
        undo: show
      - name: show
        kind: suppress
        describes: Put it back.
        webhook: {{url: "{url}/show", body: {{why: "{{why}}"}}}}
        parameters: {{why: {{}}}}
      - name: inside
        kind: notify_users
        describes: Ask where nobody may.
        webhook: {{url: "https://169.254.169.254/latest/meta-data"}}
      - name: run-it
        kind: revalidate
        describes: Run a program.
        command: ["{python}", "-I", "{script}", "{{mode}}", "{{batch_id}}"]
        parameters: {{mode: {{chars_max: 40}}}}
        timeout: 60s
      - name: run-briefly
        kind: revalidate
        describes: Run a program that may not take long.
        command: ["{python}", "-I", "{script}", "{{mode}}", "{{batch_id}}"]
        parameters: {{mode: {{chars_max: 40}}}}
        timeout: 3s
channels:
  - name: on-call
    webhook: {{url: "{url}/hook", secrets: [{secret}]}}
routes: {{default: [on-call]}}
egress: {{allow: [127.0.0.0/8]}}
"""

_SCRIPT = """
import os, pathlib, subprocess, sys, time
mode, batch = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(os.environ["OUTPROOF_IDEMPOTENCY_KEY"] + "\\n")
if mode == "hang":
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    time.sleep(3600)
while mode == "wait" and not pathlib.Path({go_on!r}).exists():
    time.sleep(0.05)
if mode == "fail":
    sys.exit("cannot reach ann@example.com")
print(mode, batch, sorted(name for name in os.environ if name != "LC_CTYPE"))
"""


class Handoff:
    """The server, the receiver, and what a responder would type."""

    def __init__(self, server: ServerProcess, sink: Sink, folder: Path) -> None:
        self.server = server
        self.sink = sink
        self.folder = folder

    def post(self, path: str, body: Mapping[str, Any], status: int = 200) -> Any:
        got, content = self.server.post(path, json.dumps(body).encode())
        assert got == status, content
        return json.loads(content)

    def act(self, incident: str, action: str, status: int = 200, *, force: bool = False, **values: Any) -> Any:
        order = {"parameters": values, "by": "ann", "force": force}
        return self.post(f"/v1/incidents/{incident}/actions/{action}", order, status)

    def preview(self, incident: str, action: str, status: int = 200, **values: Any) -> Any:
        return self.post(f"/v1/incidents/{incident}/actions/{action}/preview", {"parameters": values}, status)

    def handoff(self, incident: str) -> Any:
        return self.server.get(f"/v1/incidents/{incident}/handoff")

    def record(self, incident: str, action: str) -> Any:
        return next(each for each in self.handoff(incident)["history"] if each["action"] == action)

    def ended(self, incident: str, action: str) -> Any:
        """The record of an action once it is over."""

        def look() -> Any:
            record = self.record(incident, action)
            return record if record["state"] not in ("intended", "running") else None

        return self.server.until(look, within_s=90.0)  # longer than an action may take

    def broken_batch(self, name: str, saved: int = 3, of: int = 5) -> str:
        """The incident of a batch of which some items are not saved."""
        evidence = {"batch_id": name, "region": "de"}
        run = self.post("/v1/runs", {"promise": "digests", "external_id": name, "evidence": evidence}, 202)["run_id"]
        words = [{"item_id": f"c-{n}", "stage": "validated"} for n in range(of)]
        words += [{"item_id": f"c-{n}", "stage": "persisted"} for n in range(saved)]
        content = "\n".join(map(json.dumps, words)).encode()
        assert self.server.post(f"/v1/runs/{run}/items", content, "application/x-ndjson")[0] == 202
        self.post(f"/v1/runs/{run}/proofs", {"stage": "validated"}, 202)
        self.post(f"/v1/runs/{run}/notes", {"note": "see ann@example.com"}, 202)
        self.post(f"/v1/runs/{run}/close", {"claim": "failure"}, 202)
        return str(self.server.get(f"/v1/runs/{run}")["incident_id"])

    def go_on(self) -> None:
        """Let programs end that were started to wait."""
        (self.folder / "go-on").touch()

    def done_by_program(self) -> list[str]:
        log = self.folder / "done.log"
        return log.read_text().splitlines() if log.exists() else []


@contextmanager
def a_handoff(folder: Path) -> Iterator[Handoff]:
    """A server on a data directory that stays. The variable OPS_SECRET must be set."""
    with running() as sink:
        script = folder / "act.py"
        script.write_text(_SCRIPT.format(log=str(folder / "done.log"), go_on=str(folder / "go-on")))
        config = folder / "outproof.yaml"
        config.write_text(_TEXT.format(url=sink.url, secret=SECRET, python=sys.executable, script=script))
        with ServerProcess(folder / "data", config) as server:
            yield Handoff(server, sink, folder)
