"""What is declared in; what dashboards show of our metrics, as plain values, out. How they look is in `grafana`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outproof.config.declared import Declared
from outproof.core.attributes import ServerMetric as M
from outproof.core.time import duration_written
from outproof.decide.expression import Compare, Op, ValueType
from outproof.decide.policy import Policy
from outproof.export.conditions import limit_text, traffic_of
from outproof.export.promql import IS_LOUD, Inexpressible, measured

RATE = "$__rate_interval"
WEEK = "1w"
POLICIES_MAX = 60

_CHOSEN = 'service=~"$service"'


@dataclass(frozen=True, slots=True)
class Query:
    """One expression, and what its series are called."""

    expr: str
    legend: str
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One panel. `now` shows only the last value, large; `limit` draws a line that should not be crossed."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    now: bool = False
    limit: float | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `by_service`: it can be narrowed down to some services."""

    uid: str
    title: str
    about: str
    plots: tuple[Plot, ...]
    by_service: bool = True


def boards(declared: Declared) -> list[Board]:
    """All dashboards: of traffic and of the monitor, and one of the policies in force."""
    found = [_health(), _quality(), _alerts(), _cost(), _sla(), _business(), _comparison()]
    own = _policies(declared.policies)
    return [*found, own] if own.plots else found


def _grown(metric: str, by: str = "", *, also: str = "", span: str = RATE, ago: str = "") -> str:
    chosen = f"{_CHOSEN}, {also}" if also else _CHOSEN
    offset = f" offset {ago}" if ago else ""
    return f"sum{f' by ({by})' if by else ''}(rate({metric}{{{chosen}}}[{span}]{offset}))"


def _share(part: str, whole: str, by: str = "", *, span: str = RATE, ago: str = "") -> str:
    return f"{_grown(part, by, span=span, ago=ago)} / {_grown(whole, by, span=span, ago=ago)}"


def _quantile(metric: str, share: str, ago: str = "") -> str:
    return f"histogram_quantile({share}, {_grown(f'{metric}_bucket', 'le', ago=ago)})"


def _times(title: str, metric: str) -> Plot:
    queries = (Query(_quantile(metric, f"0.{n}"), f"p{n}", exemplars=n == "95") for n in ("50", "95", "99"))
    return Plot(title, "s", tuple(queries), about="Read off buckets: Outproof's own windows are exact.")


def _one(title: str, unit: str, expr: str, legend: str, *, about: str = "") -> Plot:
    return Plot(title, unit, (Query(expr, legend),), about=about)


def _now(title: str, unit: str, expr: str, *, limit: float | None = None) -> Plot:
    return Plot(title, unit, (Query(expr, ""),), now=True, limit=limit)


def _health() -> Board:
    waits = f"time() - max by (component) ({M.COMPONENT_PROGRESS_AT_S})"
    return Board(
        "outproof-health",
        "Outproof: health",
        "Requests, errors and times of the traffic, and whether the monitor itself gets on.",
        (
            _now("Requests per second", "reqps", _grown(M.REQUESTS)),
            _now("Errors", "percentunit", _share(M.REQUESTS_FAILED, M.REQUESTS), limit=0.02),
            _now("Slowest component", "s", f"max({waits})", limit=30),
            _now("Journal backlog", "short", f"sum({M.JOURNAL_BACKLOG})", limit=1_000),
            _one("Requests", "reqps", _grown(M.REQUESTS, "service"), "{{service}}"),
            _one("Errors", "percentunit", _share(M.REQUESTS_FAILED, M.REQUESTS, "service"), "{{service}}"),
            _times("Duration of calls", M.CALL_DURATION_S),
            _times("Time to first token", M.TIME_TO_FIRST_TOKEN_S),
            _one("Streams that were cut", "percentunit", _share(M.STREAMS_CUT, M.STREAMS, "model"), "{{model}}"),
            _one("Calls that were retried", "percentunit", _share(M.CALLS_RETRIED, M.CALLS, "model"), "{{model}}"),
            _one("Since a component got on", "s", waits, "{{component}}"),
            _one(
                "What arrived and was not stored",
                "short",
                f"sum by (signal, outcome, reason) (max by (signal, outcome, reason) "
                f'(increase({M.SIGNALS}{{outcome!="stored"}}[{RATE}])))',
                "{{signal}} {{outcome}} {{reason}}",
            ),
        ),
    )


def _quality() -> Board:
    by_template = "template_id"
    return Board(
        "outproof-quality",
        "Outproof: quality of answers",
        "Unsafe, abstained and unverified answers apart from each other: no blended score.",
        (
            _now("Unsafe answers", "percentunit", _share(M.ANSWERS_UNSAFE, M.ANSWERS_JUDGED), limit=0.001),
            _now("Safe routes", "percentunit", _share(M.ANSWERS_SAFELY_ROUTED, M.ANSWERS_DECIDED)),
            _now("Abstentions", "percentunit", _share(M.ANSWERS_ABSTAINED, M.ANSWERS_ROUTED)),
            _now("Unverified", "percentunit", _share(M.ANSWERS_UNDECIDED, M.ANSWERS), limit=0.05),
            Plot(
                "Unsafe answers by template",
                "percentunit",
                (Query(_share(M.ANSWERS_UNSAFE, M.ANSWERS_JUDGED, by_template), "{{template_id}}", exemplars=True),),
            ),
            _one("Answers that failed, by first stage", "short", _grown(M.ANSWERS_FAILED, "stage"), "{{stage}}"),
            _one(
                "Abstentions",
                "percentunit",
                _share(M.ANSWERS_ABSTAINED, M.ANSWERS_ROUTED, by_template),
                "{{template_id}}",
            ),
            _one("Unverified answers", "percentunit", _share(M.ANSWERS_UNDECIDED, M.ANSWERS, "service"), "{{service}}"),
            _one(
                "Supported serves",
                "percentunit",
                _share(M.ANSWERS_SERVED_SUPPORTED, M.ANSWERS_DECIDED, "service"),
                "{{service}}",
            ),
            _one("Output per call", "short", _share(M.OUTPUT_TOKENS, M.CALLS, "model"), "{{model}}"),
        ),
    )


def _alerts() -> Board:
    attempts = f"sum by (channel, outcome) (max by (channel, outcome) (increase({M.DELIVERY_ATTEMPTS}[{RATE}])))"
    return Board(
        "outproof-alerts",
        "Outproof: alerts and who was told",
        "What fires, what is open, and whether notices arrive.",
        (
            _now("Critical incidents", "short", f'sum(max by (state) ({M.INCIDENTS}{{severity="critical"}}))', limit=1),
            _now("Unresolved incidents", "short", f"sum(max by (state, severity) ({M.INCIDENTS}))"),
            _now("Firing alerts", "short", f"sum(max by (policy) ({M.POLICY_ALERTS}{{{IS_LOUD}}}))", limit=1),
            _now("Notices waiting", "short", f"sum(max by (channel) ({M.NOTICES_WAITING}))", limit=10),
            _one("Incidents", "short", f"max by (state, severity) ({M.INCIDENTS})", "{{severity}} {{state}}"),
            _one("Alerts that fire", "short", f"max by (policy) ({M.POLICY_ALERTS}{{{IS_LOUD}}}) > 0", "{{policy}}"),
            _one("Incidents that opened", "short", f"max(increase({M.INCIDENTS_OPENED}[{RATE}]))", "opened"),
            _one("Broken promises", "short", f"max by (promise) ({M.PROMISE_INCIDENTS})", "{{promise}}"),
            _one("Attempts to tell", "short", attempts, "{{channel}} {{outcome}}"),
            _one("Since the last delivery", "s", f"time() - max by (channel) ({M.DELIVERED_AT_S})", "{{channel}}"),
        ),
        by_service=False,
    )


def _cost() -> Board:
    per_answer = f"{_grown(M.COST_USD, 'service')} / {_grown(M.ANSWERS, 'service')}"
    return Board(
        "outproof-cost",
        "Outproof: cost",
        "Tokens and what they cost under the rate card of their day. Calls without a price are counted, not guessed.",
        (
            _now("US dollars per day", "currencyUSD", f"{_grown(M.COST_USD, span='1d')} * 86400"),
            _now("Per answer", "currencyUSD", _share(M.COST_USD, M.ANSWERS, span="1d")),
            _now("Read from caches", "percentunit", _share(M.CACHED_INPUT_TOKENS, M.INPUT_TOKENS, span="1d")),
            _now("Calls without a price", "percentunit", _share(M.CALLS_UNPRICED, M.CALLS, span="1d"), limit=0.01),
            _one("Cost per hour by model", "currencyUSD", f"{_grown(M.COST_USD, 'model')} * 3600", "{{model}}"),
            _one("Cost per hour by service", "currencyUSD", f"{_grown(M.COST_USD, 'service')} * 3600", "{{service}}"),
            _one("Cost per answer", "currencyUSD", per_answer, "{{service}}"),
            Plot(
                "Tokens per second",
                "short",
                tuple(
                    Query(_grown(metric), name)
                    for metric, name in (
                        (M.INPUT_TOKENS, "input"),
                        (M.CACHED_INPUT_TOKENS, "of it cached"),
                        (M.OUTPUT_TOKENS, "output"),
                    )
                ),
            ),
        ),
    )


def _sla() -> Board:
    fast = f"{_grown(f'{M.CALL_DURATION_S}_bucket', also=_le(10))} / {_grown(f'{M.CALL_DURATION_S}_count')}"
    prompt = (
        f"{_grown(f'{M.TIME_TO_FIRST_TOKEN_S}_bucket', also=_le(2))} / {_grown(f'{M.TIME_TO_FIRST_TOKEN_S}_count')}"
    )
    over_30d = _share(M.REQUESTS_FAILED, M.REQUESTS, span="30d")
    runs = f"max by (promise, verdict) (increase({M.RUNS_SETTLED}{{}}[30d]))"
    kept = runs.replace("{}", '{verdict="kept"}')
    return Board(
        "outproof-sla",
        "Outproof: service levels",
        "Shares of calls within limits, of requests without errors, and of runs that kept their promise.",
        (
            _now("Without errors, 30 days", "percentunit", f"1 - ({over_30d})"),
            _now("Calls within 10 s", "percentunit", fast),
            _now("First token within 2 s", "percentunit", prompt),
            _now("Runs kept, 30 days", "percentunit", f"sum({kept}) / sum({runs.replace('{}', '')})"),
            _one(
                "Without errors",
                "percentunit",
                f"1 - ({_share(M.REQUESTS_FAILED, M.REQUESTS, 'service')})",
                "{{service}}",
            ),
            _one("Calls within 10 s", "percentunit", fast, "all"),
            _one("First token within 2 s", "percentunit", prompt, "all"),
            _one(
                "Runs kept, 7 days",
                "percentunit",
                f"sum by (promise) ({kept.replace('30d', '7d')})"
                f" / sum by (promise) ({runs.replace('{}', '').replace('30d', '7d')})",
                "{{promise}}",
            ),
        ),
    )


def _le(seconds: float) -> str:
    """A bucket, as both lines of Prometheus call it."""
    return f'le="{float(seconds)}"'


def _business() -> Board:
    said = f"max by (said) (increase({M.FEEDBACK}{{}}[1d]))"
    up, down = (said.replace("{}", f'{{said="{word}"}}') for word in ("up", "down"))
    return Board(
        "outproof-business",
        "Outproof: business",
        "What readers got, what they said of it, and what it cost.",
        (
            _now("Answers served, 1 day", "short", f"{_grown(M.ANSWERS_SERVED, span='1d')} * 86400"),
            _now("Satisfied, 1 day", "percentunit", f"sum({up}) / (sum({up}) + sum({down}))"),
            _now("Escalated, 1 day", "short", f"sum({said.replace('{}', _quoted('said', 'escalated'))})"),
            _now("Cost per served answer", "currencyUSD", _share(M.COST_USD, M.ANSWERS_SERVED, span="1d")),
            _one("Served", "reqps", _grown(M.ANSWERS_SERVED, "service"), "{{service}}"),
            _one("What readers said, per day", "short", said.replace("{}", ""), "{{said}}"),
            _one(
                "Runs by verdict, per day",
                "short",
                f"sum by (verdict) (max by (promise, verdict) (increase({M.RUNS_SETTLED}[1d])))",
                "{{verdict}}",
            ),
            _one("Abstained", "percentunit", _share(M.ANSWERS_ABSTAINED, M.ANSWERS_ROUTED, "service"), "{{service}}"),
        ),
    )


def _quoted(label: str, value: str) -> str:
    return f'{{{label}="{value}"}}'


def _comparison() -> Board:
    def both(title: str, unit: str, now: str, then: str) -> Plot:
        return Plot(title, unit, (Query(now, "this week"), Query(then, "last week")))

    def shares(title: str, part: str, whole: str) -> Plot:
        return both(title, "percentunit", _share(part, whole), _share(part, whole, ago=WEEK))

    def times(title: str, metric: str) -> Plot:
        return both(title, "s", _quantile(metric, "0.95"), _quantile(metric, "0.95", WEEK))

    return Board(
        "outproof-comparison",
        "Outproof: this week and last week",
        "The same hours a week ago beside now.",
        (
            both("Requests", "reqps", _grown(M.REQUESTS), _grown(M.REQUESTS, ago=WEEK)),
            shares("Errors", M.REQUESTS_FAILED, M.REQUESTS),
            shares("Unsafe answers", M.ANSWERS_UNSAFE, M.ANSWERS_JUDGED),
            shares("Abstentions", M.ANSWERS_ABSTAINED, M.ANSWERS_ROUTED),
            times("Duration of calls, p95", M.CALL_DURATION_S),
            times("Time to first token, p95", M.TIME_TO_FIRST_TOKEN_S),
            both(
                "Cost per hour", "currencyUSD", f"{_grown(M.COST_USD)} * 3600", f"{_grown(M.COST_USD, ago=WEEK)} * 3600"
            ),
            shares("Output per call", M.OUTPUT_TOKENS, M.CALLS),
        ),
    )


_UNITS = {ValueType.RATIO: "percentunit", ValueType.DURATION: "s", ValueType.MONEY: "currencyUSD"}


def _policies(policies: Sequence[Policy]) -> Board:
    """The measure of each policy that names one, with its limit."""
    plots = [plot for policy in policies for plot in _policy(policy)]
    return Board(
        "outproof-policies",
        "Outproof: policies in force",
        "What each policy measures over its own window, and its limit.",
        tuple(plots[:POLICIES_MAX]),
        by_service=False,
    )


def _policy(policy: Policy) -> list[Plot]:
    first = policy.first
    if policy.burn is not None or policy.baseline is not None or not _is_plain(first):
        return []
    try:
        expr = measured(first.name, traffic_of(policy), policy.span_s)
    except Inexpressible:
        return []
    legend = f"{{{{{policy.by.value}}}}}" if policy.by else f"{first.name} over {duration_written(policy.span_s)}"
    limit = float(limit_text(first))
    return [Plot(policy.name, _UNITS.get(first.type, "short"), (Query(expr, legend),), limit=limit, about=policy.title)]


def _is_plain(compare: Compare) -> bool:
    return compare.op in (Op.GT, Op.GE, Op.LT, Op.LE) and compare.type not in (ValueType.TEXT, ValueType.FLAG)
