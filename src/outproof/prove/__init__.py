"""Level 4: proofs → outcome. Pure: kept, broken, unverified, pending or overdue, and the first stage to blame."""
