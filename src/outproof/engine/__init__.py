"""Level 12: loops with one method, tick(): load and judge answers, settle runs, probe, decide, dispatch."""
