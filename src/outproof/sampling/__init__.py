"""What was recorded in; what of it is kept, why, and with what chance, out."""
