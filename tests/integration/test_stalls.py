"""Loops of agents over the spans of real dialects, on a real state store: what opens and what stays quiet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.answer import Columns
from outproof.contract.severity import Severity
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.decide.tool_loop import OVER_AFTER_S, ToolLoops
from outproof.engine.decide import Decider, Rules
from outproof.engine.judges import Judges
from outproof.engine.stalls import Stalls
from outproof.loops.limits import Polling
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, GivenMeasures, SetClock, a_state
from tests.unit.wire.captures import captures
from tests.unit.wire.captures import read as read_capture
from tests.unit.wire.spans import NOW, a_span, read

SECOND = 10**9
SECRET = "order 4711 of maya@example.com"

DIALECTS: dict[str, dict[str, Any]] = {
    "otel_genai": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lookup_tracking",
        "gen_ai.tool.call.arguments": f'{{"order": "{SECRET}"}}',
    },
    "openinference": {
        "openinference.span.kind": "TOOL",
        "tool.name": "lookup_tracking",
        "input.value": f'{{"order": "{SECRET}"}}',
    },
    "openllmetry": {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "lookup_tracking",
        "traceloop.entity.input": f'{{"order": "{SECRET}"}}',
    },
    "vercel_ai": {
        "ai.operationId": "ai.toolCall",
        "ai.toolCall.name": "lookup_tracking",
        "ai.toolCall.args": f'{{"order": "{SECRET}"}}',
    },
    "outproof": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lookup_tracking",
        "outproof.tool.input_hash": "5f3a",
        "outproof.tool.status": "ok",
    },
}


class Watch:
    """The judges on a real store, with the clock in the test's hands."""

    def __init__(self, state: SqlState) -> None:
        self.state = state
        self.clock = SetClock()
        self.declared = ToolLoops(owner="agents", severity=Severity.CRITICAL)
        self.begin()

    def begin(self) -> None:
        """Start as a server does, without memory."""
        routes = Routes(default=("pager",))
        decider = Decider(self.state, GivenMeasures(), self.clock, PROJECT, lambda: Rules((), routes))
        self.stalls = Stalls(self.state, self.clock, PROJECT, lambda: self.declared, lambda: routes)
        self.judges = Judges(decider, self.stalls)

    def judge(self, columns: Columns) -> None:
        found = self.judges.broken(columns)
        with self.state.begin() as tx:
            self.judges.judge_batch(tx, found)

    def incidents(self) -> list[Incident]:
        with self.state.begin() as tx:
            return list(tx.incidents.newest(list(IncidentState), 100))

    def only(self) -> Incident:
        [incident] = self.incidents()
        return incident

    def told(self, incident: Incident) -> list[str]:
        with self.state.begin() as tx:
            return [delivery.kind.value for delivery in tx.outbox.deliveries(incident.id)]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with a_state(tmp_path) as state:
        yield Watch(state)


def a_call(number: int, attributes: Mapping[str, Any], *, trace: int = 1, **fields: Any) -> dict[str, Any]:
    """A tool span of half a second, one a second."""
    start = NOW + number * SECOND
    return a_span(
        dict(attributes),
        traceId=f"{trace:032x}",
        spanId=f"{trace * 1_000 + number + 1:016x}",
        startTimeUnixNano=str(start),
        endTimeUnixNano=str(start + SECOND // 2),
        **fields,
    )


def calls(count: int, attributes: Mapping[str, Any], **more: Any) -> Columns:
    return read(*(a_call(n, attributes, **more) for n in range(count))).columns


def facts(incident: Incident) -> dict[str, Any]:
    return {fact.key: fact.value for fact in incident.finding.evidence}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_call_again_and_again_opens_one_incident_in_every_dialect(watch: Watch, dialect: str) -> None:
    watch.judge(calls(6, DIALECTS[dialect]))
    incident = watch.only()
    finding = incident.finding
    assert (finding.kind, finding.severity, finding.owner) == (FindingKind.TOOL_LOOP, Severity.CRITICAL, "agents")
    said = facts(incident)
    assert (said["tool"], said["count"], said["loop"]) == ("lookup_tracking", 6, "repeat")
    assert (said["what_repeats"], said["suggestion"]) == ("the tool, its input", "stop_and_review")
    assert finding.first_check
    assert finding.exemplars[0].trace_id == f"{1:032x}"
    assert watch.told(incident) == ["opened"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_tool_was_called_with_is_nowhere_in_the_incident(watch: Watch, dialect: str) -> None:
    watch.judge(calls(6, DIALECTS[dialect]))
    written = repr(watch.only())
    assert "4711" not in written
    assert "maya" not in written


def test_a_cycle_of_two_tools_is_found(watch: Watch) -> None:
    tools = [DIALECTS["otel_genai"], {**DIALECTS["otel_genai"], "gen_ai.tool.name": "fetch_order"}]
    watch.judge(read(*(a_call(n, tools[n % 2]) for n in range(6))).columns)
    assert facts(watch.only()) | {"loop": "cycle", "count": 3} == facts(watch.only())


def test_failures_of_different_tools_are_found(watch: Watch) -> None:
    spans = [
        a_call(n, {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool_{n}"}, status={"code": 2})
        for n in range(5)
    ]
    watch.judge(read(*spans).columns)
    assert facts(watch.only()) | {"loop": "error_streak", "count": 5} == facts(watch.only())


def test_polling_that_stands_still_is_found_and_one_that_progresses_is_not(watch: Watch) -> None:
    tool = DIALECTS["outproof"]
    watch.judge(read(*(a_call(n, {**tool, "outproof.progress": f"{n} of 40"}) for n in range(40))).columns)
    assert watch.incidents() == []
    hashes = [{**tool, "outproof.tool.input_hash": f"try {n}", "outproof.progress": "3 of 40"} for n in range(6)]
    watch.judge(read(*(a_call(n, hashes[n], trace=2) for n in range(6))).columns)
    assert facts(watch.only()) | {"loop": "no_progress", "progress": "did not move"} == facts(watch.only())


def test_pages_declared_polls_and_unknown_inputs_stay_quiet(watch: Watch) -> None:
    tool = DIALECTS["otel_genai"]
    watch.judge(
        read(*(a_call(n, {**tool, "gen_ai.tool.call.arguments": f'{{"page": {n}}}'}) for n in range(30))).columns
    )
    unknown = {name: value for name, value in tool.items() if "arguments" not in name}
    watch.judge(calls(30, unknown, trace=2))
    watch.declared = replace(watch.declared, polling=(Polling(tool="lookup_tracking"),))
    watch.judge(calls(30, tool, trace=3))
    watch.judge(calls(30, {**DIALECTS["outproof"], "outproof.tool.status": "pending"}, trace=4))
    assert watch.incidents() == []


def test_the_same_call_in_different_runs_is_no_loop(watch: Watch) -> None:
    watch.judge(read(*(a_call(n, DIALECTS["otel_genai"], trace=n + 1) for n in range(30))).columns)
    assert watch.incidents() == []


def test_a_loop_that_comes_in_pieces_is_found_and_nobody_is_told_twice(watch: Watch) -> None:
    for n in range(20):
        watch.judge(read(a_call(n, DIALECTS["otel_genai"])).columns)
    incident = watch.only()
    assert facts(incident)["count"] == 16  # told of at 3, 4, 8 and 16
    assert watch.told(incident) == ["opened"]
    with watch.state.begin() as tx:
        assert len(tx.incidents.timeline(incident.id)) <= 5


def test_deliveries_again_and_replays_change_nothing(watch: Watch) -> None:
    batch = calls(2, DIALECTS["otel_genai"])
    for _ in range(5):
        watch.judge(batch)
    assert watch.incidents() == []
    batch = calls(6, DIALECTS["otel_genai"])
    watch.judge(batch)
    before = watch.only()
    watch.judge(batch)
    watch.begin()
    watch.judge(batch)
    assert watch.only() == before


def test_more_runs_that_stall_alike_are_occurrences_of_one_incident(watch: Watch) -> None:
    for trace in range(1, 5):
        watch.judge(calls(4, DIALECTS["otel_genai"], trace=trace))
    incident = watch.only()
    assert incident.finding.occurrences == 4
    assert len(incident.finding.exemplars) == 3
    assert watch.told(incident) == ["opened"]


def test_it_is_over_after_a_while_of_tool_calls_without_a_loop_and_never_by_silence(watch: Watch) -> None:
    watch.judge(calls(4, DIALECTS["otel_genai"]))
    watch.clock.forward(OVER_AFTER_S * 3)
    watch.stalls.tick()
    assert watch.only().state is IncidentState.OPEN
    watch.judge(calls(1, DIALECTS["otel_genai"], trace=9))
    watch.stalls.tick()
    assert watch.only().state is IncidentState.RESOLVED
    assert watch.told(watch.only()) == ["opened", "resolved"]


def test_a_run_that_somebody_closed_the_incident_of_does_not_open_another(watch: Watch) -> None:
    watch.judge(calls(4, DIALECTS["otel_genai"]))
    watch.clock.forward(OVER_AFTER_S * 2)
    watch.judge(calls(1, DIALECTS["otel_genai"], trace=9))
    watch.stalls.tick()
    watch.judge(calls(5, DIALECTS["otel_genai"]))
    assert watch.only().state is IncidentState.RESOLVED


def test_it_can_be_switched_off(watch: Watch) -> None:
    watch.declared = replace(watch.declared, detect=False)
    watch.judge(calls(9, DIALECTS["otel_genai"]))
    assert watch.incidents() == []


def test_no_recorded_client_loops(watch: Watch, realcases: Path) -> None:
    judged = 0
    for capture in captures(realcases):
        columns = read_capture(capture).columns
        judged += list(columns["operation"]).count("execute_tool")
        watch.judge(columns)
    assert judged > 0
    assert watch.incidents() == []


def test_a_recorded_tool_call_made_over_and_over_is_found(watch: Watch, realcases: Path) -> None:
    """The tool span of a real client as it came, four times in one trace."""
    for capture in captures(realcases):
        columns = read_capture(capture).columns
        for position, operation in enumerate(columns["operation"]):
            if operation != "execute_tool":
                continue
            rows = []
            for n in range(4):
                row = {name: values[position] for name, values in columns.items()}
                started = Instant(NOON + n * 60 * SECOND)
                rows.append({**row, "span_id": n + 1, "started_at": started, "duration_us": 1_000})
            watch.judge({name: [row[name] for row in rows] for name in columns})
            assert facts(watch.only())["count"] == 4
            return
    raise AssertionError("expected a recorded tool span")
