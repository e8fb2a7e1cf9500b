from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.schema import ADD_COLUMNS
from outproof.store.journal.codec import Body
from tests.contract.events.store import a_body
from tests.unit.wire.spans import a_span, read

CHAT = {"gen_ai.operation.name": "chat"}


def test_a_table_of_an_older_version_gets_the_columns_it_lacks_and_keeps_its_rows(client: Client) -> None:
    load(client, [(1, a_body(read(a_span(CHAT))))])
    client.command("ALTER TABLE answers DROP COLUMN call_id, DROP COLUMN wire_version")
    client.command(ADD_COLUMNS)
    client.command(ADD_COLUMNS)
    assert client.rows("SELECT operation, call_id, wire_version FROM answers") == [
        {"operation": "chat", "call_id": None, "wire_version": None}
    ]


def test_a_journal_entry_of_an_older_version_lacks_columns_and_is_loaded(client: Client) -> None:
    body = a_body(read(a_span(CHAT)))
    old = {name: values for name, values in body.columns.items() if name not in ("call_id", "came_as", "is_duplicate")}
    entry = Body(body.project, body.received_at, old, body.set_aside, body.rejected, body.redacted)
    assert load(client, [(1, entry)]).stored == {"default": 1}
    assert client.rows("SELECT is_call, call_id FROM answers") == [{"is_call": True, "call_id": None}]
