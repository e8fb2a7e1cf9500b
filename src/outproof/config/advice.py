"""What may be declared and is probably not meant: declared values in, remarks about them out."""

from __future__ import annotations

from collections.abc import Iterator

from outproof.config.declared import Declared
from outproof.config.telling_advice import of_channels, of_inhibitors, refused
from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Observer
from outproof.contract.surface import PLACEHOLDER, FileSurface, HttpSurface
from outproof.core.errors import Mistake
from outproof.decide.lint_advice import remarks, same
from outproof.decide.policy import Policy
from outproof.egress.address import AllowList, allow_list

Remark = tuple[object, str]
"""The value that a remark is about, and a sentence that says what to do."""


def advice(declared: Declared) -> Iterator[Remark]:
    """Remarks about everything that is declared, in its order. None of them keeps it from being applied."""
    for promise in declared.promises:
        for about, text in of_promise(promise, declared):
            yield about, f"{promise.name}: {text}"
    yield from of_channels(declared)
    yield from of_inhibitors(declared)


def of_promise(promise: Promise, declared: Declared) -> Iterator[Remark]:
    """Remarks about one promise."""
    yield from _of_declared(promise, declared)
    allowed = allow_list(declared.egress.allow)
    for surface in _web_surfaces(promise):
        why_not = _unreachable(surface, allowed)
        if why_not is not None:
            yield surface, why_not
    for file in _local_files(promise):
        if not any(_is_below(file.url, folder) for folder in declared.egress.files):
            yield (
                file,
                f"our probe will not read {file.url}, because nobody allows files to be read there: add its directory "
                "under `egress: {files: […]}`",
            )


def of_policies(declared: Declared) -> Iterator[tuple[Policy, Mistake]]:
    """Remarks about the policies, each with the field it is about: what to think about before one of them pages."""
    for policy in declared.policies:
        for mistake in remarks(policy):
            yield policy, mistake
        if not declared.routes.may_tell(policy.severity, policy.channels):
            yield (
                policy,
                Mistake(
                    f"nobody is told of its incidents: add `channels`, or a route for {policy.severity} or by default, "
                    f"so that {policy.owner} is reached"
                ),
            )
    yield from same(declared.policies)


def _of_declared(promise: Promise, declared: Declared) -> Iterator[Remark]:
    if promise.heartbeat:
        yield promise, "a heartbeat proves that something runs, not that its output is right: declare proofs for that"
    elif promise.proofs and all(_is_own_word(required) for required in promise.proofs.values()):
        yield (
            promise,
            "it proves only that its job ran, because every proof is the job's own word: let `visible` be seen by a "
            "probe, or a stage be proven by an independent checker",
        )
    if not declared.routes.may_tell(promise.severity, promise.channels):
        yield (
            promise,
            f"nobody is told of its incidents: add `channels`, or a route for {promise.severity} or by default, "
            f"so that {promise.owner} is reached",
        )
    if promise.runbook is None:
        yield promise, "it has no `runbook`: who is woken at 03:00 does not know what to do"
    if promise.proofs and (promise.drill is None or promise.drill.every_s is None):
        yield promise, "it is never drilled, so nobody knows that it would be noticed: add `drill: {every: 7d}`"
    schedule = promise.schedule
    if schedule is not None and promise.limit_s < schedule.grace_s:
        yield schedule, "its output is due before its run must even have begun: let `due` be longer than `grace`"


def _is_own_word(required: Requirement) -> bool:
    return required.observer is Observer.JOB and required.counts is None and not required.receipt


def _web_surfaces(promise: Promise) -> Iterator[HttpSurface]:
    for required in promise.proofs.values():
        if required.http is not None:
            yield required.http
    if promise.freshness is not None and promise.freshness.http is not None:
        yield promise.freshness.http


def _local_files(promise: Promise) -> Iterator[FileSurface]:
    files = [required.file for required in promise.proofs.values()]
    files += [promise.freshness.file] if promise.freshness is not None else []
    yield from (file for file in files if file is not None and file.place == "file")


def _is_below(url: str, folder: str) -> bool:
    return url.removeprefix("file://").startswith(f"{folder.rstrip('/')}/")


def _unreachable(surface: HttpSurface, allowed: AllowList) -> str | None:
    """Why a probe would be refused, as far as the URL alone tells."""
    why_not = refused(PLACEHOLDER.sub("x", surface.url), allowed)
    if why_not is None:
        return None
    host, meaning = why_not
    return f"our probe will not read {host}, because it is {meaning}: add it under `egress: {{allow: […]}}`"
