"""How servers and senders are kept: the newest word of each, and counts that only add up."""

from __future__ import annotations

from dataclasses import replace

from outproof.contract.statement import Lane, Statement, Told
from outproof.core.ids import ProjectId
from outproof.core.time import after
from outproof.decide.stalled import ComponentState
from outproof.measure.conservation import Arrived
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state

ONE, OTHER = "a" * 16, "b" * 16
SAID = Statement(
    sender=ONE,
    service="answerer",
    number=3,
    lanes={Lane.ANSWERS: Told(emitted=5, dropped={"buffer_full": 1}, waiting=2)},
    of_others={OTHER: {Lane.ITEMS: {"too_old": 4}}},
)


def a_component(name: str, **fields: object) -> ComponentState:
    return replace(ComponentState(name=name, at=NOON, quiet_s_max=8.0), **fields)  # type: ignore[arg-type]  # a builder


def test_what_a_server_reports_takes_the_place_of_what_it_reported_before(state: SqlState) -> None:
    later = after(NOON, 5)
    with state.begin() as tx:
        tx.servers.report("web-1", [a_component("decide"), a_component("gone-in-the-next-version")], NOON)
        tx.servers.report("web-2", [a_component("decide", failure="away")], NOON)
        tx.servers.report("web-1", [a_component("decide", at=later)], later)
    with state.look() as tx:
        one, two = tx.servers.all()
    assert (one.name, one.seen_at, one.components) == ("web-1", later, (a_component("decide", at=later),))
    assert two.components[0].failure == "away"


def test_a_server_that_says_goodbye_is_known_no_more(state: SqlState) -> None:
    with state.begin() as tx:
        tx.servers.report("web-1", [a_component("decide")], NOON)
        tx.servers.withdraw("web-1")
        assert tx.servers.all() == []


def test_of_two_statements_the_one_with_the_higher_number_holds(state: SqlState) -> None:
    with state.begin() as tx:
        assert tx.senders.state(SAID, 1.5, NOON)
        assert not tx.senders.state(replace(SAID, number=2, ended=True), None, after(NOON, 1))
        assert not tx.senders.state(SAID, None, after(NOON, 1))
        [kept] = tx.senders.stated(10)
        assert (kept.statement, kept.skew_s, kept.told_at) == (SAID, 1.5, NOON)
        assert tx.senders.state(replace(SAID, number=4), None, after(NOON, 2))
        [kept] = tx.senders.stated(10)
        assert (kept.statement.number, kept.first_at, kept.told_at) == (4, NOON, after(NOON, 2))


def test_the_most_recently_told_come_first_and_no_more_than_asked_for(state: SqlState) -> None:
    with state.begin() as tx:
        tx.senders.state(SAID, None, NOON)
        tx.senders.state(replace(SAID, sender=OTHER), None, after(NOON, 1))
        assert [each.statement.sender for each in tx.senders.stated(10)] == [OTHER, ONE]
        assert len(tx.senders.stated(1)) == 1


def test_what_arrived_of_a_sender_adds_up(state: SqlState) -> None:
    with state.begin() as tx:
        for count in (2, 3, 0):
            tx.senders.count(ONE, Lane.ANSWERS, "stored", count)
        tx.senders.count(ONE, Lane.ANSWERS, "duplicate", 1)
        tx.senders.count(OTHER, Lane.ITEMS, "rejected", 7)
        assert tx.senders.arrived() == {
            (ONE, Lane.ANSWERS): Arrived(stored=5, duplicate=1),
            (OTHER, Lane.ITEMS): Arrived(rejected=7),
        }


def test_what_arrived_of_a_sender_that_is_closed_goes_to_the_sums(state: SqlState) -> None:
    with state.begin() as tx:
        tx.senders.state(SAID, None, NOON)
        tx.senders.count(ONE, Lane.ANSWERS, "stored", 2)
        tx.senders.count(OTHER, Lane.ANSWERS, "stored", 1)
        tx.senders.move(ONE, OTHER)
        assert tx.senders.stated(10) == []
        assert tx.senders.arrived() == {(OTHER, Lane.ANSWERS): Arrived(stored=3)}


def test_projects_know_nothing_of_each_other(home: Home) -> None:
    with a_state(home) as mine, a_state(home, project=ProjectId("other")) as theirs:
        with mine.begin() as tx:
            tx.servers.report("web-1", [a_component("decide")], NOON)
            tx.senders.state(SAID, None, NOON)
            tx.senders.count(ONE, Lane.ANSWERS, "stored", 1)
        with theirs.begin() as tx:
            tx.servers.withdraw("web-1")
            tx.senders.move(ONE, OTHER)
            assert (tx.servers.all(), tx.senders.stated(10), tx.senders.arrived()) == ([], [], {})
        with mine.look() as tx:
            assert len(tx.servers.all()) == len(tx.senders.stated(10)) == len(tx.senders.arrived()) == 1
