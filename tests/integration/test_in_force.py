"""What is in force while files are read and incidents end at the same moment."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from outproof.config.declared import Declared
from outproof.config.loading import Loaded
from outproof.contract.promise import Promise
from outproof.contract.run import Stage
from outproof.core.ids import DEFAULT_PROJECT
from outproof.ports import Version
from outproof.prove.holds import NO_HOLDS
from outproof.respond.incident import close
from outproof.server.in_force import InForce
from outproof.store.state.state import SqlState, SqlTransaction
from tests.builders import NIGHTLY, a_promise, by_job
from tests.contract.state.opened import a_state
from tests.integration.test_schedule_road import Night, scheduled


class Interrupted:
    """A state in which something else happens while somebody looks."""

    def __init__(self, state: SqlState) -> None:
        self._state = state
        self.begin = state.begin
        self.meanwhile: Callable[[], None] = lambda: None

    @contextmanager
    def look(self) -> Iterator[SqlTransaction]:
        with self._state.look() as tx:
            yield tx
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()


def loaded(promises: Sequence[Promise]) -> Loaded:
    versions = tuple(Version("promise", promise.name, promise.version, "{}") for promise in promises)
    return Loaded(declared=replace(Declared(), promises=tuple(promises)), versions=versions)


def test_files_that_are_read_while_an_incident_ends_stay_in_force(tmp_path: Path) -> None:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        night = Night(state, scheduled())
        night.until(1.2)  # an incident is open
        shaky = Interrupted(state)
        in_force = InForce(
            loaded([]), state=shaky, clock=night.clock, holds=lambda: NO_HOLDS, channels=lambda declared: {}
        )
        assert in_force.removed == {NIGHTLY: 1}
        incident = night.incident()
        over = close(incident, "ann", "done", night.clock.at).incident
        assert over is not None
        with state.begin() as tx:
            assert tx.incidents.save(over, expected=incident.generation)
        other = replace(a_promise(by_job(Stage.PERSISTED)), name="other")
        shaky.meanwhile = lambda: in_force.put(loaded([other]))
        in_force.tick()
        assert [promise.name for promise in in_force.declared.promises] == ["other"]


def test_an_incident_of_a_promise_that_was_never_on_record_keeps_no_server_from_starting(tmp_path: Path) -> None:
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        night = Night(state, scheduled())
        night.until(1.2)
        in_force = InForce(
            loaded([]), state=state, clock=night.clock, holds=lambda: NO_HOLDS, channels=lambda declared: {}
        )
        assert (in_force.removed, in_force.declared.removed) == ({NIGHTLY: 1}, ())
        with state.look() as tx:
            assert tx.declarations.history("promise", NIGHTLY, 10) == []
