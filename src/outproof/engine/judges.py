"""All that judges answers as they come in: a batch in; what each of them finds, recorded in one transaction, out."""

from __future__ import annotations

from collections.abc import Sequence

from outproof.contract.answer import Columns
from outproof.decide.tool_loop import Stalled
from outproof.engine.decide import Decider, Look
from outproof.engine.stalls import Stalls
from outproof.ports import Transaction

Found = tuple[Sequence[Look], Sequence[Stalled]]


class Judges:
    """The invariants of the policies, and the loops of agents."""

    def __init__(self, decider: Decider, stalls: Stalls) -> None:
        self._decider = decider
        self._stalls = stalls

    def broken(self, columns: Columns) -> Found:
        """What these answers break. Writes nothing."""
        return self._decider.broken(columns), self._stalls.broken(columns)

    def judge_batch(self, tx: Transaction, found: Found) -> None:
        """Record it, in the transaction that moves the reader's cursor.

        Raises:
            Transient: somebody else changed the same at this moment; the transaction must be undone and tried again.
        """
        looks, stalled = found
        self._decider.judge_batch(tx, looks)
        self._stalls.judge_batch(tx, stalled)
