"""What is declared for the tests of exports, and policies in a line."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from outproof.config.declared import Declared
from outproof.config.loading import read
from outproof.contract.severity import Severity
from outproof.decide.declared_policy import DeclaredPolicy, policy
from outproof.decide.policy import NoData, Policy

DECLARED = Path(__file__).with_name("declared.yaml")


@cache
def declared() -> Declared:
    return read([DECLARED]).declared


def a_policy(name: str) -> Policy:
    """One of those that are declared."""
    [found] = [each for each in declared().policies if each.name == name]
    return found


def written(**fields: Any) -> Policy:
    """A policy from the fields of a file; what every policy needs is there."""
    plain: dict[str, Any] = {
        "name": "p",
        "severity": Severity.WARNING,
        "owner": "o",
        "first_check": "look",
        "window_s": 600.0,
        "min_answers": 10,
        "no_data": NoData.KEEP,
    }
    given = {**plain, **fields}
    return policy(DeclaredPolicy(**{name: value for name, value in given.items() if value is not None}))
