"""A promise in one line of a scenario in; the promise it declares out. What needs more is declared in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.contract.severity import Severity
from outproof.core.time import duration_s
from outproof.scenario.statement import InlinePromise
from outproof.scenario.words import meant

OPTIONS: Mapping[str, str] = {
    "due": "a duration",
    "settle": "a duration",
    "stuck": "a duration",
    "slow": "a duration",
    "cron": "a cron line in double quotes",
    "every": "a duration",
    "tz": "a time zone",
    "grace": "a duration",
    "heartbeat": "a duration",
    "owner": "an owner",
    "severity": "critical, warning or info",
    "proven": "one or more stages",
}
"""Each option and what follows it."""


def inline_promise(inline: InlinePromise) -> Promise:
    """The promise. Where it does not say otherwise, its job's word is enough for each of the four stages.

    Raises:
        ValueError: it cannot be meant.
    """
    options = dict(inline.options)
    heartbeat = _duration(options, "heartbeat")
    beats = None if heartbeat is None else Heartbeat(every_s=heartbeat, grace_s=_duration(options, "grace") or 0.0)
    settle_s = _duration(options, "settle")
    made = Promise(
        name=inline.name,
        outcome=f"What {inline.name} promises.",
        owner=options.get("owner", ("scenario",))[0],
        due_s=_duration(options, "due"),
        proofs={} if beats else _proofs(options.get("proven", tuple(Stage))),
        schedule=None if beats else _schedule(options),
        heartbeat=beats,
        max_duration_s=_duration(options, "slow"),
        stuck_after_s=_duration(options, "stuck"),
        severity=_severity(options.get("severity", ("critical",))[0]),
    )
    return made if settle_s is None else replace(made, settle_s=settle_s)


def _schedule(options: Mapping[str, tuple[str, ...]]) -> Schedule | None:
    if "cron" not in options and "every" not in options:
        return None
    grace_s = _duration(options, "grace")
    return Schedule(
        cron=options["cron"][0] if "cron" in options else None,
        every_s=_duration(options, "every"),
        tz=options.get("tz", ("UTC",))[0],
        **({} if grace_s is None else {"grace_s": grace_s}),
    )


def _duration(options: Mapping[str, tuple[str, ...]], name: str) -> float | None:
    return round(duration_s(options[name][0]), 3) if name in options else None


def _severity(text: str) -> Severity:
    known = [severity.value for severity in Severity]
    if text not in known:
        raise ValueError(f"expected a severity of {', '.join(known)}, got {text!r}{meant(text, known)}")
    return Severity(text)


def _proofs(words: tuple[str, ...]) -> dict[Stage, Requirement]:
    """`visible` for the job's word, `visible/independent` for that of a checker."""
    found = {}
    for word in words:
        name, _, observer = word.partition("/")
        if name not in list(Stage):
            raise ValueError(f"expected stages of {', '.join(Stage)}, got {name!r}{meant(name, list(Stage))}")
        if observer not in ("", Observer.JOB, Observer.INDEPENDENT):
            raise ValueError(
                f"expected {name}, {name}/job or {name}/independent, got {word!r}; "
                "a stage that our probe must see has a surface: declare it in YAML"
            )
        found[Stage(name)] = Requirement(observer=Observer(observer or "job"))
    return {stage: found[stage] for stage in Stage if stage in found}
