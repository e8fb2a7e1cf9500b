"""The answers road with nothing left out: a real server, the real SDK or real recorded bytes, a real receiver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sink import Sink, running
from tests.server_process import ServerProcess
from tests.unit.wire.captures import captures

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + "b3V0cHJvb2YtdGVzdC1zZWNyZXQtb2YtMzItYnl0ZXM="

CONFIG = """
decision: {namespaces: [app]}
policies:
  - name: delivery-grounding-slo-v1
    severity: critical
    owner: delivery-answers
    summary: Unsupported delivery claim reached customer response.
    invariant: unsafe_claim_served == 0
    over: {service: tracking-answerer}
    first_check: Compare serving-gate template with tracking-answerer-v1.
    no_data: keep
  - name: slow-first-token
    severity: warning
    owner: platform
    when: ttft_p95 > 500ms or cost > $0.002
    over: {service: tracking-answerer}
    window: 1h
    min_answers: 1
    no_data: keep
    first_check: Look at the provider.
rate_cards:
  - version: internal-fixture-2026-05-27
    models: {support-model-prod: {input: 1.00, cached_input: 0.10, output: 5.00}}
channels:
  - {name: on-call, webhook: {url: "URL", secrets: [SECRET]}}
  - {name: team, slack: {url: "URL"}}
routes: {default: [on-call, team]}
egress: {allow: [127.0.0.0/8]}
"""
"""The namespace is that of the recorded window; the SDK writes our own names, which are always read."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path, sink: Sink) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    config.write_text(CONFIG.replace("URL", sink.url).replace("SECRET", SECRET))
    with ServerProcess(tmp_path / "data", config) as started:
        yield started


@pytest.fixture
def worked(realcases: Path) -> dict[str, Any]:
    cases: dict[str, Any] = json.loads((realcases / "seed_cases.json").read_text())
    return cases


def send(server: ServerProcess, tmp_path: Path, events: list[dict[str, Any]]) -> None:
    """The events through the SDK, in a process of their own."""
    file = tmp_path / "events.json"
    file.write_text(json.dumps(events))
    env = {**os.environ, "OUTPROOF_ENDPOINT": server.url, "OUTPROOF_SPOOL": str(tmp_path / "spool")}
    client = Path(__file__).with_name("worked_window.py")
    subprocess.run([sys.executable, str(client), str(file)], env=env, check=True, timeout=120, cwd=ROOT)


def window(server: ServerProcess, answers: int) -> dict[str, Any]:
    def complete() -> dict[str, Any] | None:
        found: dict[str, Any] = server.get("/v1/services/tracking-answerer/window?minutes=60")
        return found if found["answers"] == answers else None

    return server.until(complete)


def test_the_worked_events_give_the_numbers_the_alert_and_the_exemplar_of_the_lesson(
    server: ServerProcess, sink: Sink, tmp_path: Path, worked: dict[str, Any]
) -> None:
    expected = worked["worked_window"]["expected"]
    send(server, tmp_path, worked["worked_window"]["events"])
    found = window(server, 6)
    assert (found["unsafe"]["count"], found["unsafe"]["of"]) == (2, 6)
    assert f"{found['safe_route']['ratio']:.1%}" == "66.7%"
    assert found["abstention"]["count"] == 3
    assert {item["stage"]: item["count"] for item in found["failure_stages"]} == expected["failure_stages"]
    assert found["ttft"]["p95_s"] == 0.24
    priced = {"nano_usd": 1_427_400, "estimated_nano_usd": 1_427_400, "rate_card": "internal-fixture-2026-05-27"}
    assert found["cost"] == {**priced, "unpriced": []}
    assert found["quarantined"] == []

    server.until(lambda: len(sink.received) >= 2)
    (incident,) = about_answers(server)
    assert (incident["severity"], incident["kind"]) == ("critical", "invariant")
    page = server.until(lambda: complete(server.get(f"/v1/incidents/{incident['id']}")))
    exemplar, card = page["exemplars"][0], expected["incident_card"]
    assert page["title"] == card["summary"]
    assert page["first_check"] == card["first_check"]
    assert page["owner"] == "delivery-answers"
    assert exemplar["request_id"] == card["exemplar_request_id"]
    assert exemplar["template_id"] == card["template_id"]
    assert exemplar["evidence_version"] == card["evidence_version"]
    assert exemplar["first_failed_stage"] == card["first_failed_stage"]
    assert exemplar["cost_nano_usd"] == 271_000
    req_206 = next(item for item in page["exemplars"] if item["request_id"] == "req_206")
    assert req_206["cost_nano_usd"] == 279_000
    pace = (req_206["output_tokens"] - 1) / (req_206["duration_s"] - req_206["ttft_s"])
    assert f"{pace:.1f}" == "134.9"
    assert all(item["attempts"] for item in page["deliveries"])
    assert {item["channel"] for item in page["deliveries"]} == {"on-call", "team"}


def about_answers(server: ServerProcess) -> list[dict[str, Any]]:
    """Incidents of policies. A server that was held up for a while has some about itself besides."""
    found = server.get("/v1/incidents?state=all")["incidents"]
    return [incident for incident in found if incident["subject"] == {"type": "service", "name": "tracking-answerer"}]


def complete(page: dict[str, Any]) -> dict[str, Any] | None:
    """An incident once its window was counted and its channels answered."""
    told = all(item["state"] == "accepted" for item in page["deliveries"])
    return page if told and page["headline"].endswith("2/6") else None


def test_malformed_timing_is_shown_as_a_finding_and_not_averaged(
    server: ServerProcess, tmp_path: Path, worked: dict[str, Any]
) -> None:
    malformed = {**worked["malformed_timing"]["event"], "request_id": "req_207"}
    send(server, tmp_path, [*worked["worked_window"]["events"], malformed])
    found = window(server, 7)
    percentiles = {"p50_s": 0.188, "p90_s": 0.24, "p95_s": 0.24, "p99_s": 0.24, "p95_interval_s": [0.205, None]}
    assert found["ttft"] == {**percentiles, "n": 6, "unknown": 0, "method": "nearest rank"}
    assert found["quarantined"] == [{"reason": "first_token_after_end", "count": 1}]
    (entry,) = server.get("/v1/quarantine")["quarantine"]
    assert {item["key"]: item["value"] for item in entry["fields"]} == {"duration_us": 240_000, "ttft_us": 240_000}


def taken_in(server: ServerProcess) -> bool:
    """Whether nothing waits in the journal."""
    lags = {part["name"]: part["lag"] for part in server.get("/v1/status")["components"]}
    return lags["intake"] == 0


def test_recorded_clients_are_counted_once_even_when_they_send_everything_twice(
    server: ServerProcess, realcases: Path
) -> None:
    expected = json.loads((realcases / "wire" / "EXPECTED.json").read_text())
    for _ in range(2):
        for capture in captures(realcases):
            assert server.post("/v1/traces", capture.body, capture.media_type)[0] == 200
    since = "start=2026-11-20T00:00:00Z&end=2026-11-21T00:00:00Z"
    services = {
        "otel_genai_default": "otel-genai-default",
        "openinference_openai": "openinference-openai",
        "vercel_ai": "vercel-ai",
        "traceloop_ollama": "traceloop-ollama",
        "seed_window_genai": "tracking-answerer",
    }
    server.until(lambda: taken_in(server))
    for client, service in services.items():
        found = server.get(f"/v1/services/{service}/window?{since}")
        truth = expected[client]
        assert truth["llm_calls"]["min"] <= found["calls"] <= truth["llm_calls"]["max"], client
        assert found["tokens"]["input"] == truth["totals"]["input_tokens"], client
        assert found["tokens"]["output"] == truth["totals"]["output_tokens"], client
        assert found["errors"]["count"] == truth["totals"]["errors"]["min"], client
    ledger = {(line["signal"], line["outcome"]): line["count"] for line in server.get("/v1/status")["ledger"]}
    assert ledger["traces", "stored"] == ledger["traces", "duplicate"] == sum(t["spans"] for t in expected.values())
    seed = server.get(f"/v1/services/tracking-answerer/window?{since}")
    assert (seed["unsafe"]["count"], seed["unsafe"]["of"]) == (2, 6)


def test_nothing_raw_of_a_capture_is_anywhere_in_the_data_directory(
    server: ServerProcess, realcases: Path, tmp_path: Path
) -> None:
    for capture in captures(realcases):
        server.post("/v1/traces", capture.body, capture.media_type)
    server.until(lambda: taken_in(server))
    assert server.stop() == 0
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert b"gpt-4o-mini-2024-07-18" in kept or len(kept) > 10_000
    for raw in (b"maya.lopez@example.com", b"Your parcel was scanned", b"delivery assistant"):
        assert raw not in kept
        assert raw not in server.log.encode()


def test_the_receiver_conforms_to_the_otlp_specification(server: ServerProcess, realcases: Path) -> None:
    checks = [sys.executable, str(realcases / "tools" / "otlp_conformance.py"), server.url, "--gzip-bomb"]
    result = subprocess.run(checks, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout
    assert "0 MUST failed, 0 SHOULD failed" in result.stdout, result.stdout
