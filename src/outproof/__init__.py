"""Outproof in an application: say what was answered and what a run has proven. Touches no server code."""

from outproof.sdk.answer import Answer
from outproof.sdk.client import (
    answer,
    begin,
    current_run,
    end,
    feedback,
    flush,
    heartbeat,
    init,
    resume,
    run,
    shutdown,
    stats,
)
from outproof.sdk.items import Item, Items
from outproof.sdk.ledger import Stats
from outproof.sdk.run import Run

__all__ = [
    "Answer",
    "Item",
    "Items",
    "Run",
    "Stats",
    "answer",
    "begin",
    "current_run",
    "end",
    "feedback",
    "flush",
    "heartbeat",
    "init",
    "resume",
    "run",
    "shutdown",
    "stats",
]
