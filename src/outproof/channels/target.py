"""Where a channel's messages go: a URL in; nothing, or why it can't be one, out."""

from __future__ import annotations

from outproof.egress.http import Refused, checked_url

SEEN_CANARY_S = 86_400.0
"""How often a channel is tested where people see the test."""


def check_url(channel: str, url: str) -> None:
    """Refuse at the start what would fail at the first page.

    Raises:
        ValueError: it is no http(s) URL that can be read in one way only. The message does not repeat it.
    """
    try:
        checked_url(url)
    except Refused as error:
        raise ValueError(f"the URL of channel {channel}: {error}") from None
