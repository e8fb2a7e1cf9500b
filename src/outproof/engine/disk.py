"""Watches the room on the disk that holds our data: trouble before it is full, so that people can still be told."""

from __future__ import annotations

import shutil
from pathlib import Path

from outproof.core.errors import Transient

FREE_BYTES_MIN = 256 * 2**20
FREE_RATIO_MIN = 0.02
"""Of a small disk: 256 MiB would be most of it."""


class Disk:
    """The disk of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tick(self) -> None:
        """Look once.

        Raises:
            Transient: hardly anything is free.
        """
        usage = shutil.disk_usage(self._folder)
        least = min(FREE_BYTES_MIN, round(FREE_RATIO_MIN * usage.total))
        if usage.free < least:
            raise Transient(
                f"expected {least // 2**20} MiB free on the disk of the data, found {usage.free // 2**20}: make room"
            )
