"""A page as one run must find it, and whether a reply shows that: surface and facts in; a sight, then a look, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from outproof.contract.surface import PLACEHOLDER, HttpSurface, path_steps
from outproof.core.time import Instant
from outproof.prove.known_facts import Known, NotReported
from outproof.prove.look import Condition, Look, judged
from outproof.prove.seen_shape import shape
from outproof.prove.seen_value import ABSENT, Limits, newer, utc, written_at

_ETAG_CHARS_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSight:
    """A page as one run must find it: the URL with its placeholders filled in, what is declared, with its facts.

    `shown` is the URL without its query, which may hold a secret. `since`: what is shown must be written after it.
    """

    url: str
    shown: str
    surface: HttpSurface
    limits: Limits
    sha256: str | None
    since: Instant | None

    @property
    def place(self) -> str:
        return self.surface.place

    @property
    def needs_body(self) -> bool:
        surface = self.surface
        wanted = (surface.json, surface.contains, surface.schema, surface.time, self.sha256)
        return any(each is not None for each in wanted)


def http_sight(surface: HttpSurface, known: Known) -> HttpSight:
    """What to look for.

    Raises:
        NotReported: the run has not reported a fact that it takes.
    """
    url = PLACEHOLDER.sub(lambda found: quote(_page_name(known, found[1]), safe=""), surface.url)
    return HttpSight(
        url=url,
        shown=_shown(url),
        surface=surface,
        limits=Limits(
            equals=known.wanted(surface.equals),
            at_least=known.number(surface.at_least),
            at_most=known.number(surface.at_most),
        ),
        sha256=known.digest(surface.sha256),
        since=known.since(wanted=surface.newer_than_open),
    )


def http_reading(sight: HttpSight, status: int, headers: Mapping[str, str], body: bytes) -> Look:
    """Whether the reply is what was expected; says what was expected and what was seen, but never quotes the page.

    Header names are lower case.
    """
    content = _parsed(body) if sight.needs_body else ABSENT
    newest_at = _written_at(sight.surface, headers, content)
    return judged(sight.shown, list(_conditions(sight, status, headers, body, content, newest_at)), newest_at)


def _conditions(
    sight: HttpSight, status: int, headers: Mapping[str, str], body: bytes, content: object, newest_at: Instant | None
) -> Iterator[Condition]:
    surface = sight.surface
    etag = headers.get("etag", "")
    measured = {"status": status} | ({"etag": etag} if 0 < len(etag) <= _ETAG_CHARS_MAX else {})
    expected = f"status {surface.status}"
    yield Condition(expected=expected, passed=status == surface.status, saw=f"status {status}", measured=measured)
    there = status == surface.status  # another page's content says nothing about this one
    if surface.json is not None:
        value = _value_at(content, path_steps(surface.json)) if there else ABSENT
        yield sight.limits.condition(value, surface.json)
    if surface.contains is not None:
        passed = surface.contains.encode() in body
        yield Condition(expected="the declared text", passed=passed, saw="a page without it")
    if sight.sha256 is not None:
        digest = sha256(body).hexdigest()
        yield Condition(
            expected=f"the digest {sight.sha256[:12]}…",
            passed=digest == sight.sha256,
            saw=f"the digest {digest[:12]}…",
            measured={"sha256": digest},
        )
    if surface.schema is not None:
        value = content if surface.items is None else _value_at(content, path_steps(surface.items))
        yield shape(surface, ABSENT if not there else value)
    if sight.since is not None:
        told_by = "the header Last-Modified" if surface.time is None else surface.time
        yield newer(newest_at, sight.since, told_by)


def _page_name(known: Known, name: str) -> str:
    value = str(known.fact(name, "the URL takes"))
    if value in (".", ".."):
        raise NotReported(f"{name} is {value!r}, which a URL reads as a folder")
    return value


def _shown(url: str) -> str:
    """The URL without its query, which may hold a secret."""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl() + ("?…" if parts.query else "")


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return ABSENT


def _value_at(content: object, steps: tuple[str | int, ...]) -> object:
    value = content
    for step in steps:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return ABSENT
    return value


def _written_at(surface: HttpSurface, headers: Mapping[str, str], content: object) -> Instant | None:
    if surface.time is not None:
        return written_at(_value_at(content, path_steps(surface.time)))
    try:
        moment: datetime = parsedate_to_datetime(headers["last-modified"])
    except (KeyError, ValueError, OverflowError):
        return None
    return utc(moment)
