"""A policy as it is written in a file, field by field: what was written in; the `Policy`, or all that is wrong, out."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.contract.severity import Severity
from outproof.decide.expression import Expression, Names
from outproof.decide.names import ANSWER_FACTS, MEASURES
from outproof.decide.parser import ExpressionError, parse
from outproof.decide.policy import EVERYTHING, ExemplarOrder, ExemplarRule, NoData, Policy, PolicyKind, Scope, lint

_FACT = "fact of an answer"
_MEASURE = "measure"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredExemplars:
    """Which answers show the breach; `where` is a condition over the facts of an answer."""

    where: str | None = None
    order: ExemplarOrder = ExemplarOrder.OLDEST
    limit: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPolicy:
    """The fields of a policy: `invariant` (what must hold for each answer) or `when` (what is a breach of a window)."""

    name: str
    severity: Severity
    owner: str | None = None
    invariant: str | None = None
    when: str | None = None
    over: Scope = EVERYTHING
    window_s: float | None = None
    for_s: float = 0.0
    min_answers: int | None = None
    recover: str | None = None
    no_data: NoData | None = None
    exemplars: DeclaredExemplars = DeclaredExemplars()
    first_check: str | None = None
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    summary: str | None = None


def policy(declared: DeclaredPolicy) -> Policy:
    """The policy that was written.

    Raises:
        ValueError: it cannot be applied; the message says everything that keeps it from being.
    """
    if (declared.invariant is None) == (declared.when is None):
        came = "neither" if declared.when is None else "both"
        raise ValueError(
            f"expected either `invariant` (what must hold for each answer) or `when` (what must not be), got {came}"
        )
    is_invariant = declared.invariant is not None
    problems: list[str] = []
    condition = _parsed(
        "invariant" if is_invariant else "when",
        declared.invariant or declared.when or "",
        ANSWER_FACTS if is_invariant else MEASURES,
        _FACT if is_invariant else _MEASURE,
        problems,
    )
    where = declared.exemplars.where
    shown = None if where is None else _parsed("exemplars.where", where, ANSWER_FACTS, _FACT, problems)
    back = declared.recover
    recover = None if back is None else _parsed("recover", back, MEASURES, _MEASURE, problems)
    if condition is None:
        raise ValueError("; ".join(problems))
    made = Policy(
        name=declared.name,
        kind=PolicyKind.INVARIANT if is_invariant else PolicyKind.THRESHOLD,
        severity=declared.severity,
        condition=condition,
        owner=declared.owner,
        over=declared.over,
        window_s=declared.window_s,
        for_s=declared.for_s,
        min_answers=declared.min_answers,
        recover=recover,
        no_data=declared.no_data,
        exemplars=ExemplarRule(shown, declared.exemplars.order, declared.exemplars.limit),
        first_check=declared.first_check,
        runbook=declared.runbook,
        channels=declared.channels,
        summary=declared.summary,
    )
    problems += lint(made)
    if problems:
        raise ValueError("; ".join(problems))
    return made


def _parsed(field: str, text: str, names: Names, noun: str, problems: list[str]) -> Expression | None:
    try:
        return parse(text, names, noun)
    except ExpressionError as error:
        problems.append(f"{field}, {error}")
        return None
