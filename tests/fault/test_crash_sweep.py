"""The process dies at an executed line between the verdict and the channel: the page still goes out, once, or twice
with the same id. `OUTPROOF_SWEEP_POINTS=0` kills at every line instead of a sample of them.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from outproof.core.time import Instant, after
from outproof.engine.dispatch import CLAIM_S
from outproof.engine.settle import Occasion, settle
from outproof.respond.delivery import DeliveryState
from outproof.respond.incident import IncidentState
from tests.builders import RUN, START, at, opened
from tests.contract.state.opened import PROJECT, a_state
from tests.fault.crash_points import STEP_S, STEP_TERMS, TERMS, Case, Ended
from tests.integration.sink import Sink, running

POINTS = int(os.environ.get("OUTPROOF_SWEEP_POINTS", "40"))
"""Kills per road; there are three roads."""

REPORT = os.environ.get("OUTPROOF_SWEEP_REPORT")
BROKEN_AT = at(120)


class Forks:
    """The program that forks a process for each case."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.crash_points"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, case: Case) -> Ended:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        print(json.dumps(asdict(case)), file=self._program.stdin, flush=True)
        return Ended(**json.loads(self._program.stdout.readline()))

    def close(self) -> None:
        self._program.communicate(timeout=60)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with closing(Forks()) as forks:
        yield forks


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


@pytest.fixture(scope="module")
def about_to_break(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state database with a run that is open and will be overdue a minute later."""
    home = tmp_path_factory.mktemp("about-to-break")
    with a_state(home) as state, state.begin() as tx:
        tx.runs.receive(opened())
        settle(tx, RUN, Occasion.SIGNAL, TERMS, project=PROJECT, now=START)
    return home / "state.db"


@pytest.fixture(scope="module")
def about_to_escalate(about_to_break: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same database when the run is overdue and nobody has been told, because that is a step of a route."""
    home = tmp_path_factory.mktemp("about-to-escalate")
    shutil.copy(about_to_break, home / "state.db")
    with a_state(home) as state, state.begin() as tx:
        settle(tx, RUN, Occasion.TIME, STEP_TERMS, project=PROJECT, now=after(BROKEN_AT, -STEP_S))
    return home / "state.db"


@pytest.mark.parametrize("road", ["runs", "answers", "steps"])
def test_a_page_survives_a_kill_at_any_line_on_its_way(
    road: str, forks: Forks, sink: Sink, about_to_break: Path, about_to_escalate: Path, tmp_path: Path
) -> None:
    begins = about_to_escalate if road == "steps" else about_to_break

    def case(number: int, now: Instant, die_at: int = 0) -> Case:
        return Case(road, str(tmp_path / f"{number}.db"), f"{sink.url}/{road}/{number}", now, die_at)

    shutil.copy(begins, tmp_path / "0.db")
    whole = forks.run(case(0, BROKEN_AT))
    assert whole.status == 0
    assert len(sink.bodies(f"/{road}/0")) == 1
    step = max(1, whole.lines // POINTS) if POINTS else 1
    posts = []
    for die_at in range(1, whole.lines + 1, step):
        shutil.copy(begins, tmp_path / f"{die_at}.db")
        ended = forks.run(case(die_at, BROKEN_AT, die_at))
        assert ended.killed or ended.status == 0, ended  # threads may take fewer lines the second time
        after_the_claim = after(BROKEN_AT, CLAIM_S + 1)
        assert forks.run(case(die_at, after_the_claim)).status == 0
        received = sink.bodies(f"/{road}/{die_at}")
        assert 1 <= len(received) <= 2, f"killed at line {die_at}: {len(received)} posts"
        assert len({post.headers["webhook-id"] for post in received}) == 1
        expect_one_incident_and_its_receipt(tmp_path / f"{die_at}.db")
        posts.append(len(received))
        (tmp_path / f"{die_at}.db").unlink()
    report(road, whole.lines, posts)


def expect_one_incident_and_its_receipt(database: Path) -> None:
    with a_state(f"sqlite:///{database}") as state, state.look() as tx:
        (incident,) = tx.incidents.newest(list(IncidentState), 10)
        (delivery,) = tx.outbox.deliveries(incident.id)
    assert delivery.state is DeliveryState.ACCEPTED


def report(road: str, lines: int, posts: list[int]) -> None:
    if REPORT:
        figures = {"road": road, "lines": lines, "kills": len(posts), "lost": 0, "sent_twice": posts.count(2)}
        with Path(REPORT).open("a") as file:
            file.write(json.dumps(figures) + "\n")
