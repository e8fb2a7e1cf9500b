"""Folds the set of a run's signals into one state: any order, any number of duplicates, the same state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outproof.contract.drill import Drilled
from outproof.contract.evidence import FactValue
from outproof.contract.run import Claim, Counts, Observer, Proof, Signal, SignalKind, Stage
from outproof.core.ids import RunId
from outproof.core.time import Instant, seconds_between
from outproof.prove.items import NO_ITEMS, ItemTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What the signals of a run say together.

    `started_at` is when we first heard of it; deadlines count from there. `opened_at` and `closed_at` are server times,
    None while the signal is missing. `claim` is the worst one made; `conflicting` says that another was made too.
    `proofs` are in the order they were made. `duration_s` is by the job's own clock where it told the time.
    `last_sign_at` is when the job or a checker last said anything. `claims` are all that were made, oldest first.
    `counts` of a closed run that the job did not report are those of its `items`.
    """

    run_id: RunId
    promise: str
    external_id: str
    started_at: Instant
    opened_at: Instant | None
    closed_at: Instant | None
    claim: Claim | None
    conflicting: bool
    error_type: str | None
    proofs: tuple[Proof, ...]
    counts: Counts
    evidence: dict[str, FactValue]
    duration_s: float | None
    last_sign_at: Instant
    claims: tuple[tuple[Claim, Instant], ...] = ()
    drill: Drilled | None = None
    items: ItemTotals = NO_ITEMS

    @property
    def output_id(self) -> str | None:
        """The output this run made: as its evidence says, else as the proof of its earliest stage says."""
        said = self.evidence.get("output_id")
        if said is not None:
            return str(said)
        made = (proof for stage in Stage for proof in self.proofs if proof.stage is stage and proof.output_id)
        return next((proof.output_id for proof in made), None)


def fold(signals: Iterable[Signal], items: ItemTotals = NO_ITEMS) -> RunState:
    """The state that a non-empty set of signals of one run, and what was said of its items, amount to.

    A later value of a count or of an evidence key replaces an earlier one. A failure outweighs a success, unless the
    run was opened again after it and that attempt succeeded.
    """
    distinct = {signal.id: signal for signal in sorted(signals, key=lambda signal: -signal.received_at)}
    ordered = sorted(distinct.values(), key=lambda signal: (signal.at, signal.id))
    first = ordered[0]
    opened = [signal for signal in ordered if signal.kind is SignalKind.OPENED]
    closed = [signal for signal in ordered if signal.kind is SignalKind.CLOSED]
    claim, conflicting, error_type = _claimed(opened, closed)
    proofs = [(signal.proof, signal.id) for signal in ordered if signal.proof is not None]
    proofs.sort(key=lambda pair: (pair[0].at, pair[0].passed is False, pair[1]))  # of two at once, the worse is later
    return RunState(
        run_id=first.run_id,
        promise=first.promise,
        external_id=first.external_id,
        started_at=min(signal.received_at for signal in ordered),
        opened_at=min((signal.received_at for signal in opened), default=None),
        closed_at=min((signal.received_at for signal in closed), default=None),
        claim=claim,
        conflicting=conflicting,
        error_type=error_type,
        proofs=tuple(proof for proof, _ in proofs),
        counts=_counted(ordered, items if closed else NO_ITEMS),
        evidence={key: value for signal in ordered for key, value in (signal.evidence or {}).items()},
        duration_s=seconds_between(opened[0].at, closed[-1].at) if opened and closed else None,
        last_sign_at=max((signal.received_at for signal in ordered if not _is_ours(signal)), default=first.received_at),
        claims=tuple((signal.claim, signal.at) for signal in closed if signal.claim is not None),
        drill=next((signal.drill for signal in ordered if signal.drill is not None), None),
        items=items,
    )


def _is_ours(signal: Signal) -> bool:
    """Whether our own probe made it: that we look is no sign of the job's life."""
    return signal.proof is not None and signal.proof.observer is Observer.PROBE


def _claimed(opened: Sequence[Signal], closed: Sequence[Signal]) -> tuple[Claim | None, bool, str | None]:
    """The claim that counts, whether another contradicts it, and the type of the error it names."""
    failures = [signal for signal in closed if signal.claim is Claim.FAILURE]
    successes = [signal for signal in closed if signal.claim is Claim.SUCCESS]
    if failures and successes:
        tried_again = len(opened) > len(failures) and successes[-1].at > failures[-1].at
        if tried_again:
            return Claim.SUCCESS, False, None
    if failures:
        return Claim.FAILURE, bool(successes), failures[-1].error_type
    return (Claim.SUCCESS if successes else None), False, None


def _counted(ordered: Sequence[Signal], items: ItemTotals) -> Counts:
    latest = items.counts().known if items.total else {}
    for signal in ordered:
        if signal.counts is not None:
            latest |= signal.counts.known
    return Counts(**latest)
