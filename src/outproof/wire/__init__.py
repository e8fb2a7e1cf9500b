"""Level 2: bytes ⇄ contract. OTLP and its dialects."""
