"""A batch of 10,000 items on the real server: killed in the middle, carried on by another process, kept."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sdk_programs import deliver_leftovers, ended, program
from tests.server_process import ServerProcess

ITEMS = 10_000

CONFIG = """
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated and saved by 06:00.
    owner: growth
    due: 1h
    proofs:
      validated: {counts: {max_invalid_ratio: 0.01, max_unexplained: 0}}
      persisted: {}
"""

# What is saved is in a file of the application's own; item 77 cannot be made at the first attempt.
BATCH = """
import os, signal, outproof

saved = open({saved!r}, "a+")
saved.seek(0)
done = {{int(line) for line in saved}}

def digest(run, number, item):
    if number % 1_000 == 0:
        item.invalid()
        return
    if number == 77 and not done:
        raise TimeoutError("customer 77 asked for something")
    item.validated()
    print(number, file=saved, flush=True)
    item.persisted()

def work(run):
    for number, item in run.items(range({items})):
        if number in done:
            continue
        if number == {killed_at}:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            with item:
                digest(run, number, item)
        except TimeoutError:
            pass

outproof.init(service="digests", deploy="4f2a9c1")
"""

FIRST = """
with outproof.run("nightly-digests", external_id="batch-7", evidence={"batch_id": "batch-7"}) as run:
    print(run.ticket, flush=True)
    work(run)
"""

SECOND = """
run = outproof.resume()  # the one that OUTPROOF_RUN names
work(run)
run.validated()
run.persisted(output_id="digests/batch-7", measured={"files": 9_990})
run.close()
saved.close()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    config = tmp_path / "outproof.yaml"
    config.write_text(CONFIG)
    with ServerProcess(tmp_path / "data", config) as started:
        yield started


def attempt(code: str, url: str, folder: Path, *, killed_at: int, ticket: str = "") -> subprocess.Popen[str]:
    """One process of the batch."""
    handed = f"import os; os.environ['OUTPROOF_RUN'] = {ticket!r}\n"
    batch = BATCH.format(saved=str(folder / "saved"), items=ITEMS, killed_at=killed_at)
    return program(handed + batch + code, url, folder / "spool")


def states_of(server: ServerProcess, ticket: str) -> dict[str, int]:
    """Items of the run by what became of them, those that there are."""
    known: dict[str, int] = server.get(f"/v1/runs/{ticket.split('/')[0]}")["items"]["by_state"]
    return {state: number for state, number in known.items() if number}


def ids_of(server: ServerProcess, ticket: str, query: str) -> list[str]:
    listed = server.get(f"/v1/runs/{ticket.split('/')[0]}/items?{query}")["items"]
    return [item["item_id"] for item in listed]


def incidents_of(server: ServerProcess, promise: str) -> list[str]:
    """Titles of its incidents, open and over. Others are about a server that a busy machine held up."""
    listed = server.get("/v1/incidents?state=all")["incidents"]
    return [incident["title"] for incident in listed if incident["title"].startswith(f"{promise}: ")]


def test_a_batch_that_is_killed_in_the_middle_is_carried_on_by_another_process_and_kept(
    tmp_path: Path, server: ServerProcess
) -> None:
    first = attempt(FIRST, server.url, tmp_path, killed_at=5_000)
    said, _ = first.communicate(timeout=120)
    ticket = said.strip()
    assert first.returncode == -signal.SIGKILL
    deliver_leftovers(server.url, tmp_path / "spool")
    assert states_of(server, ticket) == {"passed": 4_994, "invalid": 5, "failed": 1, "missing": 5_000}
    assert ids_of(server, ticket, "state=failed") == ["77"]
    assert server.get(f"/v1/runs/{ticket.split('/')[0]}")["verdict"] == "pending"

    assert ended(attempt(SECOND, server.url, tmp_path, killed_at=-1, ticket=ticket)) == 0
    deliver_leftovers(server.url, tmp_path / "spool")
    run = server.get(f"/v1/runs/{ticket.split('/')[0]}")
    assert (run["verdict"], run["external_id"], run["unexplained"]) == ("kept", "batch-7", 0), run["reason"]
    assert states_of(server, ticket) == {"passed": 9_990, "invalid": 10}
    assert (run["counts"]["input"], run["counts"]["valid"], run["counts"]["invalid"]) == (10_000, 9_990, 10)
    assert [claim["claim"] for claim in run["claims"]] == ["success"]
    assert {fact["key"]: fact["value"] for fact in run["evidence"]}["output_id"] == "digests/batch-7"
    # What the first process made and what the second one made are on the same page.
    assert ids_of(server, ticket, "state=passed&after=1&limit=1") == ["10"]
    assert ids_of(server, ticket, "state=passed&after=9998&limit=1") == ["9999"]
    assert ids_of(server, ticket, "stage=persisted") == []
    assert incidents_of(server, "nightly-digests") == []


PARENT = """
import os, subprocess, sys, outproof

WORKER = '''
import sys, outproof
outproof.init()
with outproof.resume() as run:
    for _, item in run.items(range(500)):
        item.validated()
        item.persisted()
print("done", flush=True)
sys.stdin.read()
'''

outproof.init()
with outproof.run("nightly-digests", external_id="batch-8") as run:
    run.expect(range(500))
    worker = [sys.executable, "-c", WORKER]
    env = {**os.environ, **run.environment()}
    process = subprocess.Popen(worker, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    run.validated()
    run.persisted()
print(run.ticket)
outproof.flush(60)
process.communicate()
"""


def test_the_close_of_a_run_does_not_outrun_what_a_worker_that_lives_on_has_said(
    tmp_path: Path, server: ServerProcess
) -> None:
    said, trouble = program(PARENT, server.url, tmp_path / "spool").communicate(timeout=120)
    assert trouble == ""
    run = server.get(f"/v1/runs/{said.split('/')[0]}")
    assert [change["to"] for change in run["verdicts"]] == ["pending", "kept"]
    assert incidents_of(server, "nightly-digests") == []
