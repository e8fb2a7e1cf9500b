"""The steps from one version's tables to the next's, the oldest first; `store/state/migrate.py` takes them."""
