"""May it be done again? What is known of a run in; safe, safe for some items, unsafe or unknown, and why, out.

Nothing is safe because it is not known: a stage that nobody spoke of may have been passed all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.action import RetryRule
from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Observer, Proof, Stage
from outproof.core.time import rfc3339
from outproof.prove.items import Mark
from outproof.prove.outcome import Outcome, Verdict
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageState
from outproof.respond.situation import Situation

_DONE = {
    Stage.GENERATED: "generated",
    Stage.VALIDATED: "validated",
    Stage.PERSISTED: "saved",
    Stage.VISIBLE: "visible to readers",
}
_HARMLESS = Stage.VALIDATED
"""Up to here a retry repeats nothing outside the job, unless the promise says otherwise."""

_GONE = (404, 410)
"""What a web server answers where there is nothing."""


class RetryVerdict(StrEnum):
    SAFE = "safe"
    SAFE_FOR_ITEMS = "safe_for_items"
    UNSAFE = "unsafe"
    """It would duplicate what a reader may see."""
    UNKNOWN = "unknown"
    """Somebody has to look first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySafety:
    """The verdict and why. `check_first` says what to look at where nobody can know.

    `item_count` items remain to be done, those with one of these `marks`; 0: items are not told apart.
    """

    verdict: RetryVerdict
    reason: str
    check_first: str | None = None
    item_count: int = 0
    marks: tuple[Mark, ...] = ()


def retry_safety(known: Situation) -> RetrySafety:
    """Whether doing it again repeats nothing that a reader could see twice."""
    promise, state, outcome = known.promise, known.state, known.outcome
    if promise is None:
        return _unknown("nobody declares the promise, so nothing says what doing it again would repeat", known)
    if state is None or outcome is None:
        what = f"the run expected at {known.expected}" if known.expected else "a run"
        reason = f"no sign of {what}: whether its job ran all the same, nobody saw"
        return _unknown(reason, known, "Look whether the job ran without reporting, and what it saved.")
    if state.closed_at is None or known.again:
        reason = f"run {state.external_id} was begun{' again' if known.again else ''} and has not ended"
        return _unknown(reason, known, "Look whether its job is still at work.")
    return _Judged(known, promise, state, outcome).safety()


class _Judged:
    """A run that has ended, under the rule of its promise."""

    def __init__(self, known: Situation, promise: Promise, state: RunState, outcome: Outcome) -> None:
        self._known = known
        self._state = state
        self._outcome = outcome
        self._rule = promise.retry or RetryRule()
        self._harmless = Stage(self._rule.safe_after) if self._rule.safe_after else _HARMLESS
        stages = list(Stage)
        self._beyond = stages[stages.index(self._harmless) + 1 :]
        self._by_item_too = bool(self._beyond) and self._beyond[0] in state.items.spoken
        self._key = self._rule.idempotency_key
        self._marks, self._missing = self._missing_items()

    def safety(self) -> RetrySafety:
        if self._has_key():
            return self._same_again()
        if not self._beyond:
            reason = "the promise declares that a retry repeats nothing that a reader could see twice, at any stage"
            return self._told_as(RetryVerdict.SAFE, reason)
        by_item = self._by_item()
        if by_item is not None:
            return by_item
        done = next((proof for proof in self._proofs() if proof.passed), None)
        if done is not None:
            return self._would_duplicate(done)
        if self._stopped_before():
            reason = f"it failed before anything was {_DONE[self._beyond[0]]}, and a retry repeats nothing up to there"
            return self._told_as(RetryVerdict.SAFE, reason)
        if self._seen_absent():
            where = " or ".join(_DONE[stage] for stage in self._beyond)
            return self._told_as(RetryVerdict.SAFE, f"our probe looked, and nothing of it is {where}")
        return self._nobody_knows()

    def _has_key(self) -> bool:
        return self._key is not None and self._state.evidence.get(self._key) is not None

    def _same_again(self) -> RetrySafety:
        value = self._state.evidence.get(self._key or "")
        reason = f"its {self._key} {value} makes a second save the same as the first"
        if self._missing:
            reason += f"; only {_items(self._missing)} of {self._state.items.total} remain to be done"
        elif self._outcome.verdict is Verdict.KEPT:
            reason += ", and nothing is broken: there is nothing to repair"
        return self._told_as(RetryVerdict.SAFE, reason)

    def _missing_items(self) -> tuple[tuple[Mark, ...], int]:
        """Items without a fate that passed no stage beyond the harmless ones.

        They are told apart only where the job speaks by item of the first such stage: one that is not visible may be
        saved.
        """
        if not self._by_item_too:
            return (), 0
        missing = [
            (known, number)
            for known, number in self._state.items.groups
            if known.fate is None and not any(known.has_passed(stage) for stage in self._beyond)
        ]
        return tuple(known for known, _ in missing), sum(number for _, number in missing)

    def _by_item(self) -> RetrySafety | None:
        if not self._by_item_too:
            return None
        done, total = _DONE[self._beyond[0]], self._state.items.total
        if self._missing:
            reason = (
                f"its job, which has ended, says of each item whether it is {done}: {_items(self._missing)} of {total} "
                f"{'is' if self._missing == 1 else 'are'} not; doing the others again would repeat them"
            )
            return self._told_as(RetryVerdict.SAFE_FOR_ITEMS, reason)
        reason = f"none of its {total} items is left to be {done}: doing them again would repeat them"
        return RetrySafety(verdict=RetryVerdict.UNSAFE, reason=reason + self._without_key())

    def _would_duplicate(self, proof: Proof) -> RetrySafety:
        reason = (
            f"the {proof.observer} {'says' if proof.observer is Observer.JOB else 'saw'} that it is "
            f"{_DONE[proof.stage]} since {rfc3339(proof.at)[:19]}Z: doing it again would repeat that"
        )
        return RetrySafety(verdict=RetryVerdict.UNSAFE, reason=reason + self._without_key())

    def _stopped_before(self) -> bool:
        """Whether the job says itself that it failed at a harmless stage, and nobody speaks of anything later."""
        if self._rule.safe_after is None or self._state.claim is not Claim.FAILURE or self._state.conflicting:
            return False
        failed = [report.stage for report in self._outcome.stages if report.state is StageState.FAILED]
        return bool(failed) and failed[0] not in self._beyond and not self._proofs()

    def _seen_absent(self) -> bool:
        """Whether our probe found nothing at every surface beyond; less than was expected is not nothing."""
        if self._outcome.verdict is not Verdict.BROKEN or self._state.items.total:
            return False
        return all(_is_nothing(self._proofs([stage])) for stage in self._beyond)

    def _nobody_knows(self) -> RetrySafety:
        stage = self._beyond[0]
        said = next((report for report in self._outcome.stages if report.stage is stage), None)
        seen = f": {said.detail}" if said is not None and said.detail else ""
        reason = f"nobody can tell whether anything of it is already {_DONE[stage]}{seen}{self._without_key()}"
        look = f"Look whether anything of run {self._state.external_id} is already {_DONE[stage]}."
        return _unknown(reason, self._known, look)

    def _proofs(self, stages: Iterable[Stage] | None = None) -> list[Proof]:
        """What was seen of the stages beyond, or of some of them, either way; the oldest first."""
        wanted = self._beyond if stages is None else list(stages)
        return [proof for proof in self._state.proofs if proof.stage in wanted and proof.passed is not None]

    def _without_key(self) -> str:
        if self._key is None:
            return "; the promise declares no idempotency key that would make a second save the same as the first"
        return f"; it did not report {self._key}, which would make a second save the same as the first"

    def _told_as(self, verdict: RetryVerdict, reason: str) -> RetrySafety:
        return RetrySafety(verdict=verdict, reason=reason, item_count=self._missing, marks=self._marks)


def _is_nothing(proofs: list[Proof]) -> bool:
    """Whether the last of these is a look of our probe at a place where there was nothing at all."""
    if not proofs or proofs[-1].observer is not Observer.PROBE or proofs[-1].passed:
        return False
    measured = proofs[-1].measured or {}
    return measured.get("status") in _GONE or measured.get("rows") == 0


def _unknown(reason: str, known: Situation, look: str | None = None) -> RetrySafety:
    first_check = known.promise.first_check if known.promise else None
    check = " ".join(said for said in (look, first_check) if said)
    return RetrySafety(verdict=RetryVerdict.UNKNOWN, reason=reason, check_first=check or None)


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"
