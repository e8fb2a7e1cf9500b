"""The policy that everything in this process is scrubbed by, so that no place can forget to be told of it.

A process serves one project. `put_in_force` is called when its files were read, at start and after each change.
"""

from __future__ import annotations

from outproof.scrub.policy import STANDARD, Policy

_in_force = [STANDARD]


def policy_in_force() -> Policy:
    """The policy of now."""
    return _in_force[0]


def put_in_force(policy: Policy) -> None:
    """Scrub by this policy from now on."""
    _in_force[0] = policy
