"""What responders said of pages is kept, word after word; the newest counts."""

from dataclasses import replace
from typing import Any

from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import after
from outproof.learn.alert_ledger import Marked, PageMark, SourceType
from outproof.respond.incident import Incident, IncidentState
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, Home, a_state
from tests.unit.respond.findings import a_finding


def an_incident(name: str, at_s: float, *, told: tuple[str, ...] = ("pager",), drill: bool = False) -> Incident:
    return Incident(
        id=IncidentId(name),
        state=IncidentState.OPEN,
        finding=replace(a_finding(), key=name, policy="unsafe", drill=drill),
        opened_at=after(NOON, at_s),
        updated_at=NOON,
        generation=1,
        told=told,
    )


def a_word(incident: str, mark: PageMark, at_s: float = 0.0, **more: Any) -> Marked:
    return replace(
        Marked(incident_id=IncidentId(incident), mark=mark, by="ana", at=after(NOON, at_s), note="why"), **more
    )


def saved(state: SqlState, *incidents: Incident) -> None:
    with state.begin() as tx:
        for incident in incidents:
            assert tx.incidents.save(incident, expected=0)


def test_the_newest_word_on_a_page_counts_and_the_others_stay(state: SqlState) -> None:
    saved(state, an_incident("one", 0))
    said = [
        a_word("one", PageMark.NOISE, 10),
        a_word("one", PageMark.ACTED_ON, 20, by="bob", began_at=after(NOON, -60)),
    ]
    with state.begin() as tx:
        for word in said:
            tx.alert_ledger.add(word)
    with state.look() as tx:
        assert tx.alert_ledger.of_incident(IncidentId("one")) == said[::-1]
        (page,), _ = tx.alert_ledger.pages(NOON, after(NOON, 1), 10)
    assert page.marked == said[1]
    assert page.detect_s == 60
    assert page.source.type is SourceType.POLICY


def test_pages_are_those_that_somebody_was_told_of_the_newest_first(state: SqlState) -> None:
    saved(
        state,
        an_incident("old", -10),
        an_incident("first", 0),
        an_incident("second", 5),
        an_incident("untold", 6, told=()),
        an_incident("drill", 7, drill=True),
        an_incident("end", 10),
    )
    with state.look() as tx:
        pages, is_cut = tx.alert_ledger.pages(NOON, after(NOON, 10), 4)
        newest, newest_is_cut = tx.alert_ledger.pages(NOON, after(NOON, 100), 1)
        _, last_is_cut = tx.alert_ledger.pages(NOON, after(NOON, 10), 3)
    assert [page.incident_id for page in pages] == ["second", "first"]
    assert [page.incident_id for page in newest] == ["end"]
    assert (is_cut, newest_is_cut, last_is_cut) == (False, True, False), "the untold count as looked at, drills do not"
    assert all(page.marked is None for page in pages)


def test_a_ledger_is_of_one_project(home: Home) -> None:
    with a_state(home) as shop, a_state(home, ProjectId("other")) as other:
        saved(shop, an_incident("one", 0))
        with shop.begin() as tx:
            tx.alert_ledger.add(a_word("one", PageMark.NOISE))
        with other.look() as tx:
            assert tx.alert_ledger.of_incident(IncidentId("one")) == []
            assert tx.alert_ledger.pages(NOON, after(NOON, 1), 10) == ([], False)
