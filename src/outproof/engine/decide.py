"""Judges answers and windows against the policies: journal batches and looks in, recorded findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from outproof.contract.answer import Columns
from outproof.contract.evidence import Exemplar
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.alert import Memory, Sight, ended, first_memory, step
from outproof.decide.evaluate import Moved, evaluate, floored, look_every_s, segment_of, with_breaches
from outproof.decide.finding import About, Finding
from outproof.decide.invariant import breaking, exemplar
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Ask, Looks, Seen, Span
from outproof.engine.alert_moves import AlertMoves, Group, urgency
from outproof.engine.declare import POLICY
from outproof.engine.explain import Explainer
from outproof.engine.loop import attempt, in_parts, report
from outproof.engine.record import record_all
from outproof.engine.run_looks import looks_at_runs
from outproof.measure.cost import priced
from outproof.measure.rate_book import RateBook
from outproof.ports import Clock, Measures, State, Transaction
from outproof.prove.holds import NO_HOLDS, Holds
from outproof.respond.incident import IncidentState
from outproof.respond.route import Routes

AT_ONCE_MAX = 50
"""Incidents that one transaction puts on record: nobody who writes waits long, even in a storm."""

FORGOTTEN_S = 30 * 86_400.0
"""So long after it was over an alert is forgotten: segments come and go."""

BREACHES_KEPT_S = 7 * 86_400.0
"""So long after its window an answer that broke an invariant is remembered: senders may send it again."""

FORGET_EVERY_S = 600.0
_BATCHES = "batches"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration files declare, as it is applied now."""

    policies: Sequence[Policy]
    routes: Routes
    rates: RateBook = field(default_factory=RateBook)


@dataclass(frozen=True, slots=True)
class Look:
    """The answers of a batch that broke an invariant, and the window around them."""

    policy: Policy
    seen: Seen
    broken: tuple[Exemplar, ...]


class Decider:
    """Moves every alert on. Several may run at once: of two that see the same, one is first and the other gives way."""

    def __init__(
        self,
        state: State,
        measures: Measures,
        clock: Clock,
        project: ProjectId,
        rules: Callable[[], Rules],
        holds: Callable[[], Holds] = lambda: NO_HOLDS,
    ) -> None:
        self._state = state
        self._measures = measures
        self._clock = clock
        self._project = project
        self._rules = rules
        self._holds = holds
        self._explainer = Explainer(measures)
        self._judged: dict[float, Instant] = {}
        self._failed: dict[str, Exception] = {}
        self._applied: Sequence[Policy] | None = None

    def tick(self) -> None:
        """Look at every policy whose next look is due. Windows are looked at once at each instant of a grid.

        What fails for one policy by a bug of ours does not stop the others. It is raised at the end, again and again
        until it fails no longer, so that the loop shows it and its stall is told.
        """
        now, rules = self._clock.now(), self._rules()
        if rules.policies is not self._applied:
            self._failed.clear()  # what failed may be declared no longer
        due = [(every_s, own) for every_s, own in _by_grid(rules.policies).items() if self._is_due(every_s, now)]
        for every_s, policies in due:
            at = floored(now, every_s)
            self._look(policies, every_s, at, rules, now)
            self._judged[every_s] = at
        if due or rules.policies is not self._applied:
            self._end_undeclared(rules, now)
            self._applied = rules.policies
        for failure in list(self._failed.values()):
            raise failure

    def judge(self) -> None:
        """Look again at the newest instant, as who knows of a revised window does. The same revision moves nothing."""
        self._judged.clear()
        self.tick()

    def broken(self, columns: Columns) -> tuple[Look, ...]:
        """The invariants that answers of one batch break. Writes nothing: call it before the transaction begins.

        A page does not wait for an event store that is down: what cannot be counted is left unknown.
        """
        now, rules = self._clock.now(), self._rules()
        looks = []
        failed: Exception | None = None
        for policy in rules.policies:
            if policy.kind is not PolicyKind.INVARIANT:
                continue
            look = attempt(partial(self._broken, columns, policy, rules.rates, now))
            if isinstance(look, Transient):
                raise look
            if isinstance(look, Exception):
                report(f"policy {policy.name}", look)
                failed = look
            elif look is not None:
                looks.append(look)
        self._note(_BATCHES, failed)
        return tuple(looks)

    def judge_batch(self, tx: Transaction, looks: Sequence[Look]) -> None:
        """Record what `broken` found, in the transaction that moves the reader's cursor. A replay changes nothing.

        Raises:
            Transient: somebody else moved an alert at this moment; the transaction must be undone and tried again.
        """
        now = self._clock.now()
        moves = AlertMoves(self._project, self._rules().routes, {}, now, now)
        found = []
        for look in looks:
            policy = look.policy
            if not tx.alerts.add_breaches(policy.name, look.broken):
                continue
            old = tx.alerts.load(policy.key) or first_memory(now)
            new, _ = step(replace(old, breach_at=now), Sight.BREACHED, policy, now)
            if not tx.alerts.advance(policy.key, policy.name, new):
                raise Transient(f"the alert of {policy.name} was moved by somebody else at this moment")
            found.append(moves.invariant(tx, policy, new, look.seen))
        record_all(tx, found, project=self._project, routes=moves.routes, now=now)

    def _broken(self, columns: Columns, policy: Policy, rates: RateBook, now: Instant) -> Look | None:
        found = tuple(priced(exemplar(columns, at), rates) for at in breaking(columns, policy))
        return Look(policy, self._around(policy, found, now), found) if found else None

    def _is_due(self, every_s: float, now: Instant) -> bool:
        return self._judged.get(every_s) != floored(now, every_s)

    def _around(self, policy: Policy, found: Sequence[Exemplar], now: Instant) -> Seen:
        """The window that holds the newest breach: the one that ends now, or for late ones with the breach."""
        newest = max(each.at for each in found)
        is_late = newest < after(now, -policy.span_s)
        end = Instant(newest + 1) if is_late else max(now, Instant(newest + 1))
        ask = Ask(where=policy.over, span_s=policy.span_s, measures=policy.asks[0].measures)
        seen = attempt(lambda: self._measures.look([ask], end)[ask][None])
        if not isinstance(seen, Exception):
            return seen
        if not isinstance(seen, Transient):
            report(f"the window of policy {policy.name}", seen)
        return Seen(span=Span(after(end, -policy.span_s), end), measured={}, partial=True)

    def _look(self, policies: Sequence[Policy], every_s: float, at: Instant, rules: Rules, now: Instant) -> None:
        """Look at these policies. Reading comes before the transaction, so that no writer waits for it.

        What fails for one of them is left out and noted; the others are judged and told.
        """
        grid = f"{every_s:g}s"
        looks, unread = self._read({ask for policy in policies for ask in policy.asks}, at)
        mark = f"decide:{self._project}:{grid}"
        with self._state.look() as tx:
            looks |= looks_at_runs(tx, [ask for policy in policies for ask in policy.asks if ask.promise], at)
            readable = [policy for policy in policies if all(ask in looks for ask in policy.asks)]
            judged = tx.alerts.cursor(mark)
            memories = tx.alerts.memories()
            breaches = _breaches(tx, readable, looks)
        position = at + sum(seen.revision for by_segment in looks.values() for seen in by_segment.values())
        if position <= judged:
            return  # somebody has judged this already, at this revision or at a newer one
        holds = self._holds()
        held = _held(looks, holds)
        moved, unjudged = _evaluated(readable, held, holds, breaches, memories, at)
        explained = attempt(lambda: self._explainer.explain(moved, readable, held, memories, at))
        if isinstance(explained, Exception):
            report("explanations", explained)
            explained = {}
        moves = AlertMoves(self._project, rules.routes, explained, at, now)
        unsaved = self._put(moves, moved, mark, position, judged)
        self._note(grid, unread or unjudged or unsaved)
        if at == floored(at, FORGET_EVERY_S):
            self._forget(rules.policies, memories, now)

    def _read(self, asks: Iterable[Ask], at: Instant) -> tuple[dict[Ask, Mapping[str | None, Seen]], Exception | None]:
        """What the windows show, and why some could not be read."""
        looks: dict[Ask, Mapping[str | None, Seen]] = {}
        windows = [ask for ask in asks if ask.promise is None]
        return looks, in_parts("a window", windows, lambda some: looks.update(self._measures.look(some, at)))

    def _put(
        self, moves: AlertMoves, moved: Sequence[Moved], mark: str, position: int, judged: int
    ) -> Exception | None:
        """Put on record what a look moved, the worst in the transaction that says that it was judged.

        Returns what went wrong with an incident: then each is put on record by itself, and the others are.
        """
        loud = moves.loud(moved)
        first, rest = loud[:AT_ONCE_MAX], _batches(loud[AT_ONCE_MAX:])

        def begin(groups: Sequence[Group]) -> bool:
            with self._state.begin() as tx:
                if not tx.alerts.move_cursor(mark, position, moves.now, expected=judged):
                    return False
                moves.save(tx, groups)
                moves.save_quiet(tx, moved)
            return True

        def put(groups: Sequence[Group]) -> None:
            with self._state.begin() as tx:
                moves.save(tx, groups)

        def tell_again(groups: Sequence[Group]) -> None:
            with self._state.begin() as tx:
                moves.tell_again(tx, groups)

        won = attempt(lambda: begin(first))
        if isinstance(won, Transient):
            raise won
        if isinstance(won, Exception):
            won, rest = begin(()), [first, *rest]
        if not won:
            return None
        failures = [in_parts("an incident", batch, put) for batch in rest]
        again = _batches(moves.told_again(moved))
        failures += [in_parts("what an incident shows", batch, tell_again) for batch in again]
        return next((failure for failure in failures if failure is not None), None)

    def _note(self, of: str, failure: Exception | None) -> None:
        """Remember what failed until it does no longer; `tick` fails for it, so that it is seen."""
        if failure is None:
            self._failed.pop(of, None)
        else:
            self._failed[of] = failure

    def _forget(self, policies: Iterable[Policy], memories: Mapping[str, Mapping[str, Memory]], now: Instant) -> None:
        """Delete alerts that were over long ago, and breaches that no window and no open incident counts."""
        fired = [
            now if memory.fired_at is None else memory.fired_at
            for own in memories.values()
            for memory in own.values()
            if memory.is_loud
        ]
        longest_s = max((policy.span_s for policy in policies if policy.kind is PolicyKind.INVARIANT), default=0.0)
        with self._state.begin() as tx:
            tx.alerts.forget(after(now, -FORGOTTEN_S))
            tx.alerts.forget_breaches(after(min([now, *fired]), -(longest_s + BREACHES_KEPT_S)))

    def _end_undeclared(self, rules: Rules, now: Instant) -> None:
        """Close what a policy left open when it was taken out of the files, or was cut otherwise: nobody judges it.

        What the files that were put in force last declare is left alone: this server may only have older ones.
        """
        declared = {policy.name: policy for policy in rules.policies}
        with self._state.look() as tx:
            active = tx.alerts.active()
            unjudged = [each for each in active if not _is_judged(declared.get(each[1]), each[0])]
            in_force = tx.declarations.in_force() if unjudged else {}
        orphans = [
            (key, name, memory)
            for key, name, memory in unjudged
            if in_force.get((POLICY, name)) in (None, declared[name].version if name in declared else None)
        ]
        if not orphans:
            return
        over = [(key, name, ended(memory, "its policy is no longer declared", now)) for key, name, memory in orphans]
        loud = {key for key, _, memory in orphans if memory.is_loud}
        with self._state.begin() as tx:
            saved = tx.alerts.save(over)
            found = [_over(tx, key, memory) for key, _, memory in over if key in saved & loud]
            ends = [each for each in found if each is not None]
            record_all(tx, ends, project=self._project, routes=rules.routes, now=now)


def _by_grid(policies: Iterable[Policy]) -> dict[float, list[Policy]]:
    grids: dict[float, list[Policy]] = {}
    for policy in policies:
        grids.setdefault(look_every_s(policy), []).append(policy)
    return grids


def _breaches(tx: Transaction, policies: Iterable[Policy], looks: Looks) -> dict[str, int]:
    """How many answers broke each invariant in its window."""
    counted: dict[Span, Mapping[str, int]] = {}
    found = {}
    for policy in policies:
        if policy.kind is PolicyKind.INVARIANT:
            span = looks[policy.asks[0]][None].span
            if span not in counted:
                counted[span] = tx.alerts.breach_counts(span.start, span.end)
            found[policy.name] = counted[span].get(policy.name, 0)
    return found


def _counted(policy: Policy, looks: Looks, breaches: Mapping[str, int]) -> Looks:
    if policy.kind is not PolicyKind.INVARIANT:
        return looks
    ask = policy.asks[0]
    return {ask: {None: with_breaches(looks[ask][None], breaches[policy.name])}}


def _held(looks: Looks, holds: Holds) -> Looks:
    """The looks, where a window that holds a time when we could not see is partial until senders have tried again."""
    if not holds.downtimes:
        return looks
    return {
        ask: {
            segment: replace(seen, partial=True) if _is_held(seen.span, holds) else seen
            for segment, seen in own.items()
        }
        for ask, own in looks.items()
    }


def _is_held(span: Span, holds: Holds) -> bool:
    return any(span.start < down.end and down.start < span.end < down.rearm_at for down in holds.downtimes)


def _evaluated(
    policies: Iterable[Policy],
    looks: Looks,
    holds: Holds,
    breaches: Mapping[str, int],
    memories: Mapping[str, Mapping[str, Memory]],
    at: Instant,
) -> tuple[list[Moved], Exception | None]:
    """What the look moves, and why a policy could not be judged."""

    def judged(policy: Policy) -> tuple[Moved, ...]:
        held = _is_held(Span(after(at, -policy.span_s), at), holds)
        moved = evaluate(policy, _counted(policy, looks, breaches), memories.get(policy.name, {}), at, held=held)
        for each in moved:
            urgency(each)  # what cannot be put in order must not keep the others from being told
        return moved

    found: list[Moved] = []
    failed: Exception | None = None
    for policy in policies:
        moved = attempt(partial(judged, policy))
        if isinstance(moved, Exception):
            report(f"policy {policy.name}", moved)
            failed = moved
        else:
            found += moved
    return found, failed


def _batches(groups: Sequence[Group]) -> list[Sequence[Group]]:
    return [groups[first : first + AT_ONCE_MAX] for first in range(0, len(groups), AT_ONCE_MAX)]


def _over(tx: Transaction, key: str, memory: Memory) -> Finding | None:
    """That an alert is over which nobody judges any more; None: so is its incident."""
    incident_key = memory.incident_key or key
    incident = tx.incidents.current(incident_key)
    if incident is None or incident.state is IncidentState.RESOLVED:
        return None
    about = None if key == incident_key else About(key, memory.since, key, makes_up=False)
    return replace(incident.finding, firing=False, reason=memory.reason, about=about)


def _is_judged(policy: Policy | None, key: str) -> bool:
    return policy is not None and (key == policy.key or segment_of(policy, key) is not None)
