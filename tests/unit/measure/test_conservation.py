"""Balances of what was emitted: nothing is lost in the sum, and what nobody can explain is a number."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.statement import Lane, Statement, Told
from outproof.core.time import Instant
from outproof.measure.conservation import WRITTEN_OFF, Arrived, Stated, balances, folded, total

ONE, OTHER = "a" * 16, "b" * 16
KEY = (ONE, Lane.ANSWERS)
NOW = Instant(0)


def a_word(told: Told, sender: str = ONE, **fields: object) -> Stated:
    said = Statement(sender=sender, service="s", number=1, lanes={Lane.ANSWERS: told}, **fields)  # type: ignore[arg-type]  # a builder
    return Stated(statement=said, first_at=NOW, told_at=NOW)


def test_what_is_neither_here_nor_given_up_nor_waiting_is_unexplained() -> None:
    told = Told(emitted=100, rejected=4, dropped={"buffer_full": 5}, waiting=20)
    found = balances([a_word(told)], {KEY: Arrived(stored=60, duplicate=3)})[KEY]
    assert (found.waiting, found.unexplained) == (20, 8)


def test_what_waited_when_it_was_told_may_be_here_by_now() -> None:
    found = balances([a_word(Told(emitted=10, waiting=10))], {KEY: Arrived(stored=7)})[KEY]
    assert (found.waiting, found.unexplained) == (3, 0)


def test_what_came_after_the_statement_is_no_remainder() -> None:
    found = balances([a_word(Told(emitted=10))], {KEY: Arrived(stored=25)})[KEY]
    assert (found.emitted, found.stored, found.waiting, found.unexplained) == (10, 25, 0, 0)


def test_what_another_process_gave_up_counts_for_who_wrote_it_down() -> None:
    heir = a_word(Told(emitted=0), sender=OTHER, of_others={ONE: {Lane.ANSWERS: {"died": 2, "refused": 1}}})
    found = balances([a_word(Told(emitted=10, waiting=3)), heir], {KEY: Arrived(stored=7)})[KEY]
    assert found.dropped == {"died": 2, "refused": 1}
    assert (found.waiting, found.unexplained) == (0, 0)


def test_of_a_sender_that_stated_nothing_nothing_is_missing_and_nothing_is_known() -> None:
    found = balances([], {KEY: Arrived(stored=7)})[KEY]
    assert (found.emitted, found.waiting, found.unexplained) == (None, None, None)
    assert total([found]).unexplained is None


counts = st.integers(0, 50)


@given(st.lists(st.tuples(counts, counts, counts, counts, counts, counts), min_size=1, max_size=5))
def test_the_law_holds_of_each_sender_and_of_their_sum(parts: list[tuple[int, ...]]) -> None:
    stated, arrived = [], {}
    for number, (stored, duplicate, rejected, dropped, waiting, lost) in enumerate(parts):
        sender = f"{number:016x}"
        emitted = stored + duplicate + rejected + dropped + waiting + lost
        told = Told(emitted=emitted, rejected=rejected, dropped={"too_old": dropped}, waiting=waiting)
        stated.append(a_word(told, sender))
        arrived[sender, Lane.ANSWERS] = Arrived(stored=stored, duplicate=duplicate)
    found = balances(stated, arrived)
    for each in (*found.values(), total(found.values())):
        assert each.waiting is not None
        assert each.unexplained is not None
        right = each.stored + each.duplicate + each.rejected + Counter(each.dropped).total()
        assert each.emitted == right + each.waiting + each.unexplained
    assert total(found.values()).unexplained == sum(part[5] for part in parts)


def test_a_closed_account_leaves_its_numbers_in_the_sums_and_its_loss_written_off() -> None:
    sums = Statement(sender="settled:x", service="s", number=4, ended=True)
    told = a_word(Told(emitted=10, rejected=1, dropped={"too_old": 2}, waiting=1))
    here = {KEY: Arrived(stored=4, rejected=1)}
    own = {lane: balance for (_, lane), balance in balances([told], here).items()}
    made = folded(sums, told, own, {Lane.ANSWERS: here[KEY]})
    assert made.number == 5
    assert made.lanes[Lane.ANSWERS] == Told(emitted=10, rejected=1, dropped={"too_old": 2, WRITTEN_OFF: 2})
    moved = {("settled:x", Lane.ANSWERS): here[KEY]}
    after = balances([Stated(statement=made, first_at=NOW, told_at=NOW)], moved)["settled:x", Lane.ANSWERS]
    assert (after.emitted, after.unexplained, after.waiting) == (10, 0, 0)


def test_what_a_closed_sender_gave_up_of_others_still_counts_for_them() -> None:
    sums = Statement(sender="settled:x", service="s", number=0, of_others={OTHER: {Lane.ANSWERS: {"died": 1}}})
    heir = a_word(Told(emitted=1), of_others={OTHER: {Lane.ANSWERS: {"died": 2}, Lane.ITEMS: {"too_old": 3}}})
    own = {lane: balance for (_, lane), balance in balances([heir], {KEY: Arrived(stored=1)}).items()}
    made = folded(sums, heir, {Lane.ANSWERS: own[Lane.ANSWERS]}, {})
    assert made.of_others == {OTHER: {Lane.ANSWERS: {"died": 3}, Lane.ITEMS: {"too_old": 3}}}
    # and when the other is closed itself, its own sums have it
    other = a_word(Told(emitted=4, waiting=3), sender=OTHER)
    found = balances(
        [other, Stated(statement=made, first_at=NOW, told_at=NOW)], {(OTHER, Lane.ANSWERS): Arrived(stored=1)}
    )
    closed = folded(made, other, {Lane.ANSWERS: found[OTHER, Lane.ANSWERS]}, {Lane.ANSWERS: Arrived(stored=1)})
    assert closed.of_others == {}
    assert closed.lanes[Lane.ANSWERS].dropped == {"died": 3}
