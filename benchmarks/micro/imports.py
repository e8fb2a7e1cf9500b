"""What `import outproof` costs an application: the time of a fresh interpreter with it, less one without."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.figures import Figures


def measure(runs: int = 5) -> Figures:
    """Interleaved fresh interpreters."""
    figures = Figures("imports")
    _seconds("import outproof")  # compiles what is not compiled yet
    for _ in range(runs):
        bare_s, ours_s = _seconds("pass"), _seconds("import outproof")
        figures.add(bare_interpreter_ms=bare_s * 1_000, import_outproof_ms=(ours_s - bare_s) * 1_000)
    return figures


def _seconds(program: str) -> float:
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began_s
