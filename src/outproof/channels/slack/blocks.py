"""What Slack shows of a notification: a notification in; one message of blocks, within Slack's limits, out.

Whatever comes from outside stands in `plain_text`, which Slack does not parse: it can neither ping nor link.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from outproof.channels.links import Link
from outproof.channels.neutral import unlinked
from outproof.channels.template import rendered
from outproof.respond.notification import Line, Notification, heading, lines, plain

# Slack's limits as its own SDK checks them; the whole message is cut off near 13,200 characters (field reports).
HEADER_CHARS_MAX = 150
SECTION_CHARS_MAX = 3_000
FIELDS_PER_SECTION_MAX = 10
FIELD_CHARS_MAX = 2_000
BLOCKS_MAX = 50

_WIDE = frozenset({"First check", "Retry", "Known", "Example", "Stages", "Why", "Told"})
"""Lines too long for a column of two."""


def payload(
    notification: Notification, message: Template, links: Sequence[Link], buttons: Sequence[object] = ()
) -> dict[str, object]:
    """The message: a heading, short facts in two columns, long ones below each other, then buttons or links."""
    said = lines(notification)
    first = said[0] if said else Line("", "")
    text = rendered(
        message,
        {
            "heading": mrkdwn(heading(notification)),
            "line": mrkdwn(f"{first.label}: {first.value}") if said else "",
            "link": links[0].url,
        },
    )
    narrow = [line for line in said if line.label not in _WIDE]
    wide = [line for line in said if line.label in _WIDE]
    blocks: list[dict[str, object]] = [{"type": "header", "text": _plain(heading(notification), HEADER_CHARS_MAX)}]
    blocks += [
        {"type": "section", "fields": [_field(line) for line in narrow[start : start + FIELDS_PER_SECTION_MAX]]}
        for start in range(0, len(narrow), FIELDS_PER_SECTION_MAX)
    ]
    blocks += [{"type": "section", "text": _plain(f"{line.label}: {line.value}", SECTION_CHARS_MAX)} for line in wide]
    if buttons:
        blocks.append({"type": "actions", "block_id": "actions", "elements": list(buttons)})
    else:
        linked = " · ".join(f"<{link.url.replace('&', '&amp;')}|{link.label}>" for link in links)
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": linked}]})
    return {"text": text, "blocks": blocks[:BLOCKS_MAX], "unfurl_links": False, "unfurl_media": False}


def mrkdwn(text: str) -> str:
    """Text that Slack's markup shows as it is: entities escaped, mentions and bare links broken."""
    escaped = plain(text, SECTION_CHARS_MAX).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return unlinked(escaped)


def _plain(text: str, chars_max: int) -> dict[str, object]:
    return {"type": "plain_text", "text": plain(text, chars_max), "emoji": False}


def _field(line: Line) -> dict[str, object]:
    return _plain(f"{line.label}: {line.value}", FIELD_CHARS_MAX)
