"""Message templates: a file with `$names` and flat, plain values in; text out. No logic, and no attributes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from string import Template

TEXT_CHARS_MAX = 8_000


def template(channel: str) -> Template:
    """The message.txt of a channel's folder."""
    return Template(files("outproof.channels").joinpath(channel, "message.txt").read_text(encoding="utf-8"))


def rendered(message: Template, values: Mapping[str, str]) -> str:
    """The text with its values put in. What stands in a value is never read as a template again."""
    return message.safe_substitute(values)[:TEXT_CHARS_MAX].strip()
