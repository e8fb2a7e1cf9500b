"""What is known good, known bad, unknown and unaffected; and a notice to users that claims no more."""

from dataclasses import replace

import pytest

from outproof.contract.item import Fate, ItemWord
from outproof.contract.promise import Promise
from outproof.contract.run import Claim, Signal, Stage
from outproof.contract.schedule import Heartbeat
from outproof.prove.items import NO_ITEMS, ItemTotals
from outproof.prove.outcome import outcome
from outproof.prove.run_state import fold
from outproof.respond.boundary import Boundary, Part, Unit, boundary, summary
from outproof.respond.situation import GoodRun, Situation
from outproof.respond.user_notice import user_notice
from tests.builders import a_promise, at, by_job, by_job_and_probe, closed, counts, opened, proved, seen
from tests.unit.respond.test_retry_safety import items, passed

V, P, S = Stage.VALIDATED, Stage.PERSISTED, Stage.VISIBLE
BY_JOB = a_promise(by_job(V, P))
GOOD = GoodRun("b-16", at(-86_400))


def known(
    *signals: Signal, promise: Promise = BY_JOB, items: ItemTotals = NO_ITEMS, others: tuple[str, ...] = ()
) -> Boundary:
    state = fold(signals, items)
    concluded = outcome(state, promise, at(10_000))
    return boundary(Situation(promise=promise, state=state, outcome=concluded, others=others, last_good=GOOD))


def numbers(found: Boundary) -> dict[str, int | None]:
    return {name: part.count for name, part in found.parts.items()}


def fates(**ids: Fate) -> list[ItemWord]:
    return [ItemWord(item_id=item_id, fate=fate) for item_id, fate in ids.items()]


SOME = items(
    v=passed(V, "a", "b", "c"),
    p=passed(P, "a", "b"),
    f=[*fates(d=Fate.INVALID, e=Fate.LOST, g=Fate.SKIPPED), ItemWord(item_id="h", stage=P, passed=False)],
)


def test_items_that_passed_every_stage_are_good_and_those_nobody_spoke_of_are_unknown() -> None:
    found = known(opened(), proved(V, 1), proved(P, 2), closed(3), items=SOME)
    assert found.unit is Unit.ITEMS
    assert numbers(found) == {"known_good": 2, "known_bad": 3, "unknown": 1, "unaffected": 1}
    assert sum(number or 0 for number in numbers(found).values()) == SOME.total
    assert found.known_bad.says == "1 failed, 1 invalid, 1 lost"
    assert found.newest_correct_at == GOOD.proven_at
    assert summary(found) == "2 good, 3 bad, 1 unknown (items); right up to 2027-01-14 08:00 UTC"


def test_no_item_is_good_while_nobody_saw_that_the_output_is_visible() -> None:
    promise = a_promise(by_job_and_probe())
    found = known(
        opened(), proved(V, 1), proved(P, 2), closed(3), seen(S, 4, passed=False), promise=promise, items=SOME
    )
    assert numbers(found) == {"known_good": 0, "known_bad": 3, "unknown": 3, "unaffected": 1}
    assert "came through validated and persisted, but visible is not proven" in found.unknown.says


def test_the_jobs_word_on_items_proves_no_stage_that_the_probe_must_see() -> None:
    promise = a_promise(by_job_and_probe())
    all_seen = items(v=passed(V, "a"), p=passed(P, "a"), s=passed(S, "a"))
    found = known(
        opened(), proved(V, 1), proved(P, 2), closed(3), seen(S, 4, passed=False), promise=promise, items=all_seen
    )
    assert (found.known_good.count, found.unknown.count) == (0, 1)


def test_counted_items_of_an_output_that_is_not_proven_are_unknown_not_good() -> None:
    said = counts(input=100, valid=90, invalid=4, skipped=1, lost=1)
    found = known(opened(), proved(V, 1), closed(3, counts=said))
    assert numbers(found) == {"known_good": 0, "known_bad": 5, "unknown": 94, "unaffected": 1}
    assert sum(number or 0 for number in numbers(found).values()) == 100


def test_what_was_never_counted_has_no_number() -> None:
    found = known(opened(), closed(3, counts=counts(input=100)))
    assert numbers(found) == {"known_good": 0, "known_bad": None, "unknown": 100, "unaffected": None}


def test_without_items_the_run_is_taken_as_a_whole() -> None:
    broken = known(opened(), closed(3, Claim.FAILURE), others=("batch b-15",))
    assert numbers(broken) == {"known_good": 0, "known_bad": 1, "unknown": 1, "unaffected": 1}
    assert (broken.known_bad.ids, broken.unknown.ids, broken.unaffected.ids) == (("b-17",), ("batch b-15",), ("b-16",))
    overdue = known(opened(), proved(V, 1))
    assert (overdue.known_bad.count, overdue.unknown.ids) == (0, ("b-17",))
    kept = known(opened(), proved(V, 1), proved(P, 2), closed(3))
    assert numbers(kept) == {"known_good": 1, "known_bad": 0, "unknown": 0, "unaffected": 1}
    assert kept.newest_correct_at == at(2)


def test_a_run_that_never_came_is_unknown() -> None:
    found = boundary(Situation(promise=BY_JOB, expected="2026-11-21 03:00 UTC", last_good=GOOD))
    assert numbers(found) == {"known_good": 0, "known_bad": 0, "unknown": 1, "unaffected": 1}
    assert found.unknown.ids == ("2026-11-21 03:00 UTC",)


def test_a_heartbeat_does_not_make_output_right() -> None:
    promise = replace(BY_JOB, proofs={}, due_s=None, heartbeat=Heartbeat(every_s=60.0))
    found = boundary(Situation(promise=promise, seen_at=at(0)))
    assert (found.newest_correct_at, found.known_good.count, found.unknown.count) == (None, None, None)
    assert found.unknown.says == "nothing newer than 2027-01-15 08:00 UTC was seen"


def test_at_most_a_hundred_others_are_named() -> None:
    found = known(opened(), closed(3, Claim.FAILURE), others=tuple(f"batch {n}" for n in range(150)))
    assert (found.unknown.count, len(found.unknown.ids)) == (150, 100)


def a_boundary(good: int | None, bad: int | None, unknown: int | None, unit: Unit = Unit.ITEMS) -> Boundary:
    parts = [Part(count=number, says="internal words, b-17") for number in (good, bad, unknown, None)]
    return Boundary(
        unit=unit,
        known_good=parts[0],
        known_bad=parts[1],
        unknown=parts[2],
        unaffected=parts[3],
        newest_correct_at=at(0),
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            a_boundary(960, 20, 3),
            "There is a problem with one of our updates. 960 entries are confirmed to be correct. "
            "20 entries are known to be wrong or missing. For 3 entries we do not know yet.",
        ),
        (a_boundary(0, 0, 94), "There is a problem with one of our updates. For 94 entries we do not know yet."),
        (
            a_boundary(None, None, None),
            "There is a problem with one of our updates. We do not know yet how many entries are affected.",
        ),
        (
            a_boundary(5, None, 0),
            "There is a problem with one of our updates. 5 entries are confirmed to be correct. "
            "We do not know yet whether any entries are wrong.",
        ),
        (
            a_boundary(7, 0, 0),
            "We looked into a problem with one of our updates. 7 entries are confirmed to be correct.",
        ),
        (a_boundary(0, 1, 0, Unit.RUNS), "There is a problem with one of our updates. It is not as it should be."),
        (
            a_boundary(0, 0, 1, Unit.RUNS),
            "There is a problem with one of our updates. We do not know yet whether it is correct.",
        ),
    ],
)
def test_a_notice_claims_no_more_than_the_boundary(found: Boundary, said: str) -> None:
    assert user_notice(found) == f"{said} The last update that we have confirmed is of 2027-01-15, 08:00 UTC."


def test_a_notice_holds_nothing_internal() -> None:
    told = user_notice(replace(a_boundary(1, 1, 1), newest_correct_at=None))
    assert "b-17" not in told
    assert told.endswith("We cannot yet say up to when earlier content is correct.")
