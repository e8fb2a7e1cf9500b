"""Level 11: ports on disk: the journal, the event store, the state store."""
