"""The files that git knows or would add, as text and as syntax trees: what every tidy test looks at."""

import ast
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
GENERATED = frozenset({"web/src/api/schema.d.ts", "web/package-lock.json", "web/openapi.json"})


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the tree; its path is relative to the root and uses forward slashes."""

    path: PurePosixPath
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def room(self) -> str:
        """The folder or file right below src/outproof, without its suffix; "" elsewhere."""
        parts = self.path.with_suffix("").parts
        return parts[2] if parts[:2] == ("src", "outproof") else ""

    def line(self, number: int) -> str:
        return self.text.splitlines()[number - 1]

    def at(self, number: int, what: str) -> str:
        return f"{self.path}:{number}: {what}"


@cache
def paths() -> tuple[PurePosixPath, ...]:
    """Every file that git has or would add, sorted. Files that git lists but somebody deleted are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(PurePosixPath(name) for name in sorted(set(listed)) if name and (ROOT / name).is_file())


@cache
def files() -> tuple[Source, ...]:
    """The text files among them; a file with a null byte near its start is binary."""
    contents = ((path, (ROOT / path).read_bytes()) for path in paths())
    return tuple(
        Source(path, data.decode("utf-8", errors="replace")) for path, data in contents if b"\0" not in data[:8192]
    )


def under(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Source]:
    """The hand-written files below some folders of the root that end in one of `suffixes`."""
    return [
        source
        for source in files()
        if source.path.suffix in suffixes
        and str(source.path) not in GENERATED
        and any(source.path.is_relative_to(folder) for folder in folders)
    ]


def a_source(path: str, text: str) -> Source:
    """A file that isn't there, for showing that a check can fail."""
    return Source(PurePosixPath(path), text)


def expect_none(found: Iterable[str]) -> None:
    """Fail with every line that was found."""
    __tracebackhide__ = True
    lines = list(found)
    assert not lines, "\n" + "\n".join(lines)


def called(node: ast.Call) -> str:
    """The last name of what is called: `text` for `text(…)` and for `sqlalchemy.text(…)`."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
