"""Budgets: the kept results and `budgets.toml` in, sentences about what is beyond its budget out."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

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
            problems.append(f"{benchmark}: expected {path.name}; run `python -m benchmarks {benchmark}`")
            continue
        figures = json.loads(path.read_text())["figures"]
        found = (_beyond(f"{benchmark}.{name}", limit, figures.get(name), tolerance) for name, limit in limits.items())
        problems += [problem for problem in found if problem]
    return problems


def _beyond(name: str, limit: dict[str, float], spread: dict[str, float] | None, tolerance: float) -> str | None:
    if spread is None:
        return f"{name}: expected a figure of this name among the results"
    kind, bound = next(iter(limit.items()))
    side = "most" if kind == "max" else "least"
    said = f"{name}: expected at {side} {bound:g}, the best of {spread['runs']:g} runs is"
    if kind == "max" and spread["min"] > bound * (1 + tolerance):
        return f"{said} {spread['min']:g}"
    if kind == "min" and spread["max"] < bound / (1 + tolerance):
        return f"{said} {spread['max']:g}"
    return None
