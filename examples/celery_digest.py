"""A batch on Celery: one task opens the run, many tasks speak of its items, the last one closes it.

The broker is in memory and the worker a thread of this program, so it needs nothing but `pip install celery`.

    python examples/celery_digest.py --batch digest-2026-11-21
"""

from __future__ import annotations

import argparse
from typing import Any

from celery import Celery, chord  # type: ignore[import-untyped]  # it carries no types
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]  # it carries no types
from celery.signals import task_failure, task_retry, worker_process_init  # type: ignore[import-untyped]  # as above

import outproof

PROMISE = "nightly-digests"
CUSTOMERS = 40

app = Celery("digests", broker="memory://", backend="cache+memory://")
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


@worker_process_init.connect
def start(**_: Any) -> None:
    """Each process of a worker pool delivers for itself."""
    outproof.init(service="digests")


@task_failure.connect
def failed(exception: BaseException, kwargs: dict[str, Any], **_: Any) -> None:
    """A task that failed for good fails the run it belongs to, also when its worker was killed under it."""
    outproof.end(kwargs.get("ticket", ""), error=exception)


@task_retry.connect
def tried_again(request: Any, sender: Any, **_: Any) -> None:
    """A retry is no failure: the run goes on, and whoever looks at it sees why it takes longer."""
    outproof.resume(request.kwargs.get("ticket", "")).note(f"{sender.name} is tried again")


@app.task
def digest(customer: int, *, ticket: str) -> bool:
    """Make one digest; every twentieth comes back without a headline. The item's id is the same on every try.

    At the end of the block what was said is on its way, so that the task that closes the run does not outrun it.
    """
    with outproof.resume(ticket) as run, run.item(customer) as item:
        headline = "" if customer % 20 == 0 else "Your week at a glance"
        if not headline:
            item.invalid()
            return False
        item.validated()
        item.persisted()
        return True


@app.task
def finish(made: list[bool], *, ticket: str) -> None:
    """Prove what was made as a whole, and close the run."""
    run = outproof.resume(ticket)
    run.validated(input=len(made), valid=sum(made), invalid=len(made) - sum(made))
    run.persisted(output_id="digests")
    outproof.end(ticket)


def submit(batch: str) -> Any:
    """Open the run, say what it is about, and hand its ticket to every task."""
    ticket = outproof.begin(PROMISE, external_id=batch, evidence={"batch_id": batch})
    outproof.resume(ticket).expect(range(1, CUSTOMERS + 1))
    work = chord(digest.s(customer, ticket=ticket) for customer in range(1, CUSTOMERS + 1))
    return work(finish.s(ticket=ticket))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", required=True)
    options = parser.parse_args()

    outproof.init(service="digests")
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        submit(options.batch).get(timeout=60)
    outproof.flush(timeout_s=5)
    print(f"{CUSTOMERS} digests in {CUSTOMERS + 1} tasks; queue empty, exit 0")


if __name__ == "__main__":
    main()
