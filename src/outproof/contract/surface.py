"""A user-visible surface as a promise declares it: the URL to read, and what must be found there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union
from urllib.parse import urlsplit

from outproof.contract.evidence import FactValue

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]*)")
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

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the URL takes."""
        return tuple(PLACEHOLDER.findall(self.url))


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSurface:
    """What a probe reads from a database: one value, by a query of bound parameters (`:batch_id`), read-only.

    `dsn_env` names the environment variable that holds the SQLAlchemy URL.
    """

    dsn_env: str
    query: str
    equals: FactValue = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the query takes."""
        return tuple(dict.fromkeys(_PARAMETER.findall(self.query)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSurface:
    """What a probe reads from a file or an object store: it is there, this large, this young, with this digest."""

    url: str
    min_bytes: int = 1

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the URL takes."""
        return tuple(PLACEHOLDER.findall(self.url))


Surface = Union[HttpSurface, SqlSurface, FileSurface]  # noqa: UP007 - read at run time by the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest output of a surface may be, and where our probe reads that, how often."""

    max_age_s: float
    every_s: float = 60.0
    http: HttpSurface | None = None
    sql: SqlSurface | None = None
    file: FileSurface | None = None

    @property
    def surface(self) -> Surface:
        """What our own probe looks at."""
        surface = self.http or self.sql or self.file
        assert surface is not None
        return surface

    def __post_init__(self) -> None:
        if sum(surface is not None for surface in (self.http, self.sql, self.file)) != 1:
            raise ValueError("expected one of `http`, `sql` and `file` under `freshness`")
        if self.max_age_s <= 0 or self.every_s <= 0:
            raise ValueError("expected `max_age` and `every` longer than nothing")


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
