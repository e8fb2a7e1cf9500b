"""What a surface must show for one run, and whether what it showed is that. Text of the surface never leaves here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from outproof.contract.evidence import FactValue
from outproof.contract.run import COUNT_NAMES
from outproof.contract.surface import PLACEHOLDER, HttpSurface, path_steps
from outproof.prove.run_state import RunState

_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A surface as one run must find it: the URL with its placeholders filled in, the value expected at `json`."""

    url: str
    shown: str
    status: int
    json: str | None
    equals: FactValue
    contains: str | None

    @property
    def needs_body(self) -> bool:
        return self.json is not None or self.contains is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What came of looking. `passed` None: we could not see either way, which proves nothing. `detail` is safe."""

    passed: bool | None
    detail: str
    shown: str | None = None


def known_facts(state: RunState) -> dict[str, FactValue]:
    """What placeholders and `equals` may name, as far as this run has reported it."""
    counts = {name: getattr(state.counts, name) for name in COUNT_NAMES}
    known: dict[str, FactValue] = {**state.evidence, "output_id": state.output_id, **counts}
    return {key: value for key, value in known.items() if value is not None}


def sight(surface: HttpSurface, known: Mapping[str, FactValue], nameable: tuple[str, ...]) -> Sight | Look:
    """What to look for; a `Look` that saw nothing when the run has not reported a fact that it takes.

    `nameable` are the evidence keys of the promise: `equals` names a fact only if it is one of them or a count.
    """
    for key in PLACEHOLDER.findall(surface.url):
        if key not in known:
            return Look(passed=None, detail=f"could not look: the URL takes {key}, which this run has not reported")
        if str(known[key]) in (".", ".."):
            return Look(passed=None, detail=f"could not look: {key} is {known[key]!r}, which a URL reads as a folder")
    equals: FactValue = surface.equals
    if isinstance(equals, str) and (equals in COUNT_NAMES or equals in nameable):
        if equals not in known:
            return Look(passed=None, detail=f"could not look: it must equal {equals}, which this run has not reported")
        equals = known[equals]
    url = PLACEHOLDER.sub(lambda found: quote(str(known[found[1]]), safe=""), surface.url)
    return Sight(
        url=url,
        shown=_shown(url),
        status=surface.status,
        json=surface.json,
        equals=equals,
        contains=surface.contains,
    )


def reading(sight: Sight, status: int, body: bytes) -> Look:
    """Whether the reply is what was expected; says what was expected and what was seen, but never quotes the page."""
    expected = f"expected {_expectation(sight)} at {sight.shown}"
    seen = _mismatch(sight, status, body)
    if seen is None:
        return Look(passed=True, detail=f"saw {_expectation(sight)} at {sight.shown}", shown=sight.shown)
    return Look(passed=False, detail=f"{expected}, saw {seen}", shown=sight.shown)


def unseen(sight: Sight, why: str) -> Look:
    """A look that could not be finished."""
    return Look(passed=None, detail=f"could not look at {sight.shown}: {why}", shown=sight.shown)


def _shown(url: str) -> str:
    """The URL without its query, which may hold a secret."""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl() + ("?…" if parts.query else "")


def _expectation(sight: Sight) -> str:
    conditions = [f"status {sight.status}"]
    if sight.json is not None:
        conditions.append(f"a value at {sight.json}" if sight.equals is None else f"{sight.json} = {sight.equals!r}")
    if sight.contains is not None:
        conditions.append("the declared text")
    return " and ".join(conditions)


def _mismatch(sight: Sight, status: int, body: bytes) -> str | None:
    """What differs first; None when nothing does."""
    if status != sight.status:
        return f"status {status}"
    if sight.json is not None:
        value = _value_at(body, path_steps(sight.json))
        if value is _ABSENT or value is None:
            return f"nothing at {sight.json}"
        if sight.equals is not None and not _is_same(value, sight.equals):
            return f"{sight.json} = {_safely(value)}"
    if sight.contains is not None and sight.contains.encode() not in body:
        return "a page without it"
    return None


def _value_at(body: bytes, steps: tuple[str | int, ...]) -> object:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return _ABSENT
    for step in steps:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return _ABSENT
    return value


def _is_same(seen: object, expected: FactValue) -> bool:
    """Equal in JSON's sense: 980 is 980.0, but true is not 1 and "980" is not 980."""
    if isinstance(seen, bool) or isinstance(expected, bool):
        return seen is expected
    return seen == expected


def _safely(value: object) -> str:
    """A number or a truth value as it is; of anything else only what it is, because it may be a customer's."""
    match value:
        case str():
            return "another text"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"an object of {len(value)}"
    return repr(value)
