from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outproof.contract.run import Claim, Counts, Observer, Signal, SignalKind, Stage
from outproof.core.ids import SignalId
from outproof.prove.outcome import Verdict, outcome
from outproof.prove.run_state import fold
from tests.builders import a_promise, a_signal, at, closed, opened, proved, seen

moments = st.integers(0, 20).map(float)
numbers = st.none() | st.integers(0, 12)
tallies = st.none() | st.builds(Counts, input=numbers, valid=numbers, invalid=numbers)
facts = st.none() | st.dictionaries(st.sampled_from(["model", "batch_id", "output_id"]), st.sampled_from(["a", "b"]))


@st.composite
def signals(draw: Any) -> Signal:
    moment = draw(moments)
    common = {"counts": draw(tallies), "evidence": draw(facts)}
    claimed = draw(st.none() | moments)
    common["claimed_at"] = None if claimed is None else at(claimed)
    match draw(st.sampled_from(SignalKind)):
        case SignalKind.OPENED:
            return opened(moment, **common)
        case SignalKind.NOTED:
            return a_signal(SignalKind.NOTED, moment, note="step 3", claimed_at=common["claimed_at"])
        case SignalKind.CLOSED:
            return closed(moment, draw(st.sampled_from(Claim)), **common)
        case _:
            return proved(
                draw(st.sampled_from(Stage)),
                moment,
                passed=draw(st.sampled_from([True, False, None])),
                observer=draw(st.sampled_from(Observer)),
                output_id=draw(st.sampled_from([None, "a", "b"])),
                **common,
            )


sets = st.lists(signals(), min_size=1, max_size=8)


@given(sets, st.data())
@settings(max_examples=300)
def test_any_order_and_any_duplicates_of_the_same_signals_fold_to_one_state(
    told: Sequence[Signal], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=6))
    shuffled = data.draw(st.permutations([*told, *repeated]))
    assert fold(shuffled) == fold(told)


def test_ten_thousand_permutations_of_a_whole_night_with_duplicates_are_one_state() -> None:
    night = [
        opened(0, evidence={"batch_id": "b-17", "model": "m-1"}),
        *(proved(Stage.VALIDATED, 1 + n, passed=n % 2 == 0, counts=Counts(input=9, valid=n)) for n in range(4)),
        a_signal(SignalKind.NOTED, 6, note="half way"),
        proved(Stage.PERSISTED, 7, output_id="out-1", claimed_at=at(3)),
        seen(Stage.VISIBLE, 8, passed=None),
        seen(Stage.VISIBLE, 8, passed=False),
        seen(Stage.VISIBLE, 9),
        closed(10, Claim.FAILURE, error_type="TimeoutError"),
        closed(10, Claim.SUCCESS),
        opened(11, evidence={"model": "m-2"}),
    ]
    random, one = Random(1), fold(night)
    for _ in range(10_000):
        told = [*night, *random.choices(night, k=random.randrange(6))]
        random.shuffle(told)
        assert fold(told) == one
    assert (one.claim, one.conflicting, one.counts.valid, one.evidence["model"]) == (Claim.FAILURE, True, 3, "m-2")


@given(sets, st.integers(0, 4_000))
def test_a_run_is_never_kept_while_its_job_says_failure_or_our_probe_has_not_seen_it(
    told: Sequence[Signal], seconds: int
) -> None:
    state = fold(told)
    verdict = outcome(state, a_promise(), at(seconds)).verdict
    looks = [proof for proof in state.proofs if proof.stage is Stage.VISIBLE and proof.observer is Observer.PROBE]
    if state.claim is Claim.FAILURE or not any(look.passed for look in looks):
        assert verdict is not Verdict.KEPT


@given(sets)
def test_time_changes_a_verdict_only_at_the_instant_that_was_announced(told: Sequence[Signal]) -> None:
    state, promise = fold(told), a_promise()
    before = outcome(state, promise, at(20))
    if before.settle_at is None:
        assert outcome(state, promise, at(10**9)).verdict is before.verdict
    else:
        just_before = outcome(state, promise, type(before.settle_at)(before.settle_at - 1))
        assert just_before.verdict is before.verdict


def test_of_two_signals_with_one_id_the_first_received_counts() -> None:
    first = opened(1, id=SignalId("same"), evidence={"model": "m-1"})
    second = opened(2, id=SignalId("same"), evidence={"model": "m-2"})
    assert fold([second, first]).evidence == {"model": "m-1"}


def test_a_look_of_ours_is_a_proof_like_any_other() -> None:
    assert fold([seen(Stage.VISIBLE, 3)]).proofs[0].observer is Observer.PROBE
    assert fold([a_signal(SignalKind.OPENED, 0)]).proofs == ()
