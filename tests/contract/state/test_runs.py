from dataclasses import replace

import pytest

from outproof.contract.run import Claim, Stage
from outproof.core.errors import Transient
from outproof.core.ids import ProjectId, SignalId
from outproof.ports import Reception, State
from outproof.prove.folded_run import FoldedRun, VerdictChange
from outproof.prove.outcome import Verdict
from tests.builders import NIGHTLY, RUN, another_run, at, closed, counts, opened, proved
from tests.contract.state.opened import Home, a_state


def a_run(external_id: str = "b-17", *, started: float = 0, **fields: object) -> FoldedRun:
    run = FoldedRun(
        id=another_run(external_id),
        promise=NIGHTLY,
        external_id=external_id,
        verdict=Verdict.PENDING,
        first_stage=Stage.VISIBLE,
        reason="waiting",
        started_at=at(started),
        opened_at=at(started),
        closed_at=None,
        due_at=at(started + 60),
        settle_at=None,
        look_at=None,
        looks=0,
        generation=1,
    )
    return replace(run, **fields)  # type: ignore[arg-type]  # fields of a run


def test_a_signal_comes_back_as_it_was_stored(state: State) -> None:
    told = [
        opened(0, evidence={"batch_id": "b-17", "ratio": 0.5, "region": None}),
        proved(Stage.VALIDATED, 1, passed=None, counts=counts(valid=3), claimed_at=at(0.5), output_id="o", detail="d"),
        closed(2, Claim.FAILURE, error_type="ValueError"),
    ]
    with state.begin() as tx:
        assert [tx.runs.receive(signal) for signal in told] == [Reception.STORED] * 3
    with state.begin() as tx:
        assert tx.runs.signals(RUN) == told


def test_the_same_signal_received_again_is_a_duplicate_whenever_it_comes(state: State) -> None:
    with state.begin() as tx:
        tx.runs.receive(proved(Stage.VALIDATED, 1, id=SignalId("s")))
        assert tx.runs.receive(proved(Stage.VALIDATED, 900, id=SignalId("s"))) is Reception.DUPLICATE
        assert [signal.received_at for signal in tx.runs.signals(RUN)] == [at(1)]


def test_another_signal_under_a_used_id_is_a_conflict_and_the_first_stays(state: State) -> None:
    with state.begin() as tx:
        tx.runs.receive(proved(Stage.VALIDATED, 1, id=SignalId("s")))
        changed = proved(Stage.VALIDATED, 1, id=SignalId("s"), passed=False)
        assert tx.runs.receive(changed) is Reception.CONFLICT
        [kept] = tx.runs.signals(RUN)
        assert kept.proof is not None
        assert kept.proof.passed is True


def test_a_run_comes_back_as_it_was_saved(state: State) -> None:
    run = a_run(closed_at=at(3), settle_at=at(4), look_at=at(5), looks=2)
    with state.begin() as tx:
        assert tx.runs.load(run.id) is None
        tx.runs.save(run, None)
    with state.begin() as tx:
        assert tx.runs.load(run.id) == run


def test_of_two_who_change_a_run_the_second_is_told_to_try_again(state: State) -> None:
    with state.begin() as tx:
        tx.runs.save(a_run(), None)
        tx.runs.save(a_run(generation=2, verdict=Verdict.KEPT), None)
    for late in (a_run(generation=2), a_run(generation=1)):
        with pytest.raises(Transient, match="changed by somebody else"), state.begin() as tx:
            tx.runs.save(late, None)
    with state.begin() as tx:
        run = tx.runs.load(RUN)
        assert run is not None
        assert run.verdict is Verdict.KEPT


def test_what_a_failing_transaction_did_is_undone(state: State) -> None:
    def fail_halfway() -> None:
        with state.begin() as tx:
            tx.runs.receive(opened(0))
            tx.runs.save(a_run(), None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with state.begin() as tx:
        assert (tx.runs.load(RUN), tx.runs.signals(RUN)) == (None, [])


def test_each_change_of_a_verdict_stays_on_record(state: State) -> None:
    first = VerdictChange(at=at(0), old=None, new=Verdict.PENDING, reason="waiting")
    second = VerdictChange(at=at(9), old=Verdict.PENDING, new=Verdict.KEPT, reason="proven")
    with state.begin() as tx:
        tx.runs.save(a_run(), first)
        tx.runs.save(a_run(generation=2, verdict=Verdict.KEPT), second)
        assert tx.runs.verdicts(RUN) == [first, second]


def test_runs_are_due_in_the_order_of_their_instants_and_never_before(state: State) -> None:
    with state.begin() as tx:
        for external_id, due in (("a", 30), ("b", 10), ("c", 20), ("d", None)):
            instant = None if due is None else at(due)
            tx.runs.save(a_run(external_id, settle_at=instant, look_at=instant), None)
        for due_runs in (tx.runs.unsettled, tx.runs.unseen):
            assert due_runs(at(9), 10) == []
            assert due_runs(at(20), 10) == [another_run("b"), another_run("c")]
            assert due_runs(at(99), 2) == [another_run("b"), another_run("c")]


def test_the_newest_runs_come_first_and_the_last_kept_one_is_found(state: State) -> None:
    with state.begin() as tx:
        tx.runs.save(a_run("a", started=1, verdict=Verdict.KEPT), None)
        tx.runs.save(a_run("b", started=2, verdict=Verdict.KEPT), None)
        tx.runs.save(a_run("c", started=3, verdict=Verdict.BROKEN), None)
        tx.runs.save(a_run("z", started=4, promise="other"), None)
        assert [run.external_id for run in tx.runs.latest(NIGHTLY, 2)] == ["c", "b"]
        assert [run.external_id for run in tx.runs.latest(None, 10)] == ["z", "c", "b", "a"]
        last = tx.runs.last_kept(NIGHTLY, at(3))
        assert last is not None
        assert last.external_id == "b"
        assert tx.runs.last_kept(NIGHTLY, at(1)) is None
        assert tx.runs.verdict_counts() == {
            NIGHTLY: {Verdict.KEPT: 2, Verdict.BROKEN: 1},
            "other": {Verdict.PENDING: 1},
        }


def test_a_project_sees_nothing_of_another(state: State, home: Home) -> None:
    with state.begin() as tx:
        tx.runs.receive(opened(0))
        tx.runs.save(a_run(settle_at=at(0), look_at=at(0), verdict=Verdict.KEPT), None)
    with a_state(home, ProjectId("other")) as other, other.begin() as tx:
        assert tx.runs.load(RUN) is None
        assert [*tx.runs.signals(RUN), *tx.runs.latest(None, 9), *tx.runs.verdicts(RUN)] == []
        assert [*tx.runs.unsettled(at(9), 9), *tx.runs.unseen(at(9), 9), *tx.runs.incident_ids([RUN])] == []
        assert (tx.runs.last_kept(NIGHTLY, at(9)), tx.runs.verdict_counts()) == (None, {})
