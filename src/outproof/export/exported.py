"""What an export makes: files with their texts, and sentences about what could not be said in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class File:
    """One file, by its path below the directory that is exported to."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class Exported:
    """Files, and notes for the one who asked for them."""

    files: tuple[File, ...]
    notes: tuple[str, ...] = ()
