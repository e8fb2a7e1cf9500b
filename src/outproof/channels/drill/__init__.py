"""The two built-in channels of drills: one that takes every notice, one that refuses every notice."""
