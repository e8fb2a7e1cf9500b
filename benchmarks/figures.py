"""Figures of repeated runs: values in; min, median and max out, as a file to keep and a table to read."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(1, -int(-len(ordered) * share // 1)) - 1]


@dataclass(slots=True)
class Figures:
    """The figures of one benchmark, a value per run each. A name ends with its unit."""

    name: str
    setting: Mapping[str, Any] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, **figures: float) -> None:
        """Put one run's figures beside those of the others."""
        for name, value in figures.items():
            self.values.setdefault(name, []).append(value)

    def spread(self, name: str) -> tuple[float, float, float]:
        """Min, median and max."""
        values = self.values[name]
        return min(values), median(values), max(values)

    def table(self) -> str:
        """One line per figure."""
        rows: list[tuple[str, ...]] = [("", "min", "median", "max", "runs")]
        for name, values in self.values.items():
            rows.append((name, *(_short(value) for value in self.spread(name)), str(len(values))))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = [
            "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in cells)
            for cells in (list(enumerate(zip(row, widths, strict=True))) for row in rows)
        ]
        return "\n".join([f"{self.name}  {_settings(self.setting)}", *lines])

    def write(self) -> Path:
        """Keep them under `results`."""
        figures = {
            name: dict(zip(("min", "median", "max"), map(_rounded, self.spread(name)), strict=True))
            | {"runs": len(runs)}
            for name, runs in self.values.items()
        }
        machine = {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "load_average": [round(self.load_before, 1), round(os.getloadavg()[0], 1)],
        }
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        kept = {"name": self.name, "machine": machine, "setting": dict(self.setting), "figures": figures}
        path.write_text(json.dumps(kept, indent=2) + "\n")
        return path


def _settings(setting: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in setting.items())


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
