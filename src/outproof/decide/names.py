"""What conditions may speak of: facts of one answer, measures of a window, of two windows, and of a promise's runs."""

from __future__ import annotations

from collections.abc import Iterable

from outproof.decide.expression import Names, ValueType

_FLAG, _TEXT, _NUMBER = ValueType.FLAG, ValueType.TEXT, ValueType.NUMBER
_RATIO, _DURATION, _MONEY, _CHANGE = ValueType.RATIO, ValueType.DURATION, ValueType.MONEY, ValueType.CHANGE

ANSWER_FACTS = {
    "unsafe_claim_served": _FLAG,
    "failed": _FLAG,
    "streaming": _FLAG,
    "route": _TEXT,
    "first_failed_stage": _TEXT,
    "template_id": _TEXT,
    "evidence_version": _TEXT,
    "case_id": _TEXT,
    "segment": _TEXT,
    "environment": _TEXT,
    "deploy": _TEXT,
    "operation": _TEXT,
    "provider": _TEXT,
    "model": _TEXT,
    "finish_reason": _TEXT,
    "error_type": _TEXT,
    "input_tokens": _NUMBER,
    "cached_input_tokens": _NUMBER,
    "output_tokens": _NUMBER,
    "ttft": _DURATION,
    "duration": _DURATION,
}
"""Facts of one answer. Each is the column of that name; `ttft` and `duration` are the `…_us` columns in seconds."""

BAD_RATES = {
    "unsafe_rate": _RATIO,
    "unsafe_serve_rate": _RATIO,
    "unverified_rate": _RATIO,
    "error_rate": _RATIO,
    "broken_stream_rate": _RATIO,
    "retry_rate": _RATIO,
    "abstention_rate": _RATIO,
}
"""Shares that an error budget may be spent on: the larger, the worse."""

_WITH_INTERVAL = {
    **BAD_RATES,
    "supported_serve_rate": _RATIO,
    "safe_route_rate": _RATIO,
    "ttft_p95": _DURATION,
    "duration_p95": _DURATION,
}

_PLAIN = {
    "answers": _NUMBER,
    "calls": _NUMBER,
    "decided": _NUMBER,
    "unsafe": _NUMBER,
    **_WITH_INTERVAL,
    "ttft_p50": _DURATION,
    "ttft_p90": _DURATION,
    "ttft_p99": _DURATION,
    "duration_p50": _DURATION,
    "duration_p90": _DURATION,
    "duration_p99": _DURATION,
    "tokens_per_s": _NUMBER,
    "input_tokens": _NUMBER,
    "cached_input_tokens": _NUMBER,
    "output_tokens": _NUMBER,
    "cost": _MONEY,
}

_ENDS = ("lower_95", "upper_95")


def lower(name: str) -> str:
    """The lower end of the 95 % interval of a measure, as conditions and windows call it."""
    return f"lower_95({name})"


def upper(name: str) -> str:
    """The upper end of the 95 % interval of a measure, as conditions and windows call it."""
    return f"upper_95({name})"


def _ends(names: Names) -> Names:
    return {f"{end}({name})": type for end in _ENDS for name, type in names.items()}


MEASURES: Names = {**_PLAIN, **_ends(_WITH_INTERVAL)}
"""Measures of a window. `decided` counts the answers that say whether an unsafe claim was served; `lower_95(…)` and
`upper_95(…)` are the ends of the 95 % interval of a measure."""

CALL_MEASURES = frozenset(
    {"calls", "error_rate", "broken_stream_rate", "retry_rate", "tokens_per_s", "cost"}
    | {name for name in _PLAIN if name.startswith(("ttft_", "duration_")) or name.endswith("_tokens")}
)
"""The measures that are taken over calls of a model; the others are taken over answers."""

COUNTS: Names = {"answers": _NUMBER, "calls": _NUMBER, "decided": _NUMBER}
"""What may be absent. These count to 0 where nothing came, while a measure of nothing is no data."""

COVERABLE: Names = dict.fromkeys(
    ("route", "unsafe_claim_served", "first_failed_stage", "template_id", "evidence_version"), _RATIO
)
"""Facts of a decision whose coverage is measured: the share of answers that say it, as `coverage(…)`."""

COVERAGE: Names = {**COVERABLE, **_ends(COVERABLE)}

DRIFTS: Names = {
    name: type for measure in _PLAIN for name, type in ((f"rise({measure})", _CHANGE), (f"fall({measure})", _CHANGE))
} | {f"lower_95({change}({measure}))": _CHANGE for change in ("rise", "fall") for measure in _WITH_INTERVAL}
"""How far a measure is above or below its baseline, as a share of the baseline. `lower_95(rise(…))`: by how much at
least, whatever the true values are within both intervals."""

RUN_MEASURES: Names = {
    "runs": _NUMBER,
    "kept": _NUMBER,
    "kept_rate": _RATIO,
    **_ends({"kept_rate": _RATIO}),
}
"""Measures of a promise's runs in a window: those with a final verdict, and how many of them kept it."""


def covered(name: str) -> str:
    """How windows call what is written as coverage: `lower_95(coverage(route))` for `lower_95(route)`."""
    fact = measure_of(name)
    return name.replace(fact, f"coverage({fact})")


def measure_of(name: str) -> str:
    """The measure that a name is about: `ttft_p95` of `lower_95(rise(ttft_p95))`."""
    return name.rpartition("(")[2].rstrip(")")


def compared(name: str) -> frozenset[str]:
    """What must be known of both windows to tell a change: `ttft_p95` for `rise(ttft_p95)`; itself for a measure."""
    measure = measure_of(name)
    if name not in DRIFTS:
        return frozenset({name})
    is_plain = name in (f"rise({measure})", f"fall({measure})")
    return frozenset({measure} if is_plain else {lower(measure), upper(measure)})


def listed(names: Iterable[str]) -> list[str]:
    """The names that an error message lists: those that are no function of another, if there are any."""
    return sorted(name for name in names if "(" not in name) or sorted(names)
