"""Nothing in the tree knows whose machine it was written on, or where its packages were fetched from."""

import json
import re
from pathlib import PurePosixPath

from tests.tidy.source import Source, a_source, expect_none, files

# Put together here, so that this file doesn't contain what it looks for.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("npmmirror", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
    )
)
PLACES = tuple(
    "/" + place for place in ("work/main", "work/shared", "work/.", "root/", "tmp/plan", "opt/wheels", "opt/pypi")
)
WORDS = tuple(
    " ".join(words) for words in (("ai", "assistant"), ("coding", "agent"), ("issues", "show"), ("render", "farm"))
)
FORBIDDEN = re.compile("|".join(map(re.escape, HOSTS + PLACES + WORDS)), re.IGNORECASE)

# Lock files that record download addresses by design; package-lock.json is looked into instead.
LOCKS_WITH_HOSTS = frozenset(
    {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "yarn.lock", "pnpm-lock.yaml", "bun.lock"}
)
PIN = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s@;]+")


def places(source: Source) -> list[str]:
    return [
        source.at(number, f'"{match[0]}" names a place outside the project')
        for number, line in enumerate(source.text.splitlines(), 1)
        if (match := FORBIDDEN.search(line))
    ]


def lock_addresses(source: Source) -> list[str]:
    if source.path.name in LOCKS_WITH_HOSTS:
        return [source.at(1, "this kind of lock file records download addresses")]
    if source.path.name in {"package-lock.json", "npm-shrinkwrap.json"}:
        packages: dict[str, dict[str, object]] = json.loads(source.text).get("packages", {})
        return [
            f"{source.path}: {name} records where it was fetched from"
            for name, package in packages.items()
            if "resolved" in package and not package.get("link")
        ]
    return []


def loose_pins(source: Source) -> list[str]:
    lines = enumerate(source.text.splitlines(), 1)
    return [
        source.at(number, f'expected "name==version" and nothing else, found "{line}"')
        for number, line in lines
        if line and not line.startswith("#") and not PIN.fullmatch(line)
    ]


def test_no_file_names_a_machine_or_a_registry() -> None:
    expect_none(line for source in files() for line in places(source))


def test_no_lock_file_records_addresses() -> None:
    expect_none(line for source in files() for line in lock_addresses(source))


def test_constraints_are_exact_pins() -> None:
    [constraints] = [source for source in files() if source.path == PurePosixPath("constraints.txt")]
    assert len(constraints.text.splitlines()) > 50
    expect_none(loose_pins(constraints))


def test_a_place_is_found() -> None:
    for word in (*HOSTS, *PLACES, *WORDS):
        assert places(a_source("README.md", f"see https://{word}/x")), word
    assert not places(a_source("README.md", "see https://example.org/x"))


def test_a_recorded_address_is_found() -> None:
    lock = json.dumps({"packages": {"node_modules/x": {"resolved": "https://example.org/x.tgz"}}})
    assert lock_addresses(a_source("web/package-lock.json", lock))
    assert lock_addresses(a_source("uv.lock", ""))


def test_a_loose_pin_is_found() -> None:
    for line in ("chdb>=4", "chdb @ https://example.org/chdb.whl", "chdb==4 --hash=sha256:0", "-e .", "--index-url x"):
        assert loose_pins(a_source("constraints.txt", line)), line
    assert not loose_pins(a_source("constraints.txt", "# pins\nchdb==4.4.0\npsycopg[binary]==3.3.9"))
