"""Handing an incident over, through a real server: what is known, what is done about it, and what stays on record."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests import forked
from tests.integration.handoff_server import SECRET, Handoff, a_handoff
from tests.integration.sink import Answer, until


@pytest.fixture(scope="module")
def handoff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handoff]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPS_SECRET", SECRET)
        with a_handoff(tmp_path_factory.mktemp("handoff")) as found:
            yield found


def cli(handoff: Handoff, *words: str, server: bool = True) -> subprocess.CompletedProcess[str]:
    return forked.run(*words, *(["--endpoint", handoff.server.url] if server else []))


def audited(handoff: Handoff, subject: str) -> list[tuple[str, str]]:
    entries = handoff.server.get("/v1/audit?limit=1000")["entries"]
    return [(each["actor"], each["verb"]) for each in reversed(entries) if each["subject"] == subject]


def test_the_handoff_says_whose_it_is_what_is_known_and_what_may_be_done(handoff: Handoff) -> None:
    incident = handoff.broken_batch("known")
    found = handoff.handoff(incident)
    assert (found["owner"], found["runbook"]) == ("growth", "https://runbooks.example/digests")
    retry = found["retry_safety"]
    assert (retry["verdict"], retry["item_count"], retry["item_ids"]) == ("safe_for_items", 2, ["c-3", "c-4"])
    boundary = found["boundary"]
    assert (boundary["known_good"]["count"], boundary["unknown"]["ids"]) == (3, ["c-3", "c-4"])
    assert found["user_notice"].startswith("There is a problem with one of our updates. 3 entries are confirmed")
    assert [action["name"] for action in found["actions"]][:2] == ["retry-missing", "retry-all"]
    assert found["history"] == []
    [notice] = [json.loads(got.body)["data"] for got in hooks(handoff, incident)]
    assert notice["retry_safety"]["verdict"] == "safe_for_items"
    assert notice["boundary"] == "3 good, 0 bad, 2 unknown (items); never proven right so far"
    assert "Retry: safe for 2 items only: " in notice["text"]


def hooks(handoff: Handoff, incident: str) -> list[Any]:
    """Each notice once: one whose answer was late is sent again."""

    def told() -> dict[str, Any]:
        got = [got for got in handoff.sink.bodies("/hook") if incident.encode() in got.body]
        return {each.headers["webhook-id"]: each for each in got}

    until(told)
    return list(told().values())


def test_a_retry_of_what_is_missing_is_signed_and_done_once_however_often_it_is_asked_for(handoff: Handoff) -> None:
    incident = handoff.broken_batch("once")
    shown = handoff.preview(incident, "retry-missing")
    assert shown["refused"] is None
    assert shown["already"] is None
    assert '{"items":["c-3","c-4"],"run":"run_' in shown["request"]
    assert handoff.sink.bodies("/retry/once") == []
    with ThreadPoolExecutor(4) as pool:
        records = list(pool.map(lambda _: handoff.act(incident, "retry-missing"), range(4)))
    assert {record["id"] for record in records} == {shown["idempotency_key"]}
    record = handoff.ended(incident, "retry-missing")
    assert (record["state"], record["result"], record["by"]) == ("succeeded", "200 OK", "ann")
    assert handoff.act(incident, "retry-missing", items=["c-4", "c-3"])["id"] == record["id"]
    assert handoff.preview(incident, "retry-missing")["already"]["id"] == record["id"]
    [sent] = handoff.sink.bodies("/retry/once")
    assert sent.headers["idempotency-key"] == record["id"]
    Webhook(SECRET).verify(sent.body, dict(sent.headers))
    assert audited(handoff, incident) == [("ann", "action asked"), ("outproof", "action ended")]
    timeline = handoff.server.get(f"/v1/incidents/{incident}")["timeline"]
    assert [entry["text"] for entry in timeline if entry["kind"] == "acted"] == [
        "ann has retry-missing done",
        "retry-missing succeeded: 200 OK",
    ]


def test_what_would_duplicate_is_refused_unless_somebody_who_knows_better_insists(handoff: Handoff) -> None:
    incident = handoff.broken_batch("twice")
    refused = handoff.act(incident, "retry-all", 409)
    assert "safe only for 2 items" in refused["message"]
    assert "c-1" in handoff.act(incident, "retry-missing", 409, items=["c-1", "c-3"])["message"]
    assert handoff.preview(incident, "retry-all")["refused"] is not None
    assert handoff.sink.bodies("/retry-all") == []
    assert handoff.act(incident, "retry-all", force=True)["forced"] is True
    assert handoff.ended(incident, "retry-all")["state"] == "succeeded"
    verbs = [verb for _, verb in audited(handoff, incident)]
    assert verbs == ["action refused", "action refused", "action asked", "action ended"]
    saved = handoff.broken_batch("saved", saved=5)
    assert "not safe to do again" in handoff.act(saved, "retry-all", 409)["message"]


def test_what_was_done_is_taken_back_and_may_be_done_again(handoff: Handoff) -> None:
    incident = handoff.broken_batch("undo")
    first = handoff.act(incident, "hide", why="wrong numbers")
    handoff.ended(incident, "hide")
    back = handoff.act(incident, "show")
    assert (back["undo_of"], back["parameters"]) == (first["id"], {"why": "wrong numbers"})
    handoff.ended(incident, "show")
    assert handoff.record(incident, "hide")["undone_by"] == back["id"]
    again = handoff.act(incident, "hide", why="wrong numbers")
    assert again["id"] != first["id"]
    until(lambda: len(handoff.sink.bodies("/hide")) == 2)


@pytest.mark.parametrize(
    ("answers", "state", "result"),
    [
        ([Answer(404)], "failed", "404 Not Found"),
        ([Answer(302, {"Location": "http://169.254.169.254/"})], "failed", "302 Found"),
        ([Answer(503)], "unknown", "503 Service Unavailable: how far it came, the receiver does not say"),
        ([Answer(drop=True)], "unknown", "it may have arrived"),
    ],
)
def test_how_it_ended_is_said_as_far_as_it_is_known(
    handoff: Handoff, answers: list[Answer], state: str, result: str
) -> None:
    name = f"end-{state}-{len(result)}"
    incident = handoff.broken_batch(name)
    handoff.sink.script(f"/retry/{name}", *answers)
    handoff.act(incident, "retry-missing")
    record = handoff.ended(incident, "retry-missing")
    assert (record["state"], record["tries"]) == (state, 1)
    assert result in record["result"]
    if state == "unknown":
        assert "nobody can tell whether it was done" in handoff.act(incident, "retry-missing", 409)["message"]
        assert len(handoff.sink.bodies(f"/retry/{name}")) == 1
    handoff.act(incident, "retry-missing", force=state == "unknown")
    again = handoff.ended(incident, "retry-missing")
    assert (again["state"], again["tries"], again["id"]) == ("succeeded", 2, record["id"])


def test_a_webhook_into_a_network_that_nobody_allowed_is_not_sent(handoff: Handoff) -> None:
    incident = handoff.broken_batch("inside")
    handoff.act(incident, "inside")
    record = handoff.ended(incident, "inside")
    assert record["state"] == "failed"
    assert "nothing was sent: 169.254.169.254 is at 169.254.169.254 (link-local" in record["result"]


def test_a_program_gets_its_arguments_and_nothing_of_our_environment(handoff: Handoff) -> None:
    incident = handoff.broken_batch("program")
    shown = handoff.preview(incident, "run-it", mode="$(id); x")
    assert shown["argv"][-2:] == ["$(id); x", "program"]
    handoff.act(incident, "run-it", mode="$(id); x")
    record = handoff.ended(incident, "run-it")
    assert record["state"] == "succeeded", record
    assert record["result"].startswith("exit code 0: $(id); x program ['LANG', 'OUTPROOF_EXTERNAL_ID'")
    assert "OPS_SECRET" not in record["result"]
    assert handoff.done_by_program()[-1] == record["id"]


def test_what_a_program_writes_is_scrubbed_and_its_exit_code_told(handoff: Handoff) -> None:
    incident = handoff.broken_batch("exit")
    handoff.act(incident, "run-it", mode="fail")
    record = handoff.ended(incident, "run-it")
    assert (record["state"], record["result"]) == ("failed", "exit code 1: cannot reach [EMAIL]")


def test_what_takes_long_is_answered_before_it_ends(handoff: Handoff) -> None:
    incident = handoff.broken_batch("wait")
    assert handoff.act(incident, "run-it", mode="wait")["state"] in ("intended", "running")
    handoff.go_on()
    assert handoff.ended(incident, "run-it")["state"] == "succeeded"


def test_a_program_that_hangs_is_killed_with_all_that_it_started(handoff: Handoff) -> None:
    incident = handoff.broken_batch("hang")
    handoff.act(incident, "run-briefly", mode="hang")
    killed = "killed, because it ran longer than 3 s"  # a server that is late gives it up before it knows that
    handoff.server.until(lambda: killed in (handoff.record(incident, "run-briefly")["result"] or ""))
    assert handoff.record(incident, "run-briefly")["state"] == "unknown"


@pytest.mark.parametrize(
    ("action", "values", "status", "message"),
    [
        ("run-it", {}, 422, "expected a value for mode"),
        ("run-it", {"mode": "--help"}, 422, "not to begin with '-'"),
        ("run-it", {"mode": "x", "more": 1}, 422, "got more"),
        ("nothing", {}, 404, "declared are: retry-missing"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(
    handoff: Handoff, action: str, values: dict[str, Any], status: int, message: str
) -> None:
    incident = handoff.broken_batch("orders")
    assert message in handoff.act(incident, action, status, **values)["message"]
    assert message in handoff.preview(incident, action, status, **values)["message"]
    assert "no incident 'inc_x'" in handoff.act("inc_x", action, 404, **values)["message"]


def test_an_incident_is_closed_by_hand_once_and_its_channels_hear_of_it(handoff: Handoff) -> None:
    incident = handoff.broken_batch("closed")
    closing = {"by": "ann", "reason": "repaired by bob@example.com"}
    path = f"/v1/incidents/{incident}/close"
    assert handoff.post(path, closing)["state"] == "resolved"
    shown = handoff.post(path, closing | {"by": "bob"})
    [over] = [entry for entry in shown["timeline"] if entry["kind"] == "resolved"]
    assert (over["text"], over["actor"]) == ("closed by ann: repaired by [EMAIL]", "ann")
    assert audited(handoff, incident) == [("ann", "incident closed")]
    until(lambda: any(b"incident.resolved" in got.body for got in hooks(handoff, incident)))
    handoff.post(f"/v1/incidents/{incident}/close", {"by": "ann", "reason": ""}, 422)
    handoff.post("/v1/incidents/inc_x/close", closing, 404)


def test_what_is_declared_safe_is_audited(handoff: Handoff) -> None:
    assert audited(handoff, "digests") == [("outproof", "promise applied"), ("outproof", "safe evidence declared")]


def test_a_packet_is_exported_verified_offline_and_found_out_when_changed(handoff: Handoff, tmp_path: Path) -> None:
    incident = handoff.broken_batch("packet")
    handoff.act(incident, "hide", why="wrong numbers")
    handoff.ended(incident, "hide")
    file, key = tmp_path / "packet.json", tmp_path / "key.json"
    assert cli(handoff, "packet", incident, "--out", str(file)).returncode == 0
    key.write_text(json.dumps(handoff.server.get("/v1/signing-key")))
    verified = cli(handoff, "verify", str(file), "--key", str(key), server=False)
    assert (verified.returncode, "the key you gave" in verified.stdout) == (0, True)
    assert "was not checked: pass --key" in cli(handoff, "verify", str(file), server=False).stdout
    sections = {each["name"]: each["body"] for each in json.loads(file.read_text())["sections"]}
    assert sections["actions"][0]["parameters"] == {"why": "wrong numbers"}
    assert sections["retry_safety"]["item_ids"] == ["c-3", "c-4"]
    assert {signal["kind"] for signal in sections["signals"]} >= {"opened", "proved", "closed"}
    assert sections["promise"]["declared"]["owner"] == "growth"
    assert sections["run"]["verdict"] == "broken"
    assert "127.0.0.1" not in json.dumps(sections["promise"])
    assert "example.com" not in file.read_text().replace("runbooks.example", "")
    changed = tmp_path / "changed.json"
    changed.write_bytes(file.read_bytes().replace(b'"by":"ann"', b'"by":"eve"', 1))
    found = cli(handoff, "verify", str(changed), "--json", server=False)
    assert found.returncode == 1
    assert json.loads(found.stdout)["problems"] == ["section 9 (actions): its content is not what was hashed"]
    assert cli(handoff, "verify", str(key), server=False).returncode == 2
    assert ("outproof", "packet exported") in audited(handoff, incident)
    mode = stat.S_IMODE((handoff.folder / "data" / "signing-key.pem").stat().st_mode)
    assert mode == 0o600


def test_the_recipe_for_verifying_without_outproof_works(handoff: Handoff, tmp_path: Path) -> None:
    incident = handoff.broken_batch("recipe")
    assert cli(handoff, "packet", incident, "--out", str(tmp_path / "packet.json")).returncode == 0
    page = (Path(__file__).parents[2] / "docs" / "reference" / "evidence-packet.md").read_text()
    python = page.split("```python\n")[1].split("```")[0]
    shell = page.split("```sh\n")[2].split("```")[0].replace("http://127.0.0.1:4318", handoff.server.url)
    assert subprocess.run([sys.executable, "-c", python], cwd=tmp_path, check=False).returncode == 0
    done = subprocess.run(["bash", "-ec", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout, done


def test_the_page_of_a_packet_runs_nothing_and_shows_no_markup_of_others(handoff: Handoff) -> None:
    incident = handoff.broken_batch("<img src=x onerror=alert(1)>")
    with urllib.request.urlopen(f"{handoff.server.url}/v1/incidents/{incident}/packet.html", timeout=60) as answer:
        policy, page = answer.headers["content-security-policy"], answer.read().decode()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<script" not in page
    assert "style-src 'self' 'sha256-" in policy


def test_a_responder_does_it_all_in_the_terminal(handoff: Handoff) -> None:
    incident = handoff.broken_batch("terminal")
    shown = cli(handoff, "handoff", incident)
    assert "safe to do again for these items only" in shown.stdout
    assert "2 to do: c-3, c-4" in shown.stdout
    assert "outproof act" in shown.stdout
    assert json.loads(cli(handoff, "handoff", incident, "--json").stdout)["owner"] == "growth"
    preview = cli(handoff, "act", incident, "retry-missing", "--set", "items=c-3", "--preview")
    assert "It is done for 1 item." in preview.stdout
    done = cli(handoff, "act", incident, "retry-missing", "--set", "items=c-3", "--by", "bob")
    assert (done.returncode, "succeeded by bob: 200 OK" in done.stdout) == (0, True), done
    refused = cli(handoff, "act", incident, "retry-all")
    assert (refused.returncode, "safe only for 2 items" in refused.stderr) == (1, True)
    assert cli(handoff, "act", incident, "run-briefly", "--set", "mode=hang").returncode == 2
    assert "expected NAME=VALUE" in cli(handoff, "act", incident, "hide", "--set", "other=1").stderr
    closed = cli(handoff, "close", incident, "--reason", "done by hand")
    assert (closed.returncode, closed.stdout.startswith("resolved: ")) == (0, True)
