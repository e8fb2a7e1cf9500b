"""Level 12: what the user's files declare, read into frozen dataclasses; each mistake is named by file and line."""
