"""Outproof in an application: say what was answered and what a run has proven. Touches no server code."""

from outproof.sdk.answer import Answer
from outproof.sdk.answer_calls import answer, current_answer, loop, monitor, step
from outproof.sdk.client import (
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
from outproof.sdk.steps import Step
from outproof.sdk.tool_loop import ToolLoop

__all__ = [
    "Answer",
    "Item",
    "Items",
    "Run",
    "Stats",
    "Step",
    "ToolLoop",
    "answer",
    "begin",
    "current_answer",
    "current_run",
    "end",
    "feedback",
    "flush",
    "heartbeat",
    "init",
    "loop",
    "monitor",
    "resume",
    "run",
    "shutdown",
    "stats",
    "step",
]
