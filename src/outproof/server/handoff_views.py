"""Handoff as the API shows it: what is known, what may be done and what was done in; JSON shapes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar.params import Parameter as Described

from outproof.contract.action import Action, ActionKind, ParameterType
from outproof.core.time import rfc3339
from outproof.engine.prepared import Prepared
from outproof.prove.items import Mark
from outproof.respond import action as respond
from outproof.respond import boundary as bounds
from outproof.respond import retry_safety as safety
from outproof.respond.action import ActionState, shown_argv, shown_request
from outproof.respond.retry_safety import RetryVerdict

Ids = Callable[[Sequence[Mark]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySafety:
    """May it be done again? `item_count` items remain to be done; the first hundred are named."""

    verdict: RetryVerdict
    reason: str
    check_first: str | None
    item_ids: list[str]
    item_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryPart:
    """One part of what is known. `count` null: nobody counted. The first hundred are named."""

    count: int | None
    ids: list[str]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What may be relied on. `unit` is what the numbers count. `newest_correct_at` null: never proven right."""

    unit: bounds.Unit
    known_good: BoundaryPart
    known_bad: BoundaryPart
    unknown: BoundaryPart
    unaffected: BoundaryPart
    newest_correct_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionParameter:
    """A value that the action takes."""

    name: str
    type: ParameterType
    required: bool
    choices: list[str]
    chars_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """What a responder may do. `undo` names the action that takes it back; null: it cannot be taken back."""

    name: str
    kind: ActionKind
    describes: str
    parameters: list[ActionParameter]
    undo: str | None


Parameters = Annotated[
    dict[str, str | int | bool | list[str]], Described(description="The values that were given, by name, scrubbed.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """What was done. State `unknown`: it may have been done, nobody can tell, and nobody repeats it unasked."""

    id: str
    action: str
    kind: ActionKind
    state: ActionState
    parameters: Parameters
    does: str
    by: str
    at: str
    finished_at: str | None
    result: str | None
    undo: str | None
    undo_of: str | None
    undone_by: str | None
    forced: bool
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPreview:
    """What would be done: `request` or `argv`, scrubbed. `already`: it was done, and asking again changes nothing.

    `refused` says what speaks against it; with force it is done all the same, where `forceable`.
    """

    does: str
    request: str | None
    argv: list[str] | None
    idempotency_key: str
    already: ActionRecord | None
    refused: str | None
    forceable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Everything that whoever takes an incident needs. Null where the incident is about no promise."""

    owner: str
    runbook: str | None
    retry_safety: RetrySafety | None
    boundary: Boundary | None
    user_notice: str | None
    actions: list[ActionView]
    history: list[ActionRecord]


def retry_view(retry: safety.RetrySafety, ids: Ids) -> RetrySafety:
    """Retry safety with the ids of what remains to be done."""
    return RetrySafety(
        verdict=retry.verdict,
        reason=retry.reason,
        check_first=retry.check_first,
        item_ids=ids(retry.marks),
        item_count=retry.item_count,
    )


def boundary_view(boundary: bounds.Boundary, ids: Ids) -> Boundary:
    """The boundary with the ids of its parts."""
    parts = {
        name: BoundaryPart(count=part.count, ids=list(part.ids) or ids(part.marks), says=part.says)
        for name, part in boundary.parts.items()
    }
    newest = boundary.newest_correct_at
    return Boundary(unit=boundary.unit, **parts, newest_correct_at=None if newest is None else rfc3339(newest))


def action_view(action: Action) -> ActionView:
    """What a responder may do; not where it goes, which may be a secret."""
    return ActionView(
        name=action.name,
        kind=action.kind,
        describes=action.describes,
        parameters=[
            ActionParameter(
                name=name,
                type=parameter.type,
                required=parameter.required,
                choices=list(parameter.choices),
                chars_max=parameter.chars_max,
            )
            for name, parameter in action.parameters.items()
        ],
        undo=action.undo,
    )


def record_view(record: respond.ActionRecord) -> ActionRecord:
    """What was done."""
    return ActionRecord(
        id=record.id,
        action=record.action,
        kind=record.kind,
        state=record.state,
        parameters={
            name: list(value) if isinstance(value, tuple) else value for name, value in record.parameters.items()
        },
        does=record.does,
        by=record.by,
        at=rfc3339(record.at),
        finished_at=None if record.finished_at is None else rfc3339(record.finished_at),
        result=record.result,
        undo=record.undo,
        undo_of=record.undo_of,
        undone_by=record.undone_by,
        forced=record.forced,
        tries=record.tries,
    )


def preview_view(ready: Prepared) -> ActionPreview:
    """What would be done."""
    return ActionPreview(
        does=ready.does,
        request=shown_request(ready.call),
        argv=shown_argv(ready.call),
        idempotency_key=ready.key,
        already=None if ready.already is None else record_view(ready.already),
        refused=None if ready.already is not None else ready.refused,
        forceable=ready.forceable,
    )
