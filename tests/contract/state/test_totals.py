"""Counts for scrapes, on both databases, without what was broken on purpose."""

from dataclasses import replace

from outproof.contract.drill import Drilled, Fault
from outproof.contract.feedback import Feedback, Thumbs
from outproof.core.ids import ProjectId
from outproof.core.time import after
from outproof.engine.record import record
from outproof.ports import Transaction
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.outcome import Verdict
from outproof.respond.delivery import Attempt, Outcome, Sent, settled
from outproof.respond.route import Routes
from outproof.store.state.state import SqlState
from tests.builders import NIGHTLY, another_run, at
from tests.contract.state.opened import NOON, PROJECT, Home, a_state
from tests.unit.respond.findings import a_finding

ONE = Routes(default=("pager",))


def a_run(tx: Transaction, name: str, *verdicts: Verdict, drill: Drilled | None = None) -> None:
    """A run that went from one verdict to the next."""
    run = FoldedRun(
        id=another_run(name),
        promise=NIGHTLY,
        external_id=name,
        verdict=verdicts[0],
        first_stage=None,
        reason="because",
        started_at=at(0),
        opened_at=at(0),
        closed_at=None,
        due_at=None,
        settle_at=None,
        look_at=None,
        looks=0,
        generation=1,
        drill=drill,
    )
    old: Verdict | None = None
    for number, verdict in enumerate(verdicts, 1):
        change = VerdictChange(at=at(number), old=old, new=verdict, reason="because")
        tx.runs.save(replace(run, verdict=verdict, generation=number), change)
        old = verdict


def test_nothing_is_counted_of_nothing(state: SqlState) -> None:
    with state.look() as tx:
        totals = tx.totals
        assert (totals.last_verdict(), totals.incidents_opened()) == (0, 0)
        found: list[object] = [totals.settled_runs(0, 9), totals.unresolved_incidents(), totals.alerts()]
        found += [totals.attempts(), totals.notices_waiting(), totals.last_accepted(), dict(totals.feedback())]
        assert found == [{}] * 7


def test_a_run_is_settled_once_however_its_verdict_changes_later(state: SqlState) -> None:
    with state.begin() as tx:
        a_run(tx, "a", Verdict.PENDING, Verdict.OVERDUE, Verdict.KEPT)
        a_run(tx, "b", Verdict.PENDING, Verdict.KEPT)
        a_run(tx, "c", Verdict.UNVERIFIED)
        a_run(tx, "d", Verdict.PENDING)
        a_run(tx, "e", Verdict.BROKEN, drill=Drilled(id="drill_x", fault=Fault.SKIP_PERSISTENCE, within_s=30.0))
        last = tx.totals.last_verdict()
        assert tx.totals.settled_runs(0, last) == {
            (NIGHTLY, verdict): 1 for verdict in ("overdue", "kept", "unverified")
        }


def test_settled_runs_can_be_counted_piece_by_piece(state: SqlState) -> None:
    with state.begin() as tx:
        for number in range(6):
            a_run(tx, f"r{number}", Verdict.PENDING, Verdict.KEPT)
        last = tx.totals.last_verdict()
        parts = [tx.totals.settled_runs(after, through) for after, through in ((0, 5), (5, last))]
        assert sum(part[NIGHTLY, "kept"] for part in parts) == 6


def test_incidents_are_counted_without_drills(state: SqlState) -> None:
    with state.begin() as tx:
        for number, drill in enumerate((False, False, True)):
            record(tx, a_finding(key=f"k{number}", drill=drill), project=PROJECT, routes=ONE, now=NOON)
        record(tx, a_finding(key="k1", firing=False), project=PROJECT, routes=ONE, now=after(NOON, 9))
        assert tx.totals.incidents_opened() == 2
        assert tx.totals.unresolved_incidents() == {("open", "critical"): 1}


def test_attempts_and_what_waits_are_counted_by_channel(state: SqlState) -> None:
    with state.begin() as tx:
        record(tx, a_finding(), project=PROJECT, routes=ONE, now=NOON)
        assert tx.totals.notices_waiting() == {"pager": 1}
        for number, outcome in enumerate((Outcome.TRANSIENT, Outcome.ACCEPTED), 1):
            now = after(NOON, 100 * number)
            [claimed] = tx.outbox.claim("pager", now, after(now, 9), 10)
            attempt = Attempt(number=number, at=now, outcome=outcome, detail="said", duration_s=0.1, status_code=None)
            kept, again_at = settled(claimed.id, number, Sent(outcome=outcome, detail="said"), now, queued_at=NOON)
            assert tx.outbox.attempted(claimed, attempt, kept, again_at)
        assert tx.totals.attempts() == {("pager", "transient"): 1, ("pager", "accepted"): 1}
        assert tx.totals.last_accepted() == {"pager": after(NOON, 200)}
        assert tx.totals.notices_waiting() == {}


def test_feedback_is_counted_by_what_was_said(state: SqlState) -> None:
    said = [(Thumbs.UP, None), (Thumbs.UP, True), (Thumbs.DOWN, False), (None, True)]
    with state.begin() as tx:
        for number, (thumbs, escalated) in enumerate(said):
            word = Feedback(id=f"f{number}", answer_id="t:s", at=NOON, thumbs=thumbs, escalated=escalated, comment=None)
            tx.feedback.add(word)
        assert dict(tx.totals.feedback()) == {"up": 2, "down": 1, "escalated": 2}


def test_another_project_counts_nothing_of_ours(home: Home) -> None:
    with a_state(home) as state, state.begin() as tx:
        a_run(tx, "a", Verdict.KEPT)
        record(tx, a_finding(), project=PROJECT, routes=ONE, now=NOON)
    with a_state(home, ProjectId("other")) as other, other.look() as tx:
        assert (tx.totals.last_verdict(), tx.totals.incidents_opened()) == (0, 0)
        assert (tx.totals.settled_runs(0, 99), tx.totals.notices_waiting()) == ({}, {})
