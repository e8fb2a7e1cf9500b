import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.answer import COLUMN_NAMES
from outproof.contract.severity import Severity
from outproof.core.errors import Transient
from outproof.core.time import Instant, after
from outproof.decide.alert import UNKNOWN
from outproof.decide.declared_policy import DeclaredExemplars
from outproof.decide.fault import Fault
from outproof.decide.finding import FindingKind
from outproof.decide.invariant import exemplar
from outproof.decide.policy import NoData, Policy
from outproof.decide.question import Ask, Looks, Scope, Span
from outproof.engine.alert_moves import CLOSED_S
from outproof.engine.decide import Decider, Rules
from outproof.engine.record import put_on_record
from outproof.measure.attribution import Changes
from outproof.measure.dimension import Dimension
from outproof.respond.incident import EntryKind, Incident, IncidentState, close
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, GivenMeasures, SetClock, a_state
from tests.unit.decide.policies import a_threshold, an_invariant

ROUTES = Routes(default=("pager",))


class Watch:
    """A decider on a real store, with the clock and the measures in the test's hands."""

    def __init__(self, state: SqlState, *policies: Policy) -> None:
        self.state = state
        self.clock = SetClock()
        self.measures = GivenMeasures()
        self.rules = Rules(policies, ROUTES)
        self.decider = Decider(state, self.measures, self.clock, PROJECT, lambda: self.rules)

    def measure(self, **values: float | None) -> None:
        self.measures.by_service[None] = values

    def judge(self, *answers: dict[str, Any]) -> None:
        looks = self.decider.broken(a_batch(*answers))
        with self.state.begin() as tx:
            self.decider.judge_batch(tx, looks)

    def tick(self, forward_s: float = 0.0) -> None:
        self.clock.forward(forward_s)
        self.decider.tick()

    def incidents(self) -> list[Incident]:
        with self.state.begin() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def told(self, incident: Incident) -> list[str]:
        with self.state.begin() as tx:
            return [delivery.kind.value for delivery in tx.outbox.deliveries(incident.id)]


def a_batch(*answers: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "trace_id": n.to_bytes(16, "big"),
            "span_id": n,
            "started_at": NOON,
            "service": "tracking-answerer",
            "is_answer": True,
            **answer,
        }
        for n, answer in enumerate(answers, 1)
    ]
    return {name: [row.get(name) for row in rows] for name in COLUMN_NAMES}


def unsafe(number: int, at: Instant = NOON) -> dict[str, Any]:
    return {
        "unsafe_claim_served": True,
        "span_id": number,
        "trace_id": number.to_bytes(16, "big"),
        "started_at": at,
        "request_id": f"req_{number}",
    }


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path) as state:
        yield state


def test_the_worked_window_pages_once_with_two_of_six_and_warns_of_nothing(state: SqlState, realcases: Path) -> None:
    case = json.loads((realcases / "seed_cases.json").read_text())["worked_window"]
    expected = case["expected"]
    limits = expected["policy"]
    slow = a_threshold(when=f"ttft_p95 > {limits['max_p95_ttft_ms']}ms", for_s=0.0, min_answers=1)
    dear = a_threshold(name="dear", when=f"cost > ${limits['max_window_cost_usd']}", for_s=0.0, min_answers=1)
    card = expected["incident_card"]
    watch = Watch(state, an_invariant(first_check=card["first_check"]), slow, dear)
    watch.measure(answers=6, decided=6, calls=6, unsafe=2, ttft_p95=0.240, cost=1_427_400)
    answers = [
        {
            **{key: event[key] for key in ("request_id", "case_id", "evidence_version", "route", "first_failed_stage")},
            "template_id": event["prompt_template_id"],
            "unsafe_claim_served": event["unsafe_claim_served"],
            "ttft_us": event["ttft_ms"] * 1_000,
            "duration_us": event["total_ms"] * 1_000,
            "started_at": NOON + n,
        }
        for n, event in enumerate(case["events"])
    ]
    watch.judge(*answers)
    watch.tick(1)
    [incident] = watch.incidents()
    found = incident.finding
    [shown] = [one for one in found.exemplars if one.request_id == card["exemplar_request_id"]]
    assert found.exemplars[0] == shown
    assert f"PAGE {found.headline}" == expected["alerts"][0].replace("=", " ")
    assert (found.severity, found.title, found.first_check) == (Severity.CRITICAL, card["summary"], card["first_check"])
    assert (shown.template_id, shown.evidence_version, shown.first_failed_stage) == (
        card["template_id"],
        card["evidence_version"],
        card["first_failed_stage"],
    )
    assert watch.told(incident) == ["opened"]


def edge(realcases: Path, name: str) -> dict[str, Any]:
    cases: list[dict[str, Any]] = json.loads((realcases / "seed_cases.json").read_text())["policy_edges"]
    return next(case for case in cases if case["name"].startswith(name))


def p95_s(ttft_ms: list[int]) -> float | None:
    return sorted(ttft_ms)[-(-95 * len(ttft_ms) // 100) - 1] / 1_000 if ttft_ms else None


@pytest.mark.parametrize(
    ("name", "warns"),
    [
        ("p95 ttft exactly 500", False),
        ("p95 ttft 501", True),
        ("19 of 20 fast", False),
        ("cost exactly 0.002", False),
        ("cost above", True),
        ("empty window", False),
    ],
)
def test_a_limit_is_kept_at_the_limit_and_an_empty_window_says_nothing(
    state: SqlState, realcases: Path, name: str, warns: bool
) -> None:
    case = edge(realcases, name)
    watch = Watch(
        state,
        a_threshold(for_s=0.0, min_answers=1),
        a_threshold(name="dear", when="cost > $0.002", for_s=0.0, min_answers=1),
    )
    ttft_ms = case.get("ttft_ms", [])
    cost = round(case["window_cost_usd"] * 1e9) if "window_cost_usd" in case else None
    calls = len(ttft_ms) or int(cost is not None)
    watch.measure(answers=calls, calls=calls, ttft_p95=p95_s(ttft_ms), cost=cost)
    watch.tick()
    assert len(watch.incidents()) == warns


def test_a_replayed_batch_changes_nothing(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.judge(unsafe(1), unsafe(2))
    before = watch.incidents()
    watch.judge(unsafe(1), unsafe(2))
    assert watch.incidents() == before


def test_a_batch_replayed_later_does_not_keep_the_incident_open(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.measure(answers=6, decided=6)
    watch.judge(unsafe(1))
    watch.clock.forward(600)
    watch.judge(unsafe(1))
    watch.tick(310)
    assert watch.incidents()[0].state is IncidentState.RESOLVED


def test_an_invariant_pages_at_once_even_while_the_event_store_is_away(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.measures.away = True
    watch.judge(unsafe(1))
    [incident] = watch.incidents()
    assert incident.finding.headline == "unsafe_claim_served 1"


def test_the_denominator_follows_when_the_window_is_loaded(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.judge(unsafe(1), unsafe(2))
    watch.measure(answers=6, decided=6)
    watch.tick(10)
    [incident] = watch.incidents()
    assert incident.finding.headline == "unsafe_claim_served 2/6"
    assert watch.told(incident) == ["opened"]


def test_more_breaches_are_one_incident_and_one_page(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    for n in range(1, 30):
        watch.clock.forward(1)
        watch.judge(unsafe(n, watch.clock.at))
    [incident] = watch.incidents()
    assert incident.finding.occurrences == 29
    assert [one.request_id for one in incident.finding.exemplars] == ["req_1", "req_2", "req_3"]
    assert watch.told(incident) == ["opened"]


def test_an_invariant_is_over_after_a_window_with_answers_and_no_breach(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.measure(answers=6, decided=6)
    watch.judge(unsafe(1))
    watch.tick(900)
    assert watch.incidents()[0].state is IncidentState.OPEN
    watch.tick(10)
    [incident] = watch.incidents()
    assert (incident.state, incident.finding.headline) == (IncidentState.RESOLVED, "unsafe_claim_served 1/6")
    assert watch.told(incident) == ["opened", "resolved"]


def test_silence_after_a_breach_is_not_taken_for_its_end(state: SqlState) -> None:
    watch = Watch(state, an_invariant(no_data=NoData.INCIDENT))
    watch.judge(unsafe(1))
    for _ in range(10):
        watch.tick(900)
    [incident] = watch.incidents()
    assert (incident.state, incident.finding.kind) == (IncidentState.OPEN, FindingKind.INVARIANT)


def test_a_late_answer_that_broke_it_pages_and_stays_for_a_window(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.measure(answers=6, decided=6)
    watch.judge(unsafe(1, after(NOON, -86_400)))
    watch.tick(60)
    [incident] = watch.incidents()
    assert (incident.state, incident.finding.headline) == (IncidentState.OPEN, "unsafe_claim_served 1/6")
    watch.tick(900)
    assert watch.incidents()[0].state is IncidentState.RESOLVED


def test_silence_is_an_incident_where_the_policy_says_so_and_ends_with_the_first_answers(state: SqlState) -> None:
    watch = Watch(state, an_invariant(no_data=NoData.INCIDENT))
    watch.tick()
    watch.tick(899)
    assert watch.incidents() == []
    watch.tick(1)
    [incident] = watch.incidents()
    assert (incident.finding.kind, incident.finding.headline) == (FindingKind.UNVERIFIED, "no data for 15 min")
    watch.measure(answers=1, decided=1)
    watch.tick(10)
    assert watch.incidents()[0].state is IncidentState.RESOLVED


def test_a_breach_that_ends_a_silence_makes_its_incident_worse(state: SqlState) -> None:
    watch = Watch(state, an_invariant(no_data=NoData.INCIDENT))
    watch.tick()
    watch.tick(900)
    watch.judge(unsafe(1, watch.clock.at))
    [incident] = watch.incidents()
    assert (incident.finding.kind, incident.finding.headline) == (FindingKind.INVARIANT, "unsafe_claim_served 1")
    assert incident.state is IncidentState.OPEN


def test_a_threshold_fires_after_its_time_with_examples_and_is_over_when_it_recovers(state: SqlState) -> None:
    watch = Watch(state, a_threshold(recover="ttft_p95 < 400ms", exemplars=DeclaredExemplars(limit=1)))
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    examples = a_batch(unsafe(9), unsafe(10))
    watch.measures.shown = (exemplar(examples, 0), exemplar(examples, 1))
    watch.tick()
    for _ in range(9):
        watch.tick(60)
    watch.tick(50)
    assert watch.incidents() == []
    watch.tick(10)
    [incident] = watch.incidents()
    assert incident.finding.headline == "ttft_p95 612 ms (limit > 500ms)"
    assert [shown.request_id for shown in incident.finding.exemplars] == ["req_9"]
    watch.measure(answers=40, calls=40, ttft_p95=0.45)
    watch.tick(10)
    assert watch.incidents()[0].state is IncidentState.OPEN
    watch.measure(answers=40, calls=40, ttft_p95=0.3)
    watch.tick(10)
    [incident] = watch.incidents()
    assert incident.state is IncidentState.RESOLVED
    with state.begin() as tx:
        assert [entry.kind for entry in tx.incidents.timeline(incident.id)] == [EntryKind.OPENED, EntryKind.RESOLVED]


def test_an_incident_of_a_policy_that_is_gone_is_closed_with_that_reason(state: SqlState) -> None:
    watch = Watch(state, an_invariant())
    watch.judge(unsafe(1))
    watch.rules = Rules((), ROUTES)
    watch.tick(1)
    [incident] = watch.incidents()
    assert (incident.state, incident.finding.reason) == (IncidentState.RESOLVED, "its policy is no longer declared")


def test_a_breach_that_nobody_looked_at_for_a_while_must_last_anew(state: SqlState) -> None:
    watch = Watch(state, a_threshold())
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    watch.tick()
    watch.tick(600)  # we were away in between
    assert watch.incidents() == []


def test_a_policy_that_is_gone_while_its_breach_waits_leaves_nothing_behind(state: SqlState) -> None:
    watch = Watch(state, a_threshold())
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    watch.tick()
    watch.rules = Rules((), ROUTES)
    watch.tick(10)
    with state.look() as tx:
        assert tx.alerts.active() == []
    assert watch.incidents() == []


def test_an_incident_says_that_nobody_knows_whether_its_breach_goes_on(state: SqlState) -> None:
    watch = Watch(state, a_threshold(for_s=0.0))
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    watch.tick()
    watch.measure(answers=0, calls=0)
    watch.tick(10)
    [incident] = watch.incidents()
    assert (incident.state, incident.finding.reason) == (IncidentState.OPEN, f"no data for 5 min: {UNKNOWN}")
    watch.measure(answers=40, calls=40, ttft_p95=0.7)
    watch.tick(50)
    [incident] = watch.incidents()
    assert UNKNOWN not in incident.finding.reason
    assert watch.told(incident) == ["opened"]


def test_what_still_breaches_after_somebody_closed_its_incident_is_one_again_after_a_while(state: SqlState) -> None:
    watch = Watch(state, a_threshold(for_s=0.0))
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    watch.tick()
    [incident] = watch.incidents()
    with state.begin() as tx:
        closed = close(incident, "ada", "known", watch.clock.at)
        assert put_on_record(tx, closed, project=PROJECT, routes=ROUTES, now=watch.clock.at)
    watch.tick(CLOSED_S - 60)
    assert [each.state for each in watch.incidents()] == [IncidentState.RESOLVED]
    watch.tick(60)
    assert sorted(each.state for each in watch.incidents()) == [IncidentState.OPEN, IncidentState.RESOLVED]
    watch.tick(60)
    assert len(watch.incidents()) == 2


def test_a_policy_that_cannot_be_judged_does_not_stop_the_others_and_is_seen_to_fail(state: SqlState) -> None:
    bad = a_threshold(name="bad", for_s=0.0, over={Dimension.SERVICE: "bad"})
    watch = Watch(state, bad, a_threshold(for_s=0.0))
    watch.measures.by_service["bad"] = {"answers": 40, "calls": 40, "ttft_p95": "no number"}  # type: ignore[dict-item]  # a bug: no number
    watch.measure(answers=40, calls=40, ttft_p95=0.612)
    for _ in range(3):
        with pytest.raises(TypeError):
            watch.tick(5)
    assert [each.finding.policy for each in watch.incidents()] == ["slow-first-token"]
    watch.measures.by_service["bad"] = {"answers": 40, "calls": 40, "ttft_p95": 0.9}
    watch.tick(10)
    assert len(watch.incidents()) == 2


class Unreadable(GivenMeasures):
    """A window of one service cannot be read, and nothing can be explained."""

    def look(self, asks: Collection[Ask], at: Instant) -> Looks:
        if any((Dimension.SERVICE, "bad") in ask.where for ask in asks):
            raise ZeroDivisionError
        return super().look(asks, at)

    def changes(self, where: Scope, span: Span, before: Span, fault: Fault) -> Changes:
        raise ZeroDivisionError


def test_a_window_that_cannot_be_read_and_what_cannot_be_explained_stop_nobody(state: SqlState) -> None:
    measures = Unreadable()
    measures.by_service[None] = {"answers": 40, "calls": 40, "error_rate": 0.5}
    policies = [
        a_threshold(name=name, when="error_rate > 5%", for_s=0.0, over={Dimension.SERVICE: "bad"} if of else {})
        for name, of in (("a", False), ("b", True), ("c", False))
    ]
    decider = Decider(state, measures, SetClock(), PROJECT, lambda: Rules(policies, ROUTES))
    with pytest.raises(ZeroDivisionError):
        decider.tick()
    with state.look() as tx:
        found = {each.finding.policy for each in tx.incidents.newest(list(IncidentState), 9)}
    assert found == {"a", "c"}


def test_a_store_that_is_away_moves_no_alert(state: SqlState) -> None:
    watch = Watch(state, an_invariant(no_data=NoData.INCIDENT))
    watch.tick()
    watch.measures.away = True
    with pytest.raises(Transient):
        watch.tick(10_000)
    assert watch.incidents() == []


def test_two_deciders_that_see_the_same_make_one_incident(state: SqlState) -> None:
    first, second = (Watch(state, a_threshold(for_s=0.0)) for _ in range(2))
    for watch in (first, second):
        watch.measure(answers=40, calls=40, ttft_p95=0.612)
        watch.tick()
    assert len(first.incidents()) == 1
    assert first.told(first.incidents()[0]) == ["opened"]
