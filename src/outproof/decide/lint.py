"""What keeps a policy from being loaded: a policy in, its mistakes with their fields out; none when it may page people.

A page without an owner, a first check or a denominator costs the reader at 03:00 what it saved the writer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from outproof.core.errors import Mistake
from outproof.decide.expression import Compare, Expression, Op, ValueType, comparisons
from outproof.decide.matcher import VALUE_CHARS_MAX
from outproof.decide.names import (
    ANSWER_FACTS,
    BAD_RATES,
    COUNTS,
    COVERAGE,
    DRIFTS,
    MEASURES,
    RUN_MEASURES,
    covered,
    lower,
    measure_of,
)
from outproof.decide.policy import BurnRate, Policy, PolicyKind

WINDOW_S_MAX = 7 * 86_400.0
PROMISE_WINDOW_S_MAX = 92 * 86_400.0
"""A quarter: runs are few, so their shares need long windows."""
LOOK_BACK_S_MAX = 35 * 86_400.0
"""How far back a window may be looked for: four weeks ago, and the window itself."""

EXEMPLARS_MAX = 20
WINDOWS_MAX = 20
BURN_WINDOWS_MAX = 8
LABELS_MAX = 32
NAME_CHARS_MAX = 100

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OURS = frozenset("project kind severity owner policy promise service monitor drill".split())
"""The labels that every alert has without being told to (`decide.labels`)."""

_WINDOW = ("window", "over how long the measure is taken")
_SAMPLE = ("min_answers", "with how few answers the measure says nothing yet")
_SILENCE = ("no_data", "what an empty window means: incident, keep or ok")
_MUST: Mapping[PolicyKind, tuple[tuple[str, str], ...]] = {
    PolicyKind.INVARIANT: (),
    PolicyKind.THRESHOLD: (_WINDOW, _SAMPLE, _SILENCE),
    PolicyKind.BURN_RATE: (_SAMPLE, _SILENCE),
    PolicyKind.DRIFT: (_WINDOW, _SAMPLE, _SILENCE),
    PolicyKind.ABSENCE: (("window", "how long so little may come"),),
    PolicyKind.COVERAGE: (_WINDOW, _SAMPLE, _SILENCE),
    PolicyKind.PROMISE: (_WINDOW, ("min_answers", "with how few runs their share says nothing yet"), _SILENCE),
}
"""What must be declared of each kind, and what for."""

_ONE_WINDOW = "only a drift compares windows"
_NO_TEST = ("fdr", "only a threshold on a rate is tested; write lower_95(…) or upper_95(…) for certainty")
_MAY_NOT: Mapping[PolicyKind, tuple[tuple[str, str], ...]] = {
    PolicyKind.INVARIANT: (
        ("for", "it fires on the first answer that breaks it"),
        ("n_of_m", "it fires on the first answer that breaks it"),
        ("min_answers", "one answer is enough to break it"),
        ("recover", "it is over after a full window without a breach"),
        ("by", "each answer is judged by itself; its exemplars say where"),
        ("fdr", "each answer is judged by itself, without a test"),
        ("baseline", _ONE_WINDOW),
    ),
    PolicyKind.THRESHOLD: (("baseline", _ONE_WINDOW),),
    PolicyKind.BURN_RATE: (
        ("window", "burn_rate.windows says over how long it is taken"),
        ("n_of_m", "its short windows say whether it goes on"),
        ("baseline", _ONE_WINDOW),
        _NO_TEST,
    ),
    PolicyKind.DRIFT: (("n_of_m", "a drift lasts: write for"), _NO_TEST),
    PolicyKind.ABSENCE: (
        ("n_of_m", "a longer window says the same"),
        ("min_answers", "that there are few is what it is about"),
        ("recover", "it is over when enough came"),
        ("by", "of a segment that sends nothing nobody knows that it is there; write one policy for each"),
        ("baseline", _ONE_WINDOW),
        ("no_data", "nothing at all is what it is about"),
        ("fdr", "nothing is estimated"),
    ),
    PolicyKind.COVERAGE: (("baseline", _ONE_WINDOW), _NO_TEST),
    PolicyKind.PROMISE: (
        ("over", "it is about the runs of its promise"),
        ("by", "it is about the runs of its promise"),
        ("fdr", "it is about the runs of its promise"),
        ("n_of_m", "a longer window says the same"),
        ("baseline", _ONE_WINDOW),
        ("exemplars.where", "its runs are shown, not answers"),
    ),
}
"""What may not be declared of each kind, and why."""

_CALLED: Mapping[PolicyKind, str] = {
    PolicyKind.INVARIANT: "an invariant",
    PolicyKind.THRESHOLD: "a threshold",
    PolicyKind.BURN_RATE: "a burn rate",
    PolicyKind.DRIFT: "a drift",
    PolicyKind.ABSENCE: "an absence",
    PolicyKind.COVERAGE: "coverage",
    PolicyKind.PROMISE: "a promise",
}

_SPEAKS_OF: Mapping[PolicyKind, tuple[str, frozenset[str], str]] = {
    PolicyKind.INVARIANT: ("invariant", frozenset(ANSWER_FACTS), "facts of an answer"),
    PolicyKind.THRESHOLD: ("when", frozenset(MEASURES), "measures of a window"),
    PolicyKind.DRIFT: ("drift", frozenset({*MEASURES, *DRIFTS}), "measures of a window and their changes"),
    PolicyKind.ABSENCE: ("absence", frozenset(COUNTS), "counts"),
    PolicyKind.COVERAGE: ("coverage", frozenset(map(covered, COVERAGE)), "facts of a decision"),
    PolicyKind.PROMISE: ("when", frozenset(RUN_MEASURES), "measures of runs"),
}


def lint(policy: Policy) -> list[Mistake]:
    """What keeps this policy from being loaded; empty when nothing does."""
    return [*_named(policy), *_declared(policy), *_lengths(policy), *_segmented(policy), *_spoken(policy)]


def _named(policy: Policy) -> Iterator[Mistake]:
    for field, name in (("name", policy.name), ("group", policy.group)):
        if name is not None and (len(name) > NAME_CHARS_MAX or not _NAME.fullmatch(name)):
            came = name[:NAME_CHARS_MAX]
            yield Mistake(
                f"expected {field} in at most {NAME_CHARS_MAX} letters, digits and _ . -, got {came!r}", field
            )
    for field, text, why in (
        ("owner", policy.owner, "who is told, and who may change it"),
        ("first_check", policy.first_check, "what the responder looks at first"),
    ):
        if not (text or "").strip():
            yield Mistake(f"expected {field}: {why}", field)
    if policy.runbook is not None and not policy.runbook.startswith(("https://", "http://")):
        yield Mistake(f"expected runbook to be an http(s) URL, got {policy.runbook!r}", "runbook")
    if policy.channels == ():
        expected = "at least one channel, or to be left out for the usual route"
        yield Mistake(f"expected channels to name {expected}", "channels")
    yield from _labels(policy)


def _labels(policy: Policy) -> Iterator[Mistake]:
    if len(policy.labels) > LABELS_MAX:
        yield Mistake(f"expected at most {LABELS_MAX} labels, got {len(policy.labels)}", "labels")
    for name, value in policy.labels:
        where = f"labels.{name}"
        if not _LABEL.fullmatch(name) or len(name) > NAME_CHARS_MAX:
            yield Mistake(f"expected a label's name in letters, digits and _, got {name[:NAME_CHARS_MAX]!r}", where)
        if name in _OURS or name == policy.by:
            yield Mistake(f"expected labels of your own, got {name!r}, which every alert of it has anyway", where)
        if len(value) > VALUE_CHARS_MAX:
            yield Mistake(f"expected {where} in at most {VALUE_CHARS_MAX} characters, got {len(value)}", where)


def _declared(policy: Policy) -> Iterator[Mistake]:
    """What its kind must have, and what it may not."""
    said = _said(policy)
    for field, why in _MUST[policy.kind]:
        if not said[field]:
            yield Mistake(f"expected {field}: {why}", field)
    for field, why in _MAY_NOT[policy.kind]:
        if said[field]:
            yield Mistake(f"expected no {field} on {_CALLED[policy.kind]}: {why}", field)


def _said(policy: Policy) -> Mapping[str, bool]:
    return {
        "window": policy.window_s is not None,
        "for": policy.for_s > 0,
        "n_of_m": policy.n_of_m is not None,
        "min_answers": policy.min_answers is not None,
        "recover": policy.recover is not None,
        "no_data": policy.no_data is not None,
        "over": bool(policy.over),
        "by": policy.by is not None,
        "fdr": policy.fdr_ratio is not None,
        "baseline": policy.baseline is not None,
        "exemplars.where": policy.exemplars.where is not None,
    }


def _lengths(policy: Policy) -> Iterator[Mistake]:
    longest_s = PROMISE_WINDOW_S_MAX if policy.promise is not None else WINDOW_S_MAX
    if not 0 < policy.span_s <= longest_s:
        yield Mistake(f"expected window between 1s and {longest_s / 86_400:g}d, got {policy.span_s:g}s", "window")
    if policy.for_s < 0:
        yield Mistake(f"expected for to be 0s or longer, got {policy.for_s:g}s", "for")
    if policy.min_answers is not None and policy.min_answers < 1:
        yield Mistake(f"expected min_answers to be 1 or more, got {policy.min_answers}", "min_answers")
    if not 1 <= policy.exemplars.limit <= EXEMPLARS_MAX:
        yield Mistake(
            f"expected exemplars.limit from 1 to {EXEMPLARS_MAX}, got {policy.exemplars.limit}", "exemplars.limit"
        )
    if policy.n_of_m is not None:
        yield from _repeated(policy)
    if policy.burn is not None:
        yield from _burning(policy.burn)
    if policy.baseline is not None:
        yield from _compared(policy)


def _repeated(policy: Policy) -> Iterator[Mistake]:
    assert policy.n_of_m is not None
    if not 1 <= policy.n_of_m.n <= policy.n_of_m.m or not 2 <= policy.n_of_m.m <= WINDOWS_MAX:
        yield Mistake(
            f"expected n_of_m such as 3 of 5, of at least 2 and at most {WINDOWS_MAX} windows, got {policy.n_of_m}",
            "n_of_m",
        )
    elif policy.n_of_m.m * policy.span_s > WINDOW_S_MAX:
        yield Mistake(f"expected {policy.n_of_m.m} windows that are together at most 7d long", "n_of_m")
    if policy.for_s:
        yield Mistake("expected either for or n_of_m: each says how long a breach must last", "n_of_m")


def _burning(burn: BurnRate) -> Iterator[Mistake]:
    if burn.of not in BAD_RATES and burn.of not in map(lower, BAD_RATES):
        expected = f"one of {', '.join(sorted(BAD_RATES))}, or lower_95(…) of it"
        yield Mistake(f"expected burn_rate.of to be {expected}, got {burn.of!r}", "burn_rate.of")
    if not 0 < burn.objective_ratio < 1:
        shown = f"{burn.objective_ratio:g}, which is {burn.objective_ratio * 100:g}%"
        said = f"expected burn_rate.objective between 0% and 100%, such as 99.5%, got {shown}"
        yield Mistake(said, "burn_rate.objective")
        return
    if len(burn.windows) > BURN_WINDOWS_MAX:
        came = len(burn.windows)
        yield Mistake(f"expected at most {BURN_WINDOWS_MAX} burn_rate.windows, got {came}", "burn_rate.windows")
    for number, window in enumerate(burn.windows):
        where = f"burn_rate.windows.{number}"
        if not 0 < window.short_s < window.long_s <= WINDOW_S_MAX:
            yield Mistake("expected a short window, and a longer one of at most 7d", where)
        if not 0 < window.burn * burn.budget_ratio < 1:
            fastest = 1 / burn.budget_ratio
            yield Mistake(
                f"expected burn below {fastest:g}, the speed when everything is bad, got {window.burn:g}: "
                "it could never fire",
                f"{where}.burn",
            )


def _compared(policy: Policy) -> Iterator[Mistake]:
    assert policy.baseline is not None
    if not 0 < policy.baseline.span_s <= WINDOW_S_MAX:
        yield Mistake("expected baseline.window between 1s and 7d", "baseline.window")
    if policy.baseline.ago_s < policy.span_s:
        yield Mistake("expected baseline.ago to be at least window, so that the two do not overlap", "baseline.ago")
    if policy.baseline.ago_s + policy.baseline.span_s > LOOK_BACK_S_MAX:
        yield Mistake("expected a baseline that begins at most 35d ago", "baseline.ago")


def _segmented(policy: Policy) -> Iterator[Mistake]:
    if policy.by is not None and policy.by in dict(policy.over):
        yield Mistake(f"expected by to cut what over leaves whole, got {policy.by.value!r} in both", "by")
    if policy.fdr_ratio is not None and policy.kind is PolicyKind.THRESHOLD:
        if policy.by is None:
            yield Mistake("expected fdr together with by: a single window is not many", "fdr")
        if not is_tested(policy.condition):
            expected = "a single comparison of a rate, which can be tested"
            yield Mistake(f"expected fdr with {expected}, got {policy.condition}", "fdr")
    if policy.fdr_ratio is not None and not 0 < policy.fdr_ratio < 1:
        yield Mistake("expected fdr between 0% and 100%, such as 5%", "fdr")


def is_tested(condition: Expression) -> bool:
    """Whether a condition is one that segments can be tested against, so that few of those that breach it are false."""
    match condition:
        case Compare(name, Op.LT | Op.LE | Op.GT | Op.GE):
            return MEASURES.get(measure_of(name)) is ValueType.RATIO
    return False


def _spoken(policy: Policy) -> Iterator[Mistake]:
    """Whether its conditions speak of what its kind can see."""
    if policy.burn is not None:
        known = frozenset(name for window in policy.burn.windows for name in policy.burn.names(window))
        spoken = ("burn_rate", known, "its own windows")
    else:
        spoken = _SPEAKS_OF[policy.kind]
    field, names, meaning = spoken
    yield from _strangers(policy.condition, names, field, meaning)
    if policy.recover is not None and policy.kind is not PolicyKind.INVARIANT:
        yield from _strangers(policy.recover, names, "recover", meaning)
    if policy.exemplars.where is not None:
        yield from _strangers(policy.exemplars.where, frozenset(ANSWER_FACTS), "exemplars.where", "facts of an answer")
    if policy.kind is PolicyKind.DRIFT and not any(each.name in DRIFTS for each in comparisons(policy.condition)):
        yield Mistake("expected drift to speak of a change, such as rise(ttft_p95) > 30%; else write when", "drift")


def _strangers(expression: Expression, names: Iterable[str], field: str, meaning: str) -> Iterator[Mistake]:
    for strange in sorted({compare.name for compare in comparisons(expression)}.difference(names)):
        yield Mistake(f"expected {field} to speak of {meaning}, got {strange}", field)
