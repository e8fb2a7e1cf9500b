"""Restated costs are written once, found by the time they are about, and by their project alone."""

from outproof.core.ids import ProjectId
from outproof.core.money import NanoUsd
from outproof.core.time import Instant
from outproof.measure.restatement import Figure, RestatedLine, Restatement
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state

HOUR_NS = 3_600 * 10**9


def a_restatement(name: str = "rst_1", *, hour: int = 0, made: int = 0) -> Restatement:
    start = Instant(NOON + hour * HOUR_NS)
    return Restatement(
        id=name,
        by="kim",
        reason="the price was announced late",
        made_at=Instant(NOON + made),
        start=start,
        end=Instant(start + HOUR_NS),
        service=None,
        card="2026-q4",
        before=Figure(nano_usd=NanoUsd(5), rate_cards=("2026-q3",), unpriced_calls=1),
        after=Figure(nano_usd=None, rate_cards=("2026-q4",), unpriced_calls=2),
        lines=(RestatedLine(model=None, calls=2, before_nano_usd=NanoUsd(5), after_nano_usd=None),),
    )


def kept(state: SqlState, *restatements: Restatement) -> None:
    with state.begin() as tx:
        for restatement in restatements:
            tx.restatements.add(restatement)


def test_a_restatement_is_read_as_it_was_written(state: SqlState) -> None:
    kept(state, a_restatement())
    with state.look() as tx:
        assert tx.restatements.newest(None, None, 10) == [a_restatement()]


def test_written_again_it_stays_as_it_was(state: SqlState) -> None:
    kept(state, a_restatement())
    kept(state, a_restatement(made=5))
    with state.look() as tx:
        assert tx.restatements.newest(None, None, 10) == [a_restatement()]


def test_those_that_overlap_a_time_are_found_the_newest_first(state: SqlState) -> None:
    kept(
        state,
        a_restatement("a", hour=0, made=1),
        a_restatement("b", hour=1, made=2),
        a_restatement("c", hour=2, made=3),
    )
    since, until = Instant(NOON + HOUR_NS), Instant(NOON + 2 * HOUR_NS)
    with state.look() as tx:
        assert [each.id for each in tx.restatements.newest(since, until, 10)] == ["b"]
        assert [each.id for each in tx.restatements.newest(None, until, 10)] == ["b", "a"]
        assert [each.id for each in tx.restatements.newest(None, None, 2)] == ["c", "b"]


def test_another_project_sees_none_of_it(home: Home) -> None:
    with a_state(home) as ours, a_state(home, ProjectId("other")) as theirs:
        kept(ours, a_restatement())
        with theirs.look() as tx:
            assert tx.restatements.newest(None, None, 10) == []
