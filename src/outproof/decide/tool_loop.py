"""An agent that goes round in circles: its stall and what is declared about loops in; what to say of it, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outproof.contract.evidence import Exemplar, Fact
from outproof.contract.severity import Severity
from outproof.core.ids import digest_id
from outproof.decide.finding import Finding, FindingKind, Reading, Subject, SubjectType
from outproof.loops.limits import STANDARD, Limits, Polling
from outproof.loops.stall import Stall

OVER_AFTER_S = 900.0
"""So long tools must be called without a loop before it is over: a quarter of an hour, as for an invariant."""

_FIRST_CHECK = (
    "Stop the run, or have its loop stop at `stop_and_review`. Then look at what the tool returned in the trace: "
    "the agent did not find in it what it needs."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLoops:
    """What is declared about loops: from when on it is one, which tools are polled on purpose, and whose it is."""

    detect: bool = True
    repeats: int = STANDARD.repeats
    rounds: int = STANDARD.rounds
    unmoved: int = STANDARD.unmoved
    errors: int = STANDARD.errors
    no_progress: int = STANDARD.no_progress
    polling: tuple[Polling, ...] = ()
    severity: Severity = Severity.WARNING
    owner: str = ""
    first_check: str = _FIRST_CHECK
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    limits: Limits = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.runbook is not None and not self.runbook.startswith(("https://", "http://")):
            raise ValueError(f"expected runbook to be an http(s) URL, got {self.runbook!r}")
        if self.channels == ():
            raise ValueError("expected channels to name at least one channel, or to be left out for the usual route")
        limits = Limits(
            repeats=self.repeats,
            rounds=self.rounds,
            unmoved=self.unmoved,
            errors=self.errors,
            no_progress=self.no_progress,
            polling=self.polling,
        )
        object.__setattr__(self, "limits", limits)

    @property
    def version(self) -> str:
        """A digest of everything declared."""
        return digest_id("loops", repr(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """A run that stalls: whose it is, how, and the call that showed it."""

    service: str
    agent: str | None
    stall: Stall
    exemplar: Exemplar

    @property
    def key(self) -> str:
        """What its incident is known by: runs of one service that stall alike are one break."""
        return f"tool_loop:{self.service}:{self.stall.kind}:{'+'.join(sorted(set(self.stall.tools)))}"


def finding(stalled: Stalled, declared: ToolLoops, *, runs: int, exemplars: Sequence[Exemplar]) -> Finding:
    """What is known of a stall. `runs` is how many runs stalled like this so far; `exemplars` shows some of them."""
    stall = stalled.stall
    tools = ", ".join(dict.fromkeys(stall.tools))
    who = stalled.agent or f"an agent of {stalled.service}"
    return Finding(
        key=stalled.key,
        kind=FindingKind.TOOL_LOOP,
        firing=True,
        severity=declared.severity,
        title=f"{who} goes round in circles with {tools}",
        reason=f"{stall.reason}: {stall.advice}",
        subject=Subject(SubjectType.SERVICE, stalled.service),
        owner=declared.owner,
        occurrences=runs,
        headline=f"{tools} × {stall.count}",
        policy_version=declared.version,
        first_check=declared.first_check,
        runbook=declared.runbook,
        channels=declared.channels,
        evidence=_evidence(stalled, tools),
        measure=Reading(
            name=f"tool_loop_{stall.kind}",
            text=f"{stall.kind} in a run of tool calls",
            value=float(stall.count),
            limit=float(_limit(stall, declared)),
            window_start=stall.since,
            window_end=stall.until,
        ),
        exemplars=tuple(exemplars),
    )


def over(key: str, service: str, declared: ToolLoops) -> Finding:
    """That it is over: tools were called for a while, and none of the calls went round in circles."""
    return Finding(
        key=key,
        kind=FindingKind.TOOL_LOOP,
        firing=False,
        severity=declared.severity,
        title=f"agents of {service} get on again",
        reason="a quarter of an hour of tool calls without this loop",
        subject=Subject(SubjectType.SERVICE, service),
        owner=declared.owner,
    )


def _limit(stall: Stall, declared: ToolLoops) -> int:
    return {
        "repeat": declared.unmoved if stall.is_marked else declared.repeats,
        "cycle": declared.unmoved if stall.is_marked else declared.rounds,
        "error_streak": declared.errors,
        "no_progress": declared.no_progress,
    }[stall.kind]


def _evidence(stalled: Stalled, tools: str) -> tuple[Fact, ...]:
    stall = stalled.stall
    return (
        Fact("suggestion", "Suggestion", stall.advice.value),
        Fact("tool", "Tool" if len(set(stall.tools)) == 1 else "Tools", tools),
        Fact("loop", "Loop", stall.kind.value),
        Fact("count", "Times, at least", stall.count),
        Fact("what_repeats", "What repeats", stall.repeats),
        Fact("tool_calls", "Tool calls", stall.calls),
        Fact("lasted_s", "Within", (stall.until - stall.since) / 1e9),
        Fact("progress", "Progress marker", "did not move" if stall.is_marked else None),
        Fact("agent", "Agent", stalled.agent),
    )
