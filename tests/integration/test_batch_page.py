"""docs/how-to/instrument-a-batch.md: its code runs as it stands, and the runs end as it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outproof.core.ids import DEFAULT_PROJECT, run_id
from tests.conftest import ROOT
from tests.integration.sdk_receiver import child_env
from tests.server_process import ServerProcess

TEXT = (ROOT / "docs" / "how-to" / "instrument-a-batch.md").read_text()

AFTER_THE_PAGE = """
opened({"run_id": "scheduled-1"}), load_digests({"run_id": "scheduled-1"}), succeeded({"run_id": "scheduled-1"})
opened({"run_id": "scheduled-2"}), broke({"run_id": "scheduled-2", "exception": ValueError("about Ada Lovelace")})
opened({"run_id": "scheduled-3"}), broke({"run_id": "scheduled-3"})
assert outproof.flush(60), outproof.stats()
"""

AROUND_CELERY = """
import outproof
outproof.init()
{block}
app.conf.update(task_always_eager=True)
submit("celery-1", ["c-1", "c-2"])
digest.apply(args=[None], kwargs={{"ticket": outproof.begin("nightly-digests", external_id="celery-2"), "no": 1}})
assert outproof.flush(60), outproof.stats()
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def a_page_of(external_id: str) -> str:
    return f"/v1/runs/{run_id(DEFAULT_PROJECT, 'nightly-digests', external_id)}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    [promises] = blocks("yaml")
    config = tmp_path / "outproof.yaml"
    config.write_text(promises)
    with ServerProcess(tmp_path / "data", config) as started:
        yield started


def ran(code: str, server: ServerProcess, folder: Path) -> str:
    """What a program prints; it must end well."""
    env = {**child_env(server.url, folder / "spool"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_of_the_page_runs_as_it_stands_and_each_run_ends_as_it_says(
    tmp_path: Path, server: ServerProcess
) -> None:
    python = [block for block in blocks("python") if "celery" not in block]
    [child] = [block for block in python if block.startswith("# render.py")]
    (tmp_path / "render.py").write_text(child)
    before, after = python[: (cut := carried_on(python))], python[cut:]
    ran("\n".join(before), server, tmp_path)
    broken = server.until(lambda: broken_run(server, "2026-11-22"))  # words about items may come after the close
    assert broken["items"]["by_state"]["failed"] == 1
    assert broken["incident_id"] is not None
    assert "c-7" in asked_by_curl(server, broken["id"], tmp_path)

    rest = [block for block in after if block is not child]
    said = ran("\n".join(["import outproof\noutproof.init()", *rest, AFTER_THE_PAGE]), server, tmp_path)
    assert "'rejected': 0, 'dropped': {}" in said
    days = dict.fromkeys([f"2026-11-{day}" for day in range(20, 25)], "kept")
    expected = days | {"scheduled-1": "kept", "scheduled-2": "broken", "scheduled-3": "broken"}
    server.until(lambda: verdicts(server) == expected)
    items = server.get(a_page_of("2026-11-21"))["items"]
    assert (items["total"], items["by_state"]["passed"], items["by_state"]["invalid"]) == (100, 98, 2)
    assert reason(server, "scheduled-2").startswith("the job reported failure (ValueError)")
    assert reason(server, "scheduled-3").startswith("the job reported failure (DagFailed)")
    assert [each["incident_id"] is None for each in map(server.get, map(a_page_of, sorted(days)))].count(False) == 1
    assert server.get("/v1/promises/mail-worker")["state"] == "kept"


def test_what_the_page_promises_of_celery_holds(tmp_path: Path, server: ServerProcess) -> None:
    [block] = [block for block in blocks("python") if "celery" in block]
    ran(AROUND_CELERY.format(block=block), server, tmp_path)
    server.until(lambda: verdicts(server) == {"celery-1": "kept", "celery-2": "broken"})
    kept, failed = server.get(a_page_of("celery-1")), server.get(a_page_of("celery-2"))
    assert (kept["verdict"], kept["items"]["by_state"]["passed"]) == ("kept", 2)
    assert (failed["verdict"], failed["reason"].split(";")[0]) == ("broken", "the job reported failure (TypeError)")


def verdicts(server: ServerProcess) -> dict[str, str]:
    return {run["external_id"]: run["verdict"] for run in server.get("/v1/runs")["runs"]}


def broken_run(server: ServerProcess, external_id: str) -> dict[str, Any] | None:
    run: dict[str, Any] = server.get(a_page_of(external_id))
    return run if run["verdict"] == "broken" else None


def carried_on(python: list[str]) -> int:
    """Where the page goes on with a run that broke."""
    return next(number for number, block in enumerate(python) if block.startswith("run = outproof.resume("))


def reason(server: ServerProcess, external_id: str) -> str:
    run: dict[str, Any] = server.get(a_page_of(external_id))
    return str(run["reason"])


def asked_by_curl(server: ServerProcess, run: str, folder: Path) -> str:
    """What the page's question about items is answered."""
    [question] = [block for block in blocks("sh") if "curl" in block]
    env = {"PATH": os.environ["PATH"], "OUTPROOF_ENDPOINT": server.url, "OUTPROOF_API_KEY": "op_any", "RUN": run}
    done = subprocess.run(
        ["bash", "-c", question], env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
