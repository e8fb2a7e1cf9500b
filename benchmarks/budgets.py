"""Budgets: the kept results and `budgets.toml` in, sentences about what is beyond its budget out."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from benchmarks.figures import RESULTS

BUDGETS = Path(__file__).with_name("budgets.toml")


def broken(budgets: Path = BUDGETS, results: Path = RESULTS) -> list[str]:
    """What is beyond its budget, or was never measured. The best run counts: noise only ever makes a figure worse."""
    declared = tomllib.loads(budgets.read_text())
    tolerance = declared.pop("tolerance_ratio")
    problems = []
    for benchmark, limits in declared.items():
        path = results / f"{benchmark}.json"
        if not path.exists():
            problems.append(f"{benchmark}: expected {path.name} among the results; run `python -m benchmarks {benchmark}`")
            continue
        figures = json.loads(path.read_text())["figures"]
        problems += [line for name, limit in limits.items() if (line := _beyond(benchmark, name, limit, figures, tolerance))]
    return problems


def _beyond(benchmark: str, name: str, limit: dict[str, float], figures: dict[str, Any], tolerance: float) -> str | None:
    spread = figures.get(name)
    if spread is None:
        return f"{benchmark}.{name}: expected a figure of this name, got {', '.join(figures)}"
    kind, bound = next(iter(limit.items()))
    if kind == "max" and spread["min"] > bound * (1 + tolerance):
        return f"{benchmark}.{name}: expected at most {bound:g}, the best of {spread['runs']} runs is {spread['min']:g}"
    if kind == "min" and spread["max"] < bound / (1 + tolerance):
        return f"{benchmark}.{name}: expected at least {bound:g}, the best of {spread['runs']} runs is {spread['max']:g}"
    return None
