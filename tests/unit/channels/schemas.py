"""What real receivers accept, as JSON Schemas written from their documentation; none of it is taken from our code."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

Schema = Mapping[str, Any]


def text(max_length: int, min_length: int = 1) -> Schema:
    return {"type": "string", "minLength": min_length, "maxLength": max_length}


def thing(properties: Mapping[str, Any], *required: str, **more: Any) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    } | more


WEB = {"type": "string", "pattern": "^https?://[!-~]+$", "maxLength": 3_000}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
ROUTING_KEY = {"type": "string", "pattern": "^[A-Za-z0-9]{32}$"}

PAGERDUTY_TRIGGER = thing(
    {
        "routing_key": ROUTING_KEY,
        "event_action": {"const": "trigger"},
        "dedup_key": text(255),
        "client": text(255),
        "client_url": WEB,
        "links": {"type": "array", "items": thing({"href": WEB, "text": text(255)}, "href")},
        "payload": thing(
            {
                "summary": text(1_024),
                "source": text(1_024),
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": INSTANT,
                "component": {"type": "string"},
                "group": {"type": "string"},
                "class": {"type": "string"},
                "custom_details": {"type": "object"},
            },
            "summary",
            "source",
            "severity",
        ),
    },
    "routing_key",
    "event_action",
    "payload",
)
PAGERDUTY_OTHER = thing(
    {
        "routing_key": ROUTING_KEY,
        "event_action": {"enum": ["acknowledge", "resolve"]},
        "dedup_key": text(255),
    },
    "routing_key",
    "event_action",
    "dedup_key",
)

_PLAIN = thing({"type": {"const": "plain_text"}, "text": text(3_000), "emoji": {"type": "boolean"}}, "type", "text")
_MRKDWN = thing({"type": {"const": "mrkdwn"}, "text": text(3_000)}, "type", "text")


def _within(schema: Schema, max_length: int) -> Schema:
    return {"allOf": [schema, {"properties": {"text": {"maxLength": max_length}}}]}


_BUTTON = thing(
    {
        "type": {"const": "button"},
        "action_id": text(255),
        "text": _within(_PLAIN, 75),
        "value": text(2_000),
        "url": WEB,
        "style": {"enum": ["primary", "danger"]},
    },
    "type",
    "text",
    "action_id",
)
_BLOCK = {
    "oneOf": [
        thing({"type": {"const": "header"}, "text": _within(_PLAIN, 150)}, "type", "text"),
        thing({"type": {"const": "section"}, "text": {"oneOf": [_PLAIN, _MRKDWN]}}, "type", "text"),
        thing(
            {
                "type": {"const": "section"},
                "fields": {"type": "array", "minItems": 1, "maxItems": 10, "items": _within(_PLAIN, 2_000)},
            },
            "type",
            "fields",
        ),
        thing(
            {
                "type": {"const": "context"},
                "elements": {"type": "array", "minItems": 1, "maxItems": 10, "items": _MRKDWN},
            },
            "type",
            "elements",
        ),
        thing(
            {
                "type": {"const": "actions"},
                "block_id": text(255),
                "elements": {"type": "array", "minItems": 1, "maxItems": 25, "items": _BUTTON},
            },
            "type",
            "elements",
        ),
    ]
}
_SLACK = {
    "text": text(4_000),
    "blocks": {"type": "array", "minItems": 1, "maxItems": 50, "items": _BLOCK},
    "unfurl_links": {"const": False},
    "unfurl_media": {"const": False},
}
_CHANNEL = {"type": "string", "pattern": "^([CGD][A-Z0-9]+|#.+)$"}
SLACK_WEBHOOK = thing(_SLACK, "text", "blocks")
SLACK_POST = thing(
    {**_SLACK, "channel": _CHANNEL, "thread_ts": text(30), "reply_broadcast": {"type": "boolean"}},
    "channel",
    "text",
    "blocks",
)
SLACK_UPDATE = thing({**_SLACK, "channel": _CHANNEL, "ts": text(30)}, "channel", "ts", "text", "blocks")
SLACK_SCHEDULE = thing({**_SLACK, "channel": _CHANNEL, "post_at": {"type": "integer"}}, "channel", "post_at", "text")

_RUN = thing(
    {
        "type": {"const": "TextRun"},
        "text": text(4_000),
        "weight": {"enum": ["Default", "Lighter", "Bolder"]},
        "size": {"enum": ["Default", "Small", "Medium", "Large", "ExtraLarge"]},
        "color": {"enum": ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]},
    },
    "type",
    "text",
)
TEAMS = thing(
    {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": thing(
                {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": thing(
                        {
                            "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
                            "type": {"const": "AdaptiveCard"},
                            "version": {"enum": ["1.2", "1.3", "1.4"]},
                            "fallbackText": text(4_000),
                            "body": {
                                "type": "array",
                                "minItems": 1,
                                "items": thing(
                                    {
                                        "type": {"const": "RichTextBlock"},
                                        "inlines": {"type": "array", "minItems": 1, "items": _RUN},
                                    },
                                    "type",
                                    "inlines",
                                ),
                            },
                            "actions": {
                                "type": "array",
                                "maxItems": 6,
                                "items": thing(
                                    {"type": {"const": "Action.OpenUrl"}, "title": text(100), "url": WEB},
                                    "type",
                                    "title",
                                    "url",
                                ),
                            },
                            "msteams": thing({"width": {"const": "full"}}),
                        },
                        "type",
                        "version",
                        "body",
                    ),
                },
                "contentType",
                "contentUrl",
                "content",
            ),
        },
    },
    "type",
    "attachments",
)

DISCORD = thing(
    {
        "content": text(2_000),
        "embeds": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": thing(
                {
                    "title": text(256),
                    "description": text(4_096),
                    "color": {"type": "integer", "minimum": 0, "maximum": 0xFFFFFF},
                    "timestamp": INSTANT,
                    "footer": thing({"text": text(2_048)}, "text"),
                }
            ),
        },
        "allowed_mentions": thing({"parse": {"type": "array", "maxItems": 0}}, "parse"),
        "flags": {"enum": [1 << 12]},
    },
    "content",
    "allowed_mentions",
)

_LABELS = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "additionalProperties": text(2_000),
}
ALERTMANAGER = {
    "type": "array",
    "minItems": 1,
    "items": thing(
        {
            "labels": {**_LABELS, "required": ["alertname"], "minProperties": 1},
            "annotations": {**_LABELS, "additionalProperties": text(8_000)},
            "startsAt": INSTANT,
            "endsAt": INSTANT,
            "generatorURL": WEB,
        },
        "labels",
    ),
}

OPSGENIE_CREATE = thing(
    {
        "message": text(130),
        "alias": text(512),
        "description": text(15_000),
        "responders": {
            "type": "array",
            "maxItems": 50,
            "items": thing(
                {"type": {"enum": ["team", "user", "escalation", "schedule"]}, "name": text(100), "id": text(100)},
                "type",
            ),
        },
        "tags": {"type": "array", "maxItems": 20, "items": text(50)},
        "details": {"type": "object", "additionalProperties": {"type": "string"}},
        "entity": text(512),
        "source": text(100),
        "priority": {"enum": ["P1", "P2", "P3", "P4", "P5"]},
    },
    "message",
)
OPSGENIE_OTHER = thing({"user": text(100), "source": text(100), "note": text(25_000)})
OPSGENIE_PRIORITY = thing({"priority": {"enum": ["P1", "P2", "P3", "P4", "P5"]}}, "priority")

WEBHOOK = thing(
    {
        "type": {"type": "string", "pattern": r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)+$"},
        "timestamp": INSTANT,
        "data": {"type": "object"},
    },
    "type",
    "timestamp",
    "data",
)


def expect_valid(body: Any, schema: Schema) -> None:
    errors = [
        f"{error.json_path}: {error.message[:200]}"
        for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(body)
    ]
    assert not errors, errors
