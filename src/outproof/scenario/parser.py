"""The text of a `.scenario` file in; what it says, or every mistake in it with its place, out."""

from __future__ import annotations

from dataclasses import dataclass, field

from outproof.contract.drill import Fault
from outproof.contract.run import Claim, Stage
from outproof.contract.severity import Severity
from outproof.core.time import instant_from_rfc3339
from outproof.decide.expression import ValueType
from outproof.decide.finding import FindingKind
from outproof.decide.names import ANSWER_FACTS, MEASURES
from outproof.decide.parser import ExpressionError, parse
from outproof.learn.drill import DrillState
from outproof.prove.outcome import Verdict
from outproof.respond.notification import NoticeKind
from outproof.respond.silence import check_matchers
from outproof.respond.suppression import SuppressionKind
from outproof.scenario.inline import OPTIONS, inline_promise
from outproof.scenario.statement import (
    Act,
    Ages,
    AlertIs,
    Answers,
    Beats,
    Declaration,
    Declared,
    DrillIs,
    Drills,
    Event,
    Expectation,
    Firing,
    IncidentCount,
    IncidentIs,
    InlinePromise,
    Limit,
    Measures,
    NoIncident,
    Receives,
    Responds,
    RunIs,
    Says,
    Scenario,
    ScenarioFile,
    ScheduledDrills,
    Sees,
    Silences,
    SilencesEnd,
    Standing,
    Start,
    Step,
    Told,
    Use,
    Verb,
)
from outproof.scenario.words import Misread, ScenarioError, Words

FILE_CHARS_MAX = 1_000_000
NAME_CHARS_MAX = 200

VERDICT_COUNTS = {verdict.value: ValueType.NUMBER for verdict in Verdict}
"""What the condition of a `policy` line may speak of: how many runs have which verdict."""

_DECLARING = ("promise", "policy", "use", "start", "drills")
_SUBJECTS = (
    "run",
    "probe",
    "promise",
    "surface",
    "channel",
    "drill",
    "answer",
    "service",
    "silence",
    "person",
    "incident",
    "no",
    "alert",
)
_PROMISE_OR_POLICY = "the name of a promise or a policy"


class ScenarioErrors(Exception):
    """A file cannot be meant. All of its mistakes at once."""

    def __init__(self, errors: list[ScenarioError]) -> None:
        super().__init__("\n".join(map(str, sorted(errors))))
        self.errors = sorted(errors)


@dataclass(slots=True)
class _Part:
    """A scenario while it is read; the first part holds what stands above the first `scenario` line."""

    name: str
    declarations: list[Declared] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def parsed(text: str, path: str, name: str) -> ScenarioFile:
    """What a file says. `name` is that of its only scenario, where no `scenario` line gives one.

    Raises:
        ScenarioErrors: it says something that cannot be meant.
    """
    if len(text) > FILE_CHARS_MAX:
        raise ScenarioErrors([ScenarioError(path, 1, 1, f"expected at most {FILE_CHARS_MAX} characters")])
    errors: list[ScenarioError] = []
    parts = [_Part(name)]
    for number, line in enumerate(text.split("\n"), 1):
        try:
            _read(line, number, parts)
        except Misread as error:
            errors.append(ScenarioError(path, number, error.column, str(error)))
    if errors:
        raise ScenarioErrors(errors)
    first, *named = parts
    if not named:
        only = Scenario(name=name, steps=tuple(first.steps))
        return ScenarioFile(declarations=tuple(first.declarations), scenarios=(only,) if first.steps else ())
    scenarios = (
        Scenario(name=part.name, declarations=tuple(part.declarations), steps=tuple(part.steps)) for part in named
    )
    return ScenarioFile(declarations=tuple(first.declarations), scenarios=tuple(scenarios))


def _read(line: str, number: int, parts: list[_Part]) -> None:
    words = Words(line, number)
    first, place = words.peek(), words.place
    if first is None:
        return
    if words.taken("scenario"):
        _begin(words, parts)
    elif first in _DECLARING:
        what = _declaration(words)
        words.end()
        parts[-1].declarations.append(Declared(what, place))
    else:
        at_ms = _time(words)
        steps = parts[-1].steps
        if steps and at_ms < steps[-1].at_ms:
            raise Misread(f"expected a time not before the line above ({steps[-1].at_ms / 1_000:g} s)", place.column)
        what_happens = _happening(words)
        words.end()
        steps.append(Step(at_ms, what_happens, place))


def _begin(words: Words, parts: list[_Part]) -> None:
    if len(parts) == 1 and parts[0].steps:
        raise Misread("expected `scenario` above the first step: what stands above it is shared by all", 1)
    column, title = words.column, words.text("the name of the scenario in double quotes")
    if not title or len(title) > NAME_CHARS_MAX:
        raise Misread(f"expected a name of 1 to {NAME_CHARS_MAX} characters", column)
    if title in [part.name for part in parts[1:]]:
        raise Misread(f"there is a scenario {title!r} above", column)
    words.end()
    parts.append(_Part(title))


def _time(words: Words) -> int:
    column, text = words.column, words.peek() or ""
    if not text[:1].isdigit():
        starts = (*_DECLARING, "scenario")
        raise Misread(f"expected a time such as 15m, or {', '.join(starts)}, got {text!r}{_near(text, starts)}", column)
    return words.duration_ms()


def _near(text: str, words: tuple[str, ...]) -> str:
    close = [word for word in words if word[:3] == text[:3]]
    return f"; did you mean {close[0]!r}?" if close else ""


def _declaration(words: Words) -> Declaration:
    match words.word(*_DECLARING):
        case "promise":
            return _promise(words)
        case "policy":
            return _policy(words)
        case "use":
            return Use(words.text("the path of a file"))
        case "drills":
            words.word("scheduled")
            return ScheduledDrills()
        case _:
            column, text = words.column, words.take("an instant")
            try:
                return Start(instant_from_rfc3339(text))
            except ValueError as error:
                raise Misread(str(error), column) from None


def _promise(words: Words) -> InlinePromise:
    column, name = words.column, words.name("the name of a promise")
    options: list[tuple[str, tuple[str, ...]]] = []
    while words.peek() is not None:
        at, option = words.column, words.word(*OPTIONS)
        if option in [other for other, _ in options]:
            raise Misread(f"{option} is given twice", at)
        arguments = [words.text(OPTIONS[option])]
        while option == "proven" and words.peek() not in (None, *OPTIONS):
            arguments.append(words.take("a stage"))
        options.append((option, tuple(arguments)))
    made = InlinePromise(name=name, options=tuple(options))
    try:
        inline_promise(made)
    except ValueError as error:
        raise Misread(str(error), column) from None
    return made


def _policy(words: Words) -> Limit:
    name = words.name("the name of a policy")
    column, parts = words.column, []
    while words.peek() not in (None, *[severity.value for severity in Severity]):
        parts.append(words.take("a condition"))
    condition = " ".join(parts)
    try:
        parse(condition, VERDICT_COUNTS, "verdict")
    except ExpressionError as error:
        raise Misread(f"{error.message} (in {condition!r})", column) from None
    return Limit(name=name, condition=condition, severity=words.maybe_one_of(Severity) or Severity.CRITICAL)


def _happening(words: Words) -> Event | Expectation:
    if (words.peek() or "").isdigit():
        return _incident_count(words)
    match words.word(*_SUBJECTS):
        case "run":
            return _run(words)
        case "probe":
            passed = words.word("sees", "misses") == "sees"
            stage = words.one_of(Stage)
            words.word("of")
            return Sees(run=words.name("the name of a run"), stage=stage, passed=passed)
        case "promise":
            promise = words.name("the name of a promise")
            words.word("beats")
            return Beats(promise)
        case "surface":
            return _surface(words)
        case "channel":
            return _channel(words)
        case "drill":
            return _drill(words)
        case "answer":
            words.word("of")
            return Answers(service=words.name("the name of a service"), values=words.values(tuple(ANSWER_FACTS)))
        case "service":
            service = words.name("the name of a service")
            words.word("measures")
            return Measures(service=service, values=words.values(tuple(MEASURES)))
        case "silence":
            return _silence(words)
        case "person":
            person, act = words.name("the name of a person"), words.one_of(Act)
            return Responds(person=person, act=act, subject=words.name(_PROMISE_OR_POLICY))
        case "incident":
            return _incident(words)
        case "no":
            words.word("incident")
            return NoIncident(_of_subject(words))
        case _:
            policy = words.name("the name of a policy")
            words.word("is")
            return AlertIs(policy, words.one_of(Firing))


def _run(words: Words) -> Says | RunIs:
    run = words.name("the name of a run")
    promise = _of_promise(words)
    verb = words.word(*(verb.value for verb in Verb), *([] if promise else ["is"]))
    if verb == "is":
        return RunIs(run=run, verdict=words.one_of(Verdict), stage=_at_stage(words))
    said = Verb(verb)
    stages = words.some_of(Stage) if said in (Verb.PROVES, Verb.FAILS) else ()
    claim = words.one_of(Claim) if said is Verb.CLOSES else None
    independent = bool(stages) and words.taken("by") and bool(words.word("independent"))
    values = {} if said is Verb.NOTES else words.values()
    return Says(run=run, verb=said, promise=promise, stages=stages, independent=independent, claim=claim, values=values)


def _of_promise(words: Words) -> str | None:
    return words.name("the name of a promise") if words.taken("of") else None


def _at_stage(words: Words) -> Stage | None:
    return words.one_of(Stage) if words.taken("at") else None


def _surface(words: Words) -> Ages:
    words.word("of")
    promise = words.name("the name of a promise")
    words.word("is")
    age_ms = words.duration_ms()
    words.word("old")
    return Ages(promise, age_ms)


def _channel(words: Words) -> Receives | Told:
    channel = words.name("the name of a channel")
    verb = words.word("accepts", "refuses", "was")
    if verb != "was":
        return Receives(channel, verb == "accepts")
    words.word("told")
    if words.taken("nothing"):
        return Told(channel=channel)
    kind, times = words.one_of(NoticeKind), 1
    if words.peek() is not None:
        column, text = words.column, words.take("a number")
        if not text.isdigit():
            raise Misread(f"expected how many times, such as `2 times`, got {text!r}", column)
        times = int(text)
        words.word("times")
    return Told(channel=channel, kind=kind, times=times)


def _drill(words: Words) -> Drills | DrillIs:
    if words.taken("of"):
        promise = words.name("the name of a promise")
        words.word("is")
        return DrillIs(promise, words.one_of(DrillState))
    promise = words.name("the name of a promise")
    return Drills(promise, words.one_of(Fault) if words.peek() is not None else None)


def _silence(words: Words) -> Silences | SilencesEnd:
    if words.taken("ends"):
        return SilencesEnd()
    column, matchers = words.column, words.matchers()
    try:
        check_matchers(matchers)
    except ValueError as error:
        raise Misread(str(error), column) from None
    words.word("for")
    return Silences(matchers=matchers, lasts_ms=words.duration_ms())


def _of_subject(words: Words) -> str | None:
    return words.name(_PROMISE_OR_POLICY) if words.taken("of") else None


def _incident(words: Words) -> IncidentIs:
    words.word("of")
    subject = words.name(_PROMISE_OR_POLICY)
    words.word("is")
    standing = words.one_of(Standing)
    if standing is Standing.HELD_BACK:
        words.word("by")
        return IncidentIs(subject=subject, standing=standing, by=words.one_of(SuppressionKind))
    following = words.peek()
    kind = None if following is None or following == "at" or "=" in following else words.one_of(FindingKind)
    return IncidentIs(subject=subject, standing=standing, kind=kind, stage=_at_stage(words), values=words.values())


def _incident_count(words: Words) -> IncidentCount:
    column, text = words.column, words.take("a number")
    if len(text) > 9:
        raise Misread(f"expected a number of incidents, got {text}", column)
    words.word("incidents", "incident")
    return IncidentCount(int(text), _of_subject(words))
