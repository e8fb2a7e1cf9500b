"""The whole way of a nightly batch: a real program on the SDK, a real database, a real page, a real server, its CLI.

One good night; one on which the program finishes every call and exits 0 while two digests never reach the table. Then
what on-call gets, a retry of only what is missing, and the end that proofs alone bring about.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from tests import forked
from tests.contract.state.postgres import a_postgres, binaries, run_sql, url
from tests.server_process import ServerProcess

JOB = """
import sys, outproof

batch, lost = sys.argv[1], int(sys.argv[2])
from sqlalchemy import create_engine, text
import os

outproof.init(service="nightly-digests", deploy="9f2c1e7")
evidence = {"batch_id": batch, "model": "digest-model-2", "prompt_version": "digest-v8"}
with create_engine(os.environ["DIGESTS_URL"]).connect() as database:
    with outproof.run("nightly-digests", external_id=batch, evidence=evidence) as run:
        run.generated(input=10)
        for number, item in run.items([f"cust-{n}" for n in range(10)]):
            item.validated()
            if number not in [f"cust-{n}" for n in range(lost)]:
                row = {"batch": batch, "customer": number}
                database.execute(text("INSERT INTO digests VALUES (:batch, :customer)"), row)
                database.commit()
                item.persisted()
        run.validated(input=10, valid=10, invalid=0)
        run.persisted(output_id=batch)
assert outproof.flush(60)
print("10 digests, exit 0")
"""

CONFIG = """
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: growth
    schedule: {{every: 24h, grace: 30m, due: 3h}}
    settle: 4s
    first_check: Count the batch in the digests table.
    runbook: https://runbooks.example/digests
    proofs:
      validated: {{counts: {{max_invalid_ratio: 0.02}}}}
      persisted:
        observer: probe
        sql:
          dsn_env: DIGESTS_URL
          query: SELECT count(*) FROM digests WHERE batch = :batch_id
          equals: valid
      visible:
        observer: probe
        http: {{url: "http://127.0.0.1:{port}/digests/{{batch_id}}.json", json: $.count, equals: valid}}
    actions:
      - name: save-missing
        kind: retry
        describes: Saves the digests that are named, and no others.
        webhook: {{url: "http://127.0.0.1:{port}/retry", body: {{batch: "{{batch_id}}", customers: "{{customers}}"}}}}
        parameters: {{customers: {{type: items}}}}
channels:
  - name: on-call
    webhook: {{url: "http://127.0.0.1:{port}/on-call", secrets: [whsec_b3V0cHJvb2YtZXhhbXBsZS1zZWNyZXQtMzItYnl0ZXM=]}}
routes: {{default: [on-call]}}
egress: {{allow: [127.0.0.0/8]}}
"""


class Shop:
    """The page of the digests, the endpoint that saves single ones again, and on-call's phone."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.retries: list[Any] = []
        self.notices: dict[str, Any] = {}
        self.saved = lambda batch, customers: None
        self.port = 0

    @property
    def told(self) -> list[Any]:
        """What on-call heard of the digests, each notice once: one whose answer was late is sent again."""
        return [told for told in list(self.notices.values()) if "nightly-digests" in told["data"]["text"]]

    def page(self, batch: str) -> bytes:
        with self.database.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM digests WHERE batch = :batch"), {"batch": batch})
            return json.dumps({"batch": batch, "count": found.scalar_one()}).encode()

    def save(self, batch: str, customers: list[str]) -> None:
        with self.database.begin() as connection:
            for customer in customers:
                row = {"batch": batch, "customer": customer}
                connection.execute(text("INSERT INTO digests VALUES (:batch, :customer)"), row)


@contextmanager
def a_shop(database: Engine) -> Iterator[Shop]:
    shop = Shop(database)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(shop.page(self.path.rpartition("/")[2].removesuffix(".json")))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/retry":
                shop.retries.append((self.headers["idempotency-key"], body))
                shop.save(body["batch"], body["customers"])
            else:
                shop.notices[self.headers["webhook-id"]] = body
            self._answer(b"{}")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.port = server.server_address[1]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}?timeout=60"  # a reader that is held up holds up its writers
        return
    programs = binaries()
    if programs is None:
        pytest.skip("needs postgresql")
    with a_postgres(programs) as folder:
        run_sql(folder, "CREATE DATABASE shop")
        yield url(folder, "shop")


@dataclass
class Night:
    """Everything that takes part."""

    server: ServerProcess
    shop: Shop
    folder: Path

    def job(self, batch: str, *, lost: int = 0) -> None:
        """Run the batch; it exits 0 whatever it forgot."""
        environment = os.environ | {"OUTPROOF_ENDPOINT": self.server.url, "OUTPROOF_SPOOL": str(self.folder / "spool")}
        done = subprocess.run(
            [sys.executable, "-c", JOB, batch, str(lost)],
            env=environment, capture_output=True, text=True, timeout=180, check=True,
        )  # fmt: skip
        assert done.stdout == "10 digests, exit 0\n"

    def outproof(self, *arguments: str) -> tuple[int, str]:
        done = forked.run(*arguments)
        return done.returncode, done.stdout + done.stderr

    def run(self, batch: str, verdict: str) -> Any:
        """The run, as soon as it has that verdict."""

        def look() -> Any:
            found = [run for run in self.server.get("/v1/runs")["runs"] if run["external_id"] == batch]
            return found[0] if found and found[0]["verdict"] == verdict else None

        return self.server.get(f"/v1/runs/{self.server.until(look)['id']}")

    def incidents(self) -> list[str]:
        """Those about the digests. A server that was held up for a while has one about itself besides."""
        found = self.server.get("/v1/incidents?state=all")["incidents"]
        return [incident["id"] for incident in found if incident["subject"]["name"] == "nightly-digests"]


@pytest.fixture
def night(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    monkeypatch.setenv("DIGESTS_URL", database_url)
    database = create_engine(database_url)
    try:
        with database.begin() as connection:
            connection.execute(text("CREATE TABLE digests (batch TEXT, customer TEXT, PRIMARY KEY (batch, customer))"))
        with a_shop(database) as shop:
            file = tmp_path / "outproof.yaml"
            file.write_text(CONFIG.format(port=shop.port))
            with ServerProcess(tmp_path / "data", file) as server:
                yield Night(server, shop, tmp_path)
    finally:
        database.dispose()


def test_a_batch_that_loses_two_digests_is_noticed_handed_over_repaired_and_proven(night: Night) -> None:
    server, shop = night.server, night.shop
    night.job("night-1")
    good = night.run("night-1", "kept")
    assert [(stage["stage"], stage["state"], stage["observer"]) for stage in good["stages"]] == [
        ("generated", "not_required", "job"),
        ("validated", "passed", "job"),
        ("persisted", "passed", "probe"),
        ("visible", "passed", "probe"),
    ]
    assert shop.told == []

    night.job("night-2", lost=2)
    bad = night.run("night-2", "broken")
    assert (bad["first_stage"], bad["items"]["by_state"]["missing"]) == ("persisted", 2)
    incident = server.get(f"/v1/incidents/{bad['incident_id']}")
    assert incident["last_good_run"]["external_id"] == "night-1"
    known = {fact["key"]: fact["value"] for fact in incident["evidence"]}
    assert (
        known
        | {
            "batch_id": "night-2",
            "model": "digest-model-2",
            "prompt_version": "digest-v8",
            "deploy_sha": "9f2c1e7",
            "output_id": "night-2",
            "input_count": 10,
            "valid_count": 10,
            "validation_result": "passed",
        }
        == known
    )
    assert night.incidents() == [incident["id"]]

    server.until(lambda: shop.told)
    phone = shop.told[0]["data"]["text"]
    assert "night-2" in phone
    assert "Count the batch in the digests table." in phone

    is_handed_over(night, incident["id"])
    assert night.run("night-2", "broken")["items"]["by_state"]["missing"] == 2  # nobody proved yet that they are there

    lines = "\n".join(json.dumps({"item_id": item, "stage": "persisted"}) for item in ("cust-0", "cust-1"))
    assert server.post(f"/v1/runs/{bad['id']}/items", lines.encode(), "application/x-ndjson")[0] == 202
    night.run("night-2", "kept")
    ended = server.get(f"/v1/incidents/{incident['id']}")
    assert ended["state"] == "resolved"
    server.until(lambda: len(shop.told) == 2)
    assert shop.told[1]["type"] == "incident.resolved"
    assert night.incidents() == [incident["id"]]
    checks_out(night, incident["id"])


def is_handed_over(night: Night, incident: str) -> None:
    """On-call is told what is known and no more, and a retry of what is missing is made once, however often asked."""
    handoff = night.server.get(f"/v1/incidents/{incident}/handoff")
    assert handoff["retry_safety"]["verdict"] == "safe_for_items"
    assert handoff["retry_safety"]["item_ids"] == ["cust-0", "cust-1"]
    boundary = handoff["boundary"]
    assert (boundary["known_good"]["count"], boundary["unknown"]["count"]) == (0, 10)  # no probe saw single items
    assert "nobody said what became of 2 items" in boundary["unknown"]["says"]
    assert "run night-1" in boundary["unaffected"]["says"]
    assert "10 entries" in handoff["user_notice"]

    act = ["act", incident, "save-missing", "--set", "customers=cust-0,cust-1", "--endpoint", night.server.url]
    code, said = night.outproof(*act, "--preview")
    assert (code, night.shop.retries) == (0, []), said
    for _ in range(2):
        code, said = night.outproof(*act)
        assert code == 0, said
    [(key, body)] = night.shop.retries
    assert key
    assert (body["batch"], body["customers"]) == ("night-2", ["cust-0", "cust-1"])


def checks_out(night: Night, incident: str) -> None:
    """The packet of an incident is verified offline, and one that was changed is not; who did what is on record."""
    packet = night.folder / "packet.json"
    assert night.outproof("packet", incident, "--out", str(packet), "--endpoint", night.server.url)[0] == 0
    assert night.outproof("verify", str(packet))[0] == 0
    packet.write_text(packet.read_text().replace("night-1", "night-0"))
    assert night.outproof("verify", str(packet))[0] == 1
    assert {"action", "packet"} <= {entry["verb"].split()[0] for entry in night.server.get("/v1/audit")["entries"]}
