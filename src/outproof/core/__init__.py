"""Level 0: time, money, ids, attribute names, errors. Everything else may import it; it imports nothing of ours."""
