from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from outproof.contract.raw import RawContent
from outproof.core.errors import Transient
from outproof.core.time import Instant
from outproof.engine.raw import NotGranted, RawDesk
from outproof.respond.audit import Verb
from outproof.scrub.declared import RawAccess
from outproof.store.raw.contents import RawContents
from outproof.store.state.state import SqlState, SqlTransaction
from tests.contract.state.opened import PROJECT, SetClock, a_state, engine_of

ALLOWED = RawAccess(allowed=True, lasts_s=3_600)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    with a_state(tmp_path) as state:
        yield state


class Desk:
    """A desk with its clock, its store and its audit log."""

    def __init__(self, folder: Path, state: SqlState, terms: RawAccess) -> None:
        self.clock = SetClock()
        self.raw = RawContents(folder, PROJECT)
        self.desk = RawDesk(self.raw, state, self.clock, PROJECT, terms)
        self._state = state

    def content(self) -> RawContent:
        return RawContent(trace_id=b"t" * 16, span_id=b"s" * 8, name="prompt", text="raw", at=self.clock.now())

    @property
    def verbs(self) -> list[Verb]:
        with self._state.look() as tx:
            return [entry.verb for entry in reversed(tx.audit.newest(100))]


def test_a_grant_is_refused_where_the_files_do_not_allow_it_or_not_for_so_long(tmp_path: Path, state: SqlState) -> None:
    with pytest.raises(NotGranted, match="off unless"):
        Desk(tmp_path, state, RawAccess()).desk.grant("ines", "a complaint", 600)
    for lasts_s in (10, 7_200):
        with pytest.raises(NotGranted, match="expected a time"):
            Desk(tmp_path, state, ALLOWED).desk.grant("ines", "a complaint", lasts_s)
    assert not (tmp_path / "raw.db").exists()


def test_every_step_is_on_record_before_it_happens_and_what_is_over_is_erased(tmp_path: Path, state: SqlState) -> None:
    on = Desk(tmp_path, state, ALLOWED)
    grant = on.desk.grant("ines", "a complaint", 600)
    on.desk.keep([on.content()], on.clock.now())
    assert [content.text for _, content in on.desk.read("ines", grant.id, 0, 10)] == ["raw"]
    on.clock.forward(600)
    with pytest.raises(NotGranted, match="live grant"):
        on.desk.read("ines", grant.id, 0, 10)
    on.desk.tick()
    on.desk.tick()
    assert on.desk.grants() == []
    expected = [Verb.RAW_GRANTED, Verb.RAW_WRITTEN, Verb.RAW_READ, Verb.RAW_REFUSED, Verb.RAW_ERASED]
    assert on.verbs == expected


def test_revoking_erases_at_once(tmp_path: Path, state: SqlState) -> None:
    on = Desk(tmp_path, state, ALLOWED)
    grant = on.desk.grant("ines", "a complaint", 600)
    on.desk.keep([on.content()] * 3, on.clock.now())
    assert on.desk.revoke("omar", grant.id) == 3
    with pytest.raises(NotGranted):
        on.desk.revoke("omar", grant.id)
    assert on.verbs[-2:] == [Verb.RAW_REVOKED, Verb.RAW_ERASED]


class OnADisk(RawContents):
    """A store whose disk is full, or where a grant holds no more than two."""

    full = True

    def keep(self, contents: Sequence[RawContent], now: Instant) -> int:
        if self.full:
            raise Transient("the disk is full")
        return super().keep(contents[:2], now) + len(contents[2:])


def test_answers_are_not_held_up_by_raw_contents_that_cannot_be_kept_and_these_are_on_record(
    tmp_path: Path, state: SqlState
) -> None:
    on = Desk(tmp_path, state, ALLOWED)
    store = OnADisk(tmp_path, PROJECT)
    desk = RawDesk(store, state, on.clock, PROJECT, ALLOWED)
    desk.grant("ines", "a complaint", 600)
    with capture_logs() as said:
        desk.keep([on.content()], on.clock.now())
        desk.keep([], on.clock.now())
        store.full = False
        desk.keep([on.content()] * 7, on.clock.now())
    assert [(each["reason"], each["contents"]) for each in said] == [("not_writable", 1), ("grant_full", 5)]
    desk.tick()
    desk.tick()
    with state.look() as tx:
        lines = [(line.signal, line.outcome, line.reason, line.count) for line in tx.ledger.lines()]
        newest = tx.audit.newest(1)[0]
    assert lines == [("raw_contents", "dropped", "grant_full", 5), ("raw_contents", "dropped", "not_writable", 1)]
    assert (newest.verb, newest.detail) == (Verb.RAW_LOST, "5 contents: grant_full, 1 contents: not_writable")


class OffAndOn(SqlState):
    """A state store that is away until it is back."""

    away = True

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        if self.away:
            raise Transient("the state store is away")
        with super().begin() as tx:
            yield tx


def test_losses_that_cannot_be_put_on_record_at_once_are_later(tmp_path: Path) -> None:
    engine = engine_of(tmp_path)
    absent = OffAndOn(engine, PROJECT, lambda topics: None)
    on = Desk(tmp_path, absent, ALLOWED)
    on.desk.keep([on.content()] * 3, on.clock.now())
    with pytest.raises(Transient):
        on.desk.tick()
    absent.away = False
    on.desk.tick()
    on.desk.tick()
    with absent.look() as tx:
        assert [(line.reason, line.count) for line in tx.ledger.lines()] == [("not_writable", 3)]
    assert on.verbs == [Verb.RAW_LOST]
    engine.dispose()
