"""What scrubbing would make of a text: the preview that would be kept, what was found in it, and by which policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from litestar import get, post
from litestar.params import JSONBody

from outproof.scrub.in_force import policy_in_force
from outproof.scrub.text import SCRUB_CHARS_MAX, preview


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubRequest:
    """A text to try the rules on. It is not kept."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubPreview:
    """What would be kept of it. `found` counts by rule; no raw text is stored and none is referred to."""

    redacted_preview: str
    found: dict[str, int]
    scrub_policy: str
    raw_payload_stored: bool = False
    raw_payload_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubPolicyView:
    """The rules in force, by name and how many patterns each has."""

    scrub_policy: str
    rules: dict[str, int]


@post("/v1/scrub/preview", status_code=200, sync_to_thread=True)
def preview_scrub(data: JSONBody[ScrubRequest]) -> ScrubPreview:
    """Try the rules in force on a text: {text}. Nothing is written."""
    policy = policy_in_force()
    text = data.text[:SCRUB_CHARS_MAX]
    found = Counter(find.name for find in policy.finds(text))
    safe = preview(text, policy, chars_max=SCRUB_CHARS_MAX)
    return ScrubPreview(redacted_preview=safe, found=dict(found), scrub_policy=policy.id)


@get("/v1/scrub/policy", sync_to_thread=False)
def get_scrub_policy() -> ScrubPolicyView:
    """The rules that everything is scrubbed by before it is written."""
    policy = policy_in_force()
    return ScrubPolicyView(scrub_policy=policy.id, rules=dict(Counter(rule.name for rule in policy.rules)))


HANDLERS = [preview_scrub, get_scrub_policy]
