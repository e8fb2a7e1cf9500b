"""What somebody pressed under a message in Slack: the body of a request in; who takes which incident, out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec

from outproof.channels.slack.app import ACKNOWLEDGE
from outproof.core.errors import Permanent
from outproof.core.ids import IncidentId

ID_CHARS_MAX = 100
_EXPECTED = "expected what Slack sends when a button is pressed: a form with a `payload` of JSON"


class _User(msgspec.Struct, frozen=True):
    id: str
    username: str = ""
    name: str = ""


class _Action(msgspec.Struct, frozen=True):
    action_id: str = ""
    value: str = ""


class _Payload(msgspec.Struct, frozen=True):
    type: str
    user: _User
    actions: list[_Action] = []


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody takes an incident. `by` is their name in Slack."""

    incident: IncidentId
    by: str


def pressed(body: bytes) -> Pressed | None:
    """Who takes which incident; None: another button was pressed, one that only leads somewhere.

    Raises:
        Permanent: it is nothing that Slack sends.
    """
    try:
        [payload] = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)["payload"]
        said = msgspec.json.decode(payload, type=_Payload)
    except (ValueError, KeyError) as error:  # what cannot be decoded is a ValueError too
        raise Permanent(_EXPECTED) from error
    for action in said.actions:
        if action.action_id == ACKNOWLEDGE and 0 < len(action.value) <= ID_CHARS_MAX:
            user = said.user
            return Pressed(IncidentId(action.value), f"{user.username or user.name or user.id} (Slack)")
    return None
