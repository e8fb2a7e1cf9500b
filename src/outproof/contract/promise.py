"""A promise as its owner declares it: what an output will do for whom, by when, and what proves each stage."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID

from outproof.contract.action import GIVEN_NAMES, Action, RetryRule
from outproof.contract.drill import DrillRule
from outproof.contract.equation import Equation, equation
from outproof.contract.run import COUNT_NAMES, Observer, Stage
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.contract.severity import Severity
from outproof.contract.surface import FileSurface, Freshness, HttpSurface, SqlSurface, Surface
from outproof.core.ids import digest_id

STANDARD_EVIDENCE = ("batch_id", "model", "prompt_version", "output_id", "deploy_sha")
"""Evidence keys that every promise allows: what a responder asks for first, none of it customer content."""

EVIDENCE_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """Which counts make a validation good. An item that was put in and never accounted for counts as invalid.

    `equation` must balance when the run is closed: `input = valid + invalid + skipped + suppressed + lost` unless it
    says otherwise; the names are counts, or evidence keys that hold whole numbers.
    """

    zero_is_ok: bool = False
    max_invalid_ratio: float = 0.0
    max_unexplained: int | None = None
    equation: str | None = None

    def __post_init__(self) -> None:
        if self.max_unexplained is not None and self.max_unexplained < 0:
            raise ValueError(f"expected max_unexplained of zero or more items, got {self.max_unexplained}")
        if self.equation is not None:
            equation(self.equation)
        if not 0 <= self.max_invalid_ratio <= 1:
            raise ValueError(f"expected max_invalid_ratio from 0 to 1, got {self.max_invalid_ratio}")

    @property
    def balance(self) -> Equation | None:
        """The declared equation; None: none is declared."""
        return None if self.equation is None else equation(self.equation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What proves one stage: an observer trusted at least this much, and for how long its proof counts.

    One of `http`, `sql` and `file` is what our own probe looks at. `counts` None: counts are judged by the strict rule
    if the job reports any. With `receipt` a proof must name the receipt that whoever took the output gave for it.
    """

    observer: Observer = Observer.JOB
    http: HttpSurface | None = None
    sql: SqlSurface | None = None
    file: FileSurface | None = None
    counts: CountRule | None = None
    receipt: bool = False
    expires_s: float | None = None

    def __post_init__(self) -> None:
        given = [surface for surface in (self.http, self.sql, self.file) if surface is not None]
        if len(given) > 1:
            raise ValueError("expected one of `http`, `sql` and `file`: a stage is looked at in one place")
        if (self.observer is Observer.PROBE) != bool(given):
            raise ValueError(
                "expected `observer: probe` and one of `http`, `sql` and `file` together: "
                "the probe must know where to look"
            )
        for surface in given:
            surface.check_proof()
        if self.expires_s is not None and self.expires_s <= 0:
            raise ValueError("expected `expires` to be longer than nothing")

    @property
    def surface(self) -> Surface | None:
        """What our own probe looks at; None: it does not."""
        return self.http or self.sql or self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What an output will do for whom, by when, proven how.

    A promise is kept by runs (`proofs`, on a `schedule` or whenever one is opened), by a `heartbeat`, or by the
    `freshness` of a surface. A run must be proven `due_s` after its slot, or after we first hear of it where there is
    no schedule. It is slow when it is open for longer than `max_duration_s`, and stuck after `stuck_after_s` without a
    signal. A probe may still prove it `settle_s` after its close before the verdict falls, and goes on looking for
    `watch_s`, so that a late output repairs the verdict and a vanished one breaks it.

    `later_run_repairs`: a later kept run makes up for earlier breaks, so all breaks are one incident; None: only where
    there is a schedule. `safe_evidence` are keys whose values may hold customer content: a choice that is shown and
    audited. `channels` are told of its incidents; None: those of the usual route. `ping` is a secret address of its
    own, `/ping/{uuid}`: who knows it can report runs, or beats, with plain HTTP and nothing else.
    """

    name: str
    outcome: str
    owner: str
    due_s: float | None = None
    proofs: dict[Stage, Requirement] = field(default_factory=dict)
    schedule: Schedule | None = None
    heartbeat: Heartbeat | None = None
    freshness: Freshness | None = None
    max_duration_s: float | None = None
    stuck_after_s: float | None = None
    later_run_repairs: bool | None = None
    paused: bool = False
    evidence: tuple[str, ...] = ()
    safe_evidence: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL
    channels: tuple[str, ...] | None = None
    first_check: str | None = None
    runbook: str | None = None
    retry: RetryRule | None = None
    actions: tuple[Action, ...] = ()
    drill: DrillRule | None = None
    ping: str | None = field(default=None, metadata={"unique": True})
    settle_s: float = 10.0  # a page that is cached or replicated may lag this much without anybody minding
    watch_s: float = 86_400.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected a name of letters, digits, '.', '_' and '-', got {self.name!r}")
        if self.settle_s < 0 or self.watch_s <= 0:
            raise ValueError("expected `watch` longer than nothing, and `settle` not negative")
        if any(limit is not None and limit <= 0 for limit in (self.due_s, self.max_duration_s, self.stuck_after_s)):
            raise ValueError("expected `due`, `max_duration` and `stuck_after` longer than nothing")
        for key in (*self.evidence, *self.safe_evidence):
            if not EVIDENCE_KEY.fullmatch(key) or key in COUNT_NAMES:
                raise ValueError(f"expected evidence keys such as batch_id, other than a count's name, got {key!r}")
        self._check_mode()
        self._check_actions()
        if self.ping is not None:
            object.__setattr__(self, "ping", _uuid(self.ping))
        for stage, requirement in self.proofs.items():
            self._check(stage, requirement)

    def _check_mode(self) -> None:
        modes = [name for name in ("proofs", "heartbeat", "freshness") if getattr(self, name)]
        if len(modes) != 1:
            raise ValueError(
                "expected one of `proofs` (runs that prove their stages), `heartbeat` and `freshness`, "
                f"got {' and '.join(modes) or 'none of them: without proofs no run can be kept'}"
            )
        if not self.proofs and (self.schedule or self.max_duration_s or self.stuck_after_s):
            raise ValueError("expected `schedule`, `max_duration` and `stuck_after` beside `proofs` only")
        if not self.proofs:
            return
        scheduled_due_s = self.schedule.due_s if self.schedule else None
        if (self.due_s is None) == (scheduled_due_s is None):
            raise ValueError(
                "expected `due` once, as the promise's or in its schedule: by when must the output be proven?"
            )

    def _check_actions(self) -> None:
        names = [action.name for action in self.actions]
        if len(set(names)) < len(names):
            raise ValueError(f"expected actions of different names, got {', '.join(names)}")
        for action in self.actions:
            if action.undo is not None and action.undo not in names:
                raise ValueError(
                    f"action {action.name}: expected `undo` to name an action of this promise, got {action.undo!r}"
                )
            known = (*action.parameters, *GIVEN_NAMES, *self.allowed_evidence)
            for name in action.placeholders:
                if name not in known:
                    raise ValueError(
                        f"action {action.name}: expected a placeholder from {', '.join(known)}, got {{{name}}}"
                    )
        if self.retry is not None and self.retry.safe_after not in (None, *Stage):
            raise ValueError(f"retry: expected safe_after as one of {', '.join(Stage)}, got {self.retry.safe_after!r}")
        if self.retry is not None and self.retry.idempotency_key not in (None, *self.allowed_evidence):
            raise ValueError(f"retry: expected an evidence key as idempotency_key, got {self.retry.idempotency_key!r}")

    def _check(self, stage: Stage, requirement: Requirement) -> None:
        if requirement.counts is not None and stage is not Stage.VALIDATED:
            raise ValueError(f"expected `counts` under `validated`, where items are judged, got it under `{stage}`")
        known = {*self.allowed_evidence, *COUNT_NAMES}
        balance = requirement.counts.balance if requirement.counts else None
        for name in balance.names if balance else ():
            if name not in known:
                raise ValueError(f"equation: expected names from {', '.join(sorted(known))}, got {name}")
        if requirement.surface is None:
            return
        for key in requirement.surface.placeholders:
            if key not in known:
                raise ValueError(f"{stage}: expected a placeholder from {', '.join(sorted(known))}, got {{{key}}}")
        for name in requirement.surface.names:
            if name not in known:
                raise ValueError(f"{stage}: expected a value or a name from {', '.join(sorted(known))}, got {name!r}")

    @property
    def limit_s(self) -> float:
        """Seconds until a run must be proven, from its slot or its first signal. For promises that are kept by runs."""
        limit_s = self.schedule.due_s if self.schedule and self.schedule.due_s is not None else self.due_s
        assert limit_s is not None, f"{self.name} is not kept by runs"
        return limit_s

    @property
    def has_cron(self) -> bool:
        """Whether its runs are expected at fixed instants, from which their deadlines count."""
        return self.schedule is not None and self.schedule.cron is not None

    @property
    def is_grouped(self) -> bool:
        """Whether all breaks of it are one incident, which a later kept run ends."""
        return self.schedule is not None if self.later_run_repairs is None else self.later_run_repairs

    @property
    def allowed_evidence(self) -> tuple[str, ...]:
        """The evidence keys that its runs may carry: the standard ones, then its own."""
        return tuple(dict.fromkeys((*STANDARD_EVIDENCE, *self.evidence, *self.safe_evidence)))

    @property
    def version(self) -> str:
        """A digest of everything declared: two promises that differ have two versions."""
        return digest_id("pro", repr(self))


def _uuid(text: str) -> str:
    """The one way to write a UUID, so that two of them can be compared."""
    try:
        uuid = UUID(text)
    except ValueError:
        uuid = None
    if uuid is None or text.lower() != str(uuid):
        example = "f5b12a86-6f3c-4e83-9a58-4e1c0a6f5d27"
        raise ValueError(f"expected a UUID such as {example} as `ping` (`uuidgen` makes one), got {text!r}")
    return str(uuid)
