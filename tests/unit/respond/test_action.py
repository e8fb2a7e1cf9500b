"""Declared actions: what is taken, what is refused, and what becomes of it as a request or a command."""

import json
from typing import Any

import pytest

from outproof.contract.action import Action, ActionKind, Parameter, ParameterType, WebhookCall
from outproof.core.ids import DEFAULT_PROJECT
from outproof.respond.action import (
    Command,
    Unacceptable,
    WebRequest,
    action_key,
    call,
    checked,
    scrubbed,
    shown_argv,
    shown_request,
)

FACTS = {"promise": "digests", "incident_id": "inc_1", "run_id": "run_1", "idempotency_key": "act_1"}
ITEMS = Parameter(type=ParameterType.ITEMS, required=False)


def an_action(**fields: Any) -> Action:
    fields.setdefault("command", () if "webhook" in fields else ("/usr/bin/true",))
    return Action(name="retry", kind=ActionKind.RETRY, describes="Do it again.", **fields)


def with_parameter(parameter: Parameter, **fields: Any) -> Action:
    return an_action(parameters={"value": parameter}, **fields)


@pytest.mark.parametrize(
    ("parameter", "value", "taken"),
    [
        (Parameter(), "two words", "two words"),
        (Parameter(type=ParameterType.INTEGER), 3, 3),
        (Parameter(type=ParameterType.BOOLEAN), False, False),
        (Parameter(type=ParameterType.ITEMS), ["b", "a", "b"], ("a", "b")),
        (Parameter(choices=("--soft", "--hard")), "--hard", "--hard"),
        (Parameter(), "line\nand\ttab", "line\nand\ttab"),
    ],
)
def test_a_value_of_the_declared_type_is_taken(parameter: Parameter, value: object, taken: object) -> None:
    assert checked(with_parameter(parameter), {"value": value}) == {"value": taken}


@pytest.mark.parametrize(
    ("parameter", "value", "because"),
    [
        (Parameter(), 3, "expected a text as value, got int"),
        (Parameter(), "", "got an empty text"),
        (Parameter(chars_max=3), "four", "at most 3 characters"),
        (Parameter(), "null\0byte", "without control characters"),
        (Parameter(), "\ud800", "without control characters"),
        (Parameter(), "--rm=/", "not to begin with '-'"),
        (Parameter(choices=("a", "b")), "c", "expected value as one of a, b"),
        (Parameter(type=ParameterType.INTEGER), True, "expected a whole number"),
        (Parameter(type=ParameterType.INTEGER), 2**60, "expected a whole number"),
        (Parameter(type=ParameterType.INTEGER), -1, "not to begin with '-'"),
        (Parameter(type=ParameterType.BOOLEAN), "true", "expected true or false"),
        (Parameter(type=ParameterType.ITEMS), "a,b", "expected a list of item ids"),
        (Parameter(type=ParameterType.ITEMS), ["ok", "-rf"], "not to begin with '-'"),
        (Parameter(type=ParameterType.ITEMS), ["ok", 3], "expected item ids"),
        (Parameter(type=ParameterType.ITEMS), [str(n) for n in range(1_001)], "from 1 to 1000 item ids"),
        (Parameter(), None, "expected a value for value, got none"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(parameter: Parameter, value: object, because: str) -> None:
    with pytest.raises(Unacceptable, match="expected") as refused:
        checked(with_parameter(parameter), {"value": value})
    assert because in str(refused.value)


def test_a_parameter_that_nobody_declared_is_refused() -> None:
    with pytest.raises(Unacceptable, match="got other"):
        checked(with_parameter(Parameter()), {"value": "x", "other": "y"})


def test_each_placeholder_is_one_argument_and_no_shell_reads_it() -> None:
    action = an_action(
        command=("/bin/requeue", "--batch={batch_id}", "{reason}", "{items}", "--note={note}"),
        parameters={"reason": Parameter(), "items": ITEMS, "note": Parameter(required=False)},
    )
    values = checked(action, {"reason": "a; rm -rf / $(id) `id`", "items": ["c 1", "c-2"]})
    made = call(action, values, {**FACTS, "batch_id": "-b 17"})
    assert isinstance(made, Command)
    assert made.argv == ("/bin/requeue", "--batch=-b 17", "a; rm -rf / $(id) `id`", "c 1", "c-2")
    assert made.environment == {
        "OUTPROOF_PROMISE": "digests",
        "OUTPROOF_INCIDENT_ID": "inc_1",
        "OUTPROOF_RUN_ID": "run_1",
        "OUTPROOF_IDEMPOTENCY_KEY": "act_1",
    }
    assert shown_request(made) is None


def test_evidence_cannot_smuggle_in_an_option() -> None:
    action = an_action(command=("/bin/requeue", "{batch_id}"))
    with pytest.raises(Unacceptable, match="begins with '-' and is an option"):
        call(action, {}, {**FACTS, "batch_id": "--all"})


def test_what_the_run_did_not_report_cannot_be_used() -> None:
    with pytest.raises(Unacceptable, match="expected the run to report batch_id"):
        call(an_action(command=("/bin/requeue", "{batch_id}")), {}, FACTS)


def test_a_request_keeps_the_types_of_its_values_and_quotes_those_in_its_url() -> None:
    hook = WebhookCall(
        url="https://ops.example/runs/{batch_id}?by={who}",
        method="PUT",
        body={
            "items": "{items}",
            "count": "{count}",
            "text": "batch {batch_id}",
            "deep": True,
            "rate": 0.5,
            "no": "{no}",
        },
    )
    action = an_action(
        webhook=hook,
        parameters={
            "items": ITEMS,
            "count": Parameter(type=ParameterType.INTEGER),
            "who": Parameter(),
            "no": Parameter(required=False),
        },
    )
    values = checked(action, {"items": ["a"], "count": -3, "who": "a&b/c"})
    made = call(action, values, {**FACTS, "batch_id": "b/1 7"})
    assert isinstance(made, WebRequest)
    assert (made.method, made.url) == ("PUT", "https://ops.example/runs/b%2F1%207?by=a%26b%2Fc")
    body = {"items": ["a"], "count": -3, "text": "batch b/1 7", "deep": True, "rate": 0.5}
    assert json.loads(made.body) == body
    assert shown_request(made) == f"PUT https://ops.example/runs/b%2F1%207?… {json.dumps(body, separators=(',', ':'))}"
    assert shown_argv(made) is None


@pytest.mark.parametrize("segment", [".", "..", ""])
def test_a_value_cannot_climb_out_of_its_place_in_a_url(segment: str) -> None:
    action = an_action(webhook=WebhookCall(url="https://ops.example/{batch_id}/retry"))
    with pytest.raises(Unacceptable, match="that a URL can take"):
        call(action, {}, {**FACTS, "batch_id": segment})


def test_what_is_stored_and_shown_is_scrubbed() -> None:
    safe, withheld = scrubbed({"text": "ask ann@example.com", "n": 3, "items": ("a",)})
    assert safe == {"text": "ask [EMAIL]", "n": 3, "items": ("a",)}
    assert withheld == ("text",)
    assert {type(value) for value in safe.values()} == {str, int, tuple}
    action = an_action(command=("/bin/tell", "{text}"), parameters={"text": Parameter()})
    assert shown_argv(call(action, {"text": "ask ann@example.com"}, FACTS)) == ["/bin/tell", "ask [EMAIL]"]


def test_the_key_depends_on_run_action_values_and_turn_and_on_nothing_else() -> None:
    action = an_action()
    key = action_key(DEFAULT_PROJECT, "run_1", action, {"a": 1, "b": "x"})
    assert key == action_key(DEFAULT_PROJECT, "run_1", action, {"b": "x", "a": 1})
    others = {
        action_key(DEFAULT_PROJECT, "run_2", action, {"a": 1, "b": "x"}),
        action_key(DEFAULT_PROJECT, "run_1", action, {"a": 1, "b": "y"}),
        action_key(DEFAULT_PROJECT, "run_1", action, {"a": 1, "b": "x"}, turn=1),
        action_key(DEFAULT_PROJECT, "run_1", action, {"a": 1, "b": "x"}, attempts=1),
        action_key(DEFAULT_PROJECT, "run_1", action, {"a": 1, "b": "x"}, undo_of="act_0"),
    }
    assert len({key, *others}) == 6


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"command": ("{batch_id}",)}, "expected a program first"),
        ({"command": ("",)}, "expected a program first"),
        ({"command": ("/bin/x", "all={items}"), "parameters": {"items": ITEMS}}, "to stand alone"),
        ({"parameters": {"run_id": Parameter()}}, "expected a parameter's name"),
        ({"webhook": WebhookCall(url="https://x.example"), "command": ("/bin/x",)}, "either `webhook` or `command`"),
    ],
)
def test_an_action_that_could_not_be_meant_is_not_declared(fields: dict[str, Any], because: str) -> None:
    with pytest.raises(ValueError, match=because):
        an_action(**fields)


@pytest.mark.parametrize(
    ("url", "method"),
    [
        ("https://{batch_id}.example/x", "POST"),
        ("ftp://ops.example", "POST"),
        ("https://me:secret@ops.example", "POST"),
        ("https://ops.example", "GET"),
    ],
)
def test_a_webhook_says_where_and_how(url: str, method: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        WebhookCall(url=url, method=method)
