"""What clients send about runs: JSON bytes and a promise in; signals out, or the path to the field that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from outproof.contract.evidence import FactValue
from outproof.contract.promise import STANDARD_EVIDENCE, Promise
from outproof.contract.run import Claim, Counts, Observer, Proof, Signal, SignalKind, Stage, happened_at
from outproof.core.ids import RunId, SignalId, digest_id
from outproof.core.time import Instant, instant_from_rfc3339
from outproof.scrub.text import cleaned

BODY_BYTES_MAX = 65_536

NOTE_CHARS_MAX = 10_000
MEASURED_MAX = 20
TEXT_CHARS_MAX = 512  # as much as the SDK sends of one text
Name = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX, pattern=r"^[^\x00-\x1f\x7f]+$")]
Sentence = Annotated[str, Meta(max_length=TEXT_CHARS_MAX)]
Number = Annotated[int, Meta(ge=0, le=10**12)]


_TYPE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.<>]{0,127}|exit status [0-9]{1,3}")

Body = TypeVar("Body", bound="Said")


class Refusal(StrEnum):
    """Why a signal was not stored."""

    INVALID = "invalid"
    UNKNOWN_EVIDENCE = "unknown_evidence"
    UNKNOWN_RUN = "unknown_run"
    CONFLICT = "conflict"


class Wrong(Exception):
    """A field of a body is wrong; `path` leads to it."""

    def __init__(self, path: str, message: str, refusal: Refusal = Refusal.INVALID) -> None:
        super().__init__(message)
        self.path = path
        self.refusal = refusal


class ItemCounts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    input: Number | None = None
    valid: Number | None = None
    invalid: Number | None = None
    skipped: Number | None = None
    suppressed: Number | None = None
    lost: Number | None = None


class Said(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every body may say. `signal_id` makes a retry the same signal; without it equal content is the same one."""

    promise: Name | None = None
    external_id: Name | None = None
    signal_id: Name | None = None
    claimed_at: str | None = None
    counts: ItemCounts | None = None
    evidence: dict[str, FactValue] | None = None


class Opened(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run begins."""

    promise: Name
    external_id: Name


class Proved(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody saw that the output passed a stage, or that it did not."""

    stage: Stage
    passed: bool = True
    observer: Literal["job", "independent"] = "job"
    surface: Sentence | None = None
    output_id: Sentence | None = None
    detail: Sentence | None = None
    receipt_id: Sentence | None = None
    measured: dict[Name, float | int | bool] | None = None


class Noted(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sign of life: the job is still at it. A note of more than NOTE_CHARS_MAX is cut short."""

    note: str | None = None


class Closed(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The job says how the run ended."""

    claim: Claim
    error_type: Sentence | None = None


def decoded(body: bytes, wanted: type[Body]) -> Body:
    """A body as what it should be.

    Raises:
        Wrong: it is not.
    """
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        if "unknown field" in message:
            message += f"; expected one of {', '.join(wanted.__struct_fields__)}" if not path else ""
        raise Wrong(path.removesuffix("`") or "$", message) from None
    except msgspec.DecodeError as error:
        raise Wrong("$", f"expected JSON, got: {error}") from None


def signal(said: Said, *, run_id: RunId, promise: str, external_id: str, now: Instant) -> Signal:
    """What was said, as a signal received now. Its evidence is yet to be admitted.

    Raises:
        Wrong: a field is not what its place demands.
    """
    claimed_at = _instant(said.claimed_at)
    counts = None if said.counts is None else Counts(**msgspec.structs.asdict(said.counts))
    common = Signal(
        id=SignalId(""),
        run_id=run_id,
        promise=cleaned(promise),
        external_id=cleaned(external_id),
        kind=SignalKind.OPENED,
        received_at=now,
        claimed_at=claimed_at,
        counts=counts,
        evidence=said.evidence,
    )
    match said:
        case Proved():
            made = replace(common, kind=SignalKind.PROVED, proof=_proof(said, happened_at(claimed_at, now)))
        case Noted():
            _check_note(said)
            made = replace(common, kind=SignalKind.NOTED, note=_cleaned(said.note and said.note[:NOTE_CHARS_MAX]))
        case Closed():
            made = replace(common, kind=SignalKind.CLOSED, claim=said.claim, error_type=_type_name(said.error_type))
        case _:
            made = common
    return replace(made, id=_id(made, said.signal_id))


def admitted(signal: Signal, promise: Promise | None) -> tuple[Signal, tuple[str, ...]]:
    """The signal with the evidence that its promise allows, and the keys that had to go.

    A promise that nobody declared allows the standard keys only; other keys are left out instead of losing the signal.

    Raises:
        Wrong: a key is not allowed by the declared promise, or its value is not a short safe fact.
    """
    allowed = STANDARD_EVIDENCE if promise is None else promise.allowed_evidence
    kept: dict[str, FactValue] = {}
    dropped = []
    for key, value in (signal.evidence or {}).items():
        if key in allowed:
            kept[key] = _safe(key, value)
        elif promise is None:
            dropped.append(key)
        else:
            raise Wrong(
                f"$.evidence.{key[:64]}",
                f"expected one of the evidence keys {', '.join(allowed)}, got {key[:64]!r}; "
                f"to allow it, declare it under `evidence` of the promise {promise.name!r}",
                Refusal.UNKNOWN_EVIDENCE,
            )
    return replace(signal, evidence=kept or None), tuple(dropped)


def _safe(key: str, value: FactValue) -> FactValue:
    if not isinstance(value, str):
        return value
    if len(value) > TEXT_CHARS_MAX or not value.isprintable():
        expected = f"expected one line of at most {TEXT_CHARS_MAX} characters: evidence is facts, not content"
        raise Wrong(f"$.evidence.{key}", f"{expected}, got {len(value)} characters")
    return cleaned(value)


def _proof(said: Proved, at: Instant) -> Proof:
    return Proof(
        stage=said.stage,
        observer=Observer(said.observer),
        passed=said.passed,
        at=at,
        surface=_cleaned(said.surface),
        output_id=_cleaned(said.output_id),
        detail=_cleaned(said.detail),
        receipt_id=_cleaned(said.receipt_id),
        measured=_measured(said.measured),
    )


def _measured(values: Mapping[str, FactValue] | None) -> dict[str, FactValue] | None:
    if values is not None and len(values) > MEASURED_MAX:
        raise Wrong("$.measured", f"expected at most {MEASURED_MAX} measured values, got {len(values)}")
    return None if not values else {cleaned(name): value for name, value in values.items()}


def _check_note(said: Noted) -> None:
    """What a note says must not matter, so that only the first and the newest of a run need to be kept."""
    if said.counts is not None or said.evidence is not None:
        raise Wrong("$", "expected a note without counts and evidence: send those with a proof or with the close")


def _type_name(text: str | None) -> str | None:
    """The name of an error's type; its message may hold anything, so what is no name is not kept."""
    return text if text is None or _TYPE_NAME.fullmatch(text) else "not a type name"


def _cleaned(text: str | None) -> str | None:
    return None if text is None else cleaned(" ".join(text.split()))


def _instant(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        return instant_from_rfc3339(text)
    except ValueError as error:
        raise Wrong("$.claimed_at", str(error)) from None


def _id(signal: Signal, given: str | None) -> SignalId:
    """The client's id within its run; else a digest of what was said, so that saying it again says nothing new."""
    if given is not None:
        return SignalId(digest_id("sig", signal.run_id, "given", given))
    proof = None if signal.proof is None else replace(signal.proof, at=Instant(0))
    content = msgspec.json.encode(replace(signal, received_at=Instant(0), proof=proof), order="sorted")
    return SignalId(digest_id("sig", signal.run_id, "content", content.decode()))
