"""Watches agents over the spans of their tools: journal batches in; incidents of runs that go round in circles, out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outproof.contract.answer import Columns
from outproof.core.ids import ProjectId
from outproof.core.time import NEVER, Instant, seconds_between
from outproof.decide.finding import FindingKind
from outproof.decide.invariant import exemplar
from outproof.decide.policy import ExemplarOrder
from outproof.decide.tool_loop import OVER_AFTER_S, Stalled, ToolLoops, finding, over
from outproof.engine.record import record
from outproof.loops.limits import Limits
from outproof.loops.step import step_of
from outproof.loops.trail import STEPS_MAX, Trail
from outproof.ports import Clock, State, Transaction
from outproof.respond.incident import Incident, IncidentState
from outproof.respond.route import Routes

RUNS_MAX = 4_096
"""Runs of agents that are followed at once; the one that was silent for longest is forgotten."""
SERVICES_MAX = 10_000
OPEN_MAX = 1_000
EXEMPLARS_MAX = 3
_KNOWN_MAX = 1_000
"""Runs that stalled alike and are told apart, the newest; one that stalls again after so many others counts twice."""

_TOOL = "execute_tool"
_READ = (
    *("tool", "agent", "service", "trace_id", "span_id", "started_at", "duration_us"),
    *("tool_input_hash", "tool_status", "progress", "tool_call_id", "failed", "came_as"),
)
Row = Mapping[str, Any]


@dataclass(slots=True)
class _Run:
    """One trace: its tool calls, and which spans told of them."""

    trail: Trail
    limits: Limits
    spans: OrderedDict[int, None] = field(default_factory=OrderedDict)

    def hears(self, span: int) -> bool:
        """Whether this span tells of something new: spans are delivered again, and batches judged again."""
        if span in self.spans:
            return False
        self.spans[span] = None
        if len(self.spans) > 2 * STEPS_MAX:
            self.spans.popitem(last=False)
        return True


class Stalls:
    """Finds tool loops. What it remembers of runs is lost when the server stops: who still loops then is found again.

    Only the judge's thread looks at batches; `tick` may run in another.
    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        project: ProjectId,
        declared: Callable[[], ToolLoops],
        routes: Callable[[], Routes],
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._declared = declared
        self._routes = routes
        self._runs: OrderedDict[bytes, _Run] = OrderedDict()
        self._tools_seen: dict[str, Instant] = {}

    def broken(self, columns: Columns) -> tuple[Stalled, ...]:
        """The runs that stall, of those whose tools these spans tell of. Writes nothing but its own memory."""
        declared = self._declared()
        if not declared.detect or _TOOL not in columns["operation"]:
            return ()
        touched: dict[bytes, int] = {}
        now = self._clock.now()
        for position, row in _tools(columns):
            run = self._run(row["trace_id"], declared.limits)
            if run.hears(row["span_id"]):
                run.trail.add(step_of(row, Instant(row["started_at"])))
            touched[row["trace_id"]] = position
            self._tools_seen[row["service"]] = now
            if len(self._tools_seen) > SERVICES_MAX:
                del self._tools_seen[next(iter(self._tools_seen))]
        found = []
        for trace, position in touched.items():
            stall = self._runs[trace].trail.stall() if trace in self._runs else None
            if stall is not None:
                shown = exemplar(columns, position)
                agent = columns["agent"][position]
                named = None if agent is None or columns["tool"][position] is None else str(agent)
                found.append(Stalled(service=shown.service, agent=named, stall=stall, exemplar=shown))
        return tuple(found)

    def judge_batch(self, tx: Transaction, found: Sequence[Stalled]) -> None:
        """Record what `broken` found. A replay changes nothing, and a loop that goes on is told of at 2, 4, 8, …"""
        now = self._clock.now()
        for stalled in found:
            incident = tx.incidents.unresolved(stalled.key)
            is_new_run = self._is_new_run(tx, stalled)
            if not is_new_run and (incident is None or not _went_on(stalled, incident)):
                continue
            before = () if incident is None else incident.finding.exemplars
            runs = int(is_new_run) + (0 if incident is None else incident.finding.occurrences)
            shown = (*before, stalled.exemplar) if is_new_run else before
            told = finding(stalled, self._declared(), runs=runs, exemplars=shown[:EXEMPLARS_MAX])
            record(tx, told, project=self._project, routes=self._routes(), now=now)

    def tick(self) -> None:
        """End what is over. While no tool is called at all nothing is known, and nothing ends."""
        now = self._clock.now()
        with self._state.look() as tx:
            unresolved = tx.incidents.newest((IncidentState.OPEN, IncidentState.ACKNOWLEDGED), OPEN_MAX)
        ended = [
            over(incident.finding.key, incident.finding.subject.name, self._declared())
            for incident in unresolved
            if incident.finding.kind is FindingKind.TOOL_LOOP and self._is_over(incident, now)
        ]
        if ended:
            with self._state.begin() as tx:
                for last in ended:
                    record(tx, last, project=self._project, routes=self._routes(), now=now)

    def _run(self, trace: bytes, limits: Limits) -> _Run:
        run = self._runs.get(trace)
        if run is None or run.limits != limits:
            run = self._runs[trace] = _Run(Trail(limits), limits)
        self._runs.move_to_end(trace)
        if len(self._runs) > RUNS_MAX:
            self._runs.popitem(last=False)
        return run

    def _is_new_run(self, tx: Transaction, stalled: Stalled) -> bool:
        """Whether nobody was told of this run yet; from now on somebody was."""
        known = tx.alerts.exemplars(stalled.key, Instant(0), NEVER, order=ExemplarOrder.NEWEST, limit=_KNOWN_MAX)
        if any(shown.trace_id == stalled.exemplar.trace_id for shown in known):
            return False
        return tx.alerts.add_breaches(stalled.key, (stalled.exemplar,)) > 0

    def _is_over(self, incident: Incident, now: Instant) -> bool:
        seen = self._tools_seen.get(incident.finding.subject.name)
        return (
            seen is not None
            and seconds_between(incident.updated_at, now) >= OVER_AFTER_S
            and seconds_between(incident.updated_at, seen) >= OVER_AFTER_S / 2
        )


def _went_on(stalled: Stalled, incident: Incident) -> bool:
    """Whether a run that was told of has gone round twice as often since."""
    told = incident.finding.measure.value if incident.finding.measure else None
    return stalled.stall.count.bit_length() > int(told or 0).bit_length()


def _tools(columns: Columns) -> Iterator[tuple[int, Row]]:
    """The spans of tools with a name, and where they stand."""
    for position, operation in enumerate(columns["operation"]):
        if operation != _TOOL:
            continue
        row = {name: columns[name][position] for name in _READ}
        if row["came_as"] is None and (row["tool"] or row["agent"]) is not None:
            yield position, row
