"""Measures into PromQL: the name of a measure and a window in; an expression over our own metrics out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outproof.core.attributes import ServerMetric as M
from outproof.core.time import duration_written
from outproof.decide.alert import LOUD
from outproof.decide.names import measure_of
from outproof.measure.interval import Z_95

_QUANTILE = re.compile(r"(ttft|duration)_p(50|90|95|99)")
_HISTOGRAMS = {"ttft": M.TIME_TO_FIRST_TOKEN_S, "duration": M.CALL_DURATION_S}

SHARES: Mapping[str, tuple[M, M]] = {
    "unsafe_rate": (M.ANSWERS_UNSAFE, M.ANSWERS_JUDGED),
    "unsafe_serve_rate": (M.ANSWERS_SERVED_UNSAFE, M.ANSWERS_SERVED),
    "supported_serve_rate": (M.ANSWERS_SERVED_SUPPORTED, M.ANSWERS_DECIDED),
    "safe_route_rate": (M.ANSWERS_SAFELY_ROUTED, M.ANSWERS_DECIDED),
    "abstention_rate": (M.ANSWERS_ABSTAINED, M.ANSWERS_ROUTED),
    "unverified_rate": (M.ANSWERS_UNDECIDED, M.ANSWERS),
    "error_rate": (M.REQUESTS_FAILED, M.REQUESTS),
    "broken_stream_rate": (M.STREAMS_CUT, M.STREAMS),
    "retry_rate": (M.CALLS_RETRIED, M.CALLS),
    "tokens_per_s": (M.PACED_TOKENS, M.PACED_S),
    "coverage(route)": (M.ANSWERS_ROUTED, M.ANSWERS),
    "coverage(unsafe_claim_served)": (M.ANSWERS_JUDGED, M.ANSWERS),
    "coverage(first_failed_stage)": (M.ANSWERS_WITH_STAGE, M.ANSWERS),
    "coverage(template_id)": (M.ANSWERS_WITH_TEMPLATE, M.ANSWERS),
    "coverage(evidence_version)": (M.ANSWERS_WITH_EVIDENCE, M.ANSWERS),
}
"""Measures that are one sum over another."""

SUMS: Mapping[str, M] = {
    "answers": M.ANSWERS,
    "calls": M.CALLS,
    "decided": M.ANSWERS_JUDGED,
    "unsafe": M.ANSWERS_UNSAFE,
    "input_tokens": M.INPUT_TOKENS,
    "cached_input_tokens": M.CACHED_INPUT_TOKENS,
    "output_tokens": M.OUTPUT_TOKENS,
    "cost": M.COST_USD,
    "runs": M.RUNS_SETTLED,
}
"""Measures that are one sum."""

SPAN_S_MIN = 60.0
"""Scrapes come every 15 seconds by custom, and a growth needs some of them."""

KEPT = 'verdict="kept"'
IS_LOUD = f'state=~"{"|".join(sorted(state.value for state in LOUD))}"'
"""Of the alerts of a policy those that are an incident."""


class Inexpressible(Exception):
    """Prometheus cannot tell this from our metrics; the text says why, for the one who asked."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which series are summed: only those with these matchers, apart by a label if `by` names one.

    `shared`: every server exports the same numbers, so that they are not added up over servers.
    """

    matchers: tuple[str, ...] = ()
    by: str | None = None
    shared: bool = False

    def sum(self, metric: str, span_s: float, back_s: float = 0.0, *, also: tuple[str, ...] = ()) -> str:
        """How much a counter grew in a window that ended `back_s` ago. No series at all: nothing, not 0."""
        grouped = f" by ({self.by})" if self.by else ""
        grown = self._grown(metric, span_s, back_s, also)
        return f"sum{grouped}({f'max by (promise, verdict)({grown})' if self.shared else grown})"

    def quantile(self, metric: str, share: str, span_s: float, back_s: float) -> str:
        grouped = f"le, {self.by}" if self.by else "le"
        grown = self._grown(f"{metric}_bucket", span_s, back_s, ())
        return f"histogram_quantile({share}, sum by ({grouped})({grown}))"

    def _grown(self, metric: str, span_s: float, back_s: float, also: tuple[str, ...]) -> str:
        chosen = ", ".join((*self.matchers, *also))
        ago = f" offset {duration_written(back_s)}" if back_s else ""
        return f"increase({metric}{{{chosen}}}[{duration_written(span_s)}]{ago})"


def measured(name: str, traffic: Traffic, span_s: float, back_s: float = 0.0) -> str:
    """The measure of that name over a window, as PromQL; NaN or no series where there is no data.

    Raises:
        Inexpressible: it cannot be told from our metrics.
    """
    if span_s < SPAN_S_MIN:
        raise Inexpressible(f"a window of {duration_written(span_s)} holds too few scrapes")
    end = next((each for each in ("lower_95", "upper_95") if name.startswith(f"{each}(")), None)
    plain = name if end is None else name[len(end) + 1 : -1]
    if plain == "kept_rate":
        kept = traffic.sum(M.RUNS_SETTLED, span_s, back_s, also=(KEPT,))
        return _share(kept, traffic.sum(M.RUNS_SETTLED, span_s, back_s), end)
    if plain == "kept":
        return traffic.sum(M.RUNS_SETTLED, span_s, back_s, also=(KEPT,))
    if plain in SHARES:
        part, whole = (traffic.sum(metric, span_s, back_s) for metric in SHARES[plain])
        return _share(part, whole, end)
    if plain in SUMS:
        return traffic.sum(SUMS[plain], span_s, back_s)
    if found := _QUANTILE.fullmatch(plain):
        if end is not None:
            raise Inexpressible(f"{name}: a histogram does not tell how certain a percentile is")
        return traffic.quantile(_HISTOGRAMS[found[1]], f"0.{found[2]}", span_s, back_s)
    raise Inexpressible(f"{measure_of(name)} is not exported as a metric")


def _share(part: str, whole: str, end: str | None) -> str:
    """A share, or the end of its 95 % interval (Wilson 1927): sums first, one division after."""
    if end is None:
        return f"{part} / {whole}"
    square = _number(Z_95 * Z_95)
    sign = "-" if end == "lower_95" else "+"
    spread = f"{_number(Z_95)} * sqrt({part} * ({whole} - {part}) / {whole} + {square} / 4)"
    return f"({part} + {square} / 2 {sign} {spread}) / ({whole} + {square})"


def _number(value: float) -> str:
    return f"{Decimal(repr(value)):f}"


def label_matcher(label: str, value: str | None) -> str:
    """`label="value"`; None is what does not say, which is the empty text."""
    escaped = (value or "").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{label}="{escaped}"'
