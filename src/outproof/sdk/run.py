"""A run while it goes on: proofs in, one signal on disk for each before the call returns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol

from outproof.contract.run import Claim, Observer, Stage
from outproof.core.ids import ProjectId, run_id
from outproof.core.time import Instant, rfc3339
from outproof.sdk.facts import count, flag, seconds, text, usable
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.letter import Letter

EVIDENCE_FACTS_MAX = 64

Fact = str | int | float | bool


class Outbox(Protocol):
    """Where letters go, and what the run needs to know of the settings."""

    @property
    def project(self) -> ProjectId: ...

    @property
    def deploy(self) -> str | None: ...

    def send(self, letter: Letter, *, synced: bool) -> None: ...

    def refuse(self) -> None:
        """Count a signal that cannot be written down."""


class Run:
    """One attempt to keep a promise. It opens when it is made; a `with` block closes it, or `close()` and `fail()` do.

    Leaving the block normally claims success, and an exception claims failure with its type and nothing else. Either is
    only the job's claim: the server judges by the proofs. No method raises; an exception of the block passes through.
    """

    def __init__(self, outbox: Outbox, promise: object, external_id: object = None, evidence: object = None) -> None:
        self._outbox = outbox
        self._promise = _text(promise)
        self._external_id = time_ordered_id() if external_id is None else _text(external_id)
        self._counts: dict[str, int] = {}
        self._closed = False
        self._id = None
        if self._promise and self._external_id:
            self._id = run_id(outbox.project, self._promise, self._external_id)
        facts = _facts(evidence)
        if outbox.deploy is not None:
            facts.setdefault("deploy_sha", outbox.deploy)
        self._signal("/v1/runs", {"evidence": facts, "counts": None})

    @property
    def id(self) -> str | None:
        """The run's id, the same wherever promise and external id are known. None: the run has no name."""
        return self._id

    @never_raises(nothing)
    def generated(
        self,
        *,
        input: int | None = None,
        valid: int | None = None,
        invalid: int | None = None,
        skipped: int | None = None,
        suppressed: int | None = None,
        passed: bool = True,
        detail: str | None = None,
    ) -> None:
        """Prove that output was generated. Counts are items; `detail` is a safe sentence without customer content."""
        counts = _counts(input=input, valid=valid, invalid=invalid, skipped=skipped, suppressed=suppressed)
        self._prove(Stage.GENERATED, passed, detail, counts=counts)

    @never_raises(nothing)
    def validated(
        self,
        *,
        valid: int | None = None,
        invalid: int | None = None,
        input: int | None = None,
        skipped: int | None = None,
        suppressed: int | None = None,
        passed: bool = True,
        detail: str | None = None,
    ) -> None:
        """Prove that the output was validated, with how many items passed and failed."""
        counts = _counts(input=input, valid=valid, invalid=invalid, skipped=skipped, suppressed=suppressed)
        self._prove(Stage.VALIDATED, passed, detail, counts=counts)

    @never_raises(nothing)
    def persisted(self, output_id: str | None = None, *, passed: bool = True, detail: str | None = None) -> None:
        """Prove that the output was saved, and under which id."""
        self._prove(Stage.PERSISTED, passed, detail, output_id=_text(output_id))

    @never_raises(nothing)
    def visible(self, url: str | None = None, *, passed: bool = True, detail: str | None = None) -> None:
        """Prove that a reader can see the output, and where."""
        self._prove(Stage.VISIBLE, passed, detail, surface=_text(url))

    @never_raises(nothing)
    def fail(self, reason_type: str) -> None:
        """Close as failed. `reason_type` names the class of the failure, never its text."""
        self._close(Claim.FAILURE, reason_type)

    @never_raises(nothing)
    def close(self, *, evidence: Mapping[str, object] | None = None) -> None:
        """Close, claiming success, with facts that were learnt on the way. A second close does nothing."""
        self._close(Claim.SUCCESS, None, evidence)

    def __enter__(self) -> Run:
        return self

    @never_raises(nothing)
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
        if kind is None or clean_exit:
            self._close(Claim.SUCCESS, None)
        else:
            self._close(Claim.FAILURE, kind.__qualname__)

    async def __aenter__(self) -> Run:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _prove(
        self,
        stage: Stage,
        passed: object,
        detail: object,
        *,
        counts: dict[str, int] | None = None,
        surface: str | None = None,
        output_id: str | None = None,
    ) -> None:
        self._counts |= counts or {}
        proof = {
            "stage": stage.value,
            "passed": usable(flag, passed) is True,  # only a plain yes is a yes: no proof passes by accident
            "counts": counts or None,
            "surface": surface,
            "output_id": output_id,
            "detail": _text(detail),
            "observer": Observer.JOB.value,
        }
        self._signal(f"/v1/runs/{self._id}/proofs", proof)

    def _close(self, claim: Claim, error_type: object, evidence: object = None) -> None:
        if self._closed:
            return
        self._closed = True
        closing = {
            "claim": claim.value,
            "counts": self._counts or None,
            "evidence": _facts(evidence) or None,
            "error_type": _text(error_type),
        }
        self._signal(f"/v1/runs/{self._id}/close", closing)

    @never_raises(nothing)
    def _signal(self, path: str, body: Mapping[str, object]) -> None:
        if self._id is None:
            self._outbox.refuse()
            return
        signal_id = time_ordered_id()
        named = {
            "promise": self._promise,
            "external_id": self._external_id,
            "signal_id": signal_id,
            "claimed_at": claimed_now(),
        }
        self._outbox.send(Letter(signal_id, path, {**body, **named}), synced=True)


def claimed_now() -> str:
    """This machine's clock, as a claim: the server decides by its own."""
    return rfc3339(Instant(time.time_ns()))


def _text(value: object) -> str | None:
    """The value as bounded text; None when there is none, or none that can be read."""
    return None if value is None else usable(text, value)


def _counts(**counts: object) -> dict[str, int]:
    """The counts that were given and are whole numbers."""
    read = {name: usable(count, value) for name, value in counts.items() if value is not None}
    return {name: number for name, number in read.items() if number is not None}


def _no_facts(*_: object) -> dict[str, Fact]:
    return {}


@never_raises(_no_facts)
def _facts(evidence: object) -> dict[str, Fact]:
    """The evidence that can be written: short names with text, numbers, true or false. The rest is counted."""
    if evidence is None:
        return {}
    if not isinstance(evidence, Mapping):
        faults.count("bad_fact")
        return {}
    facts: dict[str, Fact] = {}
    for name, value in evidence.items():
        if value is None:
            continue
        key, fact = usable(text, name), usable(_fact, value)
        if key is not None and fact is not None and len(facts) < EVIDENCE_FACTS_MAX:
            facts[key] = fact
        elif len(facts) >= EVIDENCE_FACTS_MAX:
            faults.count("bad_fact")
    return facts


def _fact(value: object) -> Fact:
    if isinstance(value, bool):
        return value
    if hasattr(value, "__index__"):
        return count(value)
    if hasattr(value, "__float__"):
        return seconds(value)
    return text(value)
