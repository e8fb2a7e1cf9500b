"""Level 3: contract → Admitted. Nothing raw gets past here."""
