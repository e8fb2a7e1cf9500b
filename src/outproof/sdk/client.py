"""The public calls: what an application says in, answers, runs and feedback on their way out. No call ever raises."""

from __future__ import annotations

import copyreg
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from outproof.contract.run import Observer
from outproof.sampling.policy import Sampling
from outproof.sdk.exits import Exits
from outproof.sdk.facts import flag, readable, readable_id, text, usable
from outproof.sdk.guard import faults, never_raises, nothing
from outproof.sdk.host import this_process as _host
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.ledger import DropReason, Stats
from outproof.sdk.letter import Letter
from outproof.sdk.run import Run, current
from outproof.sdk.run_letters import beat_letter, claimed_now
from outproof.sdk.run_name import RUN_VARIABLE, RunName, name_from, name_of_run
from outproof.sdk.settings import settings_from
from outproof.sdk.speaker import Speaker

COMMENT_CHARS_MAX = 4_000
BEAT_PAUSE_S = 1.0  # the shortest interval that a server expects beats at

_exits = Exits(_host)


def _a_run(*_: object) -> Run:
    return Run(Speaker(_host, None))


def _resumed(name: RunName | None, observer: Observer = Observer.JOB) -> Run:
    return Run(Speaker.resumed(_host, name), resumed=True, observer=observer)


def _name_of(promise: object, external_id: object) -> RunName | None:
    named, own_id = readable(promise), readable_id(external_id)
    return name_of_run(_host.project, named, own_id) if named and own_id else None


def _no_ticket(*_: object) -> str:
    return ""


def _no(*_: object) -> bool:
    return False


def _empty_stats(*_: object) -> Stats:
    return Stats(
        emitted=0, sent=0, rejected=0, dropped={}, in_buffer=0, in_spool=0, faults=faults.by_kind(), last_problem=None
    )


@never_raises(nothing)
def init(
    service: str | None = None,
    endpoint: str | None = None,
    key: str | None = None,
    project: str | None = None,
    deploy: str | None = None,
    environment: str | None = None,
    spool_dir: str | os.PathLike[str] | None = None,
    sampling: Sampling | float | None = None,
) -> None:
    """Set where to send and as whom; what is left out comes from OUTPROOF_* and OTEL_*. Opens no connection yet.

    `sampling` is the share of ordinary answers that is sent, or a whole policy; failed and flagged ones always are.
    Settings that cannot be used are told by `stats()["last_problem"]`; then nothing is delivered, only counted.
    """
    try:
        settings = settings_from(
            os.environ,
            service=service,
            endpoint=endpoint,
            key=key,
            project=project,
            deploy=deploy,
            environment=environment,
            spool_dir=spool_dir,
            sampling=sampling,
        )
    except ValueError as trouble:
        faults.count("bad_settings")
        _host.ledger.last_problem = str(trouble)
        return
    _host.open(settings)
    _exits.watch()


@never_raises(_a_run)
def run(
    promise: str,
    external_id: str | Callable[..., object] | None = None,
    evidence: Mapping[str, object] | Callable[..., Mapping[str, object]] | None = None,
) -> Run:
    """A run of a promise, for a `with` block or as the decorator of a function, each call of which is a run.

    `external_id` is the application's own id of it, such as the batch id; without one the run gets a new id. Evidence
    are safe facts: no prompt, no customer content. On a decorator both may be functions of the call's arguments.
    """
    if callable(promise):
        faults.count("not_a_promise")
        return cast("Run", promise)  # `@outproof.run` without its arguments: the function stays what it was
    return Run(Speaker(_host, promise, external_id, evidence))


@never_raises(_a_run)
def resume(
    ticket: str | None = None,
    *,
    promise: str | None = None,
    external_id: str | None = None,
    independent: bool = False,
) -> Run:
    """Carry on a run that was opened elsewhere: by its ticket or its id, or by promise and external id.

    Without arguments it is the run that `OUTPROOF_RUN` names. Leaving a block of it does not close the run; `close()`
    and `fail()` do. `independent`: the caller is not the job but a checker of it, and its proofs count as such.
    """
    observer = Observer.INDEPENDENT if independent is True else Observer.JOB
    if promise is not None or external_id is not None:
        return _resumed(_name_of(promise, external_id), observer)
    return _resumed(name_from(os.environ.get(RUN_VARIABLE) if ticket is None else ticket), observer)


def _pickled(run: Run) -> tuple[Callable[..., Run], tuple[str]]:
    """In another process a run is carried on, not opened again."""
    return partial(resume, independent=run.independent), (run.ticket,)


copyreg.pickle(Run, _pickled)


@never_raises(_a_run)
def current_run() -> Run:
    """The run whose block or decorated function the calling code is in.

    Outside of any it is a run without an id: what is said of it goes nowhere and is counted.
    """
    return current() or Run(Speaker.resumed(_host, None, no_name=DropReason.NO_RUN), resumed=True)


@never_raises(_no_ticket)
def begin(promise: str, external_id: str | None = None, evidence: Mapping[str, object] | None = None) -> str:
    """Open a run for a scheduler's before-hook; the ticket is for `end`, and for `resume` in between."""
    return Run(Speaker(_host, promise, external_id, evidence)).open().ticket


@never_raises(nothing)
def end(
    ticket: str | None = None,
    error: str | BaseException | type[BaseException] | None = None,
    *,
    promise: str | None = None,
    external_id: str | None = None,
) -> None:
    """Close a run from an after-hook of a scheduler; from an error-hook with the exception or the name of its class.

    A hook that was handed no ticket says promise and external id instead.
    """
    run = _resumed(name_from(ticket) if promise is None and external_id is None else _name_of(promise, external_id))
    if error is None:
        run.close()
    else:
        run.fail(error)


@never_raises(nothing)
def heartbeat(promise: str) -> None:
    """Say that what the promise is about is alive. Of beats that wait for the server only the newest is kept."""
    named = readable(promise)
    if not named:
        _host.refuse(DropReason.BAD_VALUE)
        return
    _host.send_latest(f"promise/{named}", lambda: beat_letter(named), pause_s=BEAT_PAUSE_S)


@never_raises(nothing)
def feedback(
    answer_id: str, thumbs: str | None = None, comment: str | None = None, escalated: bool | None = None
) -> None:
    """Say what became of an answer: thumbs `up` or `down`, a comment (the server scrubs it), escalated or not."""
    named = usable(text, answer_id)
    if not named:
        _host.refuse(DropReason.BAD_VALUE)
        return
    feedback_id = time_ordered_id()
    body = {
        "id": feedback_id,
        "answer_id": named,
        "thumbs": None if thumbs is None else usable(text, thumbs),
        "comment": None if comment is None else usable(lambda value: text(value, COMMENT_CHARS_MAX), comment),
        "escalated": None if escalated is None else usable(flag, escalated),
        "claimed_at": claimed_now(),
    }
    _host.send(Letter(feedback_id, "/v1/feedback", body), synced=False)


@never_raises(_no)
def flush(timeout_s: float = 2.0) -> bool:
    """Deliver what was emitted so far; True when the server has settled all of it in time. The rest stays queued."""
    return _host.flush(timeout_s)


@never_raises(_no)
def shutdown(timeout_s: float = 2.0) -> bool:
    """Deliver and stop; True when nothing is left. What is left lies on disk, for the next process to deliver.

    Called at exit by itself. Answers that end later are dropped and counted; run signals still go to disk.
    """
    _exits.release_sigterm()
    return _host.close(timeout_s)


@never_raises(_empty_stats)
def stats() -> Stats:
    """What became of everything: emitted = sent + rejected + dropped + in_buffer + in_spool.

    The sum is exact whenever nothing moves, for a process with a spool of its own; processes that share one add up
    together.
    """
    return _host.stats()
