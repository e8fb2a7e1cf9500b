"""Scenarios: what happens to promises and policies at which time, and what must follow, on the real code in no time."""
