"""Safe facts that travel with a run, an answer or an incident: no raw text, no customer content."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.core.money import NanoUsd
from outproof.core.time import Instant, duration_text

FactValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One safe fact: a key for machines, a label for people, a value. None means unknown and is shown as such."""

    key: str
    label: str
    value: FactValue

    @property
    def text(self) -> str | None:
        """The value as people read it; a key that ends in `_s` holds seconds. None: unknown."""
        match self.value:
            case None | str():
                return self.value
            case bool():
                return "yes" if self.value else "no"
            case int() | float() if self.key.endswith("_s"):
                return duration_text(self.value)
            case float():
                return f"{self.value:g}"
        return str(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """The answer that shows a breach, with everything a responder asks first. None: the application did not say."""

    at: Instant
    service: str
    trace_id: str
    span_id: str
    request_id: str | None = None
    case_id: str | None = None
    template_id: str | None = None
    evidence_version: str | None = None
    route: str | None = None
    first_failed_stage: str | None = None
    unsafe_claim_served: bool | None = None
    provider: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    service_tier: str | None = None
    ttft_s: float | None = None
    duration_s: float | None = None
    cost_nano_usd: NanoUsd | None = None
    rate_card: str | None = None
