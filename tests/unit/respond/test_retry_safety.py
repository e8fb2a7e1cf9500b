"""May it be done again? Each row of the verdict: what is known, and what follows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from outproof.contract.action import RetryRule
from outproof.contract.item import Fate, ItemWord
from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Claim, Observer, Signal, Stage
from outproof.contract.surface import HttpSurface, SqlSurface
from outproof.prove.items import NO_ITEMS, ItemTotals, marks
from outproof.prove.outcome import outcome
from outproof.prove.run_state import fold
from outproof.respond.retry_safety import RetrySafety, RetryVerdict, retry_safety
from outproof.respond.situation import Situation, is_under_way_again
from tests.builders import a_promise, at, by_job, by_job_and_probe, closed, opened, proved

V, P, S = Stage.VALIDATED, Stage.PERSISTED, Stage.VISIBLE
KEYED = RetryRule(idempotency_key="batch_id", safe_after="validated")
UP_TO_VALIDATED = RetryRule(safe_after="validated")
BATCH = {"batch_id": "b-17"}


def items(**words: Sequence[ItemWord]) -> ItemTotals:
    joined = marks(word for said in words.values() for word in said)
    return ItemTotals(tuple(Counter(joined.values()).items()))


def passed(stage: Stage, *ids: str) -> list[ItemWord]:
    return [ItemWord(item_id=item_id, stage=stage) for item_id in ids]


def judged(
    *signals: Signal, rule: RetryRule | None = None, promise: Promise | None = None, known: ItemTotals = NO_ITEMS
) -> RetrySafety:
    declared = replace(promise or a_promise(by_job(V, P)), retry=rule)
    state = fold(signals, known)
    again = is_under_way_again(signals)
    return retry_safety(
        Situation(promise=declared, state=state, outcome=outcome(state, declared, at(10_000)), again=again)
    )


def failed() -> Signal:
    return closed(9, Claim.FAILURE)


@pytest.mark.parametrize(
    ("signals", "rule", "verdict", "because"),
    [
        pytest.param(
            [opened(evidence=BATCH), proved(V, 1), failed()],
            KEYED,
            RetryVerdict.SAFE,
            "its batch_id b-17 makes a second save the same as the first",
            id="a key that was reported",
        ),
        pytest.param(
            [opened(evidence=BATCH), proved(V, 1), proved(P, 2), failed()],
            KEYED,
            RetryVerdict.SAFE,
            "makes a second save the same",
            id="a key, although it is saved",
        ),
        pytest.param(
            [opened(evidence=BATCH), proved(V, 1), proved(P, 2), closed(3)],
            KEYED,
            RetryVerdict.SAFE,
            "there is nothing to repair",
            id="a key, and nothing broken",
        ),
        pytest.param(
            [opened(), proved(V, 1), failed()],
            KEYED,
            RetryVerdict.UNKNOWN,
            "it did not report batch_id",
            id="a key that was not reported",
        ),
        pytest.param(
            [opened(evidence=BATCH), proved(V, 1)],
            KEYED,
            RetryVerdict.UNKNOWN,
            "has not ended",
            id="a key, but perhaps still at work",
        ),
        pytest.param(
            [opened(evidence=BATCH), failed(), opened(20)],
            KEYED,
            RetryVerdict.UNKNOWN,
            "was begun again and has not ended",
            id="a key, but somebody is at it again",
        ),
        pytest.param(
            [opened(), proved(V, 1, passed=False), failed()],
            UP_TO_VALIDATED,
            RetryVerdict.SAFE,
            "it failed before anything was saved",
            id="the job says that it failed before",
        ),
        pytest.param(
            [opened(), proved(V, 1, passed=False), closed(9)],
            UP_TO_VALIDATED,
            RetryVerdict.UNKNOWN,
            "nobody can tell whether anything of it is already saved",
            id="it failed before, but went on to its end",
        ),
        pytest.param(
            [opened(), proved(V, 1, passed=False), failed(), closed(10)],
            UP_TO_VALIDATED,
            RetryVerdict.UNKNOWN,
            "nobody can tell",
            id="it contradicts itself",
        ),
        pytest.param(
            [opened(), proved(V, 1, passed=False), proved(P, 2, passed=False), failed()],
            UP_TO_VALIDATED,
            RetryVerdict.UNKNOWN,
            "nobody can tell",
            id="it tried to save, and half of it may be there",
        ),
        pytest.param(
            [opened(), proved(V, 1, passed=False), failed()],
            None,
            RetryVerdict.UNKNOWN,
            "declares no idempotency key",
            id="it failed before, and nothing is declared",
        ),
        pytest.param(
            [opened(), failed()],
            UP_TO_VALIDATED,
            RetryVerdict.UNKNOWN,
            "nobody can tell",
            id="no stage was spoken of: that is no sign that nothing was saved",
        ),
        pytest.param(
            [opened(), proved(V, 1), proved(P, 2), failed()],
            UP_TO_VALIDATED,
            RetryVerdict.UNSAFE,
            "the job says that it is saved since 2027-01-15T08:00:02Z: doing it again would repeat that",
            id="it is saved",
        ),
        pytest.param(
            [opened(), proved(V, 1), proved(S, 2), failed()],
            None,
            RetryVerdict.UNSAFE,
            "visible to readers",
            id="readers may see it",
        ),
        pytest.param(
            [opened(), proved(V, 1), proved(P, 2), failed()],
            RetryRule(safe_after="persisted"),
            RetryVerdict.UNKNOWN,
            "already visible to readers",
            id="saving twice is harmless, but showing twice is not",
        ),
        pytest.param(
            [opened(), proved(V, 1), proved(P, 2), proved(S, 3), failed()],
            RetryRule(safe_after="visible"),
            RetryVerdict.SAFE,
            "at any stage",
            id="declared harmless at every stage",
        ),
    ],
)
def test_the_verdict_follows_from_what_is_known(
    signals: list[Signal], rule: RetryRule | None, verdict: RetryVerdict, because: str
) -> None:
    found = judged(*signals, rule=rule)
    assert found.verdict is verdict, found
    assert because in found.reason
    assert (found.check_first is not None) == (verdict is RetryVerdict.UNKNOWN)


def test_a_retry_is_safe_for_the_items_that_a_job_which_ended_did_not_save() -> None:
    known = items(v=passed(V, "a", "b", "c"), p=passed(P, "a"), s=[ItemWord(item_id="d", fate=Fate.SKIPPED)])
    found = judged(opened(), proved(V, 1), proved(P, 2), closed(3), known=known)
    assert (found.verdict, found.item_count) == (RetryVerdict.SAFE_FOR_ITEMS, 2)
    assert "2 items of 4 are not" in found.reason
    assert [mark.stages_passed() for mark in found.marks] == [(V,)]


def test_items_may_still_come_while_the_job_is_at_work() -> None:
    known = items(v=passed(V, "a", "b"), p=passed(P, "a"))
    assert judged(opened(), proved(V, 1), known=known).verdict is RetryVerdict.UNKNOWN


def test_items_that_are_all_saved_are_not_to_be_done_again() -> None:
    known = items(v=passed(V, "a", "b"), p=passed(P, "a", "b"))
    found = judged(opened(), proved(V, 1), failed(), known=known)
    assert found.verdict is RetryVerdict.UNSAFE
    assert "none of its 2 items is left" in found.reason


def test_an_item_that_is_visible_counts_as_saved_and_one_that_is_not_visible_may_be_saved() -> None:
    seen = items(p=passed(P, "a"), s=passed(S, "b"), v=passed(V, "c"))
    assert judged(opened(), failed(), known=seen).item_count == 1
    only_visible = items(v=passed(V, "a", "b"), s=passed(S, "b"))
    assert judged(opened(), failed(), known=only_visible).verdict is RetryVerdict.UNKNOWN


def test_words_on_the_validation_of_items_say_nothing_of_what_is_saved() -> None:
    found = judged(opened(), failed(), known=items(v=passed(V, "a", "b")), rule=UP_TO_VALIDATED)
    assert (found.verdict, found.item_count) == (RetryVerdict.UNKNOWN, 0)


def test_with_a_key_the_missing_items_are_still_told() -> None:
    known = items(v=passed(V, "a", "b"), p=passed(P, "a"))
    found = judged(opened(evidence=BATCH), proved(P, 2), closed(3), known=known, rule=KEYED)
    assert (found.verdict, found.item_count) == (RetryVerdict.SAFE, 1)
    assert "only 1 item of 2 remain" in found.reason


def probed(stage: Stage, seconds: float, **measured: int) -> Signal:
    signal = proved(stage, seconds, passed=False, observer=Observer.PROBE)
    assert signal.proof is not None
    return replace(signal, proof=replace(signal.proof, measured=dict(measured)))


PROBED = a_promise(
    {
        V: Requirement(),
        P: Requirement(observer=Observer.PROBE, sql=SqlSurface(dsn_env="DB", query="select 1", rows_at_least=1)),
        S: Requirement(observer=Observer.PROBE, http=HttpSurface(url="https://app.example/x")),
    }
)


def test_what_our_probe_found_to_be_absent_everywhere_is_safe_to_make() -> None:
    ended = (opened(), proved(V, 1), closed(2))
    found = judged(*ended, probed(P, 3, rows=0), probed(S, 3, status=404), promise=PROBED)
    assert found.verdict is RetryVerdict.SAFE
    assert found.reason == "our probe looked, and nothing of it is saved or visible to readers"


@pytest.mark.parametrize(
    "looks",
    [
        [probed(S, 3, status=404)],
        [probed(P, 3, rows=0), probed(S, 3, status=500)],
        [probed(P, 3, rows=2), probed(S, 3, status=404)],
        [probed(P, 3, rows=0), proved(S, 3, passed=False)],
    ],
    ids=["not looked at both", "an error is not absence", "some rows are there", "only the job says so"],
)
def test_less_than_expected_is_not_nothing(looks: list[Signal]) -> None:
    assert judged(opened(), proved(V, 1), closed(2), *looks, promise=PROBED).verdict is RetryVerdict.UNKNOWN


def test_a_pass_that_was_seen_once_counts_even_if_it_is_gone_now() -> None:
    promise = a_promise(by_job_and_probe())
    seen = (proved(S, 3, observer=Observer.PROBE), probed(S, 4, status=404))
    assert judged(opened(), proved(V, 1), closed(2), *seen, promise=promise).verdict is RetryVerdict.UNSAFE


def test_a_run_that_never_came_may_have_run_unseen() -> None:
    found = retry_safety(Situation(promise=a_promise(), expected="2026-11-21 03:00 UTC"))
    assert found.verdict is RetryVerdict.UNKNOWN
    assert "no sign of the run expected at 2026-11-21 03:00 UTC" in found.reason
    assert found.check_first == (
        "Look whether the job ran without reporting, and what it saved. Is the batch in the digests table?"
    )


def test_a_promise_that_nobody_declares_says_nothing_of_retries() -> None:
    assert retry_safety(Situation(promise=None)).verdict is RetryVerdict.UNKNOWN


def test_safe_after_must_name_a_stage() -> None:
    with pytest.raises(ValueError, match="expected safe_after as one of"):
        replace(a_promise(), retry=RetryRule(safe_after="done"))
