"""The API of runs in one process, on a real database, with the time told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from outproof.config.declared import Declared
from outproof.contract.run import Stage
from outproof.core.ids import DEFAULT_PROJECT
from outproof.engine.settle import Terms
from outproof.respond.route import Routes
from outproof.server import items, promises, runs
from outproof.server.failures import HANDLERS
from outproof.store.state.state import SqlState
from tests.builders import BATCH, NIGHTLY, RUN, a_promise, by_job
from tests.builders import TestClock as Clock
from tests.contract.state.opened import engine_of

NAMED = {"promise": NIGHTLY, "external_id": BATCH}


class Api:
    """The API of runs on a real database."""

    def __init__(self, client: TestClient[Litestar], state: SqlState, clock: Clock) -> None:
        self.client = client
        self.state = state
        self.clock = clock

    def post(self, path: str, body: object, status: int = 202) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def open(self, **fields: Any) -> Any:
        return self.post("/v1/runs", NAMED | fields)

    def prove(self, stage: str, *, status: int = 202, **fields: Any) -> Any:
        return self.post(f"/v1/runs/{RUN}/proofs", {"stage": stage} | fields, status)

    def close(self, claim: str = "success", *, status: int = 202, **fields: Any) -> Any:
        return self.post(f"/v1/runs/{RUN}/close", {"claim": claim} | fields, status)

    @property
    def ledger(self) -> dict[tuple[str, str, str], int]:
        with self.state.begin() as tx:
            return {(line.signal, line.outcome, line.reason): line.count for line in tx.ledger.lines()}


@contextmanager
def an_api(tmp_path: Path) -> Iterator[Api]:
    """Nightly digests, validated and persisted by the job's word."""
    engine = engine_of(tmp_path)
    clock = Clock()
    state = SqlState(engine, DEFAULT_PROJECT, lambda _: None)
    promise = a_promise(by_job(Stage.VALIDATED, Stage.PERSISTED), evidence=["region"])
    given = {
        "store": state,
        "clock": clock,
        "project": DEFAULT_PROJECT,
        "declared": Declared(promises=(promise,)),
        "terms": Terms({promise.name: promise}, Routes()),
    }

    def always(value: object) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    app = Litestar(
        [*runs.HANDLERS, *items.HANDLERS, *promises.HANDLERS],
        dependencies={name: always(value) for name, value in given.items()},
        exception_handlers=HANDLERS,
        logging_config=None,
    )
    with TestClient(app) as client:
        yield Api(client, state, clock)
    engine.dispose()
