from dataclasses import replace

import pytest

from outproof.contract.evidence import Exemplar
from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.alert import AlertState, Cause, first_memory
from outproof.decide.policy import ExemplarOrder
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state


def a_breach(n: int) -> Exemplar:
    return Exemplar(at=Instant(NOON + n), service="s", trace_id=f"{n:032x}", span_id=f"{n:016x}", request_id=f"req_{n}")


def test_a_memory_comes_back_one_generation_on(state: SqlState) -> None:
    memory = replace(first_memory(NOON), breach_at=after(NOON, -5))
    with state.begin() as tx:
        assert tx.alerts.load("k") is None
        assert tx.alerts.advance("k", "p", memory)
        assert tx.alerts.load("k") == replace(memory, generation=1)


def test_of_two_who_read_the_same_memory_one_is_first(state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.alerts.advance("k", "p", first_memory(NOON))
        assert not tx.alerts.advance("k", "p", first_memory(NOON))
        read = tx.alerts.load("k")
        assert read is not None
        assert tx.alerts.advance("k", "p", replace(read, state=AlertState.PENDING))
        assert not tx.alerts.advance("k", "p", replace(read, state=AlertState.FIRING))
        stored = tx.alerts.load("k")
        assert stored is not None
        assert (stored.state, stored.generation) == (AlertState.PENDING, 2)


def test_alerts_that_wait_fire_or_are_resolving_are_listed_as_active(state: SqlState) -> None:
    firing = replace(first_memory(NOON), state=AlertState.FIRING, cause=Cause.BREACH)
    resolving = replace(firing, state=AlertState.RESOLVING)
    pending = replace(first_memory(NOON), state=AlertState.PENDING)
    with state.begin() as tx:
        assert tx.alerts.advance("a", "p", first_memory(NOON))
        assert tx.alerts.advance("b", "q", firing)
        assert tx.alerts.advance("c", "q", resolving)
        assert tx.alerts.advance("d", "q", pending)
        assert sorted(tx.alerts.active(), key=lambda row: row[0]) == [
            ("b", "q", replace(firing, generation=1)),
            ("c", "q", replace(resolving, generation=1)),
            ("d", "q", replace(pending, generation=1)),
        ]


def test_many_memories_are_saved_at_once_but_for_those_that_somebody_else_moved(state: SqlState) -> None:
    many = [(f"k{n}", f"p{n % 3}", first_memory(NOON)) for n in range(2_500)]
    with state.begin() as tx:
        assert tx.alerts.save(many) == {key for key, _, _ in many}
        assert tx.alerts.save([]) == frozenset()
    with state.begin() as tx:
        read = tx.alerts.memories()
        assert {policy: len(own) for policy, own in read.items()} == {"p0": 834, "p1": 833, "p2": 833}
        assert tx.alerts.advance("k7", "p1", replace(read["p1"]["k7"], reason="first"))
        moved = [
            (key, policy, replace(memory, reason="second"))
            for policy, own in read.items()
            for key, memory in own.items()
        ]
        assert tx.alerts.save(moved) == {key for key, _, _ in many} - {"k7"}
        now = tx.alerts.memories()
        assert (now["p1"]["k7"].reason, now["p0"]["k0"].reason, now["p0"]["k0"].generation) == ("first", "second", 2)


def test_alerts_that_were_over_long_ago_are_forgotten_and_no_others(state: SqlState) -> None:
    over = first_memory(after(NOON, -10))
    with state.begin() as tx:
        tx.alerts.save(
            [
                ("old", "p", over),
                ("new", "p", first_memory(NOON)),
                ("loud", "p", replace(over, state=AlertState.FIRING)),
            ]
        )
        assert tx.alerts.forget(NOON) == 1
        assert set(tx.alerts.memories()["p"]) == {"new", "loud"}


def test_breaches_of_all_invariants_are_counted_at_once(state: SqlState) -> None:
    with state.begin() as tx:
        tx.alerts.add_breaches("p", [a_breach(1), a_breach(2)])
        tx.alerts.add_breaches("q", [a_breach(2), a_breach(9)])
        assert tx.alerts.breach_counts(NOON, Instant(NOON + 9)) == {"p": 2, "q": 1}


def test_a_breach_delivered_twice_counts_once(state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.alerts.add_breaches("p", [a_breach(1), a_breach(2), a_breach(1)]) == 2
    with state.begin() as tx:
        assert tx.alerts.add_breaches("p", [a_breach(1), a_breach(3)]) == 1
        assert tx.alerts.add_breaches("another", [a_breach(1)]) == 1
        assert tx.alerts.breaches("p", NOON, after(NOON, 1)) == 3


def test_breaches_are_counted_from_the_start_up_to_but_not_at_the_end(state: SqlState) -> None:
    with state.begin() as tx:
        tx.alerts.add_breaches("p", [a_breach(n) for n in range(5)])
        assert tx.alerts.breaches("p", Instant(NOON + 1), Instant(NOON + 4)) == 3
        assert tx.alerts.breaches("p", after(NOON, 1), after(NOON, 2)) == 0


def test_breaches_of_long_ago_are_forgotten_up_to_but_not_at_an_instant(state: SqlState) -> None:
    with state.begin() as tx:
        tx.alerts.add_breaches("p", [a_breach(1), a_breach(2)])
        tx.alerts.add_breaches("q", [a_breach(1)])
        assert tx.alerts.forget_breaches(Instant(NOON + 2)) == 2
        assert tx.alerts.breach_counts(NOON, after(NOON, 1)) == {"p": 1}


def test_exemplars_are_the_oldest_or_the_newest(state: SqlState) -> None:
    with state.begin() as tx:
        tx.alerts.add_breaches("p", [a_breach(n) for n in (3, 1, 2)])
        far = after(NOON, 1)
        oldest = tx.alerts.exemplars("p", NOON, far, order=ExemplarOrder.OLDEST, limit=2)
        newest = tx.alerts.exemplars("p", NOON, far, order=ExemplarOrder.NEWEST, limit=1)
        assert [shown.request_id for shown in oldest] == ["req_1", "req_2"]
        assert list(newest) == [a_breach(3)]


def test_a_cursor_moves_only_from_where_it_was_read(state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.alerts.cursor("judge") == 0
        assert tx.alerts.move_cursor("judge", 5, NOON, expected=0)
        assert not tx.alerts.move_cursor("judge", 6, NOON, expected=0)
        assert tx.alerts.move_cursor("judge", 9, NOON, expected=5)
        assert tx.alerts.cursor("judge") == 9


def test_breaches_and_cursor_move_together_or_not_at_all(state: SqlState) -> None:
    def judge_and_crash() -> None:
        with state.begin() as tx:
            tx.alerts.add_breaches("p", [a_breach(1)])
            tx.alerts.move_cursor("judge", 5, NOON, expected=0)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        judge_and_crash()
    with state.begin() as tx:
        assert (tx.alerts.breaches("p", NOON, after(NOON, 1)), tx.alerts.cursor("judge")) == (0, 0)


def test_one_project_never_sees_the_alerts_of_another(home: Home, state: SqlState) -> None:
    with state.begin() as tx:
        tx.alerts.advance("k", "p", replace(first_memory(NOON), state=AlertState.FIRING, cause=Cause.BREACH))
        tx.alerts.add_breaches("p", [a_breach(1)])
    with a_state(home, ProjectId("rival")) as rival, rival.begin() as tx:
        assert tx.alerts.load("k") is None
        assert tx.alerts.active() == []
        assert tx.alerts.forget_breaches(after(NOON, 999)) == 0
        assert tx.alerts.memories() == {}
        assert tx.alerts.forget(after(NOON, 999)) == 0
        assert tx.alerts.breach_counts(NOON, after(NOON, 1)) == {}
        assert tx.alerts.breaches("p", NOON, after(NOON, 1)) == 0
        assert tx.alerts.exemplars("p", NOON, after(NOON, 1), order=ExemplarOrder.OLDEST, limit=9) == ()
        assert tx.alerts.add_breaches("p", [a_breach(1)]) == 1
