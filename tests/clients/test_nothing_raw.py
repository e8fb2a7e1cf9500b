"""The recorded call with a person's data in it, on every road in: nothing of it is anywhere, inside or out."""

from __future__ import annotations

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.clients.run import GRPC_PORT
from tests.integration.sink import Sink, running
from tests.integration.test_raw_access import SAID, plain_bytes, seen_in
from tests.server_process import ServerProcess
from tests.unit.wire.captured import Captured, put, request
from tests.unit.wire.records import a_body_of, a_logs_request, a_record

CONFIG = """
decision: {namespaces: [app]}
policies:
  - name: POLICY
    severity: critical
    owner: delivery-answers
    summary: An unsupported claim reached a reader.
    invariant: unsafe_claim_served == 0
    over: {service: tracking-answerer}
    first_check: Compare the template with the one before.
    no_data: keep
channels:
  - {name: on-call, webhook: {url: "URL", secrets: ["whsec_b3V0cHJvb2YtdGVzdC1zZWNyZXQtb2YtMzItYnl0ZXM="]}}
routes: {default: [on-call]}
egress: {allow: [127.0.0.0/8]}
"""
PROTOBUF = "application/x-protobuf"
POLICY = "no-unsafe-claim"
COLLECTOR = "/opentelemetry.proto.collector."
MARK = "calls-of-this-test"
"""Said on every road beside the rest, and kept: the search finds what is there."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path, sink: Sink) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    config.write_text(CONFIG.replace("URL", sink.url).replace("POLICY", POLICY))
    with ServerProcess(tmp_path / "data", config, options=("--grpc-port", "0")) as started:
        yield started


def told_too_much(realcases: Path, number: int) -> Span:
    """The recorded span of the case, now, with the person's data wherever a text may stand, and an impossible usage."""
    spans = Captured(realcases, "openinference_openai").spans
    found = next(span for span in spans if "CASE:pii" in str(span) and "maya.lopez@example.com" in str(span))
    span = Span()
    span.CopyFrom(found)
    span.trace_id, span.span_id = number.to_bytes(16, "big"), number.to_bytes(8, "big")
    length = span.end_time_unix_nano - span.start_time_unix_nano
    span.end_time_unix_nano = time.time_ns()
    span.start_time_unix_nano = span.end_time_unix_nano - length
    names = (
        "request_id",
        "case_id",
        "segment",
        "evidence_version",
        "prompt_template_id",
        "first_failed_stage",
        "route",
    )
    put(span, **{f"app__{name}": SAID for name in names}, app__unsafe_claim_served=True)
    put(span, gen_ai__conversation__id=SAID, gen_ai__agent__name=SAID, gen_ai__request__model=SAID, error__type=SAID)
    put(span, gen_ai__response__id=SAID[:60], gen_ai__tool__name=SAID, outproof__step=SAID, outproof__progress=MARK)
    put(span, llm__token_count__prompt=5, llm__token_count__prompt_details__cache_read=500)
    span.name = SAID
    span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=SAID))
    event = span.events.add(name="exception", time_unix_nano=span.end_time_unix_nano)
    for key in ("exception.type", "exception.message", "exception.stacktrace"):
        event.attributes.add(key=key).value.string_value = SAID
    return span


def log_records(number: int) -> list[dict[str, Any]]:
    at = {"timeUnixNano": str(time.time_ns()), "traceId": f"{number:032x}", "spanId": f"{number:016x}"}
    said = {
        "gen_ai.evaluation.name": SAID,
        "gen_ai.evaluation.score.label": SAID,
        "gen_ai.evaluation.explanation": SAID,
    }
    return [
        a_record("gen_ai.choice", {"gen_ai.response.model": SAID}, body=a_body_of({"finish_reason": SAID}), **at),
        a_record("gen_ai.client.operation.exception", {"exception.type": SAID, "exception.message": SAID}, **at),
        a_record("gen_ai.user.message", {"gen_ai.system": SAID}, body=a_body_of({"content": SAID}), **at),
        a_record("gen_ai.evaluation.result", said, **at),
        a_record("gen_ai.evaluation.result", {**said, "gen_ai.response.id": SAID[:60]}, **{**at, "spanId": ""}),
        a_record(SAID, {"user.name": SAID}, body={"stringValue": SAID}, **at),
    ]


def logs_in_protobuf(number: int) -> bytes:
    message = ExportLogsServiceRequest()
    logs = message.resource_logs.add().scope_logs.add()
    for event in ("gen_ai.evaluation.result", "gen_ai.client.operation.exception"):
        record = logs.log_records.add(time_unix_nano=time.time_ns(), event_name=event)
        record.trace_id, record.span_id = number.to_bytes(16, "big"), number.to_bytes(8, "big")
        record.body.string_value = SAID
        for key in (
            "exception.type",
            "gen_ai.evaluation.name",
            "gen_ai.evaluation.score.label",
            "gen_ai.response.model",
        ):
            record.attributes.add(key=key).value.string_value = SAID
    return message.SerializeToString()


def send_on_every_road(server: ServerProcess, realcases: Path) -> list[bytes]:
    """What the server answers to all of it."""
    spans = [told_too_much(realcases, number) for number in range(1, 4)]
    bodies = [request(("openinference.instrumentation.openai", [s]), service="tracking-answerer") for s in spans]
    elsewhere = told_too_much(realcases, 4)
    said = [
        server.post("/v1/traces", bodies[0], PROTOBUF)[1],
        server.post("/v1/traces", request((SAID, [elsewhere]), service=SAID), PROTOBUF)[1],
        server.post("/v1/logs", a_logs_request(*log_records(1)))[1],
        server.post("/v1/traces", bodies[0][:-3] + SAID.encode(), PROTOBUF)[1],
        server.post("/v1/logs", json.dumps({"resourceLogs": SAID}).encode())[1],
    ]
    packed = urllib.request.Request(f"{server.url}/v1/traces", gzip.compress(bodies[1]), {"content-type": PROTOBUF})
    packed.add_header("content-encoding", "gzip")
    with urllib.request.urlopen(packed, timeout=60) as response:
        said.append(response.read())
    port = GRPC_PORT.search(server.log)
    assert port
    with grpc.insecure_channel(f"127.0.0.1:{port[1]}") as channel:
        for service, body in (("trace.v1.TraceService", bodies[2]), ("logs.v1.LogsService", logs_in_protobuf(3))):
            said.append(channel.unary_unary(f"{COLLECTOR}{service}/Export")(body, timeout=60))
    return said


def shown(server: ServerProcess, incident: str) -> list[bytes]:
    """What it shows of it to whoever asks."""
    paths = [
        *("/v1/status", "/v1/audit", "/v1/quarantine", "/v1/services", "/v1/incidents?state=all"),
        *(f"/v1/incidents/{incident}{part}" for part in ("", "/packet", "/packet.html", "/handoff")),
        "/v1/services/tracking-answerer/window?minutes=60",
    ]
    found = []
    for path in paths:
        try:
            with urllib.request.urlopen(server.url + path, timeout=60) as response:
                found.append(response.read())
        except urllib.error.HTTPError as error:
            found.append(error.read())
    return found


def test_nothing_of_a_person_is_on_disk_in_logs_in_pages_in_packets_or_in_what_is_shown(
    server: ServerProcess, sink: Sink, realcases: Path, tmp_path: Path
) -> None:
    answered = send_on_every_road(server, realcases)
    server.until(lambda: any(POLICY.encode() in received.body for received in list(sink.received)))
    every = server.get("/v1/incidents?state=all")["incidents"]
    (incident,) = [each for each in every if each["subject"]["type"] != "monitor"]  # it may have stood still
    server.until(lambda: server.get("/v1/quarantine")["quarantine"] or None)
    seen = shown(server, incident["id"])
    ledger = {(line["signal"], line["outcome"]): line["count"] for line in server.get("/v1/status")["ledger"]}
    assert ledger["feedback", "stored"] == 3
    assert server.stop() == 0
    sent = [received.body for received in sink.received]
    assert any(b"tracking-answerer" in body for body in (*sent, *seen))
    kept = [plain_bytes(path) for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(MARK.encode() in each for each in kept)  # the search sees what is there
    assert not seen_in(tmp_path / "data", *answered, *seen, *sent, server.log.encode())


def contents(server: ServerProcess, grant: str) -> list[dict[str, Any]]:
    """All that was recorded under a grant, a page at a time."""
    found: list[dict[str, Any]] = []
    while True:
        reading = {"by": "ines", "limit": 100, "after": found[-1]["number"] if found else 0}
        status, body = server.post(f"/v1/raw/grants/{grant}/read", json.dumps(reading).encode())
        assert status == 200, body
        if not (page := json.loads(body)["contents"]):
            return found
        found += page


def test_who_was_granted_to_look_sees_what_came_as_log_records_and_by_grpc_and_the_disk_still_holds_none_of_it(
    realcases: Path, tmp_path: Path
) -> None:
    config = tmp_path / "outproof.yaml"
    config.write_text("scrub: {raw: {allowed: true, lasts: 1h}}\n")
    with ServerProcess(tmp_path / "data", config, options=("--grpc-port", "0")) as server:
        asked = {"by": "ines", "reason": "a complaint about a date", "lasts": "30m"}
        status, body = server.post("/v1/raw/grants", json.dumps(asked).encode())
        assert status == 201, body
        grant = json.loads(body)["id"]
        send_on_every_road(server, realcases)
        seen = {(each["span_id"], each["name"]) for each in contents(server, grant)}
        assert server.stop() == 0
        log = server.log.encode()
    by_http, by_grpc = f"{1:016x}", f"{3:016x}"
    for span in (by_http, by_grpc):
        assert {(span, "input.value"), (span, "body"), (span, "exception.message")} <= seen
    assert (by_http, "gen_ai.evaluation.explanation") in seen
    assert not any(text.startswith("user.") for _, text in seen)
    assert not seen_in(tmp_path / "data", log)
