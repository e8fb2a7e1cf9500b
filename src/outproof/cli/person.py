"""Who sits at this terminal, for what is put on record."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Whoever is signed in; in a container there may be nobody of that number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
