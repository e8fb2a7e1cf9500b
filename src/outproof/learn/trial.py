"""A policy that is tried on history before it pages anybody: the order in; how far it is, and what came out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.core.ids import ProjectId, digest_id
from outproof.core.time import Instant
from outproof.learn.alert_ledger import RIGHT, Page, PageMark, SourceType
from outproof.learn.backtest import Backtest, Labelled, Labels
from outproof.learn.calibrate import Calibration

_NOBODY = Instant(0)
"""Nobody tries it."""


class TrialKind(StrEnum):
    BACKTEST = "backtest"  # what the policy would have done
    CALIBRATION = "calibration"  # which limit it should have


class TrialState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial of one policy over [start, end), both whole minutes. `body` is JSON of the policy as it was written.

    `doing` says what goes on, and `done_ratio` how far it is. `claimed_until`: whoever tries it says so again and
    again; after that another one begins anew. `allowed_per_week` None: what its severity allows.
    """

    id: str
    kind: TrialKind
    policy: str
    version: str
    body: str
    by: str
    start: Instant
    end: Instant
    labels: Labels
    allowed_per_week: float | None = None
    ordered_at: Instant
    state: TrialState = TrialState.WAITING
    doing: str = "waiting for its turn"
    done_ratio: float = 0.0
    claimed_until: Instant = _NOBODY
    finished_at: Instant | None = None
    failure: str | None = None
    backtest: Backtest | None = None
    calibration: Calibration | None = None
    generation: int = 1

    def moved(self, doing: str, done_ratio: float, claimed_until: Instant) -> Trial:
        """The trial some way further."""
        return replace(
            self,
            state=TrialState.RUNNING,
            doing=doing,
            done_ratio=done_ratio,
            claimed_until=claimed_until,
            generation=self.generation + 1,
        )

    def over(self, now: Instant, *, result: Backtest | Calibration | None = None, failure: str | None = None) -> Trial:
        """The trial with what came out of it, or with why nothing did."""
        return replace(
            self,
            state=TrialState.DONE if failure is None else TrialState.FAILED,
            doing="done" if failure is None else "failed",
            done_ratio=1.0 if failure is None else self.done_ratio,
            claimed_until=_NOBODY,
            finished_at=now,
            failure=failure,
            backtest=result if isinstance(result, Backtest) else None,
            calibration=result if isinstance(result, Calibration) else None,
            generation=self.generation + 1,
        )


def labels_of(pages: Iterable[Page], policies: Collection[str], end: Instant) -> Labels:
    """What responders said of the pages of some policies, as labels: right ones were breaks, noise was quiet.

    A duplicate was a break too, unless another page here tells of the same.
    """
    own = [each for each in pages if each.source.type is SourceType.POLICY and each.source.name in policies]
    by_mark = {mark: [each for each in own if each.marked and each.marked.mark is mark] for mark in PageMark}
    broken = [_labelled(each, end) for mark in RIGHT for each in by_mark[mark]]
    again = [_labelled(each, end) for each in by_mark[PageMark.DUPLICATE]]
    broken += [each for each in again if not any(each.start < known.end and known.start < each.end for known in broken)]
    return Labels(
        broken=tuple(sorted(broken, key=lambda each: each.start)),
        quiet=tuple(_labelled(each, end) for each in by_mark[PageMark.NOISE]),
    )


def _labelled(page: Page, end: Instant) -> Labelled:
    start = page.opened_at if page.began_at is None else page.began_at
    return Labelled(page.incident_id, start, end if page.resolved_at is None else page.resolved_at)


def trial_id(project: ProjectId, kind: TrialKind, version: str, now: Instant) -> str:
    """The id of the trial that was ordered then."""
    return digest_id("tri", project, kind, version, str(now))
