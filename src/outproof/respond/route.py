"""Who is told: a severity in, channel names out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outproof.contract.severity import Severity


@dataclass(frozen=True, slots=True)
class Routes:
    """Channels by severity. A severity that is not listed takes the default."""

    default: tuple[str, ...] = ()
    by_severity: Mapping[Severity, tuple[str, ...]] = field(default_factory=dict)

    def channels(self, severity: Severity, override: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The channels to tell, each once, in the order they were written."""
        named = self.by_severity.get(severity, self.default) if override is None else override
        return tuple(dict.fromkeys(named))
