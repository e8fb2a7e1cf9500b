"""Valid things in a line: signals, promises, and a clock that is told the time."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Claim, Counts, Observer, Proof, Signal, SignalKind, Stage
from outproof.contract.surface import HttpSurface
from outproof.core.ids import DEFAULT_PROJECT, RunId, SignalId, run_id
from outproof.core.time import Instant, after

START = Instant(1_800_000_000_000_000_000)
NIGHTLY = "nightly-digests"
BATCH = "b-17"
RUN = run_id(DEFAULT_PROJECT, NIGHTLY, BATCH)

_numbers = count()


def at(seconds: float) -> Instant:
    """So many seconds after the start of the test's time."""
    return after(START, seconds)


class TestClock:
    """A clock that is told the time."""

    __test__ = False

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Instant:
        return at(self.seconds)


def a_signal(kind: SignalKind, seconds: float, **fields: Any) -> Signal:
    fields.setdefault("id", SignalId(f"s-{next(_numbers):06d}"))
    fields.setdefault("run_id", RUN)
    return Signal(promise=NIGHTLY, external_id=BATCH, kind=kind, received_at=at(seconds), **fields)


def opened(seconds: float = 0, **fields: Any) -> Signal:
    return a_signal(SignalKind.OPENED, seconds, **fields)


def proved(stage: Stage, seconds: float, *, passed: bool | None = True, **fields: Any) -> Signal:
    """A proof by the job, unless `observer` says otherwise."""
    proof_fields = {name: fields.pop(name) for name in ("observer", "output_id", "detail", "surface") if name in fields}
    proof_fields.setdefault("observer", Observer.JOB)
    proof = Proof(stage=stage, passed=passed, at=at(seconds), **proof_fields)
    return a_signal(SignalKind.PROVED, seconds, proof=proof, **fields)


def seen(stage: Stage, seconds: float, *, passed: bool | None = True, detail: str | None = None) -> Signal:
    """A look of our own probe."""
    return proved(stage, seconds, passed=passed, observer=Observer.PROBE, detail=detail)


def closed(seconds: float, claim: Claim = Claim.SUCCESS, **fields: Any) -> Signal:
    return a_signal(SignalKind.CLOSED, seconds, claim=claim, **fields)


def counts(**numbers: int) -> Counts:
    return Counts(**numbers)


def a_promise(
    proofs: Mapping[Stage, Requirement] | None = None,
    *,
    due_s: float = 3_600.0,
    settle_s: float = 10.0,
    watch_s: float = 86_400.0,
    evidence: Sequence[str] = (),
) -> Promise:
    """Nightly digests: validated and persisted by the job's word, visible to our probe."""
    return Promise(
        name=NIGHTLY,
        outcome="Each customer's digest is validated, saved and visible by 06:00.",
        owner="growth",
        due_s=due_s,
        proofs=dict(proofs) if proofs is not None else by_job_and_probe(),
        evidence=tuple(evidence),
        first_check="Is the batch in the digests table?",
        runbook="https://runbooks.example/digests",
        settle_s=settle_s,
        watch_s=watch_s,
    )


def by_job_and_probe(
    url: str = "https://app.example/digests/{batch_id}.json", *, rule: CountRule | None = None, **fields: Any
) -> dict[Stage, Requirement]:
    return {
        Stage.VALIDATED: Requirement(counts=rule),
        Stage.PERSISTED: Requirement(),
        Stage.VISIBLE: Requirement(
            observer=Observer.PROBE, http=HttpSurface(url=url, json="$.count", equals="valid"), **fields
        ),
    }


def by_job(*stages: Stage) -> dict[Stage, Requirement]:
    return {stage: Requirement() for stage in stages}


def another_run(external_id: str) -> RunId:
    return run_id(DEFAULT_PROJECT, NIGHTLY, external_id)
