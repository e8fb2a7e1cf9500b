"""The page on moving here, and the workflow it points to: their commands are run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from outproof.config.loading import load
from tests.conftest import ROOT
from tests.server_process import ServerProcess

PAGE = ROOT / "docs" / "how-to" / "migrate-from-cron-pings.md"
WORKFLOW = ROOT / "examples" / "github-actions.yml"
HOST = "https://outproof.example"
ELSEWHERE = ("https://healthchecks.io", "https://cronitor.io")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty folder, beside which `outproof` is on the path."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    program = tmp_path / "bin" / "outproof"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m outproof "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def run(script: str, home: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a script prints, run as a workflow's step is."""
    path = f"{home.parent / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_on_moving_here_can_be_followed(home: Path) -> None:
    [export] = blocks("json")
    (home / "healthchecks.json").write_text(export)
    followed, passed_over, said = [], [], ""
    with ExitStack() as stack:
        server = ServerProcess(home / "data", home / "promises.yaml")
        url = HOST
        for block in blocks("sh"):
            if any(host in block for host in ELSEWHERE):
                passed_over.append(block)
            elif "outproof serve" in block:
                url = stack.enter_context(server).url
            else:
                followed.append(block.replace(HOST, url))
                # Each block goes on where the ones before ended; of those only the settings are needed again.
                settings = re.findall(r"^(?:export )?[A-Z_]+=(?!\$\()\S+", "".join(followed[:-1]), re.MULTILINE)
                settings = [setting.replace(HOST, url) for setting in settings]
                said = run("\n".join([*settings, followed[-1]]), home)
                if "outproof drill" in block:
                    break
        assert len(passed_over) == 2
        assert len(followed) == 8
        assert "never" in said
        runs = server.get("/v1/runs")["runs"]
    assert sorted((each["promise"], each["verdict"]) for each in runs) == [
        ("backup", "kept"),
        ("nightly-digests", "broken"),
        ("nightly-digests", "kept"),
    ]


def test_the_promise_that_the_page_ends_with_can_be_declared(home: Path) -> None:
    [promise] = blocks("yaml")
    file = home / "outproof.yaml"
    file.write_text(promise)
    assert [each.name for each in load(file).promises] == ["nightly-digests"]


@pytest.fixture
def server(home: Path) -> Iterator[ServerProcess]:
    config = home / "outproof.yaml"
    config.write_text(
        "promises:\n"
        "  - name: nightly-digests\n"
        "    outcome: Digests are made.\n"
        "    owner: growth\n"
        "    due: 1h\n"
        "    ping: 31365bce-8da9-4729-8ff3-aaa71d56b712\n"
        "    proofs: {validated: {counts: {max_invalid_ratio: 0.02}}, persisted: {}}\n"
    )
    with ServerProcess(home / "data", config) as started:
        yield started


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text())["jobs"][job]["steps"]
    return found


@pytest.mark.parametrize(("status", "verdict"), [("success", "kept"), ("failure", "broken")])
def test_the_workflow_tells_its_runs(home: Path, server: ServerProcess, status: str, verdict: str) -> None:
    follow_workflow("runs", home, server, status)
    [listed] = server.get("/v1/runs")["runs"]
    told = server.get(f"/v1/runs/{listed['id']}")
    assert (told["external_id"], told["verdict"], told["counts"]["valid"]) == ("77-1", verdict, 980)
    assert {fact["key"]: fact["value"] for fact in told["evidence"]}["deploy_sha"] == "4f2a9c1"


@pytest.mark.parametrize(("status", "verdict"), [("success", "unverified"), ("failure", "broken")])
def test_the_workflow_pings(home: Path, server: ServerProcess, status: str, verdict: str) -> None:
    follow_workflow("pings", home, server, status)
    [told] = server.get("/v1/runs")["runs"]
    assert told["verdict"] == verdict


def follow_workflow(job: str, home: Path, server: ServerProcess, status: str) -> None:
    """Run the steps of a job as a runner does: what one writes to GITHUB_ENV, the next ones have."""
    written = home / "github.env"
    written.touch()
    known = {
        "GITHUB_ENV": str(written),
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SHA": "4f2a9c1",
        "JOB_STATUS": status,
        "OUTPROOF_ENDPOINT": server.url,
        "OUTPROOF_API_KEY": "op_any",
        "PROMISE": "nightly-digests",
        "PING": f"{server.url}/ping/31365bce-8da9-4729-8ff3-aaa71d56b712",
    }
    for step in steps(job):
        set_by_steps = dict(each.split("=", 1) for each in written.read_text().splitlines())
        run(step["run"], home, known | set_by_steps)
