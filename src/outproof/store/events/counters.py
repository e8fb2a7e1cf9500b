"""What is counted of answers and calls: names out, with the aggregate that counts each over the table of answers.

All of them are whole numbers that add up, so a roll-up of them loses nothing.
"""

from __future__ import annotations

from outproof.measure.dimension import ROLLED, Dimension
from outproof.measure.percentiles import GAMMA
from outproof.measure.window import DECISION_FIELDS, STREAM_ENDS, TOKEN_KINDS, TTFT_KINDS

_PACED = "coalesce(is_call AND output_tokens >= 2 AND duration_us > ttft_us, false)"
_SERVED = "route IN ('serve', 'shorten')"
_DECIDED = "is_answer AND route IS NOT NULL AND unsafe_claim_served IS NOT NULL"

CONDITIONS = {
    "requests": "is_call OR is_answer",
    "failures": "(is_call OR is_answer) AND failed",
    "answers": "is_answer",
    "calls": "is_call",
    "decided": _DECIDED,
    "undecided": "is_answer AND (route IS NULL OR unsafe_claim_served IS NULL)",
    "unsafe_known": "is_answer AND unsafe_claim_served IS NOT NULL",
    "unsafe": "is_answer AND unsafe_claim_served",
    "served": f"{_DECIDED} AND {_SERVED}",
    "unsafe_served": f"{_DECIDED} AND {_SERVED} AND unsafe_claim_served",
    "supported_served": f"{_DECIDED} AND {_SERVED} AND NOT unsafe_claim_served",
    "safe_route": f"{_DECIDED} AND NOT unsafe_claim_served",
    "routed": "is_answer AND route IS NOT NULL",
    "abstentions": "is_answer AND route = 'abstain'",
    **{f"{name}_said": f"is_answer AND {name} IS NOT NULL" for name in DECISION_FIELDS},
    "streams": "is_call AND stream_end IS NOT NULL",
    "streams_cut": "is_call AND stream_end IN ('broken', 'abandoned')",
    **{f"streams_{end}": f"is_call AND stream_end = '{end}'" for end in STREAM_ENDS},
    "retries": "is_call AND attempt > 1",
    "ttft_known": "is_call AND ttft_us IS NOT NULL",
    "ttft_unknown": "is_call AND streaming AND ttft_us IS NULL",
    **{f"ttft_{kind}": f"is_call AND ttft_us IS NOT NULL AND ttft_kind = '{kind}'" for kind in TTFT_KINDS},
    "duration_known": "is_call AND duration_us IS NOT NULL",
    "duration_unknown": "is_call AND duration_us IS NULL",
    "paced_calls": _PACED,
    "unpaced_calls": f"is_call AND output_tokens IS NOT NULL AND NOT {_PACED}",
    **{f"{name}_known": f"is_call AND {name}_tokens IS NOT NULL" for name in TOKEN_KINDS},
    "calls_without_usage": "is_call AND (input_tokens IS NULL OR output_tokens IS NULL)",
}
"""What makes a row one of those that are counted."""

COUNTERS = {
    "spans": "count()",
    **{name: f"countIf({condition})" for name, condition in CONDITIONS.items()},
    "paced_tokens": f"sumIf(toUInt64(ifNull(output_tokens, 1) - 1), {_PACED})",
    "paced_us": f"sumIf(toUInt64(ifNull(duration_us, 0) - ifNull(ttft_us, 0)), {_PACED})",
    **{f"{name}_sum": f"sumIf(ifNull({name}_tokens, 0), is_call)" for name in TOKEN_KINDS},
}

_MODEL = "toLowCardinality(coalesce(model, model_request))"
RAW_DIMENSIONS = {each: _MODEL if each is Dimension.MODEL else each.value for each in Dimension}
"""Each dimension as an expression over the table of answers."""
ROLLED_DIMENSIONS = {each: each.value for each in ROLLED}
"""The same over roll-ups, where each is a column of its own name."""

CONTEXTS = (
    0,
    *(limit + 1 for limit in (32_000, 64_000, 100_000, 128_000, 200_000, 256_000, 272_000, 400_000, 500_000)),
)
"""Where prices change with the length of the input, on the cards of the large providers: the least of each step."""

PRICED = {
    "context": "toUInt32(roundDown(toUInt32(coalesce(input_tokens, 0)), {contexts:Array(UInt32)}))",
    "unsaid": "toUInt8((input_tokens IS NULL) + 2 * (output_tokens IS NULL))",
    "contradicts": (
        "toUInt8(coalesce(cached_input_tokens, 0) + coalesce(cache_write_tokens, 0)"
        " > coalesce(input_tokens, 4294967295))"
    ),
}
"""What decides the price of a call besides its model, its provider, its tier and its day."""

PPM = "toUInt32(coalesce(sampled_ppm, 1000000))"
POLICY = "sample_policy"


def bins(name: str) -> str:
    """The sketch of a column of microseconds over calls, as (bins, counts). Bins are those of `measure.percentiles`."""
    known = f"ifNull({name}, 1)"  # what is unknown is worked out too, and then left out: it must be a number
    number = f"toInt16(if({known} < 1, -1, ceil(log(greatest({known}, 1)) / {_log_gamma()})))"
    return f"sumMapIf([assumeNotNull({number})], [toUInt64(1)], is_call AND {name} IS NOT NULL)"


def _log_gamma() -> str:
    return f"log({GAMMA!r})"
