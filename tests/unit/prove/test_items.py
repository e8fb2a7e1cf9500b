"""Single items: what is said of them in any order, what became of them, and what that says of the run."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.item import Fate, ItemWord
from outproof.contract.promise import CountRule, Requirement
from outproof.contract.run import Counts, Stage
from outproof.prove.items import NO_ITEMS, ItemState, ItemTotals, Mark, marks
from outproof.prove.outcome import Cause, Verdict, outcome
from outproof.prove.run_state import fold
from tests.builders import a_promise, at, by_job, closed, counts, opened, proved

WORDS = st.builds(
    ItemWord,
    item_id=st.sampled_from(["a", "b", "c"]),
    stage=st.sampled_from([None, *Stage]),
    passed=st.booleans(),
    fate=st.sampled_from([None, *Fate]),
)


def totals(*words: ItemWord) -> ItemTotals:
    known = marks(words)
    each = list(known.values())
    return ItemTotals(tuple((mark, each.count(mark)) for mark in dict.fromkeys(each)))


def passed(stage: Stage, *ids: str) -> list[ItemWord]:
    return [ItemWord(item_id=item_id, stage=stage) for item_id in ids]


def state_of(*words: ItemWord) -> ItemState:
    """What became of the first item that is spoken of."""
    return totals(*words).state(marks(words)[words[0].item_id])


@given(st.lists(WORDS, max_size=8), st.randoms())
def test_words_mean_the_same_in_any_order_and_however_often(words: Sequence[ItemWord], random: object) -> None:
    shuffled = [*words, *words[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert marks(shuffled) == marks(words)


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_marks_of_two_batches_join_to_the_mark_of_both(one: Sequence[ItemWord], other: Sequence[ItemWord]) -> None:
    first, second = marks(one), marks(other)
    joined = {key: first.get(key, Mark()).joined(second.get(key, Mark())) for key in first | second}
    assert joined == marks([*one, *other])


def test_a_later_pass_outweighs_a_failed_try_in_any_order() -> None:
    failed = ItemWord(item_id="a", stage=Stage.VALIDATED, passed=False)
    again = ItemWord(item_id="a", stage=Stage.VALIDATED)
    assert state_of(failed) is ItemState.FAILED
    assert state_of(failed, again) is ItemState.PASSED
    assert state_of(again, failed) is ItemState.PASSED


def test_an_item_that_failed_somewhere_has_failed_until_it_passes_what_the_others_pass() -> None:
    somewhere = ItemWord(item_id="a", passed=False)
    others = passed(Stage.PERSISTED, "b", "c")
    assert state_of(somewhere) is ItemState.FAILED
    by_state = totals(somewhere, *others).by_state()
    assert (by_state[ItemState.FAILED], by_state[ItemState.PASSED], by_state[ItemState.MISSING]) == (1, 2, 0)
    for words in ([somewhere, *passed(Stage.PERSISTED, "a")], [*passed(Stage.PERSISTED, "a"), somewhere]):
        assert state_of(*words, *others) is ItemState.PASSED


def test_items_that_failed_somewhere_lack_every_stage_that_nobody_speaks_of() -> None:
    failed = [ItemWord(item_id=item_id, passed=False) for item_id in "ab"]
    assert totals(*failed, ItemWord(item_id="c")).lacking(Stage.PERSISTED) == 2
    assert totals(*failed, *passed(Stage.PERSISTED, "a", "c")).lacking(Stage.PERSISTED) == 1
    assert totals(*failed, *passed(Stage.PERSISTED, "a", "c")).lacking(Stage.VISIBLE) == 1
    assert totals(*failed, ItemWord(item_id="a", fate=Fate.INVALID)).lacking(Stage.PERSISTED) == 1


def test_of_two_fates_the_graver_counts() -> None:
    skipped, lost = ItemWord(item_id="a", fate=Fate.SKIPPED), ItemWord(item_id="a", fate=Fate.LOST)
    assert state_of(skipped, lost) is ItemState.LOST
    assert state_of(lost, skipped) is ItemState.LOST


def test_an_item_that_was_only_declared_is_missing() -> None:
    assert state_of(ItemWord(item_id="a"), *passed(Stage.PERSISTED, "b")) is ItemState.MISSING
    assert state_of(ItemWord(item_id="a")) is ItemState.MISSING


def test_an_item_that_stopped_half_way_is_missing() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b"), *passed(Stage.PERSISTED, "b")]
    assert totals(*words).by_state()[ItemState.MISSING] == 1
    assert totals(*words).lacking(Stage.PERSISTED) == 1
    assert totals(*words).lacking(Stage.VISIBLE) == 0


def test_items_tell_the_counts_that_the_job_did_not() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b"), ItemWord(item_id="c", fate=Fate.INVALID), ItemWord(item_id="d")]
    state = fold([opened(), closed(1)], totals(*words))
    assert state.counts == Counts(input=4, valid=2, invalid=1, skipped=0, suppressed=0, lost=0)
    assert fold([opened()], totals(*words)).counts == Counts()  # the job may still be counting


def judged(*signals: object, items: ItemTotals = NO_ITEMS, rule: CountRule | None = None) -> tuple[object, ...]:
    promise = a_promise({**by_job(Stage.PERSISTED), Stage.VALIDATED: Requirement(counts=rule)})
    state = fold([opened(), proved(Stage.VALIDATED, 1), proved(Stage.PERSISTED, 2), closed(3), *signals], items)  # type: ignore[list-item]  # each test adds signals of its own
    found = outcome(state, promise, at(13))
    return found.verdict, found.cause, found.reason


def test_a_stage_that_lacks_items_is_not_proven_by_the_word_of_the_job() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b", "c"), *passed(Stage.PERSISTED, "a", "b")]
    verdict, cause, reason = judged(items=totals(*words))
    assert (verdict, cause) == (Verdict.BROKEN, Cause.CONSERVATION)
    assert reason == "persisted failed (1 of 3 items are not persisted)"


def test_an_item_that_was_suppressed_is_not_missing() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b"), *passed(Stage.PERSISTED, "a")]
    assert judged(items=totals(*words, ItemWord(item_id="b", fate=Fate.SUPPRESSED)))[0] is Verdict.KEPT


def test_counts_that_are_not_those_of_the_items_break_the_run() -> None:
    words = passed(Stage.VALIDATED, "a", "b")
    verdict, cause, reason = judged(proved(Stage.VALIDATED, 1, counts=counts(input=3, valid=3)), items=totals(*words))
    assert (verdict, cause) == (Verdict.BROKEN, Cause.CONSERVATION)
    assert reason == "validated failed (the job reports input 3 and 2 by item, valid 3 and 2 by item)"


def test_words_about_items_may_come_a_little_after_the_close() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b"), *passed(Stage.PERSISTED, "a")]
    state = fold([opened(), proved(Stage.VALIDATED, 1), proved(Stage.PERSISTED, 2), closed(3)], totals(*words))
    promise = a_promise(by_job(Stage.VALIDATED, Stage.PERSISTED))
    found = outcome(state, promise, at(12.9))
    assert (found.verdict, found.settle_at) == (Verdict.PENDING, at(13))
    assert outcome(state, promise, at(13)).verdict is Verdict.BROKEN


def test_counts_of_an_open_run_that_do_not_add_up_yet_wait_for_the_words_of_its_items() -> None:
    said = proved(Stage.VALIDATED, 1, counts=counts(input=3, valid=2))
    state = fold([opened(), said, proved(Stage.PERSISTED, 2)], totals(*passed(Stage.VALIDATED, "a", "b")))
    promise = a_promise(by_job(Stage.VALIDATED, Stage.PERSISTED), due_s=60.0)
    assert outcome(state, promise, at(3)).verdict is Verdict.PENDING
    assert outcome(state, promise, at(61)).verdict is Verdict.OVERDUE


def test_an_open_run_whose_items_lack_a_stage_is_not_kept_on_the_word_of_its_job() -> None:
    words = [*passed(Stage.VALIDATED, "a", "b"), *passed(Stage.PERSISTED, "a")]
    said = opened(), proved(Stage.VALIDATED, 1), proved(Stage.PERSISTED, 2)
    promise = a_promise(by_job(Stage.VALIDATED, Stage.PERSISTED), due_s=60.0)
    assert outcome(fold(said, totals(*words)), promise, at(3)).verdict is Verdict.PENDING
    assert outcome(fold(said, totals(*words)), promise, at(61)).verdict is Verdict.OVERDUE
    whole = totals(*words, *passed(Stage.PERSISTED, "b"))
    assert outcome(fold(said, whole), promise, at(3)).verdict is Verdict.KEPT


@pytest.mark.parametrize(("allowed", "verdict"), [(0, Verdict.BROKEN), (1, Verdict.KEPT)])
def test_as_many_items_as_the_promise_allows_may_be_unexplained(allowed: int, verdict: Verdict) -> None:
    words = [*passed(Stage.VALIDATED, "a", "b", "c"), ItemWord(item_id="d")]
    rule = CountRule(max_unexplained=allowed, max_invalid_ratio=0.5)
    assert judged(items=totals(*words), rule=rule)[0] is verdict
