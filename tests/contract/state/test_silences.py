"""Silences on every state store."""

from dataclasses import replace

from outproof.core.ids import ProjectId
from outproof.core.time import after
from outproof.respond.silence import SilenceId, ended
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state
from tests.unit.respond.test_silence import silenced


def test_a_silence_comes_back_as_it_was_saved_while_it_is_in_force(state: SqlState) -> None:
    silence = silenced('service=~"answers|digests"', starts_at=after(NOON, 60))
    with state.begin() as tx:
        assert tx.silences.save(silence)
        assert tx.silences.load(silence.id) == silence
        assert tx.silences.load(SilenceId("sil_unknown")) is None
        counts = [len(tx.silences.active(after(NOON, seconds))) for seconds in (59, 60, 3_599, 3_600)]
        assert counts == [0, 1, 1, 0]


def test_asking_twice_for_the_same_makes_one_and_a_change_is_refused_when_somebody_was_first(state: SqlState) -> None:
    silence = silenced('service="answers"')
    over = ended(silence, "ada", after(NOON, 60))
    assert over is not None
    with state.begin() as tx:
        assert tx.silences.save(silence)
        assert not tx.silences.save(silence)
        assert tx.silences.save(over)
        assert not tx.silences.save(replace(over, ended_by="bob"))
        assert tx.silences.load(silence.id) == over
        assert tx.silences.active(after(NOON, 60)) == []


def test_silences_are_listed_the_newest_first_and_those_that_are_over_only_when_asked_for(state: SqlState) -> None:
    with state.begin() as tx:
        for number in range(3):
            made_at = after(NOON, number)
            silence = silenced(f'service="s{number}"', ends_at=after(NOON, 3_600 * (number + 1)))
            tx.silences.save(replace(silence, created_at=made_at))
        named = [each.matchers[0].value for each in tx.silences.newest(10, ends_after=after(NOON, 3_600))]
        assert named == ["s2", "s1"]
        assert [each.matchers[0].value for each in tx.silences.newest(2)] == ["s2", "s1"]
        assert len(tx.silences.newest(10)) == 3


def test_one_project_never_sees_the_silences_of_another(home: Home, state: SqlState) -> None:
    silence = silenced('service="answers"')
    with state.begin() as tx:
        tx.silences.save(silence)
    with a_state(home, ProjectId("rival")) as rival, rival.begin() as tx:
        assert tx.silences.load(silence.id) is None
        assert tx.silences.active(NOON) == []
        assert tx.silences.newest(10) == []
        over = ended(silence, "eve", NOON)
        assert over is not None
        assert not tx.silences.save(over)
