"""A user-visible surface as a promise declares it: the URL to read, and what must be found there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_STEP = re.compile(r"\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>\d{1,9})\]|\[\"(?P<quoted>[^\"\\]+)\"\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSurface:
    """What a probe reads over HTTP; every condition that is given must hold.

    `{key}` in the path or the query of `url` stands for an evidence key, percent-encoded. `json` is a path such as
    `$.count`; it must be there, and equal `equals` when that is given: the name of a count, an evidence key, else a
    literal.
    """

    url: str
    status: int = 200
    json: str | None = None
    equals: str | int | float | bool | None = None
    contains: str | None = None

    def __post_init__(self) -> None:
        _check_template(self.url)
        if self.json is not None:
            path_steps(self.json)
        if self.equals is not None and self.json is None:
            raise ValueError("expected `json` beside `equals`: say which value must equal it, e.g. json: $.count")


def path_steps(path: str) -> tuple[str | int, ...]:
    """The steps of a JSON path: `$.items[0].id` gives ("items", 0, "id"); a name in quotes may hold anything.

    Raises:
        ValueError: it is not such a path; wildcards, filters and slices are not supported.
    """
    steps: list[str | int] = []
    position = 1
    while path.startswith("$") and (found := _STEP.match(path, position)):
        steps.append(int(found["index"]) if found["index"] else found["name"] or found["quoted"])
        position = found.end()
    if not path.startswith("$") or position != len(path):
        raise ValueError(f'expected a JSON path such as $.count, $.items[0].id or $["a b"], got {path!r}')
    return tuple(steps)


def _check_template(url: str) -> None:
    """Refuse a template whose host could be chosen by what a job reports: evidence may name a page, not a machine."""
    parts = urlsplit(PLACEHOLDER.sub("x", url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected an http or https URL such as https://app.example/digests/{{batch_id}}, got {url!r}")
    if "{" in urlsplit(url).netloc:
        raise ValueError("expected placeholders in the path or the query only; evidence must not choose the host")
    if parts.username is not None:
        raise ValueError("expected a URL without a user name or password")
    if "{" in parts.geturl() or "}" in parts.geturl():
        raise ValueError(f"expected placeholders such as {{batch_id}}, got other braces in {url!r}")
