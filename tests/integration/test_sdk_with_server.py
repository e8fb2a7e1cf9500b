"""The SDK against the real server, and the pages that explain it, run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

from outproof.contract.run import Observer
from outproof.sdk.answer import Answer
from outproof.sdk.host import Host
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.letter import Letter
from outproof.sdk.run import Run
from outproof.sdk.run_name import name_from
from outproof.sdk.speaker import Speaker
from tests.integration.sdk_receiver import Receiver, Told, a_port, child_env, serving, the_settings, until
from tests.server_process import ServerProcess
from tests.unit.sdk.outbox import a_run

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "instrument-an-application.md"


def test_the_server_takes_everything_the_sdk_can_say(tmp_path: Path) -> None:
    host = Host()
    with ServerProcess(tmp_path / "data") as server:
        host.open(the_settings(server.url, tmp_path / "spool", deploy="4f2a9c1"))
        with a_run(host, "nightly-digests", "batch-7", {"model": "m1\n", "prompt_version": 3}) as run:
            run.generated(input=1_000)
            run.validated(valid=980, invalid=20, input=1_000, detail="schema v3")
            run.persisted(output_id="digests/7")
            run.visible(url="https://app.example/7")
        with Answer(host.buffer, "answer", "req_1") as a:
            a.route("serve")
        feedback_id = time_ordered_id()
        body = {"id": feedback_id, "answer_id": a.id, "thumbs": "down", "comment": "wrong date", "escalated": True}
        host.send(Letter(feedback_id, "/v1/feedback", body), synced=False)
        assert host.flush(60.0), host.stats()
        stats = host.stats()
        assert (stats["sent"], stats["rejected"], stats["last_problem"]) == (8, 0, None)
        page = server.get(f"/v1/runs/{run.id}")
        assert page["counts"]["valid"] == 980
        assert {fact["key"]: fact["value"] for fact in page["evidence"]}["deploy_sha"] == "4f2a9c1"
        assert host.close(2.0)


def test_signals_given_while_the_server_is_down_are_delivered_when_it_is_back(tmp_path: Path) -> None:
    with a_port() as port:
        settings = the_settings(f"http://127.0.0.1:{port}", tmp_path / "spool")
        with ServerProcess(tmp_path / "data", options=["--port", str(port)]):
            pass
        host, later = Host(), Host()
        host.open(settings)
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.validated(valid=1)
        assert not host.close(1.0)
        with ServerProcess(tmp_path / "data", options=["--port", str(port)]) as server:
            later.open(settings)
            until(lambda: later.stats()["in_spool"] == 0)
            assert server.get(f"/v1/runs/{run.id}")["counts"]["valid"] == 1
            later.close(2.0)


def test_a_checker_proves_what_the_job_itself_cannot(tmp_path: Path) -> None:
    host = Host()
    with ServerProcess(
        tmp_path / "data", declared(tmp_path, "visible: {observer: independent, receipt: true}")
    ) as server:
        host.open(the_settings(server.url, tmp_path / "spool"))
        with a_run(host, "partner-export", "batch-7") as run:
            run.visible(receipt_id="rcpt-4711")
        assert host.flush(60.0), host.stats()
        assert server.get(f"/v1/runs/{run.id}")["verdict"] == "unverified"
        checker = Run(Speaker.resumed(host, name_from(run.ticket)), resumed=True, observer=Observer.INDEPENDENT)
        checker.visible("https://partner.example/inbox", receipt_id="rcpt-4711", measured={"rows": 980})
        assert host.flush(60.0), host.stats()
        page = server.get(f"/v1/runs/{run.id}")
        assert page["verdict"] == "kept", page["reason"]
        assert [stage["observer"] for stage in page["stages"] if stage["state"] == "passed"] == ["independent"]
        assert host.close(2.0)


def test_what_the_server_refuses_is_told_in_its_own_words_for_as_long_as_the_process_lives(tmp_path: Path) -> None:
    host = Host()
    with ServerProcess(tmp_path / "data", declared(tmp_path, "persisted: {}")) as server:
        host.open(the_settings(server.url, tmp_path / "spool"))
        with a_run(host, "partner-export", "batch-7", {"batch_id": "batch-7", "customer": "Ada"}) as run:
            run.persisted()
        assert host.flush(60.0), host.stats()
        stats = host.stats()
        assert (stats["sent"], stats["rejected"]) == (2, 1)
        assert "expected one of the evidence keys batch_id" in str(stats["last_problem"])
        assert server.get(f"/v1/runs/{run.id}")["verdict"] == "kept"
        assert host.close(2.0)


def declared(folder: Path, proofs: str) -> Path:
    """A configuration with one promise that wants these proofs."""
    config = folder / "outproof.yaml"
    config.write_text(
        "promises:\n"
        "  - name: partner-export\n"
        "    outcome: The partner has the export.\n"
        "    owner: exports\n"
        "    due: 1h\n"
        f"    proofs: {{{proofs}}}\n"
    )
    return config


def test_the_code_of_the_how_to_runs_as_it_stands(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", HOW_TO.read_text(), re.MULTILINE | re.DOTALL)
    receiver = Receiver()
    receiver.answer = lambda got: Told(200 if got.path == "/v1/traces" else 202)
    with serving(receiver) as endpoint:
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(blocks)],
            env=child_env(endpoint, tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "'sent': 15, 'rejected': 0, 'dropped': {}" in done.stdout
    assert "stop_and_review - search was called 2 times in a row" in done.stdout
    assert len(receiver.spans()) == 9
    assert len(receiver.signals()) == 6
