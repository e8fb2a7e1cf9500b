"""Our own absence, and a wall clock that is set: nobody is called for what we could not see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outproof.contract.severity import Severity
from outproof.decide.finding import FindingKind
from outproof.decide.monitoring import Monitoring
from outproof.respond.incident import IncidentState
from tests.builders import a_promise, by_job
from tests.integration.monitor import STAGES, Monitor

HOUR_S = 3_600.0
NAMES = [f"batch-{number}" for number in range(30)]


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    monitor = Monitor(tmp_path, a_promise(by_job(*STAGES), due_s=HOUR_S))
    yield monitor
    monitor.close()


@pytest.mark.parametrize("jump_s", [2 * HOUR_S, -2 * HOUR_S])
def test_a_wall_clock_that_jumps_two_hours_calls_nobody_for_a_run(monitor: Monitor, jump_s: float) -> None:
    monitor.open(NAMES)
    monitor.run(10)
    monitor.pass_unseen(1, wall_s=1 + jump_s)
    monitor.run(HOUR_S / 2)
    assert monitor.pages() == []
    [notice] = monitor.notices()
    assert notice.finding.kind is FindingKind.CLOCK_SUSPECT
    monitor.prove(NAMES)
    monitor.pass_unseen(1, wall_s=1 - jump_s)
    monitor.run(HOUR_S)
    assert monitor.pages() == []
    assert [notice.state for notice in monitor.notices()] == [IncidentState.RESOLVED]


@pytest.mark.parametrize("jump_s", [2 * HOUR_S, -2 * HOUR_S])
def test_a_deadline_is_met_to_the_second_while_the_wall_clock_is_wrong(monitor: Monitor, jump_s: float) -> None:
    monitor.open(["batch-1"])
    monitor.pass_unseen(1, wall_s=1 + jump_s)
    monitor.run(HOUR_S - 10)
    assert monitor.pages() == []
    monitor.run(20)
    assert [page.finding.kind for page in monitor.pages()] == [FindingKind.LATE]


def test_a_server_that_was_away_tells_of_itself_once_and_waits_for_what_is_on_its_way(monitor: Monitor) -> None:
    monitor.open(NAMES)
    monitor.run(10)
    monitor.pass_unseen(3 * HOUR_S)
    monitor.start()
    monitor.run(30)
    assert monitor.pages() == []
    [notice] = monitor.notices()
    assert notice.finding.kind is FindingKind.MONITOR_DOWN
    assert "30 deadlines fell into it" in notice.finding.reason
    monitor.prove(NAMES)  # what the senders had kept
    monitor.run(300)
    assert monitor.pages() == []
    assert [notice.state for notice in monitor.notices()] == [IncidentState.RESOLVED]


def test_what_nobody_proves_after_the_server_is_back_is_told_then(monitor: Monitor) -> None:
    monitor.open(["batch-1"])
    monitor.run(10)
    monitor.pass_unseen(3 * HOUR_S)
    monitor.start()
    monitor.run(58)
    assert monitor.pages() == []
    monitor.run(20)
    assert [page.finding.kind for page in monitor.pages()] == [FindingKind.LATE]


def test_a_host_that_sleeps_while_the_server_runs_is_an_absence_too(monitor: Monitor) -> None:
    monitor.open(NAMES)
    monitor.run(10)
    monitor.pass_unseen(2 * HOUR_S)
    monitor.settler.tick()  # the first loop that looks is not the watch
    assert monitor.pages() == []
    monitor.tick()
    monitor.prove(NAMES)
    monitor.run(300)
    assert monitor.pages() == []
    assert len(monitor.notices()) == 1


def test_a_restart_of_a_second_is_told_to_nobody(monitor: Monitor) -> None:
    monitor.open(NAMES)
    monitor.run(10)
    monitor.pass_unseen(2)
    monitor.start()
    monitor.run(100)
    assert monitor.notices() == []


def test_a_clock_set_back_while_the_server_was_away_is_told_when_it_begins(monitor: Monitor) -> None:
    monitor.open(["batch-1"])
    monitor.run(10)
    monitor.pass_unseen(3, wall_s=-2 * HOUR_S)
    monitor.start()
    monitor.run(60)
    assert monitor.pages() == []
    [notice] = monitor.notices()
    assert notice.finding.kind is FindingKind.CLOCK_SUSPECT


def test_what_is_about_ourselves_is_told_to_whom_the_section_monitor_names(monitor: Monitor) -> None:
    monitor.monitoring = Monitoring(owner="platform-team", severity=Severity.CRITICAL, channels=("ops",))
    monitor.run(10)
    monitor.pass_unseen(1, wall_s=1 + 2 * HOUR_S)
    monitor.run(10)
    monitor.pass_unseen(3 * HOUR_S)
    monitor.start()
    monitor.run(30)
    found = {notice.finding.kind: notice.finding for notice in monitor.notices()}
    assert set(found) == {FindingKind.MONITOR_DOWN, FindingKind.CLOCK_SUSPECT}
    for finding in found.values():
        assert (finding.owner, finding.severity) == ("platform-team", Severity.CRITICAL)
        assert finding.channels == ("ops",)
