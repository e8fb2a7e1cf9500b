"""Log events in, the same without what must not be kept out: texts of errors quote what they were given."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from outproof.scrub.text import cleaned


def scrubbed_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: each text of an event by the rules in force."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = cleaned(value)
        elif isinstance(value, list | tuple):
            event[name] = [cleaned(each) if isinstance(each, str) else each for each in value]
    return event
