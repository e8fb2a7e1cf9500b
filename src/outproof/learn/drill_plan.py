"""What a drill does to a promise: the promise and a fault in; what the job says, shows and mends, and what must follow.

The run is made up, so the job's side of it is ours; everything that judges and tells is the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from outproof.contract.drill import Fault
from outproof.contract.equation import CONSERVATION
from outproof.contract.promise import CountRule, Promise
from outproof.contract.run import COUNT_NAMES, Claim, Observer, Stage
from outproof.decide.finding import FindingKind
from outproof.learn.drill import Drill, Evaluator

ITEMS = 10
"""Items of the made-up run."""

LOST = 1_000
"""Items that a wrong count leaves unexplained, more than any tolerance that is worth having."""

ERROR_TYPE = "OutproofDrill"


class CannotDrill(ValueError):
    """The promise cannot be broken in this way; the message says why, and what can be."""


class Act(StrEnum):
    """Which request of the runs API says it."""

    OPEN = "open"
    PROVE = "prove"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that the job of the made-up run says: a request body, without what names the run."""

    act: Act
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A fault, spelled out for one promise.

    `breaks` and `repairs` are said in turn; with `skips_slot` a slot is expected in which nothing is said. `shown` are
    the probed stages that a stand-in for the surface shows before the repair; `frozen` is the one of which it shows an
    older output. The rest is what must follow: an incident of one of `kinds`, blaming `stage` (None: it names none).
    """

    breaks: tuple[Saying, ...]
    repairs: tuple[Saying, ...]
    kinds: tuple[FindingKind, ...]
    stage: Stage | None
    evaluators: tuple[Evaluator, ...]
    skips_slot: bool = False
    shown: tuple[Stage, ...] = ()
    frozen: Stage | None = None
    evidence: Mapping[str, str | int] = field(default_factory=dict)


def faults_of(promise: Promise) -> tuple[Fault, ...]:
    """The faults that a promise can be drilled with."""
    return tuple(fault for fault in Fault if not _objection(promise, fault))


def plan(promise: Promise, fault: Fault, drill: str) -> Plan:
    """The plan of a drill of that id. `promise` is the declared one.

    Raises:
        CannotDrill: nothing of the promise could be seen to break this way.
    """
    if objection := _objection(promise, fault):
        possible = ", ".join(faults_of(promise))
        raise CannotDrill(f"{promise.name}: {objection}" + (f"; it can be drilled with {possible}" if possible else ""))
    return _Planner(promise, drill).planned(fault)


def _objection(promise: Promise, fault: Fault) -> str | None:
    if not promise.proofs:
        return "it has no runs that could be broken"
    if fault is Fault.NEVER_START and promise.schedule is None:
        return "it has no schedule, so nothing says when a run should start"
    if fault is Fault.SKIP_PERSISTENCE and not {Stage.PERSISTED, Stage.VISIBLE} & promise.proofs.keys():
        return "it requires no proof that the output is persisted or visible, so nothing would notice"
    if fault is Fault.FREEZE_SURFACE and _surface_stage(promise) is None:
        return "it requires no proof that the output is visible, and no surface is looked at"
    if fault is Fault.WRONG_COUNT and Stage.VALIDATED not in promise.proofs:
        return "it requires no proof that the output is validated, so its counts are not judged"
    return None


def _surface_stage(promise: Promise) -> Stage | None:
    probed = [stage for stage in reversed(Stage) if _is_probed(promise, stage)]
    return Stage.VISIBLE if Stage.VISIBLE in promise.proofs else next(iter(probed), None)


def _is_probed(promise: Promise, stage: Stage) -> bool:
    return stage in promise.proofs and promise.proofs[stage].observer is Observer.PROBE


class _Planner:
    """The sayings of one made-up run."""

    def __init__(self, promise: Promise, drill: str) -> None:
        self._promise = promise
        self._drill = drill
        self._stages = [stage for stage in Stage if stage in promise.proofs]
        self._counts, self._numbers = good_counts(promise)

    def planned(self, fault: Fault) -> Plan:
        match fault:
            case Fault.SKIP_PERSISTENCE:
                return self._skip_persistence()
            case Fault.FAIL_VALIDATION:
                return self._fail_validation()
            case Fault.FREEZE_SURFACE:
                return self._freeze_surface()
            case Fault.NEVER_START:
                made = self._plan((), (FindingKind.NEVER_STARTED,), None, (), Evaluator.SCHEDULE)
                return replace(made, repairs=(self._open(), *made.repairs), skips_slot=True)
            case Fault.NEVER_CLOSE:
                kind = _unclosed_kind(self._promise)
                return self._plan([self._open()], (kind,), self._stages[0], (), Evaluator.SETTLE)
            case Fault.LATE:
                done, last = self._stages[:-1], self._stages[-1]
                said = [self._open(), *self._proofs(done)]
                return self._plan(said, (FindingKind.LATE,), last, done, Evaluator.SETTLE)
            case Fault.WRONG_COUNT:
                return self._wrong_count()
            case Fault.DEAD_ROUTE:
                failed = Saying(Act.CLOSE, {"claim": Claim.FAILURE, "error_type": ERROR_TYPE})
                made = self._plan([self._open(), failed], (FindingKind.FAILED,), None, (), Evaluator.RECEIVE)
                return replace(made, repairs=(self._open(), *made.repairs))

    def _skip_persistence(self) -> Plan:
        first = next(stage for stage in self._stages if stage in (Stage.PERSISTED, Stage.VISIBLE))
        done = self._stages[: self._stages.index(first)]
        said = [self._open(), *self._proofs(done), self._close(self._counts)]
        return self._plan(said, (FindingKind.UNVERIFIED, FindingKind.BROKEN), first, done, Evaluator.RECEIVE)

    def _fail_validation(self) -> Plan:
        done = [stage for stage in self._stages if stage is Stage.GENERATED]
        refused = self._proof(Stage.VALIDATED, passed=False, detail="the drill failed this validation on purpose")
        said = [self._open(), *self._proofs(done), refused, self._close(self._counts)]
        made = self._plan(said, (FindingKind.BROKEN,), Stage.VALIDATED, done, Evaluator.RECEIVE)
        if Stage.VALIDATED in self._stages:
            return made
        return replace(made, repairs=(self._proof(Stage.VALIDATED), *made.repairs))

    def _freeze_surface(self) -> Plan:
        frozen = _surface_stage(self._promise)
        assert frozen is not None, "whether it has one was asked before"
        others = [stage for stage in self._stages if stage is not frozen]
        older = self._proof(frozen, output_id=f"{self._drill}-older")
        stale = self._proof(frozen) if _is_probed(self._promise, frozen) else older
        said = [self._open(), *self._proofs(others), stale, self._close(self._counts)]
        kinds = (FindingKind.BROKEN, FindingKind.UNVERIFIED)
        return replace(self._plan(said, kinds, frozen, others, Evaluator.RECEIVE), frozen=frozen)

    def _wrong_count(self) -> Plan:
        wrong = wrong_counts(self._promise, self._counts)
        said = [self._open(), *self._proofs(self._stages, wrong), self._close(wrong)]
        kinds = (FindingKind.CONSERVATION,)
        return self._plan(said, kinds, Stage.VALIDATED, self._stages, Evaluator.RECEIVE)

    def _plan(
        self,
        breaks: Sequence[Saying],
        kinds: tuple[FindingKind, ...],
        stage: Stage | None,
        done: Sequence[Stage],
        evaluator: Evaluator,
    ) -> Plan:
        probed = any(_is_probed(self._promise, each) for each in self._stages)
        return Plan(
            breaks=tuple(breaks),
            repairs=(*self._proofs(self._stages), self._close(self._counts)),
            kinds=kinds,
            stage=stage,
            evaluators=(evaluator, Evaluator.PROBE) if probed else (evaluator,),
            shown=tuple(each for each in done if _is_probed(self._promise, each)),
            evidence=self._evidence(),
        )

    def _open(self) -> Saying:
        return Saying(Act.OPEN, {"evidence": self._evidence()})

    def _evidence(self) -> dict[str, str | int]:
        """What every surface of the promise asks for, and what names the run to people."""
        surfaces = (requirement.surface for requirement in self._promise.proofs.values())
        asked = {name for surface in surfaces if surface is not None for name in surface.placeholders}
        named = sorted((asked - set(COUNT_NAMES)) | {"batch_id", "output_id"})
        return dict.fromkeys(named, self._drill) | self._numbers

    def _proofs(self, stages: Sequence[Stage], counts: Mapping[str, int] | None = None) -> list[Saying]:
        told = {} if counts is None else {"counts": _known(counts)}
        return [self._proof(stage, **(told if stage is Stage.VALIDATED else {})) for stage in stages]

    def _proof(self, stage: Stage, **fields: object) -> Saying:
        """A proof by the least trusted who may give it. Of a probed stage the job only says that it is done."""
        required = self._promise.proofs.get(stage)
        independent = required is not None and required.observer is Observer.INDEPENDENT
        body: dict[str, object] = {"stage": stage, "observer": Observer.INDEPENDENT if independent else Observer.JOB}
        if required is not None and required.receipt:
            body["receipt_id"] = self._drill
        if stage is Stage.VALIDATED:
            body["counts"] = _known(self._counts)  # counts prove it as much as the word does
        return Saying(Act.PROVE, body | {"output_id": self._drill} | fields)

    def _close(self, counts: Mapping[str, int]) -> Saying:
        own = {name: number for name, number in counts.items() if name not in COUNT_NAMES}
        return Saying(Act.CLOSE, {"claim": Claim.SUCCESS, "counts": _known(counts), "evidence": own})


def _known(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if name in COUNT_NAMES}


def _unclosed_kind(promise: Promise) -> FindingKind:
    """What a run that is never closed becomes first, as a drill's limits have it."""
    if promise.stuck_after_s is not None:
        return FindingKind.STUCK
    return FindingKind.SLOW if promise.max_duration_s is not None else FindingKind.LATE


def _rule(promise: Promise) -> CountRule:
    required = promise.proofs.get(Stage.VALIDATED)
    return (required.counts if required else None) or CountRule()


def good_counts(promise: Promise) -> tuple[dict[str, int], dict[str, int]]:
    """Numbers that the promise's rule on counts accepts, and those of them that are evidence.

    Raises:
        CannotDrill: its equation cannot be made to balance.
    """
    numbers = {"input": ITEMS, "valid": ITEMS, "invalid": 0}
    equation = _rule(promise).balance or CONSERVATION
    numbers |= {name: 0 for name in equation.names if name not in numbers}
    remainder = equation.remainder(numbers) or 0
    if remainder:
        sign = 1 if remainder > 0 else -1
        free = [name for each, name in equation.right if each == sign and name not in ("input", "valid", equation.left)]
        if equation.left not in ("input", "valid") and remainder < 0:
            numbers[equation.left] -= remainder
        elif free:
            numbers[free[0]] += abs(remainder)
    if equation.remainder(numbers) != 0:
        raise CannotDrill(f"{promise.name}: no made-up counts balance its equation")
    return numbers, {name: number for name, number in numbers.items() if name not in COUNT_NAMES}


def wrong_counts(promise: Promise, good: Mapping[str, int]) -> dict[str, int]:
    """The numbers with items on the left side of the equation that the right side does not explain."""
    rule = _rule(promise)
    left = (rule.balance or CONSERVATION).left
    return {**good, left: good[left] + LOST + (rule.max_unexplained or 0)}


def stand_in(plan: Plan, drill: Drill, stage: Stage) -> bool | None:
    """What the stand-in shows our probe of a stage: this output, an older one, or nothing, so that it looks for real.

    A made-up run leaves nothing on the real surface: before the repair that is what the probe must see, after it the
    stand-in shows what a real output would.
    """
    if drill.repaired or stage in plan.shown:
        return True
    return False if stage is plan.frozen else None
