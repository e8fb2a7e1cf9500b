"""How bad it is when something breaks, as its owner declares it."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """P0 now, P1 the same day, P2 the weekly review."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
