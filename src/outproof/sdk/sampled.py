"""Ended answers in; those that are sent, each with its reason and its chance, out: on the courier's time.

Of the traces in a batch those are sent for certain in which something failed or was flagged, or that meet a declared
case; of the others a share by lot, the same one that a server with the same policy draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from outproof.core.attributes import Decision, GenAi, Sampled, Work
from outproof.sampling.decide import Decision as Kept
from outproof.sampling.decide import head
from outproof.sampling.interest import reason_for
from outproof.sampling.policy import Reason, Sampling
from outproof.sdk.buffer import Entry
from outproof.sdk.guard import never_raises

_COLUMNS: Mapping[str, str] = {
    Decision.CASE_ID.value: "case_id",
    Decision.SEGMENT.value: "segment",
    Decision.EVIDENCE_VERSION.value: "evidence_version",
    Decision.TEMPLATE_ID.value: "template_id",
    Decision.ROUTE.value: "route",
    Decision.FIRST_FAILED_STAGE.value: "first_failed_stage",
    Decision.UNSAFE_CLAIM_SERVED.value: "unsafe_claim_served",
    Work.STREAM_END.value: "stream_end",
    GenAi.OPERATION.value: "operation",
    GenAi.PROVIDER.value: "provider",
    GenAi.RESPONSE_MODEL.value: "model",
    GenAi.STREAM.value: "streaming",
    GenAi.INPUT_TOKENS.value: "input_tokens",
    GenAi.CACHED_INPUT_TOKENS.value: "cached_input_tokens",
    GenAi.OUTPUT_TOKENS.value: "output_tokens",
}
"""What the facts of an answer are called where rules speak of them."""

_RANK = {reason: rank for rank, reason in enumerate(Reason)}


def _all(entries: Sequence[Entry], _: Sampling) -> list[Entry]:
    return list(entries)


@never_raises(_all)
def sampled(entries: Sequence[Entry], policy: Sampling) -> list[Entry]:
    """The entries that are sent. Should anything go wrong here, all of them are."""
    version = policy.version
    strongest: dict[int, Reason] = {}
    for entry in entries:
        reason = reason_for(_facts(entry), policy)
        if reason is not None and (entry[1] not in strongest or _RANK[reason] < _RANK[strongest[entry[1]]]):
            strongest[entry[1]] = reason
    decisions = {trace: head(trace.to_bytes(16, "big"), strongest.get(trace), policy) for trace in _traces(entries)}
    return [_labelled(entry, decision, version) for entry in entries if (decision := decisions[entry[1]]) is not None]


def _traces(entries: Iterable[Entry]) -> set[int]:
    return {entry[1] for entry in entries}


def _facts(entry: Entry) -> dict[str, Any]:
    *_, duration_ns, stated_s, said, error = entry
    facts: dict[str, Any] = {_COLUMNS[name]: fact for name, fact in tuple(said.items()) if name in _COLUMNS}
    first_token_s = said.get(Decision.TIME_TO_FIRST_TOKEN_S.value)
    if isinstance(first_token_s, int | float):
        facts["ttft_us"] = round(first_token_s * 1_000_000)
    duration_s = stated_s if isinstance(stated_s, int | float) else duration_ns / 1e9
    return {**facts, "duration_us": round(duration_s * 1_000_000), "failed": error is not None}


def _labelled(entry: Entry, decision: Kept, version: str) -> Entry:
    name, trace, own, parent, start_ns, duration_ns, stated_s, said, error = entry
    label: dict[str, object] = {
        Sampled.PPM.value: decision.ppm,
        Sampled.POLICY.value: version,
        Sampled.REASON.value: decision.reason.value,
    }
    return name, trace, own, parent, start_ns, duration_ns, stated_s, {**said, **label}, error
