"""What one look found, put on record: each incident changed once, told once, and what else is open read once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from outproof.core.ids import IncidentId
from outproof.core.time import Instant, after
from outproof.decide.finding import About, Finding
from outproof.decide.matcher import matcher
from outproof.engine.record import record_all
from outproof.ports import Transaction
from outproof.respond.incident import Entry, EntryKind, Incident, IncidentState
from outproof.respond.inhibition import Inhibitor
from outproof.respond.notification import NoticeKind
from outproof.respond.route import Routes
from outproof.respond.suppression import SuppressionKind, Suppressors
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT
from tests.unit.respond.findings import a_finding

DOWN = Inhibitor(name="down", source=(matcher('policy="down"'),), target=(matcher('policy="slow"'),))
ROUTES = Routes(default=("pager",))
INHIBITED = Routes(default=("pager",), suppressors=Suppressors(inhibitors=(DOWN,)))
LATER = after(NOON, 60)


class Listing:
    """A transaction of which it is known how often open incidents were listed."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.incidents = _Incidents(tx)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


class _Incidents:
    def __init__(self, tx: Transaction) -> None:
        self._own = tx.incidents
        self.listed = 0

    def newest(self, *states: Any, **which: Any) -> Sequence[Incident]:
        self.listed += 1
        return self._own.newest(*states, **which)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


def segment(name: str, *, firing: bool = True, **changes: Any) -> Finding:
    about = About(f"policy:unsafe|route={name}", NOON, f"route {name}", makes_up=False)
    return a_finding(about=about, firing=firing, labels={"route": name}, **changes)


def put(
    tx: Transaction,
    *findings: Finding,
    now: Instant = NOON,
    routes: Routes = ROUTES,
    known: Iterable[Finding] = (),
) -> Mapping[str, IncidentId]:
    return record_all(tx, findings, project=PROJECT, routes=routes, now=now, known=known)


def read(tx: Transaction, found: Mapping[str, IncidentId]) -> tuple[Incident, Sequence[Entry]]:
    [incident] = (tx.incidents.load(each) for each in found.values())
    assert incident is not None
    return incident, tx.incidents.timeline(incident.id)


def test_a_hundred_parts_of_one_look_change_their_incident_once_and_tell_it_once(state: SqlState) -> None:
    with state.begin() as tx:
        found = put(tx, *(segment(f"r{number}") for number in range(100)))
        incident, lines = read(tx, found)
        assert (incident.generation, len(incident.broken)) == (1, 100)
        assert [entry.kind for entry in lines] == [EntryKind.OPENED, EntryKind.RECURRED]
        assert [delivery.kind for delivery in tx.outbox.deliveries(incident.id)] == [NoticeKind.OPENED]
        again = put(tx, *(segment(f"r{number}", firing=False) for number in range(99)), now=LATER)
        incident, lines = read(tx, again)
        assert (again, incident.generation, len(incident.broken)) == (found, 2, 1)
        assert [entry.kind for entry in lines[2:]] == [EntryKind.PROOF]


def test_an_incident_whose_parts_take_turns_does_not_end_in_between(state: SqlState) -> None:
    with state.begin() as tx:
        put(tx, segment("eu"))
        incident, lines = read(tx, put(tx, segment("eu", firing=False), segment("us"), now=LATER))
        assert (incident.state, incident.reopened) == (IncidentState.OPEN, ())
        assert [about.name for about in incident.broken] == ["route us"]
        assert EntryKind.RESOLVED not in {entry.kind for entry in lines}


def test_the_end_of_all_parts_is_told_once(state: SqlState) -> None:
    with state.begin() as tx:
        put(tx, segment("eu"), segment("us"))
        over = put(tx, segment("eu", firing=False), segment("us", firing=False), now=LATER)
        incident, _ = read(tx, over)
        assert (incident.state, incident.generation) == (IncidentState.RESOLVED, 2)
        assert [delivery.kind for delivery in tx.outbox.deliveries(incident.id)] == [
            NoticeKind.OPENED,
            NoticeKind.RESOLVED,
        ]


def test_what_is_known_already_opens_nothing_and_what_is_over_needs_no_incident(state: SqlState) -> None:
    with state.begin() as tx:
        assert put(tx, segment("eu", firing=False), known=[segment("us")]) == {}
        found = put(tx, a_finding(key="other"), known=[segment("us")], now=LATER)
        assert list(found) == ["other"]


def test_what_else_is_open_is_read_once_for_all_that_one_look_found(state: SqlState) -> None:
    with state.begin() as tx:
        listing = Listing(tx)
        put(cast(Transaction, listing), *(a_finding(key=f"k{n}") for n in range(20)), routes=INHIBITED)
        assert listing.incidents.listed == 1


def test_what_opens_in_a_look_explains_what_comes_after_it_until_it_is_over(state: SqlState) -> None:
    down, slow = a_finding(key="down", policy="down"), a_finding(key="slow", policy="slow")
    with state.begin() as tx:
        explained, _ = read(tx, {"slow": put(tx, down, slow, routes=INHIBITED)["slow"]})
        assert explained.suppression is not None
        assert explained.suppression.kind is SuppressionKind.INHIBITED
        assert explained.told == ()
        is_over = a_finding(key="down", policy="down", firing=False)
        unexplained = a_finding(key="slow too", policy="slow")
        put(tx, is_over, now=LATER, routes=INHIBITED)
        told, _ = read(tx, put(tx, unexplained, now=LATER, routes=INHIBITED))
        assert (told.suppression, told.told) == (None, ("pager",))
