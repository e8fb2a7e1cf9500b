"""What was found in configuration files, for people: places and sentences in; lines with what is meant out."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.text import Text

from outproof.config.yaml_lines import ConfigError

_LINE_CHARS_MAX = 160
"""Longer lines are not shown: in a terminal the mark would stand under another line."""


class Gravity(StrEnum):
    ERROR = "error"  # keeps the files from being applied
    WARNING = "warning"  # does not
    ADVICE = "advice"


_STYLES = {Gravity.ERROR: "red", Gravity.WARNING: "yellow", Gravity.ADVICE: "cyan"}


def show(console: Console, found: Iterable[ConfigError], gravity: Gravity) -> None:
    """Print each with its place; in a terminal also the line it is about, with a mark under what is meant.

    Programs that read the output, editors and CI among them, get one line for each.
    """
    for each in found:
        where, _, said = str(each).partition(": ")
        console.print(Text.assemble((where, "bold"), ": ", (gravity, _STYLES[gravity]), f": {said}"))
        line = _line(each) if console.is_terminal else None
        if line is not None:
            console.print(Text(f"    {line}", "dim"))
            console.print(Text(f"    {' ' * (each.column - 1)}^", _STYLES[gravity]))


def counted(number: int, noun: str) -> str:
    """`1 policy`, `2 policies`, `3 errors`."""
    return (
        f"{number} {noun}" if number == 1 else f"{number} {noun.removesuffix('y')}{'ies' if noun[-1] == 'y' else 's'}"
    )


def _line(found: ConfigError) -> str | None:
    """The line that is meant; None if it cannot be shown."""
    if not found.line:
        return None
    try:
        lines = Path(found.file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    line = next(iter(lines[found.line - 1 :]), "")
    return line if line and line.isprintable() and len(line) <= _LINE_CHARS_MAX else None
