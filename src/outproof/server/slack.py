"""The buttons under our messages in Slack: a request that Slack signed in; the incident taken by who pressed it.

Nobody is signed in here and no cookie counts: only Slack and we know the secret, so no other site can make a browser
say this. The same request again changes nothing.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.params import RawBody

from outproof.channels.slack.config import SlackAppConfig
from outproof.channels.slack.pressed import pressed
from outproof.channels.slack.signature import AGE_S_MAX, is_slacks
from outproof.server import given
from outproof.server.access import Refused
from outproof.server.incident_acts import acknowledged, named

BODY_BYTES_MAX = 256 * 1024
"""Slack sends the message along with what was pressed under it."""


@post(
    "/v1/slack/actions",
    status_code=200,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES_MAX,
    include_in_schema=False,
)
def take_action(
    request: Request[Any, Any, Any],
    body: RawBody,
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
) -> Response[None]:
    """Have an incident taken by who pressed the button. Buttons that only lead to a page change nothing."""
    apps = [channel for channel in declared.channels if isinstance(channel, SlackAppConfig)]
    secrets = [app.signing_secret for app in apps if app.signing_secret]
    if not is_slacks(request.headers, body, secrets, clock.now()):
        raise Refused(
            401,
            f"expected a request that Slack signed within {AGE_S_MAX} s with the secret of a declared `slack_app`: "
            "compare its signing_secret_env with the app's page, and the clock of this host",
        )
    found = pressed(body)
    if found is not None:
        acknowledged(found.incident, named(found.by), store, clock, project, declared)
    return Response(None, status_code=200)


HANDLERS = [take_action]
