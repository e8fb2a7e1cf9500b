"""Policies that are cut into segments, on real stores: one incident whose parts come and go; several deciders."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.severity import Severity
from outproof.core.time import after
from outproof.decide.declared_policy import DeclaredExemplars
from outproof.decide.finding import FindingKind
from outproof.decide.invariant import exemplar
from outproof.decide.policy import NoData, Policy
from outproof.engine.alert_moves import RECORDED_MAX
from outproof.engine.decide import Decider, Rules
from outproof.engine.declare import POLICY, put_in_force
from outproof.measure.attribution import Bad, ByValue, changes
from outproof.measure.dimension import Dimension
from outproof.ports import Version
from outproof.prove.holds import Downtime, Holds
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.notification import lines
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.conftest import postgres, postgres_home  # noqa: F401  # fixtures are found by their names
from tests.contract.state.opened import NOON, PROJECT, GivenMeasures, SetClock, a_state
from tests.integration.test_decide import a_batch, unsafe
from tests.unit.decide.policies import a_threshold, an_absence, an_invariant

ROUTES = Routes(default=("pager",))
CUT = a_threshold(when="error_rate > 5%", by=Dimension.DEPLOY, for_s=0, min_answers=50)


def calls(errors: int, of: int = 500) -> dict[str, Any]:
    return {"answers": of, "calls": of, "error_rate": errors / of, "observations(error_rate)": of}


class Desk:
    """A decider on a real store, with the clock, the segments and the downtimes in the test's hands."""

    def __init__(self, state: SqlState, *policies: Policy) -> None:
        self.state = state
        self.clock = SetClock()
        self.measures = GivenMeasures()
        self.rules = Rules(policies, ROUTES)
        self.holds = Holds()
        self.decider = Decider(state, self.measures, self.clock, PROJECT, lambda: self.rules, lambda: self.holds)

    def look(self, forward_s: float = 10.0, /, **segments: Any) -> None:
        by_segment: dict[str | None, Any] = dict(segments.items())
        self.measures.by_segment = by_segment
        self.clock.forward(forward_s)
        self.decider.tick()

    def incidents(self) -> list[Incident]:
        with self.state.begin() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def told(self, incident: Incident) -> list[str]:
        with self.state.begin() as tx:
            return [delivery.kind.value for delivery in tx.outbox.deliveries(incident.id)]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path) as state:
        yield state


def test_segments_of_one_policy_are_one_incident_until_the_last_of_them_is_over(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(v1=calls(90), v2=calls(90), v3=calls(1))
    [incident] = desk.incidents()
    assert [part.name for part in incident.broken] == ["deploy v1", "deploy v2"]
    assert incident.finding.headline == "error_rate 18% (limit > 5%)"
    assert desk.told(incident) == ["opened"]
    desk.look(v1=calls(1), v2=calls(90), v3=calls(1))
    [incident] = desk.incidents()
    assert (incident.state, [part.name for part in incident.broken]) == (IncidentState.OPEN, ["deploy v2"])
    desk.look(v1=calls(1), v3=calls(1))  # the deploy is rolled back: nothing of it is served any more
    [incident] = desk.incidents()
    assert (incident.state, desk.told(incident)) == (IncidentState.RESOLVED, ["opened", "resolved"])


def test_healthy_segments_leave_nothing_behind(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(**{f"v{n}": calls(1) for n in range(300)})
    with state.look() as tx:
        assert tx.alerts.memories() == {}


def test_a_segment_that_fires_while_its_incident_is_open_joins_it_without_a_page(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(v1=calls(90))
    desk.look(v1=calls(90), v2=calls(400))
    [incident] = desk.incidents()
    assert (len(incident.broken), incident.finding.occurrences) == (2, 2)
    assert desk.told(incident) == ["opened"]


def test_silence_of_all_segments_is_one_incident_that_their_return_ends(state: SqlState) -> None:
    desk = Desk(state, a_threshold(by=Dimension.DEPLOY, no_data=NoData.INCIDENT))
    desk.look()
    desk.look(300.0)
    [incident] = desk.incidents()
    assert incident.finding.kind is FindingKind.UNVERIFIED
    desk.look(v1={"answers": 90, "calls": 90, "ttft_p95": 0.2})
    assert desk.incidents()[0].state is IncidentState.RESOLVED


def test_what_a_policy_that_is_cut_otherwise_left_open_is_closed(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(v1=calls(90))
    desk.rules = Rules((a_threshold(when="error_rate > 5%", by=Dimension.MODEL, for_s=0, min_answers=50),), ROUTES)
    desk.look()
    [incident] = desk.incidents()
    assert (incident.state, incident.finding.reason) == (IncidentState.RESOLVED, "its policy is no longer declared")


def test_policies_of_one_group_are_one_incident(state: SqlState) -> None:
    slow = a_threshold(for_s=0, group="checkout")
    failing = a_threshold(name="failing", when="error_rate > 5%", for_s=0, group="checkout")
    desk = Desk(state, slow, failing)
    desk.measures.by_service[None] = {**calls(90), "ttft_p95": 0.9}
    desk.look()
    [incident] = desk.incidents()
    assert {part.name for part in incident.broken} == {"slow-first-token", "failing"}
    desk.measures.by_service[None] = {**calls(90), "ttft_p95": 0.1}
    desk.look()
    assert desk.incidents()[0].state is IncidentState.OPEN
    desk.measures.by_service[None] = {**calls(0), "ttft_p95": 0.1}
    desk.look()
    assert desk.incidents()[0].state is IncidentState.RESOLVED


def test_a_page_says_what_changed_and_shows_answers_of_what_explains_it(state: SqlState) -> None:
    desk = Desk(state, a_threshold(for_s=0, exemplars=DeclaredExemplars(limit=1)))
    now: ByValue = {Dimension.TEMPLATE: {"v1": Bad(0, 40), "v2-regression": Bad(9, 10)}}
    desk.measures.explained = changes(now, {}, Bad(9, 50), Bad(0, 900))
    desk.measures.shown = (exemplar(a_batch(unsafe(7)), 0),)
    desk.measures.by_service[None] = {"answers": 50, "calls": 50, "ttft_p95": 0.9}
    desk.look()
    [incident] = desk.incidents()
    facts = {fact.key: fact.text for fact in incident.finding.evidence}
    assert str(facts["what_changed"]).startswith("template_id v2-regression explains 100 %")
    assert facts["sample"] == "50 calls"
    assert [shown.request_id for shown in incident.finding.exemplars] == ["req_7"]


def test_an_invariant_pages_at_once_and_says_at_the_next_look_what_changed(state: SqlState) -> None:
    desk = Desk(state, an_invariant())
    now: ByValue = {Dimension.TEMPLATE: {"v1": Bad(0, 4), "v2-regression": Bad(2, 2)}}
    desk.measures.explained = changes(now, {}, Bad(2, 6), Bad(0, 600))
    desk.measures.by_service[None] = {"answers": 6, "decided": 6}
    looks = desk.decider.broken(a_batch(unsafe(1), unsafe(2)))
    with state.begin() as tx:
        desk.decider.judge_batch(tx, looks)
    assert "what_changed" not in {fact.key for fact in desk.incidents()[0].finding.evidence}
    desk.look()
    [incident] = desk.incidents()
    assert "what_changed" in {fact.key for fact in incident.finding.evidence}
    desk.look()
    more = desk.decider.broken(a_batch(unsafe(3, desk.clock.at)))
    with state.begin() as tx:
        desk.decider.judge_batch(tx, more)
    [incident] = desk.incidents()
    assert incident.finding.occurrences == 3
    assert [fact.key for fact in incident.finding.evidence].count("what_changed") == 1
    assert desk.told(incident) == ["opened"]


def test_a_breach_of_a_window_that_is_still_filling_says_so(state: SqlState) -> None:
    desk = Desk(state, a_threshold(for_s=0))
    desk.measures.by_service[None] = {"answers": 50, "calls": 50, "ttft_p95": 0.9}
    desk.measures.partial = True
    desk.look()
    [incident] = desk.incidents()
    assert incident.finding.partial
    assert incident.finding.reason.endswith("raised on partial data")


def test_that_nothing_came_is_not_told_of_a_time_in_which_we_could_not_see(state: SqlState) -> None:
    desk = Desk(state, an_absence(window_s=60))
    desk.measures.by_service[None] = {"answers": 0}
    desk.holds = Holds.of([Downtime(after(NOON, -600), NOON, after(NOON, 60))])
    desk.look(0)
    desk.look(50)
    assert desk.incidents() == []
    desk.look(10)
    [incident] = desk.incidents()
    assert incident.finding.kind is FindingKind.ABSENCE


def test_a_look_that_was_judged_moves_nothing_again_until_a_window_is_revised(state: SqlState) -> None:
    policy = a_threshold(for_s=0)
    first, second = Desk(state, policy), Desk(state, policy)
    first.measures.by_service[None] = {"calls": 50, "answers": 50, "ttft_p95": 0.2}
    second.measures.by_service[None] = {"calls": 50, "answers": 50, "ttft_p95": 0.9}
    first.look()
    second.look()
    assert second.incidents() == []
    second.measures.revision = 1
    second.decider.judge()
    [incident] = second.incidents()
    assert incident.state is IncidentState.OPEN
    first.decider.judge()  # what it sees is older than what was judged
    assert first.incidents()[0].state is IncidentState.OPEN


def test_a_storm_moves_the_most_severe_first_and_the_rest_at_the_next_look(state: SqlState) -> None:
    def cut(name: str, severity: Severity) -> Policy:
        return a_threshold(name=name, when="ttft_p95 > 1s", by=Dimension.DEPLOY, for_s=0, severity=severity)

    mild, grave = cut("a-mild", Severity.WARNING), cut("grave", Severity.CRITICAL)
    desk = Desk(state, mild, grave)
    storm = {f"v{n:04}": {"answers": 90, "calls": 90, "ttft_p95": 2.0} for n in range(RECORDED_MAX + 20)}
    desk.look(**storm)
    [incident] = desk.incidents()
    assert (incident.finding.policy, len(incident.broken)) == ("grave", RECORDED_MAX + 20)  # one incident, at once
    desk.look(**storm)
    assert {each.finding.policy: len(each.broken) for each in desk.incidents()} == {
        "grave": RECORDED_MAX + 20,
        "a-mild": RECORDED_MAX + 20,
    }


def test_segments_that_break_at_once_are_told_once_with_the_worst_by_name(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(**{f"v{n:03}": calls(100 + n) for n in range(100)})
    [incident] = desk.incidents()
    assert (incident.generation, len(incident.broken), desk.told(incident)) == (1, 100, ["opened"])
    with state.begin() as tx:
        (sent,) = tx.outbox.claim("pager", desk.clock.at, after(desk.clock.at, 9), 9)
        lines_of = [entry.kind for entry in tx.incidents.timeline(incident.id)]
    said = {line.label: line.value for line in lines(sent.notification)}
    assert said["Broken"] == "deploy v099, deploy v098, deploy v097, deploy v096, deploy v095 and 95 more"
    assert said["What"] == "error_rate 39.8% (limit > 5%)"
    assert len(lines_of) <= 3  # that it opened, who is told, and how many


def test_an_incident_shows_another_segment_once_the_one_it_showed_has_recovered(state: SqlState) -> None:
    desk = Desk(state, CUT)
    desk.look(v1=calls(400), v2=calls(90))
    assert desk.incidents()[0].finding.title.endswith("(deploy v1)")
    desk.look(v1=calls(0), v2=calls(100))
    [incident] = desk.incidents()
    assert incident.finding.title.endswith("(deploy v2)")
    assert incident.finding.headline == "error_rate 20% (limit > 5%)"
    assert incident.finding.labels["deploy"] == "v2"
    assert desk.told(incident) == ["opened"]


def test_a_part_keeps_the_severity_of_its_own_policy(state: SqlState) -> None:
    slow = a_threshold(for_s=0, group="checkout", severity=Severity.CRITICAL)
    failing = a_threshold(name="failing", when="error_rate > 5%", for_s=0, group="checkout")
    desk = Desk(state, slow, failing)
    desk.measures.by_service[None] = {**calls(90), "ttft_p95": 0.9}
    desk.look()
    desk.measures.by_service[None] = {**calls(90), "ttft_p95": 0.1}
    for _ in range(12):
        desk.look()
    [incident] = desk.incidents()
    assert incident.finding.severity is Severity.CRITICAL  # the incident was that bad
    assert [(part.name, part.severity) for part in incident.broken] == [("failing", Severity.WARNING)]


def test_older_files_end_nothing_that_the_files_put_in_force_last_declare(state: SqlState) -> None:
    newer, older = Desk(state, CUT), Desk(state)
    with state.begin() as tx:
        put_in_force(tx, [Version(POLICY, CUT.name, CUT.version, "{}")], NOON)
    newer.look(v1=calls(90))
    recut = a_threshold(when="error_rate > 5%", by=Dimension.MODEL, for_s=0, min_answers=50)
    for rules in (Rules((), ROUTES), Rules((recut,), ROUTES)):
        older.rules = rules
        older.look()
        assert newer.incidents()[0].state is IncidentState.OPEN
    with state.begin() as tx:
        put_in_force(tx, [], NOON)
    older.look()
    assert newer.incidents()[0].state is IncidentState.RESOLVED


def test_what_breaks_as_data_comes_back_after_a_silence_is_told(state: SqlState) -> None:
    desk = Desk(state, a_threshold(by=Dimension.DEPLOY, no_data=NoData.INCIDENT, for_s=0))
    desk.look()
    desk.look(300.0)
    desk.look(v1={"answers": 90, "calls": 90, "ttft_p95": 0.2}, v2={"answers": 90, "calls": 90, "ttft_p95": 0.9})
    [incident] = desk.incidents()
    assert (incident.state, incident.finding.kind) == (IncidentState.OPEN, FindingKind.THRESHOLD)
    assert [part.name for part in incident.broken] == ["deploy v2"]
    assert desk.told(incident) == ["opened", "updated"]


@pytest.mark.parametrize("home", ["sqlite", "postgresql"])
def test_of_deciders_that_look_at_the_same_instant_one_wins(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = tmp_path if home == "sqlite" else str(request.getfixturevalue("postgres_home"))
    with a_state(where) as first, a_state(where) as second:
        desks = [Desk(state, CUT, an_invariant()) for state in (first, second, first, second)]

        def race(forward_s: float, /, **segments: Any) -> None:
            def look(desk: Desk) -> Callable[[], None]:
                return lambda: desk.look(forward_s, **segments)

            with ThreadPoolExecutor(len(desks)) as threads:
                for done in [threads.submit(look(desk)) for desk in desks]:
                    done.result()

        for round in range(1, 6):
            race(10, v1=calls(90), v2=calls(90) if round % 2 else calls(0))
        [incident] = desks[0].incidents()
        assert desks[0].told(incident) == ["opened"]
        race(10, v1=calls(0), v2=calls(0))
        [incident] = desks[0].incidents()
        assert (incident.state, desks[0].told(incident)) == (IncidentState.RESOLVED, ["opened", "resolved"])
        with first.look() as tx:
            entries = [entry.kind.value for entry in tx.incidents.timeline(incident.id)]
        assert entries.count("opened") == entries.count("resolved") == 1
