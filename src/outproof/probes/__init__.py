"""Level 11: ports to the user-visible surface, looked at from outside."""
