"""The server is asked to stop while clients send: it ends with 0, and what it acknowledged is there."""

from __future__ import annotations

from pathlib import Path

from tests.fault.declared import write_config
from tests.fault.server import Server
from tests.fault.stored import stored
from tests.fault.test_kill import lag, ledger
from tests.fault.traffic import Client, Signals, Spans, all_told
from tests.integration.sink import running, until

LOAD_SPANS = 1_000


def under_load(clients: list[Client]) -> bool:
    """Whether each of them was acknowledged something, and all together a load."""
    told = [client.told for client in clients]
    return all(each.acknowledged for each in told) and sum(len(each.spans) for each in told) > LOAD_SPANS


def test_a_server_that_is_asked_to_stop_under_load_loses_nothing_and_ends_with_0(tmp_path: Path) -> None:
    with running() as sink:
        server = Server(tmp_path / "data", config=write_config(tmp_path, sink.url))
        server.start()
        clients: list[Client] = [*(Spans(server, n) for n in range(1, 4)), Signals(server, 10)]
        try:
            for client in clients:
                client.start()
            until(lambda: under_load(clients), within_s=60)
            code = server.stop()
            server.start()
            told = all_told(clients)
            until(lambda: lag(server) == 0, within_s=60)
            counts = ledger(server)
            assert server.stop() == 0
        finally:
            for client in clients:
                client.stop()
            server.kill()
    found = stored(server.data)
    assert code == 0
    assert told.surprises == []
    assert len(told.spans) > 0
    assert len(told.runs) > 0
    assert dict(found.spans) == dict.fromkeys(told.spans, 1)
    assert dict(found.signals) == dict.fromkeys(told.runs, 1)
    assert dict(found.feedback) == dict.fromkeys(told.feedback, 1)
    assert counts["traces", "stored", ""] == len(told.spans)
