"""The outcome of a run: its folded state, the promise and the time in; a verdict, its cause and who is to blame out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Observer, Stage
from outproof.core.time import Instant, after, duration_text, rfc3339
from outproof.prove.counting import STRICT, unexplained
from outproof.prove.holds import NO_HOLDS, Holds
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageReport, StageState, stage_reports


class Verdict(StrEnum):
    PENDING = "pending"
    KEPT = "kept"
    BROKEN = "broken"
    UNVERIFIED = "unverified"
    OVERDUE = "overdue"


class Cause(StrEnum):
    """Why a verdict is bad."""

    FAILED = "failed"
    """The job said so."""
    BROKEN = "broken"
    """A proof failed."""
    CONSERVATION = "conservation"
    """Items are unaccounted for."""
    UNVERIFIED = "unverified"
    """The job said that all went well, and a proof is missing."""
    LATE = "late"
    """Not proven by its deadline."""
    STUCK = "stuck"
    """Open, and silent for too long."""
    SLOW = "slow"
    """Open for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the proofs of a run amount to now. `cause` is None where nothing is wrong.

    `settle_at` is when time alone may change the verdict; None is never. `look_at` is when our probe should look next,
    which may be now; None: there is nothing left to look at. `unexplained` are items that nothing accounts for; None
    while the counts do not tell.
    """

    verdict: Verdict
    reason: str
    first_stage: Stage | None
    stages: tuple[StageReport, ...]
    due_at: Instant | None
    settle_at: Instant | None
    look_at: Instant | None
    cause: Cause | None = None
    unexplained: int | None = None


def outcome(
    state: RunState,
    promise: Promise | None,
    now: Instant,
    *,
    slot_at: Instant | None = None,
    holds: Holds = NO_HOLDS,
) -> Outcome:
    """Judge a run by its proofs; that its process said "success" proves nothing, that it said "failure" breaks it.

    The deadline counts from `slot_at`, the instant at which a schedule expected the run; None: from when we first heard
    of it. A run of a promise that nobody declared, or that is not kept by runs, is unverified: nothing says what would
    prove it.
    """
    if promise is None or not promise.proofs:
        return _undeclared(state)
    judged = _Judged(state, promise, now, slot_at, holds)
    verdict, cause = judged.verdict()
    return Outcome(
        verdict=verdict,
        cause=cause,
        reason=judged.reason(verdict, cause),
        first_stage=judged.blamed[0].stage if judged.blamed else None,
        stages=judged.stages,
        due_at=judged.due_at,
        settle_at=judged.settle_at(verdict),
        look_at=judged.look_at(),
        unexplained=judged.unexplained(),
    )


class _Judged:
    """One run, judged at one instant."""

    def __init__(self, state: RunState, promise: Promise, now: Instant, slot_at: Instant | None, holds: Holds) -> None:
        self.state = state
        self.promise = promise
        self.now = now
        self.due_at = holds.adjusted(after(slot_at if slot_at is not None else state.started_at, promise.limit_s))
        self.limits = self._limits(holds)
        self.watched_until = after(state.closed_at or self.due_at, promise.watch_s)
        # After the watch nobody looks again, so what had not expired by then is left as it was.
        self.stages = stage_reports(state, promise, min(now, self.watched_until))
        self.blamed = [report for report in self.stages if report.state in (StageState.MISSING, StageState.FAILED)]

    def _limits(self, holds: Holds) -> tuple[tuple[Cause, Instant], ...]:
        """When an unproven run is late, stuck and slow; of those that passed the first says it."""
        limits = [(Cause.LATE, self.due_at)]
        if self.state.closed_at is None:
            if self.promise.stuck_after_s is not None:
                limits.append((Cause.STUCK, holds.adjusted(after(self.state.last_sign_at, self.promise.stuck_after_s))))
            if self.promise.max_duration_s is not None:
                began_at = self.state.opened_at or self.state.started_at
                limits.append((Cause.SLOW, holds.adjusted(after(began_at, self.promise.max_duration_s))))
        return tuple(limits)

    def verdict(self) -> tuple[Verdict, Cause | None]:
        if self.state.claim is Claim.FAILURE:
            return Verdict.BROKEN, Cause.FAILED
        if not self.blamed:
            return Verdict.KEPT, None
        settled = [report for report in self.blamed if not self._is_waited_for(report)]
        failed = [report for report in settled if report.state is StageState.FAILED]
        if failed:
            return Verdict.BROKEN, Cause.CONSERVATION if failed[0].conservation else Cause.BROKEN
        if settled:
            return Verdict.UNVERIFIED, Cause.UNVERIFIED
        passed = next((cause for cause, limit in self.limits if self.now >= limit), None)
        return (Verdict.PENDING, None) if passed is None else (Verdict.OVERDUE, passed)

    def _is_waited_for(self, report: StageReport) -> bool:
        """Whether the stage may still pass without anything having gone wrong."""
        told_by_item = self._is_told_by_item(report)
        if self.state.closed_at is None:
            return report.state is StageState.MISSING or told_by_item or self._is_ours(report)
        if told_by_item and self.now < after(self.state.closed_at, self.promise.settle_s):
            return True
        return self._is_ours(report) and self.now < self._settled_at(report, self.state.closed_at)

    def _is_ours(self, report: StageReport) -> bool:
        """Whether only our own probe can tell: the surface may lag behind the job a little."""
        required = self.promise.proofs.get(report.stage)
        return required is not None and required.observer is Observer.PROBE and report.observer is Observer.PROBE

    def _is_told_by_item(self, report: StageReport) -> bool:
        """Whether words about items may be on their way that make up for it: they go beside the close, not before."""
        return self.state.items.total > 0 and (report.state is StageState.MISSING or report.conservation)

    def _settled_at(self, report: StageReport, closed_at: Instant) -> Instant:
        """When a stage that is ours to see stops being "not yet": one bad look at a good page is no verdict."""
        return after(max(closed_at, report.failing_since or closed_at), self.promise.settle_s)

    def settle_at(self, verdict: Verdict) -> Instant | None:
        moments = [report.expires_at for report in self.stages if report.expires_at is not None]
        moments = [moment for moment in moments if moment < self.watched_until]
        if verdict in (Verdict.PENDING, Verdict.OVERDUE):
            moments += [limit for _, limit in self.limits]
        if self.state.closed_at is not None:
            ours = [report for report in self.blamed if self._is_ours(report)]
            moments += [self._settled_at(report, self.state.closed_at) for report in ours]
            if any(self._is_told_by_item(report) for report in self.blamed):
                moments.append(after(self.state.closed_at, self.promise.settle_s))
        return min((moment for moment in moments if moment > self.now), default=None)

    def look_at(self) -> Instant | None:
        if self.state.claim is Claim.FAILURE or self.now >= self.watched_until:
            return None
        ours = [report for report in self.stages if self._has_surface(report.stage)]
        if any(report.state is not StageState.PASSED for report in ours):
            return self.now if self._has_begun(ours) else None
        expiries = [report.expires_at for report in ours if report.expires_at is not None]
        if not expiries:
            return None
        look_at = after(min(expiries), -self.promise.settle_s)  # in time to renew the proof before it expires
        return max(look_at, self.now) if look_at < self.watched_until else None

    def _has_surface(self, stage: Stage) -> bool:
        required = self.promise.proofs.get(stage)
        return required is not None and required.surface is not None

    def _has_begun(self, ours: Sequence[StageReport]) -> bool:
        """Whether there may be something to see: the run is closed or due, or its job came as far as the surface."""
        if self.state.closed_at is not None or self.now >= self.due_at:
            return True
        stages = [report.stage for report in ours]
        if any(proof.stage in stages for proof in self.state.proofs):
            return True
        earlier = self.stages[: list(Stage).index(stages[0])]
        required = [report for report in earlier if report.state is not StageState.NOT_REQUIRED]
        return bool(required) and all(report.state is StageState.PASSED for report in required)

    def unexplained(self) -> int | None:
        """By the equation that the promise declares, if it declares one."""
        required = self.promise.proofs.get(Stage.VALIDATED)
        rule = required.counts if required is not None else None
        return unexplained(self.state.counts, rule or STRICT, self.state.evidence)

    def reason(self, verdict: Verdict, cause: Cause | None) -> str:
        stages = "; ".join(_said(report) for report in self.blamed)
        match verdict:
            case Verdict.KEPT:
                return f"all {len(self.promise.proofs)} required stages are proven"
            case Verdict.BROKEN if self.state.claim is Claim.FAILURE:
                error = f" ({self.state.error_type})" if self.state.error_type else ""
                also = "; it reported success too, and the worse counts" if self.state.conflicting else ""
                return f"the job reported failure{error}{also}" + (f"; {stages}" if stages else "")
            case Verdict.BROKEN:
                return stages
            case Verdict.UNVERIFIED:
                return f"the job reported success, but {stages}"
            case Verdict.OVERDUE if cause is Cause.STUCK:
                silent = duration_text(self.promise.stuck_after_s or 0)
                return f"no signal for {silent}, the last one at {rfc3339(self.state.last_sign_at)}: {stages}"
            case Verdict.OVERDUE if cause is Cause.SLOW:
                return f"open for longer than {duration_text(self.promise.max_duration_s or 0)}: {stages}"
            case Verdict.OVERDUE:
                return f"not proven by its deadline: {stages}"
        return f"waiting: {stages}"


def _said(report: StageReport) -> str:
    what = "failed" if report.state is StageState.FAILED else "is not proven"
    return f"{report.stage} {what}" + (f" ({report.detail})" if report.detail else "")


def _undeclared(state: RunState) -> Outcome:
    return Outcome(
        verdict=Verdict.UNVERIFIED,
        reason=f"promise not declared: nothing says what would prove a run of {state.promise!r}",
        first_stage=None,
        cause=Cause.UNVERIFIED,
        stages=tuple(StageReport(stage=stage, state=StageState.NOT_REQUIRED) for stage in Stage),
        due_at=None,
        settle_at=None,
        look_at=None,
        unexplained=unexplained(state.counts),
    )
