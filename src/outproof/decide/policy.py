"""A policy: a limit on answers or on a window, how severe a breach is, whose it is and what to look at first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.severity import Severity
from outproof.core.ids import digest_id
from outproof.decide.expression import Compare, Expression, comparisons
from outproof.decide.names import ANSWER_FACTS, MEASURES

WINDOW_S = 900.0
"""What the counts of an invariant's headline span, where the policy doesn't say: a quarter of an hour."""

WINDOW_S_MAX = 7 * 86_400.0
EXEMPLARS_MAX = 20


class PolicyKind(StrEnum):
    """`invariant` must hold for each single answer; `threshold` names what must not be true of a window."""

    INVARIANT = "invariant"
    THRESHOLD = "threshold"


class NoData(StrEnum):
    """What a window without data means. Never that all is well, unless the policy says `ok` itself."""

    INCIDENT = "incident"  # a full window without data is an incident of its own
    KEEP = "keep"  # the alert stays as it is
    OK = "ok"  # a firing alert is over after a full window without data


class ExemplarOrder(StrEnum):
    OLDEST = "oldest"  # what broke first; it stays the same while more breaks
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class ExemplarRule:
    """Which answers show the breach. `where` None: those that break the invariant, any for a threshold."""

    where: Expression | None = None
    order: ExemplarOrder = ExemplarOrder.OLDEST
    limit: int = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Which answers a policy is about. `service` None: all of them."""

    service: str | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A limit, as it was declared. What is None was not declared; `lint` says what may not be missing.

    An invariant's `condition` must hold for every answer; a threshold's `condition` is the breach itself.
    `recover` is what must hold of the window before a firing threshold is over; None: that the breach is gone.
    """

    name: str
    kind: PolicyKind
    severity: Severity
    condition: Expression
    owner: str | None = None
    over: Scope = EVERYTHING
    window_s: float | None = None
    for_s: float = 0.0
    min_answers: int | None = None
    recover: Expression | None = None
    no_data: NoData | None = None
    exemplars: ExemplarRule = ExemplarRule()
    first_check: str | None = None
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    summary: str | None = None

    @property
    def span_s(self) -> float:
        """The length of its window."""
        return WINDOW_S if self.window_s is None else self.window_s

    @property
    def key(self) -> str:
        """What its alert and its incident are known by."""
        return f"policy:{self.name}"

    @property
    def title(self) -> str:
        """The sentence that on-call reads first."""
        if self.summary:
            return self.summary
        verb = "does not hold" if self.kind is PolicyKind.INVARIANT else "is reached"
        return f"{self.name}: {self.condition} {verb}"

    @property
    def first(self) -> Compare:
        """The comparison its headline shows: the first one written."""
        return next(comparisons(self.condition))

    @property
    def version(self) -> str:
        """A digest of everything declared: two policies that differ have two versions."""
        return digest_id("pol", repr(self))


def lint(policy: Policy) -> list[str]:
    """What keeps this policy from being loaded, in sentences; empty when nothing does.

    A page without an owner, a first check or a denominator costs the reader at 03:00 what it saved the writer.
    """
    problems = [
        f"expected {field}: {why}"
        for field, value, why in (
            ("owner", policy.owner, "who is told, and who may change it"),
            ("first_check", policy.first_check, "what the responder looks at first"),
        )
        if not (value or "").strip()
    ]
    problems += _threshold_problems(policy) if policy.kind is PolicyKind.THRESHOLD else _invariant_problems(policy)
    if not 0 < policy.span_s <= WINDOW_S_MAX:
        problems.append(f"expected window between 1s and 7d, got {policy.span_s:g}s")
    if policy.for_s < 0:
        problems.append(f"expected for to be 0s or longer, got {policy.for_s:g}s")
    if policy.runbook is not None and not policy.runbook.startswith(("https://", "http://")):
        problems.append(f"expected runbook to be an http(s) URL, got {policy.runbook!r}")
    if not 1 <= policy.exemplars.limit <= EXEMPLARS_MAX:
        problems.append(f"expected exemplars.limit from 1 to {EXEMPLARS_MAX}, got {policy.exemplars.limit}")
    if policy.exemplars.where is not None:
        problems += _strangers(policy.exemplars.where, frozenset(ANSWER_FACTS), "exemplars.where", "facts of an answer")
    if policy.channels == ():
        problems.append("expected channels to name at least one channel, or to be left out for the usual route")
    return problems


def _threshold_problems(policy: Policy) -> list[str]:
    problems = [
        f"expected {field}: {why}"
        for field, value, why in (
            ("window", policy.window_s, "over how long the measure is taken"),
            ("min_answers", policy.min_answers, "with how few answers the measure says nothing yet"),
            ("no_data", policy.no_data, "what an empty window means: incident, keep or ok"),
        )
        if value is None
    ]
    if policy.min_answers is not None and policy.min_answers < 1:
        problems.append(f"expected min_answers to be 1 or more, got {policy.min_answers}")
    problems += _strangers(policy.condition, frozenset(MEASURES), "when", "measures of a window")
    if policy.recover is not None:
        problems += _strangers(policy.recover, frozenset(MEASURES), "recover", "measures of a window")
    return problems


def _invariant_problems(policy: Policy) -> list[str]:
    problems = _strangers(policy.condition, frozenset(ANSWER_FACTS), "invariant", "facts of an answer")
    for field, is_set, why in (
        ("for", policy.for_s > 0, "it fires on the first answer that breaks it"),
        ("min_answers", policy.min_answers is not None, "one answer is enough to break it"),
        ("recover", policy.recover is not None, "it is over after a full window without a breach"),
    ):
        if is_set:
            problems.append(f"expected no {field} on an invariant: {why}")
    return problems


def _strangers(expression: Expression, names: frozenset[str], field: str, meaning: str) -> list[str]:
    strange = sorted({compare.name for compare in comparisons(expression)} - names)
    return [f"expected {field} to speak of {meaning}, got {name}" for name in strange]
