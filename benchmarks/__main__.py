"""All benchmarks, or some: figures into `results`, tables onto the terminal; `--check` holds results against budgets.

python -m benchmarks [NAME …] [--runs 5]
python -m benchmarks --check
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks.budgets import broken
from benchmarks.figures import Figures
from benchmarks.load import answers, due, ingest, isolation, latency, policies
from benchmarks.micro import imports, sdk_call

BENCHMARKS: Mapping[str, Callable[[int], Figures]] = {
    "ingest": ingest.measure,
    "latency": latency.measure,
    "due": due.measure,
    "isolation": isolation.measure,
    "disk": answers.measure_disk,
    "window": answers.measure_window,
    "policies": policies.measure,
    "sdk": lambda runs: sdk_figures(sdk_call.compare(runs)),
    "imports": imports.measure,
}


def sdk_figures(compared: Mapping[str, Mapping[str, list[float]]]) -> Figures:
    """Our SDK and the bare OpenTelemetry SDK, side by side; the ratio is of their medians."""
    figures = Figures("sdk", {"spread": "of runs"})
    for sdk, measured in compared.items():
        for name, spread in measured.items():
            for value in spread:
                figures.add(**{f"{sdk}_{name}": value})
    for name, (_, ours, _) in compared["outproof"].items():
        theirs = compared["opentelemetry"][name][1]
        figures.add(**{f"{name}_to_opentelemetry_ratio": ours / theirs})
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=5, help="runs of each; they are interleaved where two are compared")
    parser.add_argument("--check", action="store_true", help="measure nothing: hold the results against the budgets")
    asked = parser.parse_args()
    if not asked.check:
        for name in asked.names or BENCHMARKS:
            figures = BENCHMARKS[name](asked.runs)
            print(figures.table(), f"kept in {figures.write()}", sep="\n", end="\n\n", flush=True)
    problems = broken()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
