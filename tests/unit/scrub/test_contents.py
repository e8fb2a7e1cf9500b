from outproof.core.time import Instant
from outproof.scrub.contents import contents, record_contents
from outproof.wire.otlp_json import scopes_of_json
from outproof.wire.otlp_records import records_of_json
from tests.unit.wire.records import a_body_of, a_logs_request, a_record
from tests.unit.wire.spans import NOW, a_request, a_span

SAID = "Where is order A10234?"


def test_what_was_said_is_found_in_the_attributes_of_spans_and_of_their_events() -> None:
    event = {"name": "exception", "timeUnixNano": str(NOW), "attributes": []}
    span = a_span({"gen_ai.prompt.0.content": SAID, "gen_ai.request.model": "gpt"}, events=[event])
    (found,) = contents(scopes_of_json(a_request(span)), at=Instant(NOW))
    assert (found.name, found.text) == ("gen_ai.prompt.0.content", SAID)


def test_what_was_said_is_found_in_bodies_and_attributes_of_records_of_model_calls_alone() -> None:
    records = (
        a_record("gen_ai.user.message", {"gen_ai.system": "openai"}, body=a_body_of({"content": SAID})),
        a_record("gen_ai.evaluation.result", {"gen_ai.evaluation.explanation": SAID}),
        a_record("user.login", {"exception.message": SAID}, body={"stringValue": SAID}),
    )
    found = list(record_contents(records_of_json(a_logs_request(*records)), at=Instant(NOW)))
    assert [(each.name, SAID in each.text) for each in found] == [
        ("body", True),
        ("gen_ai.evaluation.explanation", True),
    ]
