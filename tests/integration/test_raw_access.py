"""No raw text is kept anywhere; and where somebody was granted to see some: sealed, on record, and gone in time."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
import subprocess
import time
import urllib.error
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard

from outproof.core.ids import DEFAULT_PROJECT, run_id
from outproof.store.journal.codec import decoded
from tests import forked
from tests.server_process import ServerProcess

CANARIES = (
    *("maya.lopez@example.com", "4111 1111 1111 1111", "4111111111111111", "A10234", "GB82WEST12345698765432"),
    *("gsk_" + "k7" * 26, "531-21-7351", "+1 415 555 0134", "s3cr3t-h0rse"),
)
SAID = (
    "Email maya.lopez@example.com about order #A10234, card 4111 1111 1111 1111 or 4111111111111111, IBAN "
    f"GB82WEST12345698765432, SSN 531-21-7351, call +1 415 555 0134, key gsk_{'k7' * 26}, password: s3cr3t-h0rse"
)
ALLOWED = """
scrub:
  name: delivery-pii-v1
  raw: {allowed: true, lasts: 2h}
  pseudonyms: [conversation_id]
"""


def a_trace(number: int, said: str) -> bytes:
    now = time.time_ns()
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": f"gpt-4o {said}"[:400],
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": said}]}]),
        "gen_ai.output.messages": said,
        "gen_ai.response.id": "chatcmpl-" + said[:60],
        "gen_ai.conversation.id": f"session of {said[6:28]}",
        "outproof.request.id": said[:120],
        "outproof.segment": said,
        "outproof.case.id": said[:90],
        "exception.message": said,
    }
    span = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": said,
        "startTimeUnixNano": str(now - 10**9),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        "events": [
            {
                "name": "exception",
                "timeUnixNano": str(now),
                "attributes": [
                    {"key": "exception.type", "value": {"stringValue": said}},
                    {"key": "exception.message", "value": {"stringValue": said}},
                ],
            }
        ],
        "status": {"code": 2, "message": said},
    }
    return json.dumps({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [span]}]}]}).encode()


def plain_bytes(path: Path) -> bytes:
    """The bytes of a file, and what is in its compressed parts."""
    raw = path.read_bytes()
    parts = [raw]
    at = raw.find(b"\x28\xb5\x2f\xfd")  # zstd frames, as the journal and the event store write them
    while at >= 0:
        with suppress(zstandard.ZstdError):  # four bytes may look like the beginning of a frame
            parts.append(zstandard.ZstdDecompressor().decompressobj().decompress(raw[at:]))
        at = raw.find(b"\x28\xb5\x2f\xfd", at + 4)
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts += [packed.read(name) for name in packed.namelist()]
    return b"\0".join(parts)


def seen_in(folder: Path, *more: bytes) -> set[tuple[str, str]]:
    """Which canaries are to be seen, and where: as they are, in UTF-16, and in base 64."""
    held = {str(path.relative_to(folder)): plain_bytes(path) for path in folder.rglob("*") if path.is_file()}
    held |= {f"said {number}": raw for number, raw in enumerate(more)}
    return {
        (canary, place)
        for canary in CANARIES
        for form in (
            canary.encode(),
            canary.encode("utf-16-le"),
            base64.b64encode(canary.encode()[: len(canary) // 3 * 3]),
        )
        for place, raw in held.items()
        if form in raw
    }


def seen_on_disk(server: ServerProcess, folder: Path, *more: bytes) -> set[tuple[str, str]]:
    """The same of the files of a running server, which stands still meanwhile: none of them goes away."""
    server.pause()
    try:
        return seen_in(folder, *more)
    finally:
        server.go_on()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    config.write_text(ALLOWED)
    with ServerProcess(tmp_path / "data", config) as running:
        yield running


def send_everything(server: ServerProcess, first: int) -> list[bytes]:
    """Say the canaries on every road in; what the server answers to it and shows of it."""
    for number in range(first, first + 3):
        assert server.post("/v1/traces", a_trace(number, SAID))[0] == 200
    promise, own_id = "digest", f"night {first}"
    run = run_id(DEFAULT_PROJECT, promise, own_id)
    named = {"promise": promise, "external_id": own_id}
    for path, body in (
        ("/v1/feedback", {"id": f"f{first}", "answer_id": f"{first:032x}:{first:016x}", "comment": SAID}),
        ("/v1/runs", {**named, "evidence": {"model": SAID[:200]}}),
        (f"/v1/runs/{run}/notes", {**named, "note": SAID}),
        (f"/v1/runs/{run}/proofs", {**named, "stage": "persisted", "passed": False, "detail": SAID}),
        (f"/v1/runs/{run}/close", {**named, "claim": "failure", "error_type": SAID[:100]}),
        ("/v1/scrub/preview", {"text": SAID}),
    ):
        status, _ = server.post(path, json.dumps(body).encode())
        assert status in (200, 201, 202, 400, 422), path
    shown = []
    for path in ("/v1/runs", "/v1/audit", "/v1/incidents", f"/v1/runs/{run}", "/v1/status", "/v1/quarantine"):
        try:
            shown.append(json.dumps(server.get(path)).encode())
        except urllib.error.HTTPError:
            continue
    return shown


def lag(server: ServerProcess) -> int:
    [waiting] = [part["lag"] for part in server.get("/v1/status")["components"] if part["name"] == "intake"]
    return int(waiting)


def cli(server: ServerProcess, *words: str) -> subprocess.CompletedProcess[str]:
    return forked.run("raw", *words, "--endpoint", server.url)


def test_nothing_that_was_said_is_anywhere_on_disk_in_the_log_or_in_answers(
    server: ServerProcess, tmp_path: Path
) -> None:
    shown = send_everything(server, 1)
    server.until(lambda: lag(server) == 0)  # the event store and the judge have taken it in
    assert not seen_on_disk(server, tmp_path / "data", *shown, server.log.encode())
    assert not (tmp_path / "data" / "raw.db").exists()
    assert not (tmp_path / "data" / "raw.key").exists()
    answer = json.loads(server.post("/v1/scrub/preview", json.dumps({"text": SAID}).encode())[1])
    assert answer["raw_payload_ref"] is None
    assert not answer["raw_payload_stored"]
    assert answer["scrub_policy"].startswith("delivery-pii-v1@")


def test_raw_contents_are_sealed_readable_on_record_and_gone_when_the_grant_is_over(
    server: ServerProcess, tmp_path: Path
) -> None:
    granted = cli(server, "grant", "--reason", "customer complaint about a date", "--lasts", "1h", "--json")
    assert granted.returncode == 0, granted.stderr
    grant = json.loads(granted.stdout)["id"]
    shown = send_everything(server, 10)
    assert not seen_on_disk(server, tmp_path / "data", *shown, server.log.encode())
    read = cli(server, "read", grant, "--by", "ines", "--limit", "50")
    assert read.returncode == 0, read.stderr
    assert "maya.lopez@example.com" in read.stdout
    assert "gen_ai.input.messages" in read.stdout
    listed = json.loads(cli(server, "list", "--json").stdout)["grants"]
    assert [(each["id"], each["contents"] > 0) for each in listed] == [(grant, True)]
    assert cli(server, "revoke", grant).returncode == 0
    assert json.loads(cli(server, "list", "--json").stdout)["grants"] == []
    assert cli(server, "read", grant).returncode == 1
    sealed = (tmp_path / "data" / "raw.db").read_bytes()
    assert grant.encode() not in sealed
    verbs = [(each["actor"], each["verb"]) for each in server.get("/v1/audit?limit=100")["entries"]]
    for entry in (
        ("ines", "raw contents read"),
        ("outproof", "raw contents written"),
        ("outproof", "raw contents erased"),
    ):
        assert entry in verbs
    for verb in ("raw access granted", "raw access revoked", "raw access refused"):
        assert any(each[1] == verb for each in verbs)
    assert not seen_on_disk(server, tmp_path / "data", server.log.encode())


def test_without_leave_of_the_files_nobody_is_granted_anything(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as running:
        refused = cli(running, "grant", "--reason", "I would like to look", "--lasts", "1h")
        assert refused.returncode == 1
        assert "raw access is off" in refused.stderr
        assert not (tmp_path / "data" / "raw.db").exists()


def test_an_id_that_holds_an_address_becomes_the_same_pseudonym_each_time_and_its_key_is_private(
    server: ServerProcess, tmp_path: Path
) -> None:
    for number in (21, 22):
        assert server.post("/v1/traces", a_trace(number, SAID))[0] == 200
    key = tmp_path / "data" / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    bodies = journal_bodies(tmp_path / "data" / "journal.db")
    ids = [name for body in bodies for name in body.columns["request_id"]]
    conversations = [name for body in bodies for name in body.columns["conversation_id"]]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert ids[0].startswith("[EMAIL~")
    assert all(name.startswith("[ID~") for name in conversations)
    assert {policy.partition("@")[0] for body in bodies for policy in body.columns["scrub_policy"]} == {
        "delivery-pii-v1"
    }


def journal_bodies(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as journal:
        return [decoded(body) for (body,) in journal.execute("SELECT body FROM batches")]


def test_what_is_looked_for_would_be_found_also_where_it_is_packed(tmp_path: Path) -> None:
    (tmp_path / "packed").write_bytes(b"head" + zstandard.ZstdCompressor().compress(SAID.encode()))
    assert {canary for canary, _ in seen_in(tmp_path)} == set(CANARIES)
