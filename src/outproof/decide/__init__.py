"""Level 7: windows, answers and outcomes against policies and promises, in; findings, out."""
