"""A promise as its owner declares it: what an output will do for whom, by when, and what proves each stage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outproof.contract.run import COUNT_NAMES, Observer, Stage
from outproof.contract.severity import Severity
from outproof.contract.surface import PLACEHOLDER, HttpSurface
from outproof.core.ids import digest_id

STANDARD_EVIDENCE = ("batch_id", "model", "prompt_version", "output_id", "deploy_sha")
"""Evidence keys that every promise allows: what a responder asks for first, none of it customer content."""

EVIDENCE_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """Which counts make a validation good. An item that was put in and never accounted for counts as invalid."""

    zero_is_ok: bool = False
    max_invalid_ratio: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.max_invalid_ratio <= 1:
            raise ValueError(f"expected max_invalid_ratio from 0 to 1, got {self.max_invalid_ratio}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What proves one stage: an observer trusted at least this much, and for how long its proof counts.

    `http` is what our own probe looks at. `counts` None: counts are judged by the strict rule if the job reports any.
    """

    observer: Observer = Observer.JOB
    http: HttpSurface | None = None
    counts: CountRule | None = None
    expires_s: float | None = None

    def __post_init__(self) -> None:
        if (self.observer is Observer.PROBE) != (self.http is not None):
            raise ValueError("expected `observer: probe` and `http` together: the probe must know where to look")
        if self.expires_s is not None and self.expires_s <= 0:
            raise ValueError("expected `expires` to be longer than nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What an output will do for whom, by when, proven how.

    A run must be proven `due_s` after we first hear of it. A probe may still prove it `settle_s` after its close before
    the verdict falls, and goes on looking for `watch_s`, so that a late output repairs the verdict and a vanished one
    breaks it. `channels` are told of its incidents; None: those of the usual route.
    """

    name: str
    outcome: str
    owner: str
    due_s: float
    proofs: dict[Stage, Requirement]
    evidence: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL
    channels: tuple[str, ...] | None = None
    first_check: str | None = None
    runbook: str | None = None
    settle_s: float = 10.0  # a page that is cached or replicated may lag this much without anybody minding
    watch_s: float = 86_400.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected a name of letters, digits, '.', '_' and '-', got {self.name!r}")
        if not self.proofs:
            raise ValueError("expected at least one stage under `proofs`: without proofs no run can be kept")
        if self.due_s <= 0 or self.settle_s < 0 or self.watch_s <= 0:
            raise ValueError("expected `due` and `watch` longer than nothing, and `settle` not negative")
        for key in self.evidence:
            if not EVIDENCE_KEY.fullmatch(key) or key in COUNT_NAMES:
                raise ValueError(f"expected evidence keys such as batch_id, other than a count's name, got {key!r}")
        for stage, requirement in self.proofs.items():
            self._check(stage, requirement)

    def _check(self, stage: Stage, requirement: Requirement) -> None:
        if requirement.counts is not None and stage is not Stage.VALIDATED:
            raise ValueError(f"expected `counts` under `validated`, where items are judged, got it under `{stage}`")
        if requirement.http is None:
            return
        known = {*self.allowed_evidence, *COUNT_NAMES}
        for key in PLACEHOLDER.findall(requirement.http.url):
            if key not in known:
                raise ValueError(f"{stage}: expected a placeholder from {', '.join(sorted(known))}, got {{{key}}}")

    @property
    def allowed_evidence(self) -> tuple[str, ...]:
        """The evidence keys that its runs may carry: the standard ones, then its own."""
        return tuple(dict.fromkeys((*STANDARD_EVIDENCE, *self.evidence)))

    @property
    def version(self) -> str:
        """A digest of everything declared: two promises that differ have two versions."""
        return digest_id("pro", repr(self))
