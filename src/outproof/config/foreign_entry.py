"""One entry of another service's export, read with care: plain data in; words, numbers and names of ours out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from outproof.contract.promise import Promise, Requirement
from outproof.contract.run import Stage
from outproof.core.errors import Permanent

TEXT_CHARS_MAX = 500
NAME_CHARS_MAX = 100
SECONDS_MAX = 366 * 86_400.0

PROVEN_BY_A_PING = {Stage.GENERATED: Requirement()}
"""All that a ping can prove."""

_URL = re.compile(r"https?://[^\s<>\"']+")
_NAME_GAPS = re.compile(r"[^A-Za-z0-9._-]+")


class BadExport(Permanent):
    """It is not what that service exports, or says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one entry. `promise` None: nothing can stand for it.

    `lost` says what was not carried over and why, `assumed` what the export does not say.
    """

    title: str
    promise: Promise | None
    lost: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def _tags(entry: Mapping[str, Any]) -> list[str]:
    tags = entry.get("tags")
    return [line(tag) for tag in tags] if isinstance(tags, list) else line(tags).split()


def owner_tag(entry: Mapping[str, Any]) -> str | None:
    """Who owns it, as a tag `owner:…` says."""
    named = [tag.partition(":")[2] for tag in _tags(entry) if tag.startswith("owner:")]
    return next((name for name in named if name), None)


def other_tags(entry: Mapping[str, Any]) -> list[str]:
    """That it has other tags, which a promise has none of."""
    tags = [tag for tag in _tags(entry) if tag and not tag.startswith("owner:")]
    return [f"the tags {', '.join(tags)}"] if tags else []


def others(entry: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """What else is said, and not as nothing."""
    said = {line(key): value for key, value in entry.items() if key not in set(known)}
    return [f"{key}: {line(value)}" for key, value in sorted(said.items()) if value not in (None, "", False, 0, [], {})]


def runbook(text: str) -> str | None:
    """The first address in a description; None: there is none."""
    url = _URL.search(text)
    return None if url is None else url[0].rstrip(".,;)")


def promise_name(text: str) -> str:
    """The name that comes closest to a text."""
    return _NAME_GAPS.sub("-", text)[:NAME_CHARS_MAX].strip("-._") or "unnamed"


def seconds(value: object, otherwise: float) -> float:
    """A number of seconds; `otherwise` where none is said that can be meant."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= SECONDS_MAX:
        return float(value)
    return otherwise


def line(value: object) -> str:
    """A value as one line that may stand in a comment: what comes from elsewhere must not end it."""
    text = "" if value is None else str(value)
    spaced = " ".join(text[: 4 * TEXT_CHARS_MAX].split())
    return "".join(character for character in spaced if character.isprintable())[:TEXT_CHARS_MAX]
