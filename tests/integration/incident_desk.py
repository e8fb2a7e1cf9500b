"""The API of incidents and silences over a real store, for tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.channels.webhook.config import WebhookConfig
from outproof.config.declared import Declared
from outproof.core.ids import IncidentId
from outproof.core.time import after
from outproof.decide.finding import Reading
from outproof.engine.record import record
from outproof.server import handoff, incident_acts, incidents, silences
from outproof.server.failures import HANDLERS as FAILURES
from outproof.store.state.state import SqlState
from tests.contract.state.opened import NOON, PROJECT, SetClock, a_state
from tests.unit.respond.findings import ROUTES, a_finding

CHANNELS = tuple(
    WebhookConfig(name=name, url=f"https://{name}.example/", secrets=("whsec_" + "A" * 32,))
    for name in ("log", "pager", "chat")
)

MEASURE = Reading(
    name="unsafe_claim_served",
    text="unsafe_claim_served == 0",
    value=2.0,
    limit=0.0,
    numerator=2,
    denominator=6,
    window_start=after(NOON, -900),
    window_end=NOON,
)


def always(value: Any) -> Callable[[], Any]:
    return lambda: value


class Desk:
    """The incidents API over a real store."""

    def __init__(self, state: SqlState, **declared: Any) -> None:
        self.state = state
        self.clock = SetClock()
        self.declared = Declared(routes=ROUTES, channels=CHANNELS, **declared)
        given: dict[str, Any] = {"store": state, "clock": self.clock, "project": PROJECT, "declared": self.declared}
        given |= {"handoffs": None, "terms": None}
        app = Litestar(
            [*incidents.HANDLERS, *incident_acts.HANDLERS, *silences.HANDLERS, handoff.close_incident],
            dependencies={name: Provide(always(value), sync_to_thread=False) for name, value in given.items()},
            exception_handlers=FAILURES,
            logging_config=None,
        )
        self.client = TestClient(app)

    def see(self, seconds: float = 0.0, **changes: object) -> IncidentId:
        finding = a_finding(measure=MEASURE, **changes)
        with self.state.begin() as tx:
            incident = record(tx, finding, project=PROJECT, routes=self.declared.routes, now=after(NOON, seconds))
        assert incident is not None
        return incident

    def get(self, path: str, **query: Any) -> Any:
        response = self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()


@contextmanager
def a_desk(folder: Path, **declared: Any) -> Iterator[Desk]:
    with a_state(folder) as state:
        desk = Desk(state, **declared)
        with desk.client:
            yield desk
