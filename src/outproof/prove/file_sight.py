"""A file or an object as one run must find it: surface and facts in; a sight, then a look at what is there, out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outproof.contract.surface import PLACEHOLDER, FileSurface
from outproof.core.time import Instant, after, duration_text, rfc3339
from outproof.prove.known_facts import Known, NotReported
from outproof.prove.look import Condition, Look, judged
from outproof.prove.seen_value import newer

_BAD_STEP = re.compile(r"(?:^|[/\\])\.{0,2}(?:[/\\]|$)|[\0-\x1f\x7f]")
"""An empty step, one that means this folder or the one above it, and what no name holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSight:
    """A file with its placeholders filled in, and what must be true of it."""

    url: str
    shown: str
    surface: FileSurface
    sha256: str | None
    since: Instant | None

    @property
    def place(self) -> str:
        return self.surface.place

    @property
    def is_local(self) -> bool:
        return "://" not in self.url or self.url.startswith("file://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is there. None: the store does not say. `too_large`: there was more than we read for the digest."""

    size_bytes: int
    written_at: Instant | None
    sha256: str | None = None
    too_large: bool = False


def file_sight(surface: FileSurface, known: Known) -> FileSight:
    """What to look for.

    Raises:
        NotReported: the run has not reported a fact that it takes, or one that would lead out of its folder.
    """
    url = PLACEHOLDER.sub(lambda found: _file_name(known, found[1]), surface.url)
    return FileSight(
        url=url,
        shown=url,
        surface=surface,
        sha256=known.digest(surface.sha256),
        since=known.since(wanted=surface.newer_than_open),
    )


def file_reading(sight: FileSight, found: Found | None, now: Instant) -> Look:
    """Whether what is there is what was expected. `found` None: nothing is there."""
    if found is None:
        expected = f"a file of {sight.surface.min_bytes} or more bytes"
        return judged(sight.shown, [Condition(expected=expected, passed=False, saw="no file")])
    return judged(sight.shown, list(_conditions(sight, found, now)), found.written_at)


def _conditions(sight: FileSight, found: Found, now: Instant) -> Iterator[Condition]:
    surface = sight.surface
    most = "" if surface.max_bytes is None else f" and at most {surface.max_bytes}"
    yield Condition(
        expected=f"a file of {surface.min_bytes} or more{most} bytes",
        passed=surface.min_bytes <= found.size_bytes <= (surface.max_bytes or found.size_bytes),
        saw=f"{found.size_bytes} bytes",
        measured={"size_bytes": found.size_bytes},
    )
    if surface.max_age_s is not None:
        yield _young(found.written_at, surface.max_age_s, now)
    if sight.since is not None:
        yield newer(found.written_at, sight.since, "the store")
    if sight.sha256 is not None:
        yield _digest(sight.sha256, found)


def _young(written_at: Instant | None, max_age_s: float, now: Instant) -> Condition:
    expected = f"it written in the last {duration_text(max_age_s)}"
    if written_at is None:
        return Condition(expected=expected, passed=None, saw="the store does not say when it was written")
    told = rfc3339(written_at)
    passed = written_at >= after(now, -max_age_s)
    return Condition(expected=expected, passed=passed, saw=f"one of {told}", measured={"written_at": told})


def _digest(wanted: str, found: Found) -> Condition:
    expected = f"the digest {wanted[:12]}…"
    if found.sha256 is None:
        why = "it is too large for its digest to be read" if found.too_large else "it was not read"
        return Condition(expected=expected, passed=None, saw=why)
    return Condition(
        expected=expected,
        passed=found.sha256 == wanted,
        saw=f"the digest {found.sha256[:12]}…",
        measured={"sha256": found.sha256},
    )


def _file_name(known: Known, name: str) -> str:
    value = str(known.fact(name, "the path takes"))
    if not value or _BAD_STEP.search(value):
        raise NotReported(f"{name} is no plain name of a file, and could lead out of its folder")
    return value
