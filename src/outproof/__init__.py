"""Outproof in an application: say what was answered and what a run has proven. Touches no server code."""

from outproof.sdk.answer import Answer
from outproof.sdk.client import answer, feedback, flush, init, run, shutdown, stats
from outproof.sdk.ledger import Stats
from outproof.sdk.run import Run

__all__ = ["Answer", "Run", "Stats", "answer", "feedback", "flush", "init", "run", "shutdown", "stats"]
