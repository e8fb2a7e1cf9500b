"""What a scenario file says in; its text out, one statement a line, as it would be written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from outproof.core.time import rfc3339
from outproof.scenario.statement import (
    Ages,
    AlertIs,
    Answers,
    Beats,
    Declaration,
    DrillIs,
    Drills,
    Event,
    Expectation,
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
    ScenarioFile,
    ScheduledDrills,
    Sees,
    Silences,
    SilencesEnd,
    Start,
    Step,
    Told,
    Use,
    Value,
    Values,
)
from outproof.scenario.words import is_bare, read_value

_UNITS_MS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def rendered(file: ScenarioFile) -> str:
    """The text of a file; reading it gives the same file."""
    return "\n".join(_lines(file)) + "\n"


def _lines(file: ScenarioFile) -> Iterator[str]:
    yield from (_declaration(line.what) for line in file.declarations)
    for scenario in file.scenarios:
        yield ""
        yield f"scenario {_quoted(scenario.name)}"
        yield from (_declaration(line.what) for line in scenario.declarations)
        yield from map(_step, scenario.steps)


def _declaration(what: Declaration) -> str:
    match what:
        case InlinePromise(name=name, options=options):
            words = (
                f" {option} {' '.join(_text(argument) for argument in arguments)}" for option, arguments in options
            )
            return f"promise {name}{''.join(words)}"
        case Limit(name=name, condition=condition, severity=severity):
            return f"policy {name} {condition} {severity}"
        case Use(path):
            return f"use {_quoted(path)}"
        case ScheduledDrills():
            return "drills scheduled"
        case Start(at):
            return f"start {rfc3339(at)}"


def _step(step: Step) -> str:
    return f"{duration(step.at_ms):>6} {_happening(step.what)}"


def duration(ms: int) -> str:
    """A duration as it is written: `1h30m`."""
    parts = []
    for unit, unit_ms in _UNITS_MS:
        amount, ms = divmod(ms, unit_ms)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0m"


def _happening(what: Event | Expectation) -> str:
    match what:
        case Says():
            return _says(what)
        case Sees(run=run, stage=stage, passed=passed):
            return f"probe {'sees' if passed else 'misses'} {stage} of {run}"
        case Beats(promise):
            return f"promise {promise} beats"
        case Ages(promise, age_ms):
            return f"surface of {promise} is {duration(age_ms)} old"
        case Receives(channel, accepts):
            return f"channel {channel} {'accepts' if accepts else 'refuses'}"
        case Drills(promise, fault):
            return f"drill {promise}" + (f" {fault}" if fault else "")
        case Answers(service=service, values=values):
            return f"answer of {service}{_values(values)}"
        case Measures(service=service, values=values):
            return f"service {service} measures{_values(values)}"
        case Silences(matchers=matchers, lasts_ms=lasts_ms):
            return f"silence {' '.join(map(str, matchers))} for {duration(lasts_ms)}"
        case SilencesEnd():
            return "silence ends"
        case Responds(person=person, act=act, subject=subject):
            return f"person {person} {act} {subject}"
        case _:
            return _expectation(what)


def _says(says: Says) -> str:
    words = ["run", says.run, *(["of", says.promise] if says.promise else []), says.verb, *says.stages]
    words += ["by", "independent"] if says.independent else []
    words += [says.claim] if says.claim else []
    return " ".join(words) + _values(says.values)


def _expectation(what: Expectation) -> str:
    match what:
        case RunIs(run=run, verdict=verdict, stage=stage):
            return f"run {run} is {verdict}" + (f" at {stage}" if stage else "")
        case IncidentIs(subject=subject, standing=standing, kind=kind, stage=stage, by=by, values=values):
            words = [
                standing,
                *(["by", by] if by else []),
                *([kind] if kind else []),
                *(["at", stage] if stage else []),
            ]
            return f"incident of {subject} is {' '.join(words)}{_values(values)}"
        case NoIncident(named):
            return "no incident" + (f" of {named}" if named else "")
        case IncidentCount(count, named):
            noun = "incident" if count == 1 else "incidents"
            return f"{count} {noun}" + (f" of {named}" if named else "")
        case Told(channel=channel, kind=notice, times=times):
            said = "nothing" if notice is None else notice if times == 1 else f"{notice} {times} times"
            return f"channel {channel} was told {said}"
        case DrillIs(promise, drill):
            return f"drill of {promise} is {drill}"
        case AlertIs(policy, state):
            return f"alert {policy} is {state}"


def _values(values: Values) -> str:
    return "".join(f" {key}={_value(value)}" for key, value in values.items())


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            digits = f"{value:.9f}".rstrip("0")
            return f"{digits}0" if digits.endswith(".") else digits
        case str():
            return value if is_bare(value) and read_value(value) == value else _quoted(value)


def _text(text: str) -> str:
    return text if is_bare(text) else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
