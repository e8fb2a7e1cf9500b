"""A user-visible surface as a promise declares it: where our probe looks, and what it must find there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import urlsplit

from outproof.contract.evidence import FactValue
from outproof.contract.shape import check_shape

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")

SQL_TIMEOUT_S_MAX = 30.0
ROWS_MAX = 10_000
"""Rows of a query that are counted; more are "at least so many"."""

OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
"""Schemes besides local paths. Others would be ways around the guard on where requests go."""

# As SQLAlchemy reads parameters: `::text` is a cast, `\:` a plain colon.
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_SELECT = re.compile(r"\s*(select|with|values|table)\b", re.IGNORECASE)
_STEP = re.compile(r"\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>\d{1,9})\]|\[\"(?P<quoted>[^\"\\]+)\"\]")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_HEADERS_OF_OURS = frozenset("host connection content-length transfer-encoding accept-encoding upgrade te".split())

Bound = Union[str, int, float, None]  # noqa: UP007 - read at run time by the configuration
"""A number, or the name of a count or of an evidence key that holds one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSurface:
    """What a probe reads over HTTP; every condition that is given must hold.

    `{key}` in the path or the query of `url` stands for an evidence key, percent-encoded. `json` is a path such as
    `$.count`; it must be there, and equal `equals` when that is given (the name of a count, an evidence key, else a
    literal), be at least `at_least` and at most `at_most`. `sha256` is the digest of the body, or the evidence key
    that holds it. `schema` is a JSON Schema of the body, or of each item of the list at `items`.

    With `newer_than_open` what is shown must be written after the run was opened: by the JSON path `time` (RFC 3339,
    or seconds since 1970), else by the header Last-Modified. `headers_env` names environment variables by header.
    """

    url: str
    status: int = 200
    json: str | None = None
    equals: str | int | float | bool | None = None
    at_least: Bound = None
    at_most: Bound = None
    contains: str | None = None
    sha256: str | None = None
    schema: Mapping[str, object] | None = None
    items: str | None = None
    items_at_least: int = 1
    newer_than_open: bool = False
    time: str | None = None
    headers_env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_web_template(self.url)
        for path in (self.json, self.items, self.time):
            if path is not None:
                path_steps(path)
        if self.json is None and any(wanted is not None for wanted in (self.equals, self.at_least, self.at_most)):
            raise ValueError("expected `json` beside `equals`: say which value must equal it, e.g. json: $.count")
        if self.items is not None and self.schema is None:
            raise ValueError("expected `schema` beside `items`: say what each item must look like")
        if self.items_at_least < 0:
            raise ValueError(f"expected items_at_least of zero or more, got {self.items_at_least}")
        if self.schema is not None:
            check_shape(self.schema)
        for name in self.headers_env:
            if not _HEADER.fullmatch(name) or name.lower() in _HEADERS_OF_OURS:
                raise ValueError(f"expected a header such as Authorization under headers_env, got {name!r}")

    @property
    def place(self) -> str:
        """What it shares with other surfaces that are slow when it is."""
        return urlsplit(self.url).netloc.lower()

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the URL takes."""
        return tuple(PLACEHOLDER.findall(self.url))

    @property
    def names(self) -> tuple[str, ...]:
        """The facts of a run that its conditions take."""
        return _names(self.at_least, self.at_most, _digest_key(self.sha256))

    def check_proof(self) -> None:
        """Refuse what could not prove a stage."""
        if self.time is not None and not self.newer_than_open:
            raise ValueError("expected `newer_than_open: true` beside `time`: say what the time is compared with")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSurface:
    """What a probe reads from a database: one SELECT with bound parameters (`:batch_id`), read-only, within `timeout`.

    `dsn_env` names the environment variable that holds the SQLAlchemy URL (SQLite or PostgreSQL). The value is the
    first column of the one row: it must equal `equals` (the name of a count, an evidence key, else a literal), be at
    least `at_least` and at most `at_most`; with `newer_than_open` it is a time, not before the run was opened.
    `rows_at_least` counts rows instead.
    """

    dsn_env: str
    query: str
    equals: str | int | float | bool | None = None
    at_least: Bound = None
    at_most: Bound = None
    rows_at_least: Bound = None
    newer_than_open: bool = False
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not _SELECT.match(self.query) or ";" in self.query.rstrip().removesuffix(";"):
            raise ValueError("expected one SELECT as `query`, got something else; our probe only reads")
        if not 0 < self.timeout_s <= SQL_TIMEOUT_S_MAX:
            raise ValueError(f"expected `timeout` up to {SQL_TIMEOUT_S_MAX:g}s, got {self.timeout_s:g}s")
        if type(self.rows_at_least) in (int, float) and not 0 < float(self.rows_at_least or 0) <= ROWS_MAX:
            raise ValueError(f"expected rows_at_least from 1 to {ROWS_MAX}, got {self.rows_at_least}; count in SQL")

    @property
    def place(self) -> str:
        """What it shares with other surfaces that are slow when it is."""
        return self.dsn_env

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the query takes."""
        return tuple(dict.fromkeys(_PARAMETER.findall(self.query)))

    @property
    def names(self) -> tuple[str, ...]:
        """The facts of a run that its conditions take."""
        return _names(self.at_least, self.at_most, self.rows_at_least)

    def check_proof(self) -> None:
        """Refuse what could not prove a stage: that a query runs says nothing."""
        wanted = (self.equals, self.at_least, self.at_most, self.rows_at_least)
        if all(each is None for each in wanted) and not self.newer_than_open:
            raise ValueError(
                "expected one of `equals`, `at_least`, `at_most`, `rows_at_least` and `newer_than_open` under `sql`: "
                "what must the query find?"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSurface:
    """What a probe reads from a file or an object store; every condition that is given must hold.

    `url` is an absolute path, or an object such as `s3://bucket/{output_id}`. Local files are read only in the
    directories that `egress: {files: […]}` allows. It must hold `min_bytes` to `max_bytes`, be written in the last
    `max_age`, and with `newer_than_open` after the run was opened. `sha256` is its digest, or the evidence key that
    holds it.
    """

    url: str
    min_bytes: int = 1
    max_bytes: int | None = None
    max_age_s: float | None = None
    newer_than_open: bool = False
    sha256: str | None = None

    def __post_init__(self) -> None:
        _check_file_template(self.url)
        if self.min_bytes < 0 or (self.max_bytes is not None and self.max_bytes < self.min_bytes):
            raise ValueError("expected `min_bytes` of zero or more, and `max_bytes` not below it")
        if self.max_age_s is not None and self.max_age_s <= 0:
            raise ValueError("expected `max_age` longer than nothing")

    @property
    def place(self) -> str:
        """What it shares with other surfaces that are slow when it is."""
        scheme, separator, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}" if separator and scheme != "file" else "file"

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The facts of a run that the URL takes."""
        return tuple(PLACEHOLDER.findall(self.url))

    @property
    def names(self) -> tuple[str, ...]:
        """The facts of a run that its conditions take."""
        return _names(_digest_key(self.sha256))

    def check_proof(self) -> None:
        """Refuse what could not prove a stage: that a file is there is something."""


Surface = Union[HttpSurface, SqlSurface, FileSurface]  # noqa: UP007 - read at run time by the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the newest output of a surface may be, and where our probe reads that, how often.

    Over HTTP its time is that of the JSON path `time`, else of the header Last-Modified; of SQL the value, of a file
    when it was last written.
    """

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
        if self.max_age_s <= 0 or self.every_s < 1:
            raise ValueError("expected `max_age` longer than nothing, and `every` of a second or more")
        surface = self.surface
        if surface.newer_than_open or (self.file is not None and self.file.max_age_s is not None):
            raise ValueError("expected `max_age` under `freshness` itself; no run is opened whose time could count")
        if surface.placeholders or surface.names:
            raise ValueError("expected no facts of a run under `freshness`, because there is no run that reports any")


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


def _names(*bounds: FactValue) -> tuple[str, ...]:
    return tuple(bound for bound in bounds if isinstance(bound, str))


def _digest_key(sha256: str | None) -> str | None:
    """The evidence key that a digest is read from; None where it is written out."""
    return None if sha256 is None or SHA256.fullmatch(sha256) else sha256


def _check_web_template(url: str) -> None:
    """Refuse a template whose host could be chosen by what a job reports: evidence may name a page, not a machine."""
    parts = urlsplit(PLACEHOLDER.sub("x", url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected an http or https URL such as https://app.example/digests/{{batch_id}}, got {url!r}")
    if "{" in urlsplit(url).netloc:
        raise ValueError("expected placeholders in the path or the query only; evidence must not choose the host")
    if parts.username is not None:
        raise ValueError("expected a URL without a user name or password; put it into a header with headers_env")
    _check_braces(url)


def _check_file_template(url: str) -> None:
    """Refuse what is no path and no object of a store, and a template in which evidence chooses the bucket."""
    scheme, separator, rest = url.partition("://")
    if scheme in ("http", "https"):
        raise ValueError(f"expected a path or an object under `file`, got a web page: use `http` for {url!r}")
    known = scheme in (*OBJECT_STORES, "file") if separator else url.startswith("/")
    if not known or "::" in url or "\0" in url or (scheme == "file" and separator and not rest.startswith("/")):
        stores = ", ".join(OBJECT_STORES)
        raise ValueError(f"expected an absolute path, or an object such as s3://bucket/key (of {stores}), got {url!r}")
    if separator and scheme != "file" and ("{" in rest.partition("/")[0] or not rest.partition("/")[2]):
        raise ValueError("expected a bucket without placeholders, and a key in it; evidence must not choose the bucket")
    _check_braces(url)


def _check_braces(url: str) -> None:
    if re.search(r"[{}]", PLACEHOLDER.sub("x", url)):
        raise ValueError(f"expected placeholders such as {{batch_id}}, got other braces in {url!r}")
