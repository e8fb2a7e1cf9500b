"""Our own names, which the SDK writes, and the application's: its decision, its steps, its progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outproof.core.attributes import Decision, Sampled, Work
from outproof.wire.dialects.table import Dialect, Row, TtftKind
from outproof.wire.readers import Reader, chance, count, flag, one_of, seconds, text

OURS, APPLICATION = "outproof", "application"

# fact → its spellings inside the application's own namespace, first match wins
_DECISION: Mapping[str, tuple[Decision, Reader, tuple[str, ...]]] = {
    "request_id": (Decision.REQUEST_ID, text, ("request.id", "request_id")),
    "case_id": (Decision.CASE_ID, text, ("case.id", "case_id")),
    "segment": (Decision.SEGMENT, text, ("segment",)),
    "evidence_version": (Decision.EVIDENCE_VERSION, text, ("evidence.version", "evidence_version")),
    "template_id": (Decision.TEMPLATE_ID, text, ("prompt.template_id", "prompt_template_id", "template_id")),
    "route": (Decision.ROUTE, text, ("answer.route", "route")),
    "first_failed_stage": (Decision.FIRST_FAILED_STAGE, text, ("failure.stage", "first_failed_stage")),
    "unsafe_claim_served": (
        *(Decision.UNSAFE_CLAIM_SERVED, flag),
        ("answer.unsafe_claim_served", "unsafe_claim_served"),
    ),
}
DECISION_FACTS = tuple(_DECISION)

OUTPROOF = Dialect(
    name=OURS,
    emitter="The Outproof SDK, and whoever writes its names",
    source="outproof/core/attributes.py",
    rows=(
        *(Row(fact, ours, read) for fact, (ours, read, _) in _DECISION.items()),
        Row("ttft_us", Decision.TIME_TO_FIRST_TOKEN_S, seconds, "seconds", ttft=TtftKind.TOKEN),
        Row("step", Work.STEP, text),
        Row("progress", Work.PROGRESS, text),
        Row("tool_status", Work.TOOL_STATUS, text),
        Row("tool_input_hash", Work.TOOL_INPUT_HASH, text, "hashed again with the project's key"),
        Row("attempt", Work.ATTEMPT, count),
        Row("stream_end", Work.STREAM_END, one_of({each: each for each in ("finished", "broken", "abandoned")})),
        Row("sampled_ppm", Sampled.PPM, chance, "times that of `tracestate`"),
        Row("sample_policy", Sampled.POLICY, text),
        Row("sample_reason", Sampled.REASON, text),
    ),
)


def application(namespaces: Sequence[str], attributes: Mapping[str, str]) -> Dialect:
    """The application's own names for its decision: single `attributes` by fact, then `namespaces`.

    Raises:
        KeyError: `attributes` names something that is not a decision fact.
    """
    unknown = attributes.keys() - _DECISION.keys()
    if unknown:
        raise KeyError(min(unknown))
    rows = []
    for fact, (_, read, spellings) in _DECISION.items():
        names = [attributes[fact]] if fact in attributes else []
        names += [f"{namespace}.{spelling}" for namespace in namespaces for spelling in spellings]
        rows += [Row(fact, name, read) for name in dict.fromkeys(names)]
    return Dialect(name=APPLICATION, emitter="The application", source="its configuration", rows=tuple(rows))
