"""Text from outside in a chat's markup: any text in; the same for a reader, and for the chat no link and no mention."""

from __future__ import annotations

import re

_BREAK = "\u200b"  # an invisible space

_MENTION = re.compile(r"@(?=here|channel|everyone|all|team)", re.IGNORECASE)


def unlinked(text: str) -> str:
    """The text with addresses and mentions of everybody broken: whom and what a chat finds in a text, it calls."""
    return _MENTION.sub(f"@{_BREAK}", text).replace("://", f":{_BREAK}//")


def unmarked(text: str) -> str:
    """The text with every sign of Markdown behind a backslash, in the dialects that take one before any punctuation."""
    return re.sub(r"([\\`*_~|>#\[\]()<@+!-])", r"\\\1", unlinked(text))
